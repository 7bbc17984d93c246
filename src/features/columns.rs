//! The columns that a reader is given, in the order of the file.

use super::BadQuestion;
use super::layout::Layout;
use domain::Audience;
use edition::Edition;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Names and codes.
    Text,
    /// Yes or no.
    Truth,
    /// A count, a numerator, a denominator.
    Integer,
    /// A figure.
    Number,
}

/// A column of the file.
pub(super) struct Column {
    pub(super) name: Box<str>,
    pub(super) title: Box<str>,
    pub(super) description: Box<str>,
    pub(super) kind: Kind,
}

/// A column that a reader is given.
#[derive(Clone, Debug)]
pub struct ShownColumn {
    pub(super) place: usize,
    /// Its name: `n_menages`, `res_inf20_num`.
    pub name: Box<str>,
    /// Its French title.
    pub title: Box<str>,
    /// What it says, in French.
    pub description: Box<str>,
    /// What it holds.
    pub kind: Kind,
}

/// The columns that a reader is given: those of the file that their audience may read and, of these, those
/// that were asked for. The code is always the first.
#[derive(Clone, Debug)]
pub struct Shown {
    columns: Box<[ShownColumn]>,
    /// For each column of the file its place among those shown.
    places: Box<[Option<u32>]>,
}

impl Shown {
    pub(super) fn new(
        layout: &Layout,
        edition: &Edition,
        audience: Audience,
        fields: Option<&str>,
    ) -> Result<Shown, BadQuestion> {
        let asked: Option<Vec<&str>> = fields.map(|fields| fields.split(',').collect());
        let may_read = |column: &&(usize, &Column)| {
            column.0 == 0 || edition.may_read_zone(audience, &column.1.name)
        };
        let numbered = layout.columns.iter().enumerate();
        let readable: Vec<(usize, &Column)> = numbered.filter(|one| may_read(&one)).collect();
        let has = |name: &str| readable.iter().any(|(_, column)| &*column.name == name);
        if asked.iter().flatten().any(|name| !has(name)) {
            return Err(BadQuestion::Field);
        }
        let is_asked = |(place, column): &&(usize, &Column)| {
            *place == 0 || asked.as_ref().is_none_or(|asked| asked.contains(&&*column.name))
        };
        let columns: Box<[ShownColumn]> = readable
            .iter()
            .filter(is_asked)
            .map(|(place, column)| ShownColumn {
                place: *place,
                name: column.name.clone(),
                title: column.title.clone(),
                description: column.description.clone(),
                kind: column.kind,
            })
            .collect();
        let mut places = vec![None; layout.columns.len()];
        for (shown, column) in (0..).zip(&columns) {
            places[column.place] = Some(shown);
        }
        Ok(Shown { columns, places: places.into() })
    }

    /// The columns, the code first.
    pub fn columns(&self) -> &[ShownColumn] {
        &self.columns
    }

    /// Where a column of the file stands among those shown.
    pub(super) fn place(&self, of_file: usize) -> Option<usize> {
        self.places.get(of_file).copied().flatten().map(|place| place as usize)
    }
}
