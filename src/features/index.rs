//! Where each zone of a scale lies in its file, by code.

use super::FeatureError;
use super::columns::Kind;
use super::fold::fold;
use super::labels::{self, UNITS};
use super::layout::{Flaw, Layout, bounds, feature, value};
use super::row::Value;
use domain::Scale;
use edition::Edition;
use rights::asked_columns;

/// The zones of a scale sorted by code, with what finds them: made once, by walking the file.
pub(super) struct Index {
    pub(super) layout: Layout,
    entries: Vec<Entry>,
    /// The codes one behind the other, in the order of the file.
    codes: String,
    /// What zones ask of a territory, each once.
    questions: Vec<Box<str>>,
    /// A line for each zone, in the order of the entries: code and name, folded.
    lines: String,
    /// Where each line ends.
    ends: Vec<u32>,
    /// The names as they are written, one behind the other, in the order of the entries.
    names: String,
    /// Where each name ends.
    name_ends: Vec<u32>,
}

/// A zone.
struct Entry {
    code: (u32, u16),
    question: u32,
    length: u32,
    offset: u64,
    bounds: [f64; 4],
    /// In millionths of a degree.
    point: Option<[i32; 2]>,
    /// Whether what it asks is its column `communes`.
    is_populated: bool,
}

/// Columns of a zone that the index reads.
struct Read {
    nom: Option<usize>,
    asked: Vec<Option<usize>>,
    /// Whether the first asked is `communes`.
    asked_communes: bool,
}

impl Index {
    /// Walks the file of a scale. It waits for the disk: not to be called on a thread of the server.
    pub(super) fn new(edition: &Edition, scale: Scale) -> Result<Index, FeatureError> {
        let file = edition.zones(scale)?;
        let layout = Layout::read(file)?;
        let of = |name: &str| layout.columns.iter().position(|column| &*column.name == name);
        let is_code = |place: Option<usize>| {
            place == Some(0) && layout.columns.first().is_some_and(|one| one.kind == Kind::Text)
        };
        if !is_code(of("code")) {
            return Err(file.unreadable("la première colonne n'est pas le code").into());
        }
        let asked = asked_columns(scale);
        let read = Read {
            nom: of("nom"),
            asked: asked.iter().map(|it| of(it)).collect(),
            asked_communes: asked.first() == Some(&"communes"),
        };
        let mut made = Making::default();
        layout.walk(file, &mut |offset, bytes| made.add(&layout, &read, (offset, bytes)))?;
        let mut index = made.sorted(layout).map_err(|flaw| file.unreadable(flaw))?;
        if !index.layout.is_point() {
            for (code, point) in labels::points(edition, scale)? {
                if let Some(row) = index.find(&code) {
                    index.entries[row].point = Some(point);
                }
            }
        }
        Ok(index)
    }

    /// The number of zones.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The code of a zone.
    pub(super) fn code(&self, row: usize) -> &str {
        let (start, length) = self.entries[row].code;
        &self.codes[start as usize..start as usize + usize::from(length)]
    }

    /// The zone of a code.
    pub(super) fn find(&self, code: &str) -> Option<usize> {
        let row = self.after(code);
        row.checked_sub(1).filter(|row| self.code(*row) == code)
    }

    /// The first zone whose code comes after another.
    pub(super) fn after(&self, code: &str) -> usize {
        let (mut low, mut high) = (0, self.entries.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.code(middle) <= code { low = middle + 1 } else { high = middle }
        }
        low
    }

    /// What zones ask of a territory, each once.
    pub(super) fn questions(&self) -> &[Box<str>] {
        &self.questions
    }

    /// Which of [`Index::questions`] a zone asks.
    pub(super) fn question(&self, row: usize) -> usize {
        self.entries[row].question as usize
    }

    /// The name of a zone.
    pub(super) fn nom(&self, row: usize) -> Option<&str> {
        let start = row.checked_sub(1).map_or(0, |before| self.name_ends[before] as usize);
        let nom = self.names.get(start..self.name_ends[row] as usize)?;
        (!nom.is_empty()).then_some(nom)
    }

    /// The column `communes` of a zone.
    pub(super) fn communes(&self, row: usize) -> Option<&str> {
        let entry = &self.entries[row];
        entry.is_populated.then(|| &*self.questions[entry.question as usize])
    }

    /// Where a zone lies in the file, and its bytes.
    pub(super) fn place(&self, row: usize) -> (u64, usize) {
        (self.entries[row].offset, self.entries[row].length as usize)
    }

    /// West, south, east, north.
    pub(super) fn bounds(&self, row: usize) -> [f64; 4] {
        self.entries[row].bounds
    }

    /// Where the name of a zone stands, in degrees; `None` in an edition without label points.
    pub(super) fn point(&self, row: usize) -> Option<[f64; 2]> {
        if self.layout.is_point() {
            let [west, south, ..] = self.bounds(row);
            return Some([west, south]);
        }
        self.entries[row].point.map(|point| point.map(|degrees| f64::from(degrees) / UNITS))
    }

    /// Code and name of every zone, folded, a line each.
    pub(super) fn lines(&self) -> &str {
        &self.lines
    }

