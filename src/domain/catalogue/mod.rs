//! The catalogue of universes and indicators: what is counted, over whom, shown to whom.
//!
//! One entry says everything about an indicator, its formula included; the build compiles the
//! formulas (`protect` and `audit` each work them out), the edition carries the catalogue as `indicators.json`.
//! `expand` adds the universes that eligibilities ask for, `check` looks at each entry beside those it
//! cites, `sound` at what formulas read: an unsound catalogue would publish what the threshold does
//! not count.

mod absent;
mod bands;
mod check;
mod expand;
mod links;
mod sound;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use super::formula::BadSyntax;
use super::{Extremes, Scale};
use crate::fault::{Fault, HasFault};

pub use absent::Reduced;
pub use bands::{Bands, NoBands};
pub use check::MOST_UNIVERSES;
use check::{MOST_DOMAINS, check};
use links::Links;

/// The built-in catalogue.
const BUILT_IN: &str = include_str!("../../../data/catalogue.toml");

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
    type Err = BadAudience;

    fn from_str(text: &str) -> Result<Self, BadAudience> {
        match text {
            "public_mission" => Ok(Audience::PublicMission),
            "bailleur" => Ok(Audience::Bailleur),
            _ => Err(BadAudience),
        }
    }
}

/// No audience has this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("public inconnu ; écrire public_mission ou bailleur")]
pub struct BadAudience;

impl HasFault for BadAudience {
    fn fault(&self) -> Fault {
        Fault::Usage
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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
    /// Lower-case ASCII, digits and underscores, as every id of the catalogue; unique among families.
    pub id: String,
    /// Its French name.
    pub label: String,
    /// Whether its indicators, but those that are the sum of others, add up to their denominator.
    #[serde(default, skip_serializing_if = "is_false")]
    pub adds_up: bool,
    /// Which of its extreme figures are kept back: what the rules say, in the catalogue of an edition.
    #[serde(default, skip_serializing_if = "Extremes::is_off")]
    pub extremes: Extremes,
}

/// Dwellings that open columns leave eligible for an item: for all others its numerator is
/// impossible, or certain (`protect/RULES.md`, R1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Eligibility {
    /// Unique among eligibilities; part of the ids of the universes made for it.
    pub id: String,
    /// What the dwellings have in common, in French.
    pub label: String,
    /// A condition on a dwelling's open columns, known of every dwelling.
    pub condition: String,
}

/// The contributors of an indicator: a filter and a domain (`protect/RULES.md`, "Words").
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Universe {
    /// Unique among universes and indicators; its count is the column `n_<id>`.
    pub id: String,
    /// Its French name.
    pub label: String,
    /// What one member of the universe is called, in the plural.
    pub members: String,
    /// What its members are; a household's universe may have parents of dwellings.
    pub kind: Kind,
    /// Universes that contain this one; empty for the root alone (rule R9).
    pub parents: Vec<String>,
    /// The universe of the same filter without a domain, where this one has a domain (recent
    /// movers, landlords that did not oppose): both are cells of one secrecy system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain_of: Option<String>,
    /// The eligibility whose condition every member's dwelling meets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eligible: Option<String>,
    /// Universes that do not contain this one, but whose cells must be published where its own is:
    /// its count depends on their members alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requires: Vec<String>,
    /// The filter whose system this filter shares: both have items of one column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joined: Option<String>,
    /// The finest scale at which it is offered; every scale where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finest: Option<Scale>,
    /// Who reads its counts; no indicator over it is read more widely.
    pub audiences: Vec<Audience>,
    /// The condition on a record, beyond those of its parents and its eligibility.
    pub filter: String,
}

impl Universe {
    /// Whether zones of this scale have columns of the universe.
    pub fn is_offered(&self, scale: Scale) -> bool {
        self.finest.is_none_or(|finest| scale.is_as_wide_as(finest))
    }
}

