//! The part of an edition's documents that an audience may read (CCH R411-4).

use serde_json::json;

use domain::{Audience, BadCatalogue, Catalogue, Certificate, Manifest, Universe};

/// What one audience reads of an edition's documents. Nothing in it names a universe or an
/// indicator of another audience.
pub(super) struct Readable {
    pub(super) manifest: Manifest,
    pub(super) catalogue: Catalogue,
    pub(super) certificate: Certificate,
}

impl Readable {
    pub(super) fn new(
        manifest: &Manifest,
        catalogue: &Catalogue,
        certificate: &Certificate,
        audience: Audience,
    ) -> Result<Readable, BadCatalogue> {
        let catalogue = readable_catalogue(catalogue, audience)?;
        let universe = |id: &String| catalogue.universe_index(id).is_some();
        let indicator =
            |id: &String| catalogue.indicators().iter().any(|indicator| &indicator.id == id);
        let mut manifest = manifest.clone();
        manifest.universes.retain(universe);
        manifest.indicators.retain(indicator);
        manifest.classes.retain(|id, _| indicator(id));
        let mut certificate = certificate.clone();
        for scale in &mut certificate.scales {
            scale.universes.retain(|shown| universe(&shown.universe));
        }
        Ok(Readable { manifest, catalogue, certificate })
    }
}

fn readable_catalogue(
    catalogue: &Catalogue,
    audience: Audience,
) -> Result<Catalogue, BadCatalogue> {
    let universes: Vec<Universe> = catalogue
        .universes()
        .iter()
        .filter(|universe| universe.audiences.contains(&audience))
        .map(|universe| Universe {
            parents: readable_parents(catalogue, universe, audience),
            domain_of: universe
                .domain_of
                .clone()
                .filter(|id| may_read_universe(catalogue, id, audience)),
            requires: readable(&universe.requires, catalogue, audience),
            joined: universe.joined.clone().filter(|id| may_read_universe(catalogue, id, audience)),
            ..universe.clone()
        })
        .collect();
    let indicators: Vec<_> = catalogue
        .indicators()
        .iter()
        .filter(|indicator| indicator.audiences.contains(&audience))
        .collect();
    let families: Vec<_> = catalogue
        .families()
        .iter()
        .filter(|family| indicators.iter().any(|indicator| indicator.family == family.id))
        .collect();
    let named = |id: &String| universes.iter().any(|own| own.eligible.as_ref() == Some(id));
    let eligibilities: Vec<_> =
        catalogue.eligibilities().iter().filter(|own| named(&own.id)).collect();
    let document = json!({
        "families": families,
        "eligibilities": eligibilities,
        "universes": universes,
        "indicators": indicators,
    });
    Catalogue::from_json(document.to_string().as_bytes())
}

/// The parents that the audience may read; where it may not read one, that one's own parents.
/// Parents stand before children in the catalogue, so the walk ends.
fn readable_parents(catalogue: &Catalogue, universe: &Universe, audience: Audience) -> Vec<String> {
    let mut parents: Vec<String> = Vec::new();
    for id in &universe.parents {
        let found = if may_read_universe(catalogue, id, audience) {
            vec![id.clone()]
        } else {
            catalogue
                .universe_index(id)
                .map(|index| readable_parents(catalogue, &catalogue.universes()[index], audience))
                .unwrap_or_default()
        };
        for id in found {
            if !parents.contains(&id) {
                parents.push(id);
            }
        }
    }
    parents
}

fn readable(ids: &[String], catalogue: &Catalogue, audience: Audience) -> Vec<String> {
    ids.iter().filter(|id| may_read_universe(catalogue, id, audience)).cloned().collect()
}

fn may_read_universe(catalogue: &Catalogue, id: &str, audience: Audience) -> bool {
    catalogue
        .universe_index(id)
        .is_some_and(|index| catalogue.universes()[index].audiences.contains(&audience))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_audience_reads_its_part_of_the_built_in_catalogue() {
        let whole = Catalogue::built_in();
        for audience in [Audience::PublicMission, Audience::Bailleur] {
            let part = readable_catalogue(&whole, audience).unwrap();
            let ids = |catalogue: &Catalogue| -> Vec<String> {
                let of = |audiences: &[Audience]| audiences.contains(&audience);
                let universes = catalogue.universes().iter().filter(|one| of(&one.audiences));
                let indicators = catalogue.indicators().iter().filter(|one| of(&one.audiences));
                universes
                    .map(|one| one.id.clone())
                    .chain(indicators.map(|one| one.id.clone()))
                    .collect()
            };
            assert_eq!(ids(&part), ids(&whole), "{audience:?}");
            let shown = part.universes().len() + part.indicators().len();
            assert_eq!(shown, ids(&whole).len(), "nothing of another audience: {audience:?}");
        }
    }
}
