//! Referential integrity of a catalogue: identifiers are unique, and what an entry cites is declared before it.

use std::collections::HashSet;

use super::bands::check_cited;
use super::links::Links;
use super::{BadCatalogue, Catalogue, Family, Indicator, Unchecked, Universe};

/// Universes of a catalogue: a record's are held in the bits of one number.
pub const MOST_UNIVERSES: usize = 128;

/// Universes of one system beside its first: who is in which is counted part by part.
pub(super) const MOST_DOMAINS: usize = 24;

pub(super) fn check(unchecked: Unchecked) -> Result<Catalogue, BadCatalogue> {
    let Unchecked { families, eligibilities, universes, indicators } = unchecked;
    let mut seen = HashSet::new();
    let mut declare = |id: &str| {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
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
        if let Some(id) = &universe.eligible
            && !eligibilities.iter().any(|eligibility| &eligibility.id == id)
        {
            return Err(BadCatalogue::Unknown { from: universe.id.clone(), to: id.clone() });
        }
    }
    for indicator in &indicators {
        declare(&indicator.id)?;
        if is_taken(&indicator.id) {
            return Err(BadCatalogue::Column(indicator.id.clone()));
        }
        check_indicator(indicator, &universes, &families)?;
    }
    let links = Links::new(&universes, &indicators)?;
    let catalogue = Catalogue { families, eligibilities, universes, indicators, links };
    check_cited(&catalogue)?;
    let large = catalogue.systems().into_iter().find(|own| own.len() > MOST_DOMAINS + 1);
    match large {
        Some(own) => Err(BadCatalogue::Domains(catalogue.universes[own[0]].id.clone())),
        None => Ok(catalogue),
    }
}

fn check_universe(universe: &Universe, earlier: &[Universe]) -> Result<(), BadCatalogue> {
    if universe.audiences.is_empty() {
        return Err(BadCatalogue::NoAudience(universe.id.clone()));
    }
    if universe.parents.is_empty() != earlier.is_empty() {
        return Err(BadCatalogue::Orphan(universe.id.clone()));
    }
    let named = universe.parents.iter().chain(&universe.domain_of);
    for cited in named.chain(&universe.requires).chain(&universe.joined) {
        if !earlier.iter().any(|other| &other.id == cited) {
            return Err(BadCatalogue::Unknown { from: universe.id.clone(), to: cited.clone() });
        }
    }
    // The protection subtracts a domain from its filter, so one must hold the other.
    if let Some(filter) = &universe.domain_of
        && !is_above(filter, universe, earlier)
    {
        return Err(BadCatalogue::Domain { from: universe.id.clone(), to: filter.clone() });
    }
    if let Some(other) = &universe.joined
        && (universe.domain_of.is_some()
            || earlier.iter().any(|own| &own.id == other && own.domain_of.is_some()))
    {
        return Err(BadCatalogue::Joined { from: universe.id.clone(), to: other.clone() });
    }
    Ok(())
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
    ["code", "nom", "communes", "situe", "secret", "grappe", "adresses", "reste"].contains(&id)
        || id.ends_with("_ext")
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