/// One indicator: a ratio of two sums over a universe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Indicator {
    /// The name of its column; `<id>_num` and `<id>_den` are those of its sums.
    pub id: String,
    /// Its French name.
    pub label: String,
    /// What is counted, over whom, in a French sentence.
    pub definition: String,
    /// The survey or register that its values come from, as readers must cite it.
    pub source: String,
    /// Id of its family.
    pub family: String,
    /// The article that its publication rests on.
    pub regime: Regime,
    /// Id of the universe whose members are its contributors.
    pub universe: String,
    /// How the ratio is printed.
    pub unit: Unit,
    /// Who reads it.
    pub audiences: Vec<Audience>,
    /// A formula over one record (see [`formula`](crate::formula)), summed over the universe.
    pub numerator: String,
    /// Every contributor of the universe adds to it.
    pub denominator: String,
    /// Whether the ratio is published without its numerator and denominator: the sum of an open
    /// column over a set of dwellings tells which dwellings they are.
    #[serde(default, skip_serializing_if = "is_false")]
    pub ratio_alone: bool,
    /// The indicators of its family whose sum it is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sum_of: Vec<String>,
}

fn is_false(truth: &bool) -> bool {
    !truth
}

/// Universes and indicators, checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Catalogue {
    families: Vec<Family>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    eligibilities: Vec<Eligibility>,
    universes: Vec<Universe>,
    indicators: Vec<Indicator>,
    #[serde(skip)]
    links: Links,
}

/// The catalogue says something that cannot be.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each message says what is refused")]
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
        "« {from} » partage le système de « {to} » (joined) : l'un et l'autre doivent être des champs, sans domain_of"
    )]
    Joined { from: String, to: String },
    #[error("« {0} » ne dit pas qui peut le lire (audiences)")]
    NoAudience(String),
    #[error("« {from} » est lisible par un public qui ne peut pas lire son univers « {universe} »")]
    WiderAudience { from: String, universe: String },
    #[error("le catalogue déclare plus de {MOST_UNIVERSES} univers")]
    Universes,
    #[error("« {0} » a plus de {MOST_DOMAINS} sous-populations (domain_of, joined)")]
    Domains(String),
    #[error("« {entry} » : {problem}")]
    Formula { entry: String, problem: BadSyntax },
    #[error(
        "éligibilité « {eligibility} » : {column} n'est pas une colonne publique du répertoire ; une \
         condition que personne ne voit est un champ (filter)"
    )]
    NotOpen { eligibility: String, column: String },
    #[error(
        "éligibilité « {0} » : sa condition doit être connue de chaque logement ; ajouter \
         « || !known(…) » pour chaque colonne qui peut manquer"
    )]
    Undecided(String),
    #[error(
        "« {indicator} » : son numérateur ou son dénominateur peut manquer ou valoir 0 pour une \
         partie de l'univers « {universe} », que le seuil ne compterait pas ; lui donner un univers \
         dont le filtre dit known(…) de chaque colonne lue, et « {denominator} > 0 »"
    )]
    Partial { indicator: String, universe: String, denominator: String },
    #[error(
        "« {one} » et « {other} » lisent {column} dans deux systèmes : leur différence ne serait pas \
         protégée ; faire de l'univers de l'un un domaine de l'autre (domain_of) ou les réunir (joined)"
    )]
    TwoSystems { one: String, other: String, column: String },
    #[error(
        "« {from} » se distingue de « {to} » par {column}, que d'autres voient : le déclarer comme un \
         domaine de son champ (domain_of)"
    )]
    ToldApart { from: String, to: String, column: String },
    #[error(
        "« {entry} » lit {column}, une colonne publique : dire quels logements elle rend éligibles \
         ([[eligibilities]], eligible = …)"
    )]
    OpenColumn { entry: String, column: String },
    #[error(
        "« {indicator} » additionne {column}, une colonne publique : la somme dirait quels logements \
         elle compte ; écrire ratio_alone = true"
    )]
    OpenSum { indicator: String, column: String },
    #[error(
        "famille « {0} » : ses formules ne prouvent pas que ses indicateurs s'additionnent (adds_up, sum_of), \
         sur un même univers et pour les mêmes lecteurs"
    )]
    AddsUp(String),
    #[error(
        "« {0} » : une somme (sum_of) cite une fois chacun de quelques indicateurs d'une famille qui s'additionne \
         (adds_up)"
    )]
    SumOf(String),
    #[error("famille « {0} » : extremes se dit dans le fichier des règles, pas au catalogue")]
    Extremes(String),
}

