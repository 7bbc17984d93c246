//! The official tables in force: which communes there are, what lies above them, how they are called.

use std::collections::BTreeMap;

use domain::{CommuneRow, Fault, HasFault, Scale, TerritoryName};
use unicode_normalization::UnicodeNormalization;

use super::Right;
use super::visible::Granted;

/// Territories that one search gives, at most.
pub const MAX_FOUND: usize = 20;
/// Bytes of a name that is searched, at most.
const MAX_ASKED: usize = 200;

/// Communes, EPCI, EPT, départements and régions of the official tables. It holds no convention:
/// what is found here says nothing about who signed one.
#[derive(Debug, Default)]
pub struct Official {
    /// Whether they are the whole country's: then what they do not hold does not exist.
    whole: bool,
    communes: Vec<CommuneRow>,
    /// Every territory of the tables, with its name where the tables say one.
    names: BTreeMap<TerritoryName, Box<str>>,
    /// Names as they are compared, sorted, with what they name.
    folded: Vec<(Box<str>, TerritoryName)>,
}

/// The tables know no such territory.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "les tables officielles en vigueur ne connaissent pas {0} ; corriger le code, ou lire la table à jour (seuil convention tables)"
)]
pub struct UnknownTerritory(Box<str>);

impl HasFault for UnknownTerritory {
    fn fault(&self) -> Fault {
        Fault::Usage
    }
}

/// A territory and its official name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedTerritory {
    /// Its code.
    pub territory: TerritoryName,
    /// Its name, as the table writes it.
    pub name: Box<str>,
}

impl Official {
    /// The communes of an edition, which may be a part of the country: they say what lies within
    /// what, and nothing of codes that they do not hold.
    pub fn partial(communes: Vec<CommuneRow>) -> Official {
        Official { whole: false, ..Official::new(communes, []) }
    }

    /// The whole tables that these communes are rows of, and the names of what lies above them.
    pub fn new(
        communes: Vec<CommuneRow>,
        above: impl IntoIterator<Item = (TerritoryName, Box<str>)>,
    ) -> Official {
        let mut names: BTreeMap<TerritoryName, Box<str>> = BTreeMap::new();
        for row in &communes {
            names.insert(TerritoryName::Commune(row.code), row.nom.as_str().into());
            for (kind, scale) in [
                ("epci", Scale::EPCI),
                ("ept", Scale::EPT),
                ("departement", Scale::DEPARTEMENT),
                ("region", Scale::REGION),
            ] {
                let above = row.parent(scale).map(|code| format!("{kind}:{code}").parse());
                if let Some(Ok(territory)) = above {
                    names.entry(territory).or_default();
                }
            }
        }
        for (territory, name) in above {
            if let Some(known) = names.get_mut(&territory) {
                *known = name;
            }
        }
        let asked_for = |name: &TerritoryName| {
            matches!(
                name,
                TerritoryName::Commune(_) | TerritoryName::Epci(_) | TerritoryName::Ept(_)
            )
        };
        let mut folded: Vec<_> = names
            .iter()
            .filter(|(territory, name)| asked_for(territory) && !name.is_empty())
            .map(|(territory, name)| (fold(name).into(), territory.clone()))
            .collect();
        folded.sort_unstable();
        Official { whole: true, communes, names, folded }
    }

    /// Whether there is no table: then no code can be compared.
    pub fn is_empty(&self) -> bool {
        self.communes.is_empty()
    }

    /// Whether the tables know a territory.
    ///
    /// # Errors
    ///
    /// [`UnknownTerritory`] names the one that they do not; without the whole tables none is unknown.
    pub fn check(&self, territory: &TerritoryName) -> Result<(), UnknownTerritory> {
        let known = !self.whole
            || self.is_empty()
            || *territory == TerritoryName::France
            || self.names.contains_key(territory);
        if known { Ok(()) } else { Err(UnknownTerritory(territory.to_string().into())) }
    }

