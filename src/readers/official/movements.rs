//! INSEE's table of the movements of communes: `MOD,DATE_EFF,TYPECOM_AV,COM_AV,…,TYPECOM_AP,COM_AP,…`.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use super::OfficialError;
use crate::table::{Block, TableSchema, TextColumn, read_strict};
use domain::CommuneCode;

/// Movements that one old code is followed through.
const LONGEST: usize = 64;

/// What became of codes of communes: of each, the last event that moved it.
#[derive(Clone, Debug, Default)]
pub struct Movements {
    last: HashMap<CommuneCode, Event>,
}

/// The last day on which a code moved, and those that it became.
#[derive(Clone, Debug, Default)]
struct Event {
    day: String,
    after: BTreeSet<CommuneCode>,
}

impl Movements {
    /// Reads the file. What became a commune counts; what became a part of one (commune déléguée,
    /// associée) is said by its other row.
    ///
    /// # Errors
    ///
    /// A bad row, with file, line and column.
    pub fn read(path: &Path) -> Result<Movements, OfficialError> {
        let columns = Columns::new(TableSchema::movements());
        let mut movements = Movements::default();
        read_strict(TableSchema::movements(), path, &mut |block| {
            for row in 0..block.rows() {
                columns.add(&mut movements, &block, row).map_err(|(column, problem)| {
                    OfficialError::Row { path: path.into(), line: block.line(row), column, problem }
                })?;
            }
            Ok::<(), OfficialError>(())
        })?;
        Ok(movements)
    }

    /// The codes of today that each old one became, sorted; `is_known` says which are of today.
    /// Several where a commune was split: its code alone does not say which.
    pub(super) fn today(
        &self,
        is_known: impl Fn(CommuneCode) -> bool,
    ) -> HashMap<CommuneCode, Vec<CommuneCode>> {
        let mut all = HashMap::new();
        for old in self.last.keys().filter(|code| !is_known(**code)) {
            let (mut found, mut seen) = (BTreeSet::new(), BTreeSet::from([*old]));
            let mut open = vec![*old];
            while let Some(code) = open.pop() {
                if seen.len() > LONGEST {
                    found.clear();
                    break;
                }
                for after in self.last.get(&code).into_iter().flat_map(|event| &event.after) {
                    if is_known(*after) {
                        found.insert(*after);
                    } else if seen.insert(*after) {
                        open.push(*after);
                    }
                }
            }
            if !found.is_empty() {
                all.insert(*old, found.into_iter().collect());
            }
        }
        all
    }
}

struct Columns {
    day: Option<TextColumn>,
    before: Option<TextColumn>,
    kind: Option<TextColumn>,
    after: Option<TextColumn>,
}

impl Columns {
    fn new(table: &TableSchema) -> Columns {
        Columns {
            day: table.text("DATE_EFF"),
            before: table.text("COM_AV"),
            kind: table.text("TYPECOM_AP"),
            after: table.text("COM_AP"),
        }
    }

    fn add(
        &self,
        movements: &mut Movements,
        block: &Block,
        row: usize,
    ) -> Result<(), (&'static str, &'static str)> {
        let text = |column: Option<TextColumn>| column.map_or("", |column| block.text(column, row));
        let five =
            "un code de commune a cinq caractères, comme 01001 ; un tableur ôte le zéro initial";
        let day = text(self.day);
        if !is_day(day) {
            return Err(("DATE_EFF", "une date s'écrit AAAA-MM-JJ"));
        }
        let before: CommuneCode = text(self.before).parse().map_err(|_| ("COM_AV", five))?;
        let after: CommuneCode = text(self.after).parse().map_err(|_| ("COM_AP", five))?;
        if text(self.kind) != "COM" || before == after {
            return Ok(());
        }
        let event = movements.last.entry(before).or_default();
        if event.day.as_str() < day {
            *event = Event { day: day.to_owned(), after: BTreeSet::new() };
        }
        if event.day == day {
            event.after.insert(after);
        }
        Ok(())
    }
}

/// Whether a text is a day in the order of its digits.
fn is_day(text: &str) -> bool {
    text.len() == 10
        && text.bytes().enumerate().all(|(place, byte)| match place {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}