impl HasFault for BadCatalogue {
    fn fault(&self) -> Fault {
        Fault::Usage
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    #[serde(alias = "family")]
    families: Vec<Family>,
    #[serde(default)]
    eligibilities: Vec<Eligibility>,
    #[serde(alias = "universe")]
    universes: Vec<Universe>,
    #[serde(alias = "indicator")]
    indicators: Vec<Indicator>,
}

impl Catalogue {
    /// The built-in catalogue, `data/catalogue.toml`.
    ///
    /// # Panics
    /// Where the program was built with a catalogue that is none; a test reads it.
    pub fn built_in() -> Catalogue {
        Catalogue::from_toml(BUILT_IN).expect("a test reads the built-in catalogue")
    }

    /// Reads and checks a catalogue in TOML, with one table per `[[universe]]` and `[[indicator]]`,
    /// and adds the universes of its eligibilities.
    ///
    /// ```
    /// use domain::Catalogue;
    ///
    /// let text = r#"
    ///     [[family]]
    ///     id = "taille"
    ///     label = "Taille des logements"
    ///
    ///     [[universe]]
    ///     id = "logements"
    ///     label = "Logements"
    ///     members = "logements"
    ///     kind = "logement"
    ///     parents = []
    ///     audiences = ["public_mission", "bailleur"]
    ///     filter = "known(NBPIECE)"
    ///
    ///     [[indicator]]
    ///     id = "log_t1"
    ///     label = "Logements d'une pièce"
    ///     definition = "Part des logements d'une pièce"
    ///     source = "RPLS"
    ///     family = "taille"
    ///     regime = "rpls_restreint"
    ///     universe = "logements"
    ///     unit = "pourcent"
    ///     audiences = ["public_mission", "bailleur"]
    ///     numerator = "NBPIECE = 1"
    ///     denominator = "1"
    /// "#;
    /// let catalogue = Catalogue::from_toml(text)?;
    /// assert_eq!(catalogue.indicators()[0].id, "log_t1");
    ///
    /// // Who reads an entry has no default, and nobody reads an indicator without its universe.
    /// let silent = text.replace("audiences = [\"public_mission\", \"bailleur\"]", "audiences = []");
    /// assert!(Catalogue::from_toml(&silent).is_err());
    /// # Ok::<(), domain::BadCatalogue>(())
    /// ```
    ///
    /// # Errors
    /// [`BadCatalogue`] for what is no catalogue, and for one that would publish what the threshold
    /// does not count (`protect/RULES.md`, R1 and R2).
    pub fn from_toml(text: &str) -> Result<Catalogue, BadCatalogue> {
        let mut unchecked: Unchecked = toml::from_str(text)?;
        if let Some(family) = unchecked.families.iter().find(|own| !own.extremes.is_off()) {
            return Err(BadCatalogue::Extremes(family.id.clone()));
        }
        unchecked.universes = expand::expand(unchecked.universes, &unchecked.eligibilities)?;
        let catalogue = check(unchecked)?;
        // What an audience reads of an edition is a catalogue too: it begins with the register.
        let Some((root, others)) = catalogue.universes.split_first() else {
            return Err(BadCatalogue::Empty);
        };
        let mut audiences = others.iter().flat_map(|universe| &universe.audiences);
        if audiences.any(|audience| !root.audiences.contains(audience)) {
            return Err(BadCatalogue::Root(root.id.clone()));
        }
        sound::check(&catalogue)?;
        bands::check_sums(&catalogue)?;
        Ok(catalogue)
    }

