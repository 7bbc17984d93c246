//! What every format writes: rows of a selection, columns, and the status of each universe.

use std::collections::HashMap;

use domain::{Catalogue, Scale};
use features::{FeatureError, Kind, Row, Selection, Value};

/// A column of a file.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its French title.
    pub title: String,
    /// What it says, in French.
    pub description: String,
    /// What it holds.
    pub kind: Kind,
    /// `%`, `€/m²`, … where it is a figure.
    pub unit: String,
    /// Where it comes from: `OPS`, `RPLS`; empty for names and codes.
    pub source: String,
    from: ValueOf,
}

/// Where the value of a column comes from.
#[derive(Clone, Debug)]
enum ValueOf {
    /// A column of the edition, by its place.
    Edition(usize),
    /// The status of a universe: the place of its count, those of its figures and marks.
    Status { count: Option<usize>, figures: Vec<usize> },
    /// Where the name of the zone stands: longitude, latitude.
    Point(usize),
}

/// What a status says.
pub const PUBLISHED: &str = "diffusé";
/// What is secret, whatever the reason.
pub const SECRET: &str = "secret";
/// Nobody is counted: there is nothing to say.
pub const EMPTY: &str = "sans objet";

/// Rows and columns of a file.
#[derive(Clone)]
pub struct Sheet {
    selection: Selection,
    columns: Vec<Column>,
    /// Those that say where a zone is, for formats without geometry.
    point: [Column; 2],
    /// The places of `communes` and `situe`.
    communes: Option<usize>,
    situe: Option<usize>,
    /// The code behind which its rows begin, and how many they are at most.
    window: (Option<String>, usize),
}

impl Sheet {
    /// The columns of a selection that were asked for, or all, with the status of each universe that they
    /// have figures of. `selection` has every column: what a status says does not depend on what is asked.
    pub fn new(selection: Selection, fields: Option<&str>) -> Sheet {
        let catalogue = selection.edition().catalogue(selection.audience());
        let asked: Option<Vec<&str>> = fields.map(|fields| fields.split(',').collect());
        let shown = selection.shown().columns();
        let places: HashMap<&str, usize> =
            shown.iter().enumerate().map(|(place, column)| (&*column.name, place)).collect();
        let mut columns = Vec::new();
        for (place, column) in shown.iter().enumerate() {
            let is_asked = asked.as_ref().is_none_or(|asked| asked.contains(&&*column.name));
            if place != 0 && !is_asked {
                continue;
            }
            let (unit, source) = unit_and_source(catalogue, &column.name);
            columns.push(Column {
                name: column.name.to_string(),
                title: column.title.to_string(),
                description: column.description.to_string(),
                kind: column.kind,
                unit,
                source,
                from: ValueOf::Edition(place),
            });
        }
        let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
        columns.extend(statuses(catalogue, selection.scale(), &places, &names));
        let point = [("x", "Longitude"), ("y", "Latitude")].map(|(name, title)| Column {
            name: name.into(),
            title: title.into(),
            description: format!("{title} du point où se place le nom, en degrés (WGS 84)"),
            kind: Kind::Number,
            unit: "°".into(),
            source: String::new(),
            from: ValueOf::Point(usize::from(name == "y")),
        });
        let of = |name: &str| places.get(name).copied();
        let (communes, situe) = (of("communes"), of("situe"));
        Sheet { selection, columns, point, communes, situe, window: (None, usize::MAX) }
    }

    /// So many rows of a selection from the one after a code on, with its columns and nothing else.
    pub fn page(selection: Selection, after: Option<&str>, rows: usize) -> Sheet {
        let mut sheet = Sheet::new(selection, None);
        sheet.columns.retain(|column| matches!(column.from, ValueOf::Edition(_)));
        sheet.window = (after.map(str::to_owned), rows);
        sheet
    }

    /// The selection.
    pub fn selection(&self) -> &Selection {
        &self.selection
    }

