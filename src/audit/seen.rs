//! What one zone says, wherever it was read: a file of the edition or a tile of a client.

use std::collections::HashMap;

use crate::mismatch::Mismatch;
use domain::{Catalogue, Mark};

/// One zone as it was shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Seen {
    pub code: String,
    pub nom: String,
    pub communes: String,
    /// The communes that a zone without dwellings lies in.
    pub situe: String,
    pub secret: Option<bool>,
    /// Count shown of each universe.
    pub counts: Vec<Option<i64>>,
    /// What zones of its scale alone say.
    pub group: Group,
    /// Figures of which something is shown, by indicator.
    pub figures: Vec<(usize, Figure)>,
}

/// What an address says of its group of addresses, and a group of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    pub grappe: String,
    pub adresses: Option<i64>,
    pub logements: Option<i64>,
    pub reste: Option<bool>,
}

/// What is shown of one indicator.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figure {
    pub value: Option<f64>,
    pub numerator: Option<i64>,
    pub denominator: Option<i64>,
    /// What stands in the place of value and numerator.
    pub mark: Option<Mark>,
}

impl Figure {
    /// Whether it tells what a mark would keep back.
    pub fn is_told(&self) -> bool {
        self.value.is_some() || self.numerator.is_some()
    }
}

/// A value of a column.
#[derive(Clone, Debug)]
pub enum Value<'a> {
    Text(&'a str),
    Truth(bool),
    Integer(i64),
    Number(f64),
}

/// Where the columns of a zone go.
pub struct Columns {
    places: HashMap<String, ColumnRole>,
    universes: usize,
}

#[derive(Clone, Copy)]
enum ColumnRole {
    Code,
    Nom,
    Communes,
    Situe,
    Secret,
    Grappe,
    Adresses,
    Logements,
    Reste,
    Count(usize),
    Value(usize),
    Numerator(usize),
    Denominator(usize),
    Mark(usize),
}

impl Columns {
    pub fn new(catalogue: &Catalogue) -> Columns {
        let mut places = HashMap::from([
            ("code".to_owned(), ColumnRole::Code),
            ("communes".to_owned(), ColumnRole::Communes),
            ("secret".to_owned(), ColumnRole::Secret),
            ("nom".to_owned(), ColumnRole::Nom),
            ("situe".to_owned(), ColumnRole::Situe),
            ("grappe".to_owned(), ColumnRole::Grappe),
            ("adresses".to_owned(), ColumnRole::Adresses),
            ("logements".to_owned(), ColumnRole::Logements),
            ("reste".to_owned(), ColumnRole::Reste),
        ]);
        for (at, universe) in catalogue.universes().iter().enumerate() {
            places.insert(format!("n_{}", universe.id), ColumnRole::Count(at));
        }
        for (at, indicator) in catalogue.indicators().iter().enumerate() {
            places.insert(indicator.id.clone(), ColumnRole::Value(at));
            places.insert(format!("{}_num", indicator.id), ColumnRole::Numerator(at));
            places.insert(format!("{}_den", indicator.id), ColumnRole::Denominator(at));
            places.insert(format!("{}_ext", indicator.id), ColumnRole::Mark(at));
        }
        Columns { places, universes: catalogue.universes().len() }
    }

    /// A zone that says nothing yet.
    pub fn blank(&self) -> Seen {
        Seen { counts: vec![None; self.universes], ..Seen::default() }
    }

    /// Notes a value. What no column of the catalogue is, or of another type, is an error: it
    /// could say anything.
    pub fn put(&self, seen: &mut Seen, name: &str, value: &Value<'_>) -> Result<(), Mismatch> {
        let bad = || {
            let words = "inconnue du catalogue ou d'un autre type";
            Mismatch::from(format!("colonne « {name} » : {words}"))
        };
        let place = *self.places.get(name).ok_or_else(bad)?;
        let integer = || match value {
            Value::Integer(number) => Ok(*number),
            Value::Number(number) if number.fract() == 0.0 && number.abs() < 9e15 => {
                Ok(*number as i64)
            }
            _ => Err(bad()),
        };
        match (place, value) {
            (ColumnRole::Code, Value::Text(text)) => seen.code = (*text).to_owned(),
            (ColumnRole::Communes, Value::Text(text)) => seen.communes = (*text).to_owned(),
            (ColumnRole::Secret, Value::Truth(secret)) => seen.secret = Some(*secret),
            (ColumnRole::Nom, Value::Text(text)) => seen.nom = (*text).to_owned(),
            (ColumnRole::Situe, Value::Text(text)) => seen.situe = (*text).to_owned(),
            (ColumnRole::Grappe, Value::Text(text)) => seen.group.grappe = (*text).to_owned(),
            (ColumnRole::Adresses, _) => seen.group.adresses = Some(integer()?),
            (ColumnRole::Logements, _) => seen.group.logements = Some(integer()?),
            (ColumnRole::Reste, Value::Truth(reste)) => seen.group.reste = Some(*reste),
            (ColumnRole::Count(at), _) => seen.counts[at] = Some(integer()?),
            (ColumnRole::Value(at), Value::Number(number)) => {
                figure(seen, at).value = Some(*number)
            }
            (ColumnRole::Value(at), Value::Integer(number)) => {
                figure(seen, at).value = Some(*number as f64);
            }
            (ColumnRole::Numerator(at), _) => figure(seen, at).numerator = Some(integer()?),
            (ColumnRole::Mark(at), Value::Text(text)) => {
                figure(seen, at).mark = Some(Mark::of(text).ok_or_else(bad)?);
            }
            (ColumnRole::Denominator(at), _) => figure(seen, at).denominator = Some(integer()?),
            _ => return Err(bad()),
        }
        Ok(())
    }
}

fn figure(seen: &mut Seen, at: usize) -> &mut Figure {
    let place = match seen.figures.iter().position(|(own, _)| *own == at) {
        Some(place) => place,
        None => {
            seen.figures.push((at, Figure::default()));
            seen.figures.len() - 1
        }
    };
    &mut seen.figures[place].1
}