    /// Whether every right of a text lies within another text: each commune that it grants is
    /// granted there, down to a scale as fine. Without any table only what codes say is known, and
    /// the rest is left to each request, which puts the texts together on its edition's table.
    pub fn is_within(&self, inner: &[Right], outer: &[Right]) -> bool {
        if self.is_empty() {
            return inner.iter().all(|one| may_lie_within(one, outer));
        }
        let (outer_rights, outer) = (outer, Granted::new(outer));
        inner.iter().all(|one| {
            let granted = Granted::new(std::slice::from_ref(one));
            let mut rows =
                self.communes.iter().filter(|row| granted.finest(row).is_some()).peekable();
            if rows.peek().is_none() && !self.whole {
                return may_lie_within(one, outer_rights);
            }
            rows.all(|row| {
                let finest = outer.finest(row).map(Scale::grain);
                finest.is_some_and(|grain| grain <= one.finest().grain())
            })
        })
    }

    /// The official name of a territory, where the tables say one.
    pub fn name(&self, territory: &TerritoryName) -> Option<&str> {
        self.names.get(territory).map(|name| &**name).filter(|name| !name.is_empty())
    }

    /// The communes, EPCI and EPT of exactly this name, whatever its accents, case and signs.
    pub fn named(&self, name: &str) -> Vec<NamedTerritory> {
        self.matching(name, |found, asked| found == asked)
    }

    /// Those whose name begins so, or holds a word that does; at most [`MAX_FOUND`].
    pub fn search(&self, text: &str) -> Vec<NamedTerritory> {
        let mut found = self.matching(text, |found, asked| found.starts_with(asked));
        if found.len() < MAX_FOUND {
            let inner = |found: &str, asked: &str| {
                !found.starts_with(asked) && found.contains(&format!(" {asked}"))
            };
            found.extend(self.matching(text, inner));
        }
        found.truncate(MAX_FOUND);
        found
    }

    fn matching(&self, text: &str, fits: impl Fn(&str, &str) -> bool) -> Vec<NamedTerritory> {
        if text.len() > MAX_ASKED {
            return Vec::new();
        }
        let asked = fold(text);
        if asked.is_empty() {
            return Vec::new();
        }
        let found = self.folded.iter().filter(|(name, _)| fits(name, &asked)).take(MAX_FOUND);
        let place = |(_, territory): &(Box<str>, TerritoryName)| NamedTerritory {
            territory: territory.clone(),
            name: self.name(territory).unwrap_or_default().into(),
        };
        found.map(place).collect()
    }
}

/// Whether a right may lie within others as far as codes tell: it names a territory that one of
/// them names, or whose place in the other only a table knows.
fn may_lie_within(inner: &Right, outer: &[Right]) -> bool {
    outer.iter().any(|outer| {
        let holds = match (outer.territory(), inner.territory()) {
            (TerritoryName::France, _) => true,
            (one, other) if one == other => true,
            (TerritoryName::Departement(code), TerritoryName::Commune(commune)) => {
                code.as_str() == commune.departement()
            }
            (_, TerritoryName::France | TerritoryName::Region(_)) => false,
            (TerritoryName::Commune(_), _) => false,
            (TerritoryName::Epci(_), TerritoryName::Epci(_))
            | (TerritoryName::Ept(_), TerritoryName::Ept(_) | TerritoryName::Epci(_))
            | (TerritoryName::Departement(_), TerritoryName::Departement(_))
            | (TerritoryName::Epci(_) | TerritoryName::Ept(_), TerritoryName::Departement(_)) => {
                false
            }
            _ => true,
        };
        holds && outer.finest().grain() <= inner.finest().grain()
    })
}

