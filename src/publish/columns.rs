//! The columns of a zone, in the order every format writes them.
//!
//! `code`, `nom`, `communes`, `situe`, `secret`, one `n_<universe>` per universe, then per
//! indicator its value and, outside tiles, `<indicator>_num` and `<indicator>_den`. `situe` names
//! the communes that an unpopulated zone lies in, as `communes` does for a populated one. A null
//! is an absent property.

use crate::domain::{Catalogue, CommuneCode};
use crate::secrecy::PublishedScale;

/// A column of a scale.
pub(super) struct Column {
    pub(super) name: String,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) kind: Kind,
    pub(super) in_tiles: bool,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Truth,
    Integer,
    Number,
}

/// One value of a zone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value<'a> {
    Text(&'a str),
    Truth(bool),
    Count(u64),
    Sum(i64),
    Number(f64),
}

/// The columns of every scale, in order.
pub(super) fn columns(catalogue: &Catalogue) -> Vec<Column> {
    let column = |name: String, title: &str, description: &str, kind, in_tiles| Column {
        name,
        title: title.into(),
        description: description.into(),
        kind,
        in_tiles,
    };
    let fixed = |name: &str, title, description, kind| {
        column(name.to_owned(), title, description, kind, true)
    };
    let mut all = vec![
        fixed("code", "Code", "Code officiel de la zone", Kind::Text),
        fixed("nom", "Nom", "Nom de la zone", Kind::Text),
        fixed(
            "communes",
            "Communes",
            "Communes où la zone a des logements du répertoire",
            Kind::Text,
        ),
        fixed("situe", "Située dans", "Communes où se trouve une zone sans logement", Kind::Text),
        fixed("secret", "Secret", "La zone est couverte par le secret statistique", Kind::Truth),
    ];
    for universe in catalogue.universes() {
        let description = format!("Nombre de {}", universe.members);
        let name = format!("n_{}", universe.id);
        all.push(column(name, &universe.label, &description, Kind::Integer, true));
    }
    for indicator in catalogue.indicators() {
        let (id, label) = (&indicator.id, &indicator.label);
        let description = format!("{} ({})", indicator.definition, indicator.unit.symbol());
        all.push(column(id.clone(), label, &description, Kind::Number, true));
        for (suffix, part) in [("num", "numérateur"), ("den", "dénominateur")] {
            let title = format!("{label} : {part}");
            let name = format!("{id}_{suffix}");
            all.push(column(name, &title, &indicator.definition, Kind::Integer, false));
        }
    }
    all
}

/// Hands over each value of a zone that is not null, with the place of its column in
/// [`columns`], in order.
pub(super) fn visit(scale: &PublishedScale, zone: usize, each: &mut dyn FnMut(usize, Value<'_>)) {
    let place = &scale.zones()[zone];
    each(0, Value::Text(place.code.as_str()));
    if !place.nom.is_empty() {
        each(1, Value::Text(&place.nom));
    }
    for (column, communes) in [(2, &place.communes), (3, &place.situe)] {
        if !communes.is_empty() {
            each(column, Value::Text(&join(communes)));
        }
    }
    each(4, Value::Truth(scale.is_secret(zone)));
    let mut column = 5;
    for universe in 0..scale.catalogue().universes().len() {
        if let Some(count) = scale.count(zone, universe) {
            each(column, Value::Count(count));
        }
        column += 1;
    }
    for indicator in 0..scale.catalogue().indicators().len() {
        if let Some(figure) = scale.figure(zone, indicator) {
            each(column, Value::Number(figure.value()));
            if let Some((numerator, denominator)) = figure.parts() {
                each(column + 1, Value::Sum(numerator));
                each(column + 2, Value::Sum(denominator));
            }
        }
        column += 3;
    }
}

fn join(communes: &[CommuneCode]) -> String {
    let mut text = String::with_capacity(communes.len() * 6);
    for code in communes {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(code.as_str());
    }
    text
}
