//! The catalogue of universes and indicators: what is counted, over whom, shown to whom.
//!
//! One entry says everything about an indicator, its formula included; the build compiles the
//! formulas (`aggregate::formula`), the edition carries the catalogue as `indicators.json`.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

/// The built-in catalogue.
const BUILT_IN: &str = include_str!("../../data/catalogue.toml");

/// Who reads an indicator (CCH R411-4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Bodies with a public mission: every regime.
    PublicMission,
    /// Landlords: nothing that rests on the restricted data of landlords that opposed.
    Bailleur,
}

impl Audience {
    /// The identifier used in routes, commands and the database.
    pub fn id(self) -> &'static str {
        match self {
            Audience::PublicMission => "public_mission",
            Audience::Bailleur => "bailleur",
        }
    }
}

impl std::str::FromStr for Audience {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "public_mission" => Ok(Audience::PublicMission),
            "bailleur" => Ok(Audience::Bailleur),
            _ => Err("public inconnu ; écrire public_mission ou bailleur".into()),
        }
    }
}

/// The legal regime of an indicator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Regime {
    /// The household survey: at least 11 households, no exception.
    Ops,
    /// Register data under CCH R411-5: at least 11 dwellings.
    RplsRestreint,
    /// Register data public by CCH R411-4.
    RplsOuvert,
}

/// The kind of record a universe counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A dwelling of the register.
    Logement,
    /// A household of the survey, joined to its dwelling.
    Menage,
}

/// How an indicator's ratio is printed. Every value is
/// `numerator / denominator × factor`, rounded half away from zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A share in %, one decimal.
    Pourcent,
    /// A mean number of persons, one decimal.
    Personnes,
    /// A mean number of years, one decimal; the numerator counts months.
    Annees,
    /// Euros per square metre, two decimals; the numerator counts cents, the denominator
    /// hundredths of a square metre.
    EurosM2,
}

impl Unit {
    /// `(multiplier, divisor, decimals)`: the printed value is
    /// `numerator × multiplier / (denominator × divisor)` with so many decimals.
    pub fn scaling(self) -> (i64, i64, u32) {
        match self {
            Unit::Pourcent => (100, 1, 1),
            Unit::Personnes => (1, 1, 1),
            Unit::Annees => (1, 12, 1),
            Unit::EurosM2 => (1, 1, 2),
        }
    }

    /// The French symbol, as legends print it.
    pub fn symbol(self) -> &'static str {
        match self {
            Unit::Pourcent => "%",
            Unit::Personnes => "personnes",
            Unit::Annees => "ans",
            Unit::EurosM2 => "€/m²",
        }
    }
}

/// A group of indicators that a reader chooses from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Family {
    pub id: String,
    pub label: String,
}

/// The contributors of an indicator: a filter and a domain (`secrecy.md`, "Words").
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Universe {
    pub id: String,
    pub label: String,
    /// What one member of the universe is called, in the plural.
    pub members: String,
    pub kind: Kind,
    /// Universes that contain this one; empty for the root alone (rule R9).
    pub parents: Vec<String>,
    /// The universe of the same filter without a domain, where this one has a domain (recent
    /// movers, landlords that did not oppose): both are cells of one secrecy system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain_of: Option<String>,
    pub audiences: Vec<Audience>,
    /// The condition on a record, beyond those of its parents.
    pub filter: String,
}

/// One indicator: a ratio of two sums over a universe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Indicator {
    pub id: String,
    pub label: String,
    pub definition: String,
    pub source: String,
    pub family: String,
    pub regime: Regime,
    pub universe: String,
    pub unit: Unit,
    pub audiences: Vec<Audience>,
    pub numerator: String,
    pub denominator: String,
}

/// Universes and indicators, checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Catalogue {
    families: Vec<Family>,
    universes: Vec<Universe>,
    indicators: Vec<Indicator>,
}

/// The catalogue says something that cannot be.
#[derive(Debug, thiserror::Error)]
pub enum BadCatalogue {
    #[error("catalogue illisible : {0}")]
    Toml(#[from] toml::de::Error),
    #[error("catalogue illisible : {0}")]
    Json(#[from] serde_json::Error),
    #[error("le catalogue déclare « {0} » deux fois")]
    Twice(String),
    #[error("« {0} » n'est pas un identifiant : minuscules ASCII, chiffres et soulignés")]
    Id(String),
    #[error("« {from} » cite « {to} », que le catalogue ne déclare pas avant")]
    Unknown { from: String, to: String },
    #[error("l'univers « {0} » doit avoir un parent, ou être le premier")]
    Orphan(String),
    #[error("le catalogue ne déclare aucun univers")]
    Empty,
    #[error("« {0} », le premier univers, doit être lisible par tous ceux qui en lisent un autre")]
    Root(String),
    #[error("« {0} » est le nom d'une colonne que chaque zone a déjà")]
    Column(String),
    #[error("« {from} » est un domaine de « {to} » (domain_of) sans en être une partie (parents)")]
    Domain { from: String, to: String },
    #[error(
        "« {from} » et « {other} » sont deux sous-populations d'un même champ : l'une doit contenir \
         l'autre (parents)"
    )]
    Crossing { from: String, other: String },
    #[error("« {0} » ne dit pas qui peut le lire (audiences)")]
    NoAudience(String),
    #[error("« {from} » est lisible par un public qui ne peut pas lire son univers « {universe} »")]
    WiderAudience { from: String, universe: String },
    #[error("le catalogue déclare plus de {MOST_UNIVERSES} univers")]
    Universes,
    #[error("« {0} » a plus de {MOST_DOMAINS} sous-populations (domain_of)")]
    Domains(String),
}

