//! What the entries of a catalogue cite, as places in it. Found once, where the catalogue is checked: no
//! one looks a name up later and finds nothing.

use super::{BadCatalogue, Indicator, Universe};

/// What is cited, by place of who cites.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Links {
    /// By universe: those that contain it, then those that it requires.
    pub needed: Vec<Vec<usize>>,
    /// By universe: how many of these contain it.
    pub parents: Vec<usize>,
    /// By universe: the filter that it is a domain of, or itself.
    pub filter: Vec<usize>,
    /// By indicator: its universe.
    pub universe: Vec<usize>,
}

impl Links {
    pub(super) fn new(
        universes: &[Universe],
        indicators: &[Indicator],
    ) -> Result<Links, BadCatalogue> {
        let find = |from: &str, to: &String| {
            let place = universes.iter().position(|universe| &universe.id == to);
            place.ok_or_else(|| BadCatalogue::Unknown { from: from.to_owned(), to: to.clone() })
        };
        let mut links = Links::default();
        for (place, own) in universes.iter().enumerate() {
            let needed = own.parents.iter().chain(&own.requires).map(|id| find(&own.id, id));
            links.needed.push(needed.collect::<Result<_, _>>()?);
            links.parents.push(own.parents.len());
            let filter = own.domain_of.as_ref().map(|id| find(&own.id, id)).transpose()?;
            links.filter.push(filter.unwrap_or(place));
        }
        for own in indicators {
            links.universe.push(find(&own.id, &own.universe)?);
        }
        Ok(links)
    }
}
