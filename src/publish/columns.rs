//! The columns of a zone, in the order every format writes them.
//!
//! `code`, `nom`, `communes`, `situe`, `secret`, those of the scale alone (an address: `grappe`; a group of
//! addresses: `adresses`, `logements`, `reste`), one `n_<universe>` per universe, then per
//! indicator its value, outside tiles `<indicator>_num` and `<indicator>_den`, but neither
//! where the ratio is published alone, and `<indicator>_ext` where extremes of its family are kept back: the
//! mark that stands in the place of value and numerator. `situe` names the communes that an unpopulated zone lies in, as `communes` does for a populated one. A null
//! is an absent property. A universe that is offered from a wider scale upward only has no column
//! at a finer one, and its indicators have none.

use domain::{Catalogue, CommuneCode, Detail, MARKS, Origin, Scale};
use protect::PublishedScale;

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

/// The columns of one scale, in order.
pub(super) struct Columns {
    list: Vec<Column>,
    /// The place of the first one that the catalogue asks for.
    first: usize,
    /// The universes that have a column.
    universes: Vec<usize>,
    indicators: Vec<OfIndicator>,
}

/// The columns of an indicator, its value first.
struct OfIndicator {
    indicator: usize,
    /// Whether numerator and denominator follow.
    has_sums: bool,
    /// Whether the mark follows.
    has_marks: bool,
}

impl Columns {
    /// The columns of a scale: its names, then what the catalogue offers there.
    pub(super) fn new(catalogue: &Catalogue, scale: Scale) -> Columns {
        let mut list = names();
        list.extend(details(scale));
        let first = list.len();
        let mut columns = Columns { list, first, universes: vec![], indicators: vec![] };
        for (index, universe) in catalogue.universes().iter().enumerate() {
            if !universe.is_offered(scale) {
                continue;
            }
            columns.universes.push(index);
            let description = format!("Nombre de {}", universe.members);
            let name = format!("n_{}", universe.id);
            columns.list.push(column(name, &universe.label, &description, Kind::Integer, true));
        }
        for (index, indicator) in catalogue.indicators().iter().enumerate() {
            if !catalogue.offers(indicator, scale) {
                continue;
            }
            let has_marks = catalogue.has_marks(indicator, scale);
            let has_sums = !indicator.ratio_alone;
            columns.indicators.push(OfIndicator { indicator: index, has_sums, has_marks });
            let (id, label) = (&indicator.id, &indicator.label);
            let description = format!("{} ({})", indicator.definition, indicator.unit.symbol());
            columns.list.push(column(id.clone(), label, &description, Kind::Number, true));
            let parts = [("num", "numérateur"), ("den", "dénominateur")];
            for (suffix, part) in parts.into_iter().filter(|_| has_sums) {
                let title = format!("{label} : {part}");
                let name = format!("{id}_{suffix}");
                columns.list.push(column(
                    name,
                    &title,
                    &indicator.definition,
                    Kind::Integer,
                    false,
                ));
            }
            if has_marks {
                let (name, title) = (format!("{id}_ext"), format!("{label} : extrême"));
                columns.list.push(column(name, &title, MARKS, Kind::Text, true));
            }
        }
        columns
    }

    /// The columns.
    pub(super) fn list(&self) -> &[Column] {
        &self.list
    }

