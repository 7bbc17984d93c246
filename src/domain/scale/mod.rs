//! The scales of the map, as rows of one table.
//!
//! A [`Scale`] is a handle to a row: what the row says (identifier, zooms, how zones are made, how
//! they are drawn) is all that the program knows of a scale. The built-in rows are in
//! [`table`]; an operator's configuration declares further ones ([`Scale::declare`]), and
//! the manifest of an edition carries them to whoever serves it.

mod declared;
mod table;

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::RangeInclusive;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use declared::{BadScale, Zoning};
use table::{BUILT_IN, Row};
pub use table::{Group, Origin, Whole};

use crate::fault::{Fault, HasFault};

/// One scale of the map. The order is the place in the table, the finest first; of scales of one place
/// the built-in one comes first, then the declared ones by identifier.
#[derive(Clone, Copy)]
pub struct Scale(&'static Row);

/// How fine the zones of a scale are taken to be, for rights: the place of a built-in scale. The
/// finest is the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Grain(u16);

impl Scale {
    /// Points: addresses with at least one register dwelling, and their dwellings.
    pub const ADRESSE: Scale = Scale::of("adresse");
    /// Groups of neighbouring addresses.
    pub const GRAPPE: Scale = Scale::of("grappe");
    /// Squares of the European grid (EPSG:3035), 200 m unless configured otherwise.
    pub const CARREAU: Scale = Scale::of("carreau");
    /// INSEE's divisions of communes; a commune that is not divided is one.
    pub const IRIS: Scale = Scale::of("iris");
    /// Priority neighbourhoods, which cross communes.
    pub const QPV: Scale = Scale::of("qpv");
    /// Arrondissements municipaux of Paris, Lyon and Marseille.
    pub const ARRONDISSEMENT: Scale = Scale::of("arrondissement");
    /// The parts of communes in some QPV and outside, where the operator asks for them.
    pub const COMMUNE_QPV: Scale = Scale::of("commune_qpv");
    /// Communes: what rights are made of.
    pub const COMMUNE: Scale = Scale::of("commune");
    /// The parts of EPCI in some QPV and outside, where the operator asks for them.
    pub const EPCI_QPV: Scale = Scale::of("epci_qpv");
    /// Intercommunalités; they cross départements.
    pub const EPCI: Scale = Scale::of("epci");
    /// Établissements publics territoriaux, inside the Métropole du Grand Paris.
    pub const EPT: Scale = Scale::of("ept");
    /// Départements.
    pub const DEPARTEMENT: Scale = Scale::of("departement");
    /// Régions.
    pub const REGION: Scale = Scale::of("region");
    /// The whole, shown to every account.
    pub const FRANCE: Scale = Scale::of("france");

    /// The built-in scale of an identifier; does not compile where there is none.
    const fn of(id: &str) -> Scale {
        let mut at = 0;
        while !same(BUILT_IN[at].id, id) {
            at += 1;
        }
        Scale(&BUILT_IN[at])
    }

    /// Every built-in scale, the finest first.
    pub fn built_in() -> impl DoubleEndedIterator<Item = Scale> + ExactSizeIterator + Clone {
        BUILT_IN.iter().map(Scale)
    }

    /// The built-in scales whose zones are communes grouped by the official tables, the finest first.
    pub fn groups() -> impl DoubleEndedIterator<Item = Scale> + Clone {
        Scale::built_in().filter(|scale| scale.group().is_some())
    }

    /// The identifier used in routes, file names and layer names.
    pub fn id(self) -> &'static str {
        self.0.id
    }

    /// The French name shown to people.
    pub fn label(self) -> &'static str {
        self.0.label
    }

    /// How a sentence calls one of its zones: `IRIS`, `commune`.
    pub fn short(self) -> &'static str {
        self.0.short
    }

    /// The zoom levels whose tiles hold this scale, unless the manifest says otherwise.
    pub fn default_zooms(self) -> RangeInclusive<u8> {
        let (least, most) = self.0.zooms;
        least..=most
    }

    /// How fine its zones are, for rights.
    pub fn grain(self) -> Grain {
        Grain(self.0.shown_with.unwrap_or(self.0.grain))
    }

    /// Whether its zones are as wide as those of another scale, or wider, for what is published from a
    /// scale upward: the parts of a commune are finer than the commune with which they are shown.
    pub fn is_as_wide_as(self, other: Scale) -> bool {
        self.0.grain >= other.0.grain
    }

    /// How its zones are made.
    pub fn origin(self) -> Origin {
        self.0.origin
    }

    /// How the official tables group communes into its zones; `None` for a scale of other zones.
    pub fn group(self) -> Option<Group> {
        match self.0.origin {
            Origin::Groups(group) => Some(group),
            _ => None,
        }
    }

    /// The scale whose zones it divides into what lies in some QPV and what does not.
    pub fn whole(self) -> Option<Scale> {
        match self.0.origin {
            Origin::InAndOut(Whole::Commune) => Some(Scale::COMMUNE),
            Origin::InAndOut(Whole::Epci) => Some(Scale::EPCI),
            _ => None,
        }
    }

    /// The zone of [`Scale::whole`] that a zone is a part of, by their codes.
    pub fn code_of_whole(self, code: &str) -> Option<&str> {
        self.whole()?;
        [INSIDE, OUTSIDE].iter().find_map(|ending| code.strip_suffix(ending))
    }

    /// Whether zones of this scale are shown whole to every reader who holds a right inside
    /// them (EPCI and its parts, EPT, département, région, France), instead of by their communes.
    pub fn is_reference(self) -> bool {
        self.group().is_some() || self.whole().is_some_and(|whole| whole.group().is_some())
    }

    /// Whether its zones are points; they are areas otherwise.
    pub fn is_point(self) -> bool {
        self.0.origin == Origin::Addresses
    }

    /// Whether each of its zones is computed, so that no file of contours can give it.
    pub fn is_computed(self) -> bool {
        matches!(
            self.0.origin,
            Origin::Addresses
                | Origin::Units
                | Origin::Squares
                | Origin::InAndOut(_)
                | Origin::Groups(Group::Country)
        )
    }

    /// Whether each dwelling lies in one of its zones, whatever the territory.
    pub fn is_complete(self) -> bool {
        matches!(
            self.0.origin,
            Origin::Communes | Origin::Groups(Group::Departement | Group::Region | Group::Country)
        )
    }

    /// Whether the scale belongs to the tree of administrative zones, which nest by law.
    pub fn is_nested(self) -> bool {
        !self.is_crossing() && !matches!(self.group(), Some(Group::Epci | Group::Ept))
    }

    /// Whether its zones cross those of the other scales: a grid, contours of their own, or what they
    /// divide.
    pub fn is_crossing(self) -> bool {
        matches!(self.0.origin, Origin::Squares | Origin::Contours | Origin::InAndOut(_))
    }

    /// What it costs to hide a contributor of one of its zones, in thousandths, where the rules do
    /// not say otherwise.
    pub fn weight(self) -> u64 {
        self.0.weight
    }

    /// The number of characters of its codes, where all have as many: a numeric field of a file of contours has
    /// lost the zeros they begin with.
    pub fn code_length(self) -> Option<usize> {
        self.0.code_length
    }

    /// The usual names of the fields of code and of name in files of contours, in lower case, the
    /// surest first.
    pub fn fields(self) -> (&'static [&'static str], &'static [&'static str]) {
        (self.0.code_fields, self.0.name_fields)
    }

    /// The columns that its zones have beside those of every scale and those of the catalogue, in the
    /// order of files, with the type that TileJSON gives them.
    pub fn own_columns(self) -> &'static [(&'static str, &'static str)] {
        match self.0.origin {
            Origin::Addresses => &[("grappe", "String")],
            Origin::Units => {
                &[("adresses", "Number"), ("logements", "Number"), ("reste", "Boolean")]
            }
            _ => &[],
        }
    }

    /// Whether the scale takes its turn on a map whose scales follow the zoom.
    pub fn takes_turns(self) -> bool {
        self.0.takes_turns
    }

    /// Whether maps write the names of its zones: those of points would cover them, and a square has
    /// none.
    pub fn is_named(self) -> bool {
        !matches!(self.0.origin, Origin::Addresses | Origin::Units | Origin::Squares)
    }

    /// The width of its outlines over finer zones, in tenths of a pixel; `None` where maps draw
    /// none.
    pub fn outline(self) -> Option<u8> {
        self.0.outline
    }

    /// What an operator declared, for a scale that is not built in.
    pub fn zoning(self) -> Option<Zoning> {
        declared::zoning(self.0)
    }

    fn is_built_in(self) -> bool {
        BUILT_IN.iter().any(|row| std::ptr::eq(row, self.0))
    }
}