/// Universes of a catalogue: the protection holds those of one place in the bits of one number.
pub const MOST_UNIVERSES: usize = 128;

/// Domains of one filter: who is in which is counted part by part.
const MOST_DOMAINS: usize = 8;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    #[serde(alias = "family")]
    families: Vec<Family>,
    #[serde(alias = "universe")]
    universes: Vec<Universe>,
    #[serde(alias = "indicator")]
    indicators: Vec<Indicator>,
}

impl Catalogue {
    /// The built-in catalogue, `data/catalogue.toml`.
    pub fn built_in() -> Catalogue {
        Catalogue::from_toml(BUILT_IN).expect("a test reads the built-in catalogue")
    }

    /// Reads and checks a catalogue in TOML, with one table per `[[universe]]` and `[[indicator]]`.
    pub fn from_toml(text: &str) -> Result<Catalogue, BadCatalogue> {
        let catalogue = Catalogue::check(toml::from_str(text)?)?;
        // What an audience reads of an edition is a catalogue too: it begins with the register.
        let Some((root, others)) = catalogue.universes.split_first() else {
            return Err(BadCatalogue::Empty);
        };
        let mut audiences = others.iter().flat_map(|universe| &universe.audiences);
        if audiences.any(|audience| !root.audiences.contains(audience)) {
            return Err(BadCatalogue::Root(root.id.clone()));
        }
        Ok(catalogue)
    }

    /// Reads and checks the `indicators.json` of an edition.
    pub fn from_json(bytes: &[u8]) -> Result<Catalogue, BadCatalogue> {
        Catalogue::check(serde_json::from_slice(bytes)?)
    }

    /// The universes, parents before children; the first is the register.
    pub fn universes(&self) -> &[Universe] {
        &self.universes
    }

    /// The indicators, in the order readers see them.
    pub fn indicators(&self) -> &[Indicator] {
        &self.indicators
    }

    /// The families, in the order readers see them.
    pub fn families(&self) -> &[Family] {
        &self.families
    }

    /// The place of a universe in [`Catalogue::universes`].
    pub fn universe_index(&self, id: &str) -> Option<usize> {
        self.universes.iter().position(|universe| universe.id == id)
    }

    fn check(unchecked: Unchecked) -> Result<Catalogue, BadCatalogue> {
        let Unchecked { families, universes, indicators } = unchecked;
        let mut seen = HashSet::new();
        let mut declare = |id: &str| {
            let plain =
                |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
            if id.is_empty() || !id.bytes().all(plain) {
                return Err(BadCatalogue::Id(id.into()));
            }
            if seen.insert(id.to_owned()) { Ok(()) } else { Err(BadCatalogue::Twice(id.into())) }
        };
        if universes.len() > MOST_UNIVERSES {
            return Err(BadCatalogue::Universes);
        }
        for (index, universe) in universes.iter().enumerate() {
            declare(&universe.id)?;
            check_universe(universe, &universes[..index])?;
            let is_domain =
                |other: &&Universe| other.domain_of.as_deref() == Some(universe.id.as_str());
            if universes.iter().filter(is_domain).count() > MOST_DOMAINS {
                return Err(BadCatalogue::Domains(universe.id.clone()));
            }
        }
        for indicator in &indicators {
            declare(&indicator.id)?;
            if is_taken(&indicator.id) {
                return Err(BadCatalogue::Column(indicator.id.clone()));
            }
            check_indicator(indicator, &universes, &families)?;
        }
        Ok(Catalogue { families, universes, indicators })
    }
}

fn check_universe(universe: &Universe, earlier: &[Universe]) -> Result<(), BadCatalogue> {
    if universe.audiences.is_empty() {
        return Err(BadCatalogue::NoAudience(universe.id.clone()));
    }
    if universe.parents.is_empty() != earlier.is_empty() {
        return Err(BadCatalogue::Orphan(universe.id.clone()));
    }
    for cited in universe.parents.iter().chain(&universe.domain_of) {
        if !earlier.iter().any(|other| &other.id == cited) {
            return Err(BadCatalogue::Unknown { from: universe.id.clone(), to: cited.clone() });
        }
    }
    // The protection subtracts a domain from its filter, so one must hold the other.
    match &universe.domain_of {
        Some(filter) if !is_above(filter, universe, earlier) => {
            Err(BadCatalogue::Domain { from: universe.id.clone(), to: filter.clone() })
        }
        // The protection counts who is in one domain and outside the next: they are nested.
        Some(filter) => earlier
            .iter()
            .filter(|other| other.domain_of.as_ref() == Some(filter))
            .find(|other| !is_above(&other.id, universe, earlier))
            .map_or(Ok(()), |other| {
                let (from, other) = (universe.id.clone(), other.id.clone());
                Err(BadCatalogue::Crossing { from, other })
            }),
        None => Ok(()),
    }
}