    /// The zone whose line holds a byte, and the line.
    pub(super) fn line_at(&self, byte: usize) -> (usize, &str, usize) {
        let row = self.ends.partition_point(|end| *end as usize <= byte);
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        let end = self.ends.get(row).map_or(self.lines.len(), |end| *end as usize);
        (row, self.lines.get(start..end.saturating_sub(1)).unwrap_or_default(), end)
    }

    /// Bytes in memory, about.
    pub(super) fn weight(&self) -> usize {
        let texts: usize = self.questions.iter().map(|text| text.len() + 16).sum();
        self.entries.capacity() * size_of::<Entry>()
            + self.codes.capacity()
            + self.lines.capacity()
            + 4 * (self.ends.capacity() + self.name_ends.capacity())
            + self.names.capacity()
            + texts
    }
}

/// An index while the file is walked.
#[derive(Default)]
struct Making {
    entries: Vec<Entry>,
    codes: String,
    questions: Vec<Box<str>>,
    known: std::collections::HashMap<Box<str>, u32>,
    /// The lines and the names, in the order of the file.
    places: Vec<[(u32, u32); 2]>,
    lines: String,
    names: String,
}

impl Making {
    fn add(
        &mut self,
        layout: &Layout,
        read: &Read,
        (offset, bytes): (u64, &[u8]),
    ) -> Result<(), Flaw> {
        let (mut code, mut nom, mut asked) = ("", "", [""; 2]);
        let mut each = |place: usize, at: usize| {
            let text = || match value(bytes, at, layout.columns[place].kind) {
                Some(Value::Text(text)) => text,
                _ => "",
            };
            if place == 0 {
                code = text();
            }
            if Some(place) == read.nom {
                nom = text();
            }
            let asks = read.asked.iter().position(|column| *column == Some(place));
            if let Some(slot) = asks.and_then(|place| asked.get_mut(place)) {
                *slot = text();
            }
        };
        layout.values(bytes, &mut each)?;
        if code.is_empty() {
            return Err("zone sans code");
        }
        let text = asked.into_iter().find(|text| !text.is_empty()).unwrap_or("");
        let is_populated = !asked[0].is_empty() && read.asked_communes;
        let question = match self.known.get(text) {
            Some(place) => *place,
            None => {
                let place = u32::try_from(self.questions.len()).map_err(|_| "trop de zones")?;
                self.questions.push(text.into());
                self.known.insert(text.into(), place);
                place
            }
        };
        let geometry = feature(bytes)?.geometry().ok_or("zone sans géométrie")?;
        let bounds = bounds(&geometry).ok_or("géométrie sans sommet")?;
        let long = |_| "trop de zones";
        let start = u32::try_from(self.codes.len()).map_err(long)?;
        let size = u16::try_from(code.len()).map_err(long)?;
        self.codes.push_str(code);
        let from = u32::try_from(self.lines.len()).map_err(long)?;
        fold(code, &mut self.lines);
        self.lines.push(' ');
        fold(nom, &mut self.lines);
        self.lines.push('\n');
        let name_from = u32::try_from(self.names.len()).map_err(long)?;
        self.names.push_str(nom);
        let to = |text: &str| u32::try_from(text.len()).map_err(long);
        self.places.push([(from, to(&self.lines)?), (name_from, to(&self.names)?)]);
        let length = u32::try_from(bytes.len()).map_err(long)?;
        self.entries.push(Entry {
            code: (start, size),
            question,
            length,
            offset,
            bounds,
            point: None,
            is_populated,
        });
        Ok(())
    }

    fn sorted(self, layout: Layout) -> Result<Index, Flaw> {
        let Making { entries, codes, questions, places, lines, names, .. } = self;
        let code = |entry: &Entry| {
            let (start, length) = entry.code;
            &codes[start as usize..start as usize + usize::from(length)]
        };
        let mut order: Vec<usize> = (0..entries.len()).collect();
        order.sort_unstable_by_key(|at| code(&entries[*at]));
        if order.windows(2).any(|two| code(&entries[two[0]]) == code(&entries[two[1]])) {
            return Err("un code y est deux fois");
        }
        let mut sorted_lines = String::with_capacity(lines.len());
        let mut sorted_names = String::with_capacity(names.len());
        let mut ends = Vec::with_capacity(order.len());
        let mut name_ends = Vec::with_capacity(order.len());
        for at in &order {
            let [line, name] = places[*at];
            for ((from, to), text, sorted, ends) in [
                (line, &lines, &mut sorted_lines, &mut ends),
                (name, &names, &mut sorted_names, &mut name_ends),
            ] {
                sorted.push_str(&text[from as usize..to as usize]);
                ends.push(u32::try_from(sorted.len()).map_err(|_| "trop de zones")?);
            }
        }
        let mut slots: Vec<Option<Entry>> = entries.into_iter().map(Some).collect();
        let entries = order.iter().filter_map(|at| slots[*at].take()).collect();
        let (lines, names) = (sorted_lines, sorted_names);
        Ok(Index { layout, entries, codes, questions, lines, ends, names, name_ends })
    }
}