    /// Reads the `indicators.json` of an edition, or the part of it that an audience reads. What formulas
    /// read is not judged again: the build did.
    ///
    /// # Errors
    /// [`BadCatalogue`] for other text, or entries that cite what is not there.
    pub fn from_json(bytes: &[u8]) -> Result<Catalogue, BadCatalogue> {
        check(serde_json::from_slice(bytes)?)
    }

    /// The universes, parents before children; the first is the register.
    pub fn universes(&self) -> &[Universe] {
        &self.universes
    }

    /// The eligibilities that universes name.
    pub fn eligibilities(&self) -> &[Eligibility] {
        &self.eligibilities
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

    /// The universes that contain one, by their places.
    pub fn parents(&self, universe: usize) -> &[usize] {
        &self.links.needed[universe][..self.links.parents[universe]]
    }

    /// The universes whose cells must be published with those of one (R9): those that contain it, and
    /// those that it requires.
    pub fn needed(&self, universe: usize) -> &[usize] {
        &self.links.needed[universe]
    }

    /// The universe of an indicator, by its place in [`Catalogue::indicators`].
    pub fn universe_of(&self, indicator: usize) -> usize {
        self.links.universe[indicator]
    }

    /// Whether an identifier is already something else's in files, columns, styles or routes, so that
    /// no zoning may take it.
    pub fn is_taken(&self, id: &str) -> bool {
        const RESERVED: [&str; 11] = [
            "code", "nom", "communes", "situe", "secret", "grappe", "adresses", "reste", "latest",
            "labels", "all",
        ];
        RESERVED.contains(&id)
            || id.starts_with("n_")
            || self.families.iter().any(|family| family.id == id)
            || self.universes.iter().any(|universe| universe.id == id)
            || self.indicators.iter().any(|indicator| indicator.id == id)
    }

    /// Whether zones of this scale have columns of an indicator: its universe is offered there.
    pub fn offers(&self, indicator: &Indicator, scale: Scale) -> bool {
        self.universe_index(&indicator.universe)
            .is_some_and(|universe| self.universes[universe].is_offered(scale))
    }

    /// The universe that the column `secret` of a zone speaks of: `repondants`, or the register where
    /// there is none.
    pub fn secret_universe(&self) -> usize {
        self.universe_index("repondants").unwrap_or_default()
    }

    /// The universe of surveyed households, whose cells go with the register's (R1): the first that
    /// counts households.
    pub fn surveyed(&self) -> Option<usize> {
        self.universes.iter().position(|universe| universe.kind == Kind::Menage)
    }

    /// The condition of a universe's eligibility, over a dwelling.
    pub fn condition(&self, universe: &Universe) -> Option<&str> {
        let id = universe.eligible.as_ref()?;
        let own = self.eligibilities.iter().find(|eligibility| &eligibility.id == id)?;
        Some(&own.condition)
    }

    /// Whether everybody knows who is in a universe: dwellings, by columns of the open register.
    pub fn is_open(&self, universe: usize) -> bool {
        sound::is_open(self, universe)
    }

    /// The filter of a universe: itself where it has no domain.
    pub fn filter_of(&self, universe: usize) -> usize {
        self.links.filter[universe]
    }

    /// The universes of each linear system of the secrecy model: a filter, its domains, and the
    /// filters joined to it with theirs. Each universe is in one.
    pub fn systems(&self) -> Vec<Vec<usize>> {
        let mut systems: Vec<Vec<usize>> = Vec::new();
        let mut of: Vec<usize> = Vec::with_capacity(self.universes.len());
        for (own, universe) in self.universes.iter().enumerate() {
            let shared = universe.domain_of.as_ref().or(universe.joined.as_ref());
            let system = match shared.and_then(|id| self.universe_index(id)) {
                Some(earlier) if earlier < own => of[earlier],
                _ => {
                    systems.push(Vec::new());
                    systems.len() - 1
                }
            };
            systems[system].push(own);
            of.push(system);
        }
        systems
    }
}
