//! MapLibre styles for clients other than the portal (QGIS, MapLibre).
//!
//! `styles/` says how zones look: the layers (`gabarit.json`), a light and a dark base (`fonds`),
//! one palette per family (`familles`). This crate fills in what depends on the edition: sources,
//! zoom ranges, class bounds and what makes a figure secret.

mod classes;
mod drawing;
mod layer_definition;
mod palette;
mod scales;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value, json};

use domain::{Catalogue, Indicator, Manifest, Scale};

use classes::{Without, classes_of};
use drawing::Drawing;
use palette::palette;
use scales::{DEEPEST, coarser, outlines, turns};

pub use layer_definition::layer_definition;

/// What a style is made from.
pub struct StyleContext<'a> {
    /// The address of the service as the client reaches it, without a final slash.
    pub base_url: &'a str,
    /// The edition whose tiles the style draws.
    pub edition: &'a Manifest,
    /// The catalogue of that edition, or what its reader may see of it.
    pub catalogue: &'a Catalogue,
}

/// The style `name`, a MapLibre style specification document (version 8).
///
/// `name` is the id of a family (drawn with its first indicator) or of an indicator, alone for
/// scales that follow the zoom, or followed by a point and a scale (`ressources.commune`) for one
/// scale at every zoom its tiles have; `.sombre` at the end draws it on a dark base. `None` for
/// any other name. An indicator that is not offered at a scale is drawn at the finest scale that
/// offers it: a few coloured zones among hatched ones are no map.
pub fn style(name: &str, context: &StyleContext) -> Option<Value> {
    let Name { subject, scale, dark } = Name::read(name, context.edition)?;
    let indicator = indicator(subject, scale, context.catalogue)?;
    let offers = |scale| context.catalogue.offers(indicator, scale);
    let drawn = match scale {
        Some(scale) => {
            let asked = context.edition.scale(scale)?;
            let entry =
                if offers(scale) { asked } else { coarser(scale, &offers, context.edition)? };
            vec![(entry, entry.minzoom, DEEPEST)]
        }
        None => turns(context.edition, &offers),
    };
    let mut palette = palette(&indicator.family)?;
    if dark {
        // On a dark base the brightest colour stands for the greatest value.
        palette.reverse();
    }
    let mut drawing = Drawing::new(dark)?;
    let absent = drawing.base("sans_objet")?;
    let kept = drawing.base("extreme")?;
    drawing.layers("fond", Scale::FRANCE, &[], None)?;
    let finest = drawn.iter().map(|(entry, ..)| entry.id).min()?;
    let ground = context.edition.scale(Scale::COMMUNE).filter(|_| finest < Scale::COMMUNE);
    if let Some(entry) = ground {
        drawing.layers("sol", entry.id, &[], Some((entry.minzoom, DEEPEST)))?;
    }
    // The widest first: finer scales are drawn over it.
    for &(entry, from, to) in drawn.iter().rev() {
        let point = entry.id.is_point();
        let without = Without::new(indicator, entry.id, context.catalogue);
        // A point without figure that is not secret; a surface, hatched or not.
        let undrawn = if point { without.nobody() } else { without.absent().clone() };
        let mut classes = vec![(undrawn, absent.clone())];
        classes.extend(classes_of(&palette, &absent, indicator, context.edition));
        for (rank, (filter, color)) in classes.into_iter().enumerate() {
            let rank = if rank == 0 { String::new() } else { format!("-{}", rank - 1) };
            let filled = [("couleur", color), ("filtre", filter), ("rang", rank.into())];
            let kind = if point { "point" } else { "surface" };
            drawing.layers(kind, entry.id, &filled, Some((from, to)))?;
        }
        if let Some(filter) = without.marked() {
            let filled = [("couleur", kept.clone()), ("filtre", filter), ("rang", "-ext".into())];
            drawing.layers(
                if point { "point" } else { "surface" },
                entry.id,
                &filled,
                Some((from, to)),
            )?;
        }
        let filled = [("masque", without.secret())];
        let kind = if point { "point-dessus" } else { "surface-dessus" };
        drawing.layers(kind, entry.id, &filled, Some((from, to)))?;
    }
    let outlines = outlines(&drawn, finest, context.edition);
    for &(scale, width, from) in outlines.iter().rev() {
        let widths = [("largeur", json!(width)), ("largeur_halo", json!(width + 2.2))];
        drawing.layers("limite", scale, &widths, Some((from, DEEPEST)))?;
    }
    for &(entry, from, to) in drawn.iter().filter(|drawn| drawn.0.id.is_named()) {
        let named = [("noms", labels_source(entry.id, context.edition).into())];
        drawing.layers("noms", entry.id, &named, Some((from, to)))?;
    }
    let Manifest { id, vintage, revision, .. } = context.edition;
    let scales = drawn.iter().map(|drawn| drawn.0.id);
    let scales = scales.chain(ground.map(|entry| entry.id)).chain(outlines.iter().map(|it| it.0));
    let mut sources: Map<String, Value> =
        scales.map(|scale| (scale.id().to_owned(), source(scale.id(), context))).collect();
    for (entry, ..) in drawn.iter().filter(|drawn| drawn.0.id.is_named()) {
        let name = labels_source(entry.id, context.edition);
        let labels = source(&name, context);
        sources.insert(name, labels);
    }
    Some(json!({
        "version": 8,
        "name": format!("{} ({vintage}, révision {revision})", indicator.label),
        "metadata": { "seuil:edition": id, "seuil:indicateur": indicator.id },
        "sprite": format!("{}/sprites/seuil", context.base_url),
        "sources": sources,
        "layers": drawing.into_layers(),
    }))
}

/// What the name of a style asks for.
struct Name<'a> {
    subject: &'a str,
    scale: Option<Scale>,
    dark: bool,
}

impl<'a> Name<'a> {
    fn read(name: &'a str, edition: &Manifest) -> Option<Name<'a>> {
        let (name, dark) = match name.strip_suffix(".sombre") {
            Some(name) => (name, true),
            None => (name, false),
        };
        let (subject, scale) = match name.split_once('.') {
            Some((subject, scale)) => (subject, Some(edition.named(scale)?)),
            None => (name, None),
        };
        Some(Name { subject, scale, dark })
    }
}

/// The indicator of a name; of a family, the first that is offered at the scale, else the first.
fn indicator<'a>(
    subject: &str,
    scale: Option<Scale>,
    catalogue: &'a Catalogue,
) -> Option<&'a Indicator> {
    let indicators = catalogue.indicators();
    if catalogue.families().iter().any(|family| family.id == subject) {
        let mut members = indicators.iter().filter(|indicator| indicator.family == subject);
        let offered =
            |indicator: &&Indicator| scale.is_none_or(|scale| catalogue.offers(indicator, scale));
        members.clone().find(offered).or_else(|| members.next())
    } else {
        indicators.iter().find(|indicator| indicator.id == subject)
    }
}

/// Where the names of a scale stand: its label points, or the zones themselves of an edition that has
/// none.
fn labels_source(scale: Scale, edition: &Manifest) -> String {
    if edition.has_labels(scale) { format!("{scale}.labels") } else { scale.to_string() }
}

fn source(name: &str, context: &StyleContext) -> Value {
    let StyleContext { base_url, edition, .. } = context;
    json!({
        "type": "vector",
        "url": format!("{base_url}/tiles/{}/{name}.json", edition.id),
        "attribution": edition.attribution,
    })
}