    /// Its columns.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Its columns and those that say where a zone is, for formats without geometry.
    pub fn placed_columns(&self) -> impl Iterator<Item = &Column> + Clone {
        self.columns.iter().chain(&self.point)
    }

    /// Its rows.
    pub fn rows(&self) -> impl Iterator<Item = Result<Row, FeatureError>> {
        let (after, rows) = &self.window;
        self.selection.rows(after.as_deref(), *rows)
    }

    /// Whether it has any row.
    pub fn has_rows(&self) -> bool {
        let (after, rows) = &self.window;
        *rows > 0 && self.selection.rows(after.as_deref(), 0).has_more()
    }

    /// The name of what it holds: `2024r1.commune`.
    pub fn name(&self) -> String {
        format!("{}.{}", self.selection.edition().id(), self.selection.scale())
    }

    /// The value of a column.
    #[inline]
    pub fn value<'r>(&self, column: &Column, row: &'r Row) -> Option<Value<'r>> {
        match &column.from {
            ValueOf::Edition(place) => row.value(*place),
            ValueOf::Point(axis) => row.point().map(|point| Value::Number(point[*axis])),
            ValueOf::Status { count, figures } => {
                Some(Value::Text(self.status(*count, figures, row)))
            }
        }
    }

    /// What is published of a universe: what follows from the published columns, and nothing else.
    fn status(&self, count: Option<usize>, figures: &[usize], row: &Row) -> &'static str {
        let has = |place: Option<usize>| place.is_some_and(|place| row.has(place));
        if figures.iter().any(|place| row.has(*place)) {
            return PUBLISHED;
        }
        let nobody = count.and_then(|place| row.value(place)) == Some(Value::Integer(0));
        let unpopulated = has(self.situe) && !has(self.communes);
        if nobody || unpopulated { EMPTY } else { SECRET }
    }
}

/// A status for each universe that the chosen columns have figures of.
fn statuses(
    catalogue: &Catalogue,
    scale: Scale,
    places: &HashMap<&str, usize>,
    chosen: &[String],
) -> Vec<Column> {
    let mut found = Vec::new();
    for universe in catalogue.universes().iter().filter(|one| one.is_offered(scale)) {
        let own = || catalogue.indicators().iter().filter(|one| one.universe == universe.id);
        let is_chosen = |id: &str| {
            let parts = ["", "_num", "_den", "_ext"].map(|end| format!("{id}{end}"));
            chosen.iter().any(|name| parts.contains(name))
        };
        if !own().any(|one| is_chosen(&one.id)) {
            continue;
        }
        // A mark stands in the place of a figure that is published.
        let said = |id: &str| [id.to_owned(), format!("{id}_ext")];
        let figures: Vec<usize> = own()
            .flat_map(|one| said(&one.id))
            .filter_map(|name| places.get(name.as_str()).copied())
            .collect();
        let count = places.get(format!("n_{}", universe.id).as_str()).copied();
        found.push(Column {
            name: format!("statut_{}", universe.id),
            title: format!("{} : statut", universe.label),
            description: format!(
                "{PUBLISHED} : les chiffres sont donnés ; {SECRET} : ils sont couverts par le secret \
                 statistique ; {EMPTY} : personne n'est compté"
            ),
            kind: Kind::Text,
            unit: String::new(),
            source: String::new(),
            from: ValueOf::Status { count, figures },
        });
    }
    found
}

fn unit_and_source(catalogue: &Catalogue, column: &str) -> (String, String) {
    let named = |id: &str| catalogue.indicators().iter().find(|one| one.id == id);
    if let Some(indicator) = named(column) {
        return (indicator.unit.symbol().to_owned(), indicator.source.clone());
    }
    let part = ["_num", "_den", "_ext"].iter().find_map(|end| column.strip_suffix(end));
    let source = part.and_then(named).map(|indicator| indicator.source.clone());
    (String::new(), source.unwrap_or_default())
}