/// What follows the code of a zone in that of its part that lies in some QPV.
pub const INSIDE: &str = "-Q";
/// What follows it in that of its part outside.
pub const OUTSIDE: &str = "-H";

/// Whether two texts are the same, where the compiler asks.
const fn same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len() && at == other.len()
}

/// Each row is there once, so that a handle is equal to itself alone.
impl PartialEq for Scale {
    fn eq(&self, other: &Scale) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

impl Eq for Scale {}

impl Hash for Scale {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.id.hash(state);
    }
}

impl Ord for Scale {
    fn cmp(&self, other: &Scale) -> Ordering {
        if self == other {
            return Ordering::Equal;
        }
        self.0
            .grain
            .cmp(&other.0.grain)
            .then_with(|| other.is_built_in().cmp(&self.is_built_in()))
            .then_with(|| self.0.cmp(other.0))
    }
}

impl PartialOrd for Scale {
    fn partial_cmp(&self, other: &Scale) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Debug for Scale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl fmt::Display for Scale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}

/// The text names no built-in scale.
#[derive(Debug, thiserror::Error)]
#[error("échelle inconnue ; les échelles sont {}", known())]
pub struct UnknownScale;

impl HasFault for UnknownScale {
    fn fault(&self) -> Fault {
        Fault::Usage
    }
}

fn known() -> String {
    Scale::built_in().map(Scale::id).collect::<Vec<_>>().join(", ")
}

/// Built-in scales alone: a declared one is known to the manifest of its edition.
impl FromStr for Scale {
    type Err = UnknownScale;

    fn from_str(text: &str) -> Result<Self, UnknownScale> {
        Scale::built_in().find(|scale| scale.id() == text).ok_or(UnknownScale)
    }
}

impl Serialize for Scale {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

impl<'de> Deserialize<'de> for Scale {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
