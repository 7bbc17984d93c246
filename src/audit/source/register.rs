//! The register, read again: where each dwelling is said to be, and the values that formulas read.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use domain::CommuneCode;
use domain::columns::IN_QPV;
use readers::crs::Crs;
use readers::reject::Rejections;
use readers::table::{self, Block, IntegerColumn, MISSING, TableSchema, TextColumn};

use super::{BadSource, Ground};

/// Where the register says that a dwelling is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Said {
    pub commune: CommuneCode,
    /// Decimetres in the local system of the commune; `None` where the register has none.
    pub at: Option<[i32; 2]>,
    pub arrondissement: Option<CommuneCode>,
    /// Numbers of the texts of its IRIS and QPV; 0 for the empty one.
    pub iris: u32,
    pub qpv: u32,
}

/// The dwellings that were kept, in the order of their rows.
#[derive(Default)]
pub struct Register {
    pub said: Vec<Said>,
    /// The text that names its address.
    pub address: Vec<u32>,
    /// The values of a dwelling, one for each column that formulas read; a column that no file holds
    /// is `MISSING`.
    pub values: Vec<i32>,
    pub columns: usize,
    numbers: HashMap<Box<str>, u32>,
    texts: Vec<Box<str>>,
    ids: HashMap<Box<str>, u32>,
}

impl Register {
    /// Reads the files of dwellings, in order.
    pub fn read(
        paths: &[PathBuf],
        columns: &[String],
        ground: &Ground,
        rejections: &mut Rejections,
        progress: &dyn Fn(&Path, u64),
    ) -> Result<Register, BadSource> {
        let mut register = Register { columns: columns.len(), ..Register::default() };
        register.number("");
        let handles = Handles::new(columns);
        for path in paths {
            let rows = &mut |block: Block| {
                (0..block.rows()).for_each(|row| {
                    // A row that is left out is one fewer in what is counted: that shows where the
                    // build kept it.
                    handles.keep(&mut register, &block, row, ground).unwrap_or_default();
                });
                Ok(())
            };
            let bytes = &|bytes| progress(path, bytes);
            table::read::<BadSource>(TableSchema::dwellings(), path, rejections, bytes, rows)?;
        }
        Ok(register)
    }

    pub fn len(&self) -> usize {
        self.said.len()
    }

    pub fn is_empty(&self) -> bool {
        self.said.is_empty()
    }

    /// The dwelling of an `ID_RPLS`.
    pub fn dwelling(&self, id: &str) -> Option<u32> {
        self.ids.get(id).copied()
    }

    /// The values of a dwelling.
    pub fn values(&self, dwelling: usize) -> &[i32] {
        &self.values[dwelling * self.columns..(dwelling + 1) * self.columns]
    }

    /// The text of a number.
    pub fn text(&self, number: u32) -> &str {
        &self.texts[number as usize]
    }

    fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = self.texts.len() as u32;
        self.texts.push(text.into());
        self.numbers.insert(text.into(), number);
        number
    }
}

struct Handles {
    depcom: TextColumn,
    id: TextColumn,
    iris: TextColumn,
    qpv: TextColumn,
    address: [TextColumn; 4],
    place: [IntegerColumn; 3],
    values: Vec<Option<IntegerColumn>>,
}

impl Handles {
    fn new(columns: &[String]) -> Handles {
        let schema = TableSchema::dwellings();
        let text = |name| schema.text(name).expect("a column of the built-in schema");
        let integer = |name| schema.integer(name).expect("a column of the built-in schema");
        let known = columns.iter().map(String::as_str);
        Handles {
            depcom: text("DEPCOM"),
            id: text("ID_RPLS"),
            iris: text("PLG_IRIS2024_CODE"),
            qpv: text("PLG_QP24"),
            address: ["NUMVOIE", "INDREP", "TYPVOIE", "NOMVOIE"].map(text),
            place: ["X", "Y", "EPSG"].map(integer),
            values: known.map(|name| (name != IN_QPV).then(|| integer(name))).collect(),
        }
    }

    /// Keeps a row; `None` where its commune, its place or its identifier cannot be used.
    fn keep(
        &self,
        register: &mut Register,
        block: &Block,
        row: usize,
        ground: &Ground,
    ) -> Option<()> {
        let depcom: CommuneCode = block.text(self.depcom, row).parse().ok()?;
        let today = match ground.official.successors(depcom) {
            [] | [_] => depcom,
            shared => self.today(block, row, shared, ground)?,
        };
        let known = ground.official.place(today)?;
        let id = block.text(self.id, row);
        if register.ids.contains_key(id) {
            return None;
        }
        let commune = known.commune;
        let at = point(self.place.map(|column| block.integers(column)[row]), &commune)?;
        // Four digits alone are those of an IRIS of the commune that the row names.
        let iris = block.text(self.iris, row);
        let iris = match iris.len() {
            4 => register.number(&format!("{depcom}{iris}")),
            _ => register.number(iris),
        };
        let qpv = register.number(block.text(self.qpv, row));
        let parts = self.address.map(|column| block.text(column, row));
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        let address = register.number(&parts.join(" "));
        if !id.is_empty() {
            register.ids.insert(id.into(), register.said.len() as u32);
        }
        let arrondissement = known.arrondissement;
        register.said.push(Said { commune, at, arrondissement, iris, qpv });
        register.address.push(address);
        let value = |column: &Option<IntegerColumn>| {
            column.map_or(MISSING, |column| block.integers(column)[row])
        };
        register.values.extend(self.values.iter().map(value));
        Some(())
    }

    /// Of the communes that one was split into, the one that the point of a row lies in.
    fn today(
        &self,
        block: &Block,
        row: usize,
        shared: &[CommuneCode],
        ground: &Ground,
    ) -> Option<CommuneCode> {
        let first = shared.first()?;
        let [x, y] = point(self.place.map(|column| block.integers(column)[row]), first)??;
        let [x, y] = [x, y].map(|decimetres| f64::from(decimetres) / 10.0);
        let (lon, lat) = Crs::local(first).to_wgs84(x, y).ok()?;
        ground.commune_at([lon, lat]).filter(|found| shared.contains(found))
    }
}

/// Decimetres in the local system of a commune, from coordinates and the number of their system;
/// `Some(None)` where one of both is missing, `None` where they are of no place.
fn point([x, y, epsg]: [i32; 3], commune: &CommuneCode) -> Option<Option<[i32; 2]>> {
    if x == MISSING || y == MISSING {
        return Some(None);
    }
    let local = Crs::local(commune);
    let own = match epsg {
        MISSING => local,
        epsg => Crs::from_epsg(u32::try_from(epsg).ok()?).ok()?,
    };
    let [metres_x, metres_y] = [x, y].map(|value| f64::from(value) / 10.0);
    let (east, north) = own.convert(local, metres_x, metres_y).ok()?;
    if own == local {
        return Some(Some([x, y]));
    }
    Some(Some([east, north].map(|metres| (metres * 10.0).round() as i32)))
}

/// The text that most of some dwellings carry, the empty one aside; the smallest of equals.
pub fn most_carried(register: &Register, numbers: impl Iterator<Item = u32>) -> Option<&str> {
    let mut counts: HashMap<u32, usize> = HashMap::new();
    numbers
        .filter(|number| *number != 0)
        .for_each(|number| *counts.entry(number).or_default() += 1);
    let most = counts.values().max().copied()?;
    let first = counts.into_iter().filter(|(_, count)| *count == most);
    first.map(|(number, _)| register.text(number)).min()
}
