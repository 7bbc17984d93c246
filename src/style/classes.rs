//! The filters of a style: which zones a class holds, which are hatched.
//!
//! They are written in what MapLibre and QGIS read alike: `all`, `any`, `has`, comparisons of one
//! column with a constant, and `!` before `has` alone.

use serde_json::{Value, json};

use domain::{Catalogue, Indicator, Manifest, Scale};

/// The filter and the colour of zero, then of each class, rising; a bound belongs to the class
/// below it. One layer for each class, with a filter: QGIS reads no expression that chooses a
/// colour.
pub(super) fn classes_of(
    palette: &[Value],
    absent: &Value,
    indicator: &Indicator,
    edition: &Manifest,
) -> Vec<(Value, Value)> {
    let (zero, shades) = palette.split_first().unwrap_or((absent, &[]));
    let bounds = edition.classes.get(&indicator.id).map_or(&[][..], Vec::as_slice);
    let last = shades.len().saturating_sub(1);
    let bounds = &bounds[..bounds.len().min(last)];
    // Fewer classes than colours are spread over the whole palette.
    let shade = |class: usize| {
        let place = if bounds.is_empty() {
            last / 2
        } else {
            (2 * class * last + bounds.len()) / (2 * bounds.len())
        };
        shades.get(place).unwrap_or(zero).clone()
    };
    let id = &indicator.id;
    let value = json!(["to-number", ["get", id]]);
    let mut classes = vec![(json!(["all", ["has", id], ["==", value, 0]]), zero.clone())];
    for class in 0..=bounds.len() {
        let mut filter = vec![json!("all"), json!(["has", id]), json!(["!=", value, 0])];
        if let Some(lower) = class.checked_sub(1).and_then(|below| bounds.get(below)) {
            filter.push(json!([">", value, lower]));
        }
        if let Some(upper) = bounds.get(class) {
            filter.push(json!(["<=", value, upper]));
        }
        classes.push((Value::Array(filter), shade(class)));
    }
    classes
}

/// What tells, where a figure is absent, a secret from a share over nobody, and from a figure that a mark
/// stands for.
pub(super) struct Without {
    absent: Value,
    /// The column of the mark, where the scale has one.
    mark: Option<String>,
    /// The universe of the indicator and those around it.
    universes: Vec<String>,
    /// Up to the commune, a zone lists the communes where it has dwellings.
    lists_communes: bool,
}

impl Without {
    pub(super) fn new(indicator: &Indicator, scale: Scale, catalogue: &Catalogue) -> Without {
        let mut universes = vec![indicator.universe.clone()];
        let mut next = 0;
        // A catalogue has finitely many universes and each enters once.
        while let Some(id) = universes.get(next) {
            let universe = catalogue.universes().iter().find(|universe| universe.id == *id);
            for parent in universe.into_iter().flat_map(|universe| &universe.parents) {
                if !universes.contains(parent) {
                    universes.push(parent.clone());
                }
            }
            next += 1;
        }
        let absent = json!(["!", ["has", indicator.id]]);
        let mark = catalogue.has_marks(indicator, scale).then(|| format!("{}_ext", indicator.id));
        Without { absent, mark, universes, lists_communes: !scale.is_reference() }
    }

    /// Every zone without a figure.
    pub(super) fn absent(&self) -> &Value {
        &self.absent
    }

    /// The zones where a mark stands in the place of the figure; `None` where none can.
    pub(super) fn marked(&self) -> Option<Value> {
        self.mark.as_ref().map(|column| json!(["has", column]))
    }

    /// The zones that are hatched: the figure is absent without a mark, although the zone has dwellings and no
    /// universe around the indicator is known to be empty.
    pub(super) fn secret(&self) -> Value {
        let mut all = vec![json!("all"), self.absent.clone()];
        all.extend(self.mark.as_ref().map(|column| json!(["!", ["has", column]])));
        for id in &self.universes {
            let count = format!("n_{id}");
            let some = json!(["!=", ["to-number", ["get", count]], 0]);
            all.push(json!(["any", ["!", ["has", count]], some]));
        }
        if self.lists_communes {
            all.extend([json!(["has", "communes"]), json!(["!=", ["get", "communes"], ""])]);
        }
        Value::Array(all)
    }

    /// The other zones without a figure. Written out: QGIS reads no `!` before `all`.
    pub(super) fn nobody(&self) -> Value {
        let mut any = vec![json!("any")];
        for id in &self.universes {
            let count = format!("n_{id}");
            any.push(json!(["all", ["has", count], ["==", ["to-number", ["get", count]], 0]]));
        }
        if self.lists_communes {
            any.extend([json!(["!", ["has", "communes"]]), json!(["==", ["get", "communes"], ""])]);
        }
        json!(["all", self.absent, any])
    }
}
