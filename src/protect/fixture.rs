//! Editions that tests of other rooms make up: their figures are invented, and protected like any.

use std::sync::Arc;

use domain::{Catalogue, Scale, Shape, Zone};

use crate::aggregate::{RawScale, RawTable};
use crate::secrecy::{Published, Rules, protect};

/// A made-up zone.
pub struct MadeUp {
    /// Its code, its name and its communes.
    pub zone: Zone,
    /// Where it is, in degrees (EPSG:4326).
    pub shape: Shape,
    /// Sorted.
    pub atoms: Vec<u32>,
    /// By universe.
    pub counts: Vec<u64>,
    /// Two for each indicator: numerator and denominator.
    pub sums: Vec<i64>,
}

/// Made-up zones, scale by scale, protected; `counts` are the contributors of each universe at each
/// atom, atom-major.
///
/// Two addresses of 14 and 5 dwellings, and the commune that they make: the second is under the
/// threshold (R1), and the commune less the first would tell it (R2), so that the first is hidden too.
///
/// ```
/// use domain::{Detail, Catalogue, Scale, Shape, Zone};
/// use protect::Rules;
/// use protect::fixture::{MadeUp, published};
///
/// let zone = |code: &str, atoms: &[u32], count: u64| MadeUp {
///     zone: Zone { code: code.parse().unwrap(), nom: String::new(), communes: vec![], situe: vec![], detail: Detail::None },
///     shape: Shape::Point((2.1, 49.0).into()),
///     atoms: atoms.to_vec(),
///     counts: vec![count],
///     // Of the only indicator: dwellings of one room, and all.
///     sums: vec![4, count as i64],
/// };
/// let adresse = vec![zone("a", &[0], 14), zone("b", &[1], 5)];
/// let commune = vec![zone("95001", &[0, 1], 19)];
/// let catalogue = Catalogue::from_toml(r#"
///     families = [{ id = "taille", label = "Taille" }]
///     [[universes]]
///     id = "logements"
///     label = "Logements"
///     members = "logements"
///     kind = "logement"
///     parents = []
///     audiences = ["public_mission"]
///     filter = "known(NBPIECE)"
///     [[indicators]]
///     id = "log_t1"
///     label = "Une pièce"
///     definition = "Part des logements d'une pièce"
///     source = "RPLS"
///     family = "taille"
///     regime = "rpls_restreint"
///     universe = "logements"
///     unit = "pourcent"
///     audiences = ["public_mission"]
///     numerator = "NBPIECE = 1"
///     denominator = "1"
/// "#)?;
/// let scales = vec![(Scale::ADRESSE, adresse), (Scale::COMMUNE, commune)];
/// let rules = Rules::built_in(&catalogue)?;
/// let published = published(scales, &[14, 5], catalogue, &rules);
///
/// let shown = |scale: usize, zone| published.scales()[scale].is_published(zone, 0);
/// assert!(!shown(0, 0) && !shown(0, 1) && shown(1, 0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn published(
    scales: Vec<(Scale, Vec<MadeUp>)>,
    counts: &[u32],
    catalogue: Catalogue,
    rules: &Rules,
) -> Published {
    let scales = scales.into_iter().map(|(scale, zones)| raw(scale, zones)).collect();
    let table = RawTable::of_counts(scales, &catalogue, counts);
    protect(table, None, Arc::new(catalogue), rules, &|_| ()).0
}

fn raw(scale: Scale, made_up: Vec<MadeUp>) -> RawScale {
    let mut raw = RawScale {
        scale,
        zones: vec![],
        shapes: vec![],
        atoms: vec![],
        counts: vec![],
        sums: Default::default(),
    };
    for MadeUp { zone, shape, atoms, counts, sums } in made_up {
        raw.zones.push(zone);
        raw.shapes.push(shape);
        raw.atoms.push(atoms);
        raw.counts.extend(counts);
        raw.sums.extend(sums);
    }
    raw
}
