//! INSEE's official code of communes: `CODE;TYPE;NOM;DEP;REG;…;COMMUNE_PARENT;…`.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::path::Path;

use super::OfficialError;
use crate::table::{Block, IntegerColumn, TableSchema, TextColumn, read_strict};
use domain::CommuneCode;

/// The cities whose arrondissements have codes of their own.
const CITIES: [(&str, RangeInclusive<u32>); 3] =
    [("75056", 75101..=75120), ("69123", 69381..=69389), ("13055", 13201..=13216)];

/// What a code stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nature {
    /// A commune of today.
    Commune,
    /// An arrondissement municipal of Paris, Lyon or Marseille.
    Arrondissement,
    /// A commune déléguée or associée: a former commune inside one of today.
    Ancienne,
}

/// One code of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommuneEntry {
    nature: Nature,
    nom: String,
    departement: String,
    region: String,
    parent: Option<CommuneCode>,
}

impl CommuneEntry {
    /// What the code stands for.
    pub fn nature(&self) -> Nature {
        self.nature
    }

    /// The official name; empty in the built-in table.
    pub fn nom(&self) -> &str {
        &self.nom
    }

    /// Code of the département; empty in the built-in table.
    pub fn departement(&self) -> &str {
        &self.departement
    }

    /// Code of the région; empty in the built-in table.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The commune of today that the code belongs to; `None` for a commune of today.
    pub fn parent(&self) -> Option<CommuneCode> {
        self.parent
    }
}

/// Code → nature, names, commune of today.
#[derive(Clone, Debug, Default)]
pub struct CommuneTable {
    rows: HashMap<CommuneCode, CommuneEntry>,
}

impl CommuneTable {
    /// The arrondissements of Paris, Lyon and Marseille, for a build without official table.
    pub fn built_in() -> CommuneTable {
        let mut table = CommuneTable::default();
        for (city, arrondissements) in CITIES {
            let parent = city.parse().ok();
            for code in arrondissements {
                if let Ok(code) = code.to_string().parse() {
                    table.rows.insert(
                        code,
                        CommuneEntry {
                            nature: Nature::Arrondissement,
                            nom: String::new(),
                            departement: String::new(),
                            region: String::new(),
                            parent,
                        },
                    );
                }
            }
        }
        table
    }

    /// Reads the file; an arrondissement that it leaves out is known all the same. Where a code is both a commune of today and a former one (a commune
    /// déléguée that kept the code), the commune of today wins.
    ///
    /// # Errors
    ///
    /// A bad row, a code given twice, a parent that is no commune of today, with file, line and
    /// column.
    pub fn read(path: &Path) -> Result<CommuneTable, OfficialError> {
        let mut table = CommuneTable::default();
        let mut parents = Vec::new();
        let columns = Columns::new(TableSchema::communes());
        let fault = |line, (column, problem)| OfficialError::Row {
            path: path.into(),
            line,
            column,
            problem,
        };
        read_strict(TableSchema::communes(), path, &mut |block| {
            for row in 0..block.rows() {
                let line = block.line(row);
                let parent =
                    table.add(&columns, &block, row).map_err(|problem| fault(line, problem))?;
                parents.extend(parent.map(|parent| (line, parent)));
            }
            Ok::<(), OfficialError>(())
        })?;
        for (line, parent) in parents {
            if table.get(parent).is_none_or(|entry| entry.nature != Nature::Commune) {
                let problem = "ce code n'est pas celui d'une commune actuelle du fichier";
                return Err(fault(line, ("COMMUNE_PARENT", problem)));
            }
        }
        for (code, entry) in CommuneTable::built_in().rows {
            table.rows.entry(code).or_insert(entry);
        }
        Ok(table)
    }

    /// The row of a code.
    pub fn get(&self, code: CommuneCode) -> Option<&CommuneEntry> {
        self.rows.get(&code)
    }

    /// The arrondissements of a city, sorted; none for another commune.
    pub fn arrondissements(&self, city: CommuneCode) -> Vec<CommuneCode> {
        let own = |entry: &CommuneEntry| {
            entry.nature == Nature::Arrondissement && entry.parent == Some(city)
        };
        let found = self.rows.iter().filter(|(_, entry)| own(entry)).map(|(code, _)| *code);
        let mut codes: Vec<CommuneCode> = found.collect();
        codes.sort_unstable();
        codes
    }

    /// The communes of today, in no order.
    pub fn present(&self) -> impl Iterator<Item = CommuneCode> {
        let present = |entry: &CommuneEntry| entry.nature == Nature::Commune;
        self.rows.iter().filter(move |(_, entry)| present(entry)).map(|(code, _)| *code)
    }

    fn add(
        &mut self,
        columns: &Columns,
        block: &Block,
        row: usize,
    ) -> Result<Option<CommuneCode>, (&'static str, &'static str)> {
        let text = |column: Option<TextColumn>| column.map_or("", |column| block.text(column, row));
        let five =
            "un code de commune a cinq caractères, comme 01001 ; un tableur ôte le zéro initial";
        let code: CommuneCode = text(columns.code).parse().map_err(|_| ("CODE", five))?;
        let nature = columns
            .nature
            .and_then(|column| block.integers(column).get(row).copied())
            .and_then(nature)
            .ok_or(("TYPE", "type absent"))?;
        let parent = match (nature, text(columns.parent)) {
            (Nature::Commune, "") => None,
            (Nature::Commune, _) => {
                return Err(("COMMUNE_PARENT", "une commune actuelle n'a pas de commune parente"));
            }
            (_, parent) => Some(parent.parse().map_err(|_| ("COMMUNE_PARENT", five))?),
        };
        let entry = CommuneEntry {
            nature,
            nom: text(columns.name).into(),
            departement: text(columns.departement).into(),
            region: text(columns.region).into(),
            parent,
        };
        // A new commune often keeps the code of one of the former ones that it is made of.
        let kept = |one: &CommuneEntry, other: &CommuneEntry| {
            one.nature == Nature::Commune && other.nature == Nature::Ancienne
        };
        match self.rows.get(&code) {
            Some(known) if kept(known, &entry) => {}
            Some(known) if !kept(&entry, known) => {
                return Err(("CODE", "code déjà donné plus haut"));
            }
            _ => {
                self.rows.insert(code, entry);
            }
        }
        Ok(parent)
    }
}

struct Columns {
    code: Option<TextColumn>,
    nature: Option<IntegerColumn>,
    name: Option<TextColumn>,
    departement: Option<TextColumn>,
    region: Option<TextColumn>,
    parent: Option<TextColumn>,
}

impl Columns {
    fn new(table: &TableSchema) -> Columns {
        Columns {
            code: table.text("CODE"),
            nature: table.integer("TYPE"),
            name: table.text("NOM"),
            departement: table.text("DEP"),
            region: table.text("REG"),
            parent: table.text("COMMUNE_PARENT"),
        }
    }
}

/// The nature that a code of the column TYPE stands for: the long names of the package, then
/// INSEE's short ones, in the order of `data/schema.toml`.
fn nature(place: i32) -> Option<Nature> {
    match place {
        1 | 5 => Some(Nature::Commune),
        2 | 6 => Some(Nature::Arrondissement),
        3 | 4 | 7 | 8 => Some(Nature::Ancienne),
        _ => None,
    }
}