    /// Of [`Columns::visit`], what says which zone it is: `code`, `nom`, `communes`, `situe`.
    pub(super) fn visit_place(
        &self,
        scale: &PublishedScale,
        zone: usize,
        each: &mut dyn FnMut(usize, &Column, Value<'_>),
    ) {
        let mut told = |place: usize, value: Value<'_>| each(place, &self.list[place], value);
        let place = &scale.zones()[zone];
        told(0, Value::Text(place.code.as_str()));
        if !place.nom.is_empty() {
            told(1, Value::Text(&place.nom));
        }
        for (column, communes) in [(2, &place.communes), (3, &place.situe)] {
            if !communes.is_empty() {
                told(column, Value::Text(&join(communes)));
            }
        }
    }

    /// Hands over each value of a zone that is not null with its column and its place in the
    /// list, in order.
    pub(super) fn visit(
        &self,
        scale: &PublishedScale,
        zone: usize,
        each: &mut dyn FnMut(usize, &Column, Value<'_>),
    ) {
        self.visit_place(scale, zone, each);
        let mut told = |place: usize, value: Value<'_>| each(place, &self.list[place], value);
        told(4, Value::Truth(scale.is_secret(zone)));
        match &scale.zones()[zone].detail {
            Detail::None => {}
            Detail::Address { grappe } => told(NAMES, Value::Text(grappe.as_str())),
            Detail::Group { adresses, logements, reste } => {
                told(NAMES, Value::Count(*adresses));
                told(NAMES + 1, Value::Count(*logements));
                told(NAMES + 2, Value::Truth(*reste));
            }
        }
        let mut column = self.first;
        for &universe in &self.universes {
            if let Some(count) = scale.count(zone, universe) {
                told(column, Value::Count(count));
            }
            column += 1;
        }
        for &OfIndicator { indicator, has_sums, has_marks } in &self.indicators {
            let mark = column + if has_sums { 3 } else { 1 };
            if let Some(figure) = scale.figure(zone, indicator) {
                told(column, Value::Number(figure.value()));
                if let Some((numerator, denominator)) = figure.parts() {
                    told(column + 1, Value::Sum(numerator));
                    told(column + 2, Value::Sum(denominator));
                }
            } else if let Some((own, denominator)) =
                scale.mark(zone, indicator).filter(|_| has_marks)
            {
                told(column + 2, Value::Sum(denominator));
                told(mark, Value::Text(own.id()));
            }
            column = mark + usize::from(has_marks);
        }
    }
}

/// How many columns [`names`] makes.
const NAMES: usize = 5;

/// The columns that every scale has.
fn names() -> Vec<Column> {
    let fixed = |name: &str, title, description, kind| {
        column(name.to_owned(), title, description, kind, true)
    };
    vec![
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
    ]
}

/// The columns that a scale has beside those.
fn details(scale: Scale) -> Vec<Column> {
    let own = |name: &str, title, description, kind| {
        column(name.to_owned(), title, description, kind, true)
    };
    match scale.origin() {
        Origin::Addresses => {
            vec![own("grappe", "Grappe", "Code de la grappe de l’adresse", Kind::Text)]
        }
        Origin::Units => vec![
            own("adresses", "Adresses", "Nombre d’adresses", Kind::Integer),
            own("logements", "Logements", "Nombre de logements du répertoire", Kind::Integer),
            own("reste", "Reste", "Ce que les autres grappes laissent d’un carreau", Kind::Truth),
        ],
        _ => Vec::new(),
    }
}

fn column(name: String, title: &str, description: &str, kind: Kind, in_tiles: bool) -> Column {
    Column { name, title: title.into(), description: description.into(), kind, in_tiles }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The small catalogue, all but its register offered from the commune upward.
    fn catalogue() -> Catalogue {
        let text = include_str!("../../tests/data/small_catalogue.toml");
        let mut document = serde_json::to_value(Catalogue::from_toml(text).unwrap()).unwrap();
        for universe in document["universes"].as_array_mut().unwrap().iter_mut().skip(1) {
            universe["finest"] = "commune".into();
        }
        Catalogue::from_json(document.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn a_ratio_that_is_published_alone_has_one_column() {
        let catalogue = Catalogue::built_in();
        let columns = Columns::new(&catalogue, Scale::COMMUNE);
        let named = |name: &str| columns.list().iter().any(|column| column.name == name);
        let alone = catalogue.indicators().iter().filter(|one| one.ratio_alone);
        assert!(alone.clone().count() > 0, "the test must see one");
        for indicator in alone {
            let id = &indicator.id;
            assert!(named(id) && !named(&format!("{id}_num")) && !named(&format!("{id}_den")));
        }
    }

    #[test]
    fn a_figure_that_may_be_kept_back_has_a_column_for_its_mark() {
        let catalogue = Catalogue::built_in().with_extremes(|family| match family {
            "aide" => domain::Extremes::Both,
            _ => domain::Extremes::Off,
        });
        let marks = |scale| -> Vec<String> {
            let columns = Columns::new(&catalogue, scale);
            let marks = columns.list().iter().filter(|own| own.name.ends_with("_ext"));
            marks.inspect(|own| assert!(own.in_tiles)).map(|own| own.name.clone()).collect()
        };
        assert_eq!(marks(Scale::GRAPPE), ["aide_apl_ext"]);
        assert_eq!(marks(Scale::QPV), ["aide_apl_ext"]);
        assert!(marks(Scale::IRIS).is_empty() && marks(Scale::COMMUNE).is_empty());
    }

    #[test]
    fn a_scale_has_no_column_of_what_it_does_not_offer() {
        let catalogue = catalogue();
        let names = |scale| -> Vec<String> {
            let columns = Columns::new(&catalogue, scale);
            columns.list().iter().map(|column| column.name.clone()).collect()
        };
        let root = &catalogue.universes()[0].id;
        let register = catalogue.indicators().iter().filter(|one| &one.universe == root).count();
        let (fine, wide) = (names(Scale::IRIS), names(Scale::COMMUNE));
        assert_eq!(fine[NAMES], format!("n_{root}"));
        assert_eq!(fine.len(), NAMES + 1 + 3 * register);
        let [universes, indicators] = [catalogue.universes().len(), catalogue.indicators().len()];
        assert_eq!(wide.len(), NAMES + universes + 3 * indicators);
        assert!(universes > 1 && indicators > register, "the test must see something left out");
        assert!(fine.iter().all(|name| wide.contains(name)));
    }
}