/// Whether `id` is a parent, or a parent's parent, and so on. Parents come first, so it ends.
fn is_above(id: &str, universe: &Universe, earlier: &[Universe]) -> bool {
    universe.parents.iter().any(|parent| {
        parent == id
            || earlier
                .iter()
                .position(|other| &other.id == parent)
                .is_some_and(|place| is_above(id, &earlier[place], &earlier[..place]))
    })
}

/// Whether a zone has a column of that name beside its indicators: two columns of one name would
/// be one in a tile, and rights go by `code`, `communes` and `situe`.
fn is_taken(id: &str) -> bool {
    ["code", "nom", "communes", "situe", "secret"].contains(&id)
        || id.starts_with("n_")
        || id.ends_with("_num")
        || id.ends_with("_den")
}

fn check_indicator(
    indicator: &Indicator,
    universes: &[Universe],
    families: &[Family],
) -> Result<(), BadCatalogue> {
    let unknown = |to: &str| BadCatalogue::Unknown { from: indicator.id.clone(), to: to.into() };
    let universe = universes
        .iter()
        .find(|universe| universe.id == indicator.universe)
        .ok_or_else(|| unknown(&indicator.universe))?;
    if !families.iter().any(|family| family.id == indicator.family) {
        return Err(unknown(&indicator.family));
    }
    if indicator.audiences.is_empty() {
        return Err(BadCatalogue::NoAudience(indicator.id.clone()));
    }
    if indicator.audiences.iter().any(|audience| !universe.audiences.contains(audience)) {
        return Err(BadCatalogue::WiderAudience {
            from: indicator.id.clone(),
            universe: universe.id.clone(),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(change: impl Fn(String) -> String, expected: &str) {
        let text = change(BUILT_IN.to_owned());
        let error = Catalogue::from_toml(&text).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }

    #[test]
    fn an_indicator_does_not_take_the_name_of_another_column() {
        let named = |id: &str| {
            let entry = format!("id = \"{id}\"");
            move |text: String| text.replacen("id = \"tx_reponse\"", &entry, 1)
        };
        for id in ["code", "communes", "situe", "secret", "n_menages", "res_inf20_den"] {
            check(named(id), &format!("« {id} »"));
        }
    }

    #[test]
    fn a_catalogue_has_as_many_universes_and_domains_as_can_be_counted() {
        let more = |count: usize, domain: &'static str| {
            move |text: String| {
                let end = text.find("[[indicators]]").unwrap();
                let universe = |at: usize| {
                    let parent = if at == 0 || domain.is_empty() {
                        "logements_no".to_owned()
                    } else {
                        format!("u{}", at - 1)
                    };
                    format!(
                        "[[universes]]\nid = \"u{at}\"\nlabel = \"U\"\nmembers = \"logements\"\n\
                         kind = \"logement\"\nparents = [\"{parent}\"]\n{domain}\n\
                         audiences = [\"public_mission\"]\nfilter = \"1\"\n"
                    )
                };
                let added: String = (0..count).map(universe).collect();
                format!("{}{added}{}", &text[..end], &text[end..])
            }
        };
        check(more(128, ""), "plus de 128 univers");
        check(more(8, "domain_of = \"logements\""), "« logements » a plus de 8");
        let whole = more(7, "domain_of = \"logements\"")(BUILT_IN.to_owned());
        assert!(Catalogue::from_toml(&whole).is_ok());
    }

    #[test]
    fn a_catalogue_begins_with_a_register_that_all_its_readers_read() {
        check(|_| "families = []\nuniverses = []\nindicators = []\n".into(), "aucun univers");
        let universes = |text: String| {
            let end = text.find("[[indicators]]").unwrap();
            let both = "audiences = [\"public_mission\", \"bailleur\"]";
            let kept = text[..end].replacen(both, "audiences = [\"public_mission\"]", 1);
            format!("indicators = []\n{kept}")
        };
        check(universes, "« logements »");
    }

    #[test]
    fn two_domains_of_a_filter_are_nested() {
        let crossing = "domain_of = \"logements\"";
        // Rents of landlords that did not oppose become a second domain of the register.
        check(
            |text| {
                text.replacen(
                    "parents = [\"loyers\", \"logements_no\"]\ndomain_of = \"loyers\"",
                    &format!("parents = [\"logements\"]\n{crossing}"),
                    1,
                )
            },
            "« logements_no »",
        );
    }

    #[test]
    fn a_domain_is_a_part_of_its_filter() {
        let elsewhere = "domain_of = \"loyers\"";
        check(|text| text.replacen("domain_of = \"bail\"", elsewhere, 1), "« loyers »");
    }
}