/// A name as it is compared: without accents, in lower case, words of letters and digits.
fn fold(text: &str) -> String {
    let plain = text.nfd().filter(|one| !unicode_normalization::char::is_combining_mark(*one));
    let lower: String = plain.flat_map(char::to_lowercase).collect();
    let lower = lower.replace('œ', "oe").replace('æ', "ae");
    let words = lower.split(|one: char| !one.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tables() -> Official {
        let row = |code: &str, name: &str, epci: &str| CommuneRow {
            code: code.parse().unwrap(),
            nom: name.into(),
            departement: code[..2].into(),
            region: "11".into(),
            epci: Some(epci.into()),
            ept: None,
            bounds: None,
        };
        let communes = vec![
            row("95127", "Cergy", "249500109"),
            row("95500", "Pontoise", "249500109"),
            row("95018", "Argenteuil", "200054781"),
            row("78551", "Saint-Germain-en-Laye", "200058519"),
        ];
        let cergy = ("epci:249500109".parse().unwrap(), "CA de Cergy-Pontoise".into());
        Official::new(communes, [cergy])
    }

    fn rights(text: &str) -> Vec<Right> {
        text.split_whitespace().map(|one| one.parse().unwrap()).collect()
    }

    #[test]
    fn a_text_lies_within_another_on_every_commune_and_no_finer() {
        let check = |inner: &str, outer: &str, expected: bool| {
            let found = tables().is_within(&rights(inner), &rights(outer));
            assert_eq!(found, expected, "{inner} in {outer}");
        };
        check("commune:95127@adresse", "epci:249500109@adresse", true);
        check("commune:95018@adresse", "epci:249500109@adresse", false);
        check("epci:249500109@adresse", "departement:95@adresse", true);
        check("epci:249500109@adresse", "commune:95127@adresse commune:95500@adresse", true);
        check("epci:249500109@adresse", "commune:95127@adresse", false);
        check("commune:95127@adresse", "epci:249500109@iris", false);
        check("commune:95127@iris", "epci:249500109@adresse", true);
        check("france@adresse", "departement:95@adresse", false);
        check("france@france", "departement:95@adresse", false);
        check("", "commune:95127@adresse", true);
    }

    #[test]
    fn without_a_table_codes_alone_decide_and_never_a_larger_territory() {
        let check = |inner: &str, outer: &str, expected: bool| {
            let found = Official::default().is_within(&rights(inner), &rights(outer));
            assert_eq!(found, expected, "{inner} in {outer}");
        };
        check("commune:95127@adresse", "epci:249500109@adresse", true);
        check("commune:95127@adresse", "departement:95@adresse", true);
        check("commune:78551@adresse", "departement:95@adresse", false);
        check("commune:95127@adresse", "epci:249500109@iris", false);
        check("france@adresse", "epci:249500109@adresse", false);
        check("epci:200058519@adresse", "epci:249500109@adresse", false);
        check("departement:95@adresse", "epci:249500109@adresse", false);
        check("epci:249500109@adresse", "commune:95127@adresse", false);
    }

    #[test]
    fn a_part_of_the_country_says_nothing_of_the_rest() {
        let part = Official::partial(tables().communes);
        assert_eq!(part.check(&"epci:243300316".parse().unwrap()), Ok(()));
        let within = |inner: &str, outer: &str| part.is_within(&rights(inner), &rights(outer));
        assert!(within("commune:33063@adresse", "epci:243300316@adresse"));
        assert!(!within("france@adresse", "epci:243300316@adresse"));
        assert!(!within("epci:243300316@adresse", "epci:249500109@adresse"));
        assert!(!within("commune:95018@adresse", "epci:249500109@adresse"));
    }

    #[test]
    fn an_unknown_code_is_named() {
        let check = |text: &str| tables().check(&text.parse().unwrap());
        for text in ["commune:95127", "epci:249500109", "departement:78", "region:11", "france"] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
        for text in ["commune:95999", "epci:249500108", "departement:77", "ept:249500109"] {
            assert!(check(text).unwrap_err().to_string().contains(text), "{text}");
        }
        assert_eq!(Official::default().check(&"epci:1".parse().unwrap()), Ok(()));
    }

    #[test]
    fn territories_are_found_by_name_whatever_the_accents() {
        let found = |text: &str| {
            let found = tables().search(text).into_iter();
            found.map(|place| place.territory.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(found("cergy"), ["commune:95127", "epci:249500109"]);
        assert_eq!(found("Sàint germain"), ["commune:78551"]);
        assert_eq!(found("LAYE"), ["commune:78551"]);
        assert!(found("").is_empty() && found(&"a".repeat(300)).is_empty());
        assert_eq!(tables().named("ca de cergy pontoise").len(), 1);
        assert!(tables().named("Cergy-").len() == 1 && tables().named("Cerg").is_empty());
    }
}
