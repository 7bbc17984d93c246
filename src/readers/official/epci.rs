//! INSEE's composition of the EPCI: `CODGEO;LIBGEO;EPCI;LIBEPCI;NATURE_EPCI;DEP;REG;EPT;LIBEPT`.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use super::OfficialError;
use crate::table::{Block, TableSchema, TextColumn, read_strict};
use domain::CommuneCode;

/// What the table writes for a commune without EPCI.
const NONE: &str = "ZZZZZZZZZ";

/// One commune of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    nom: String,
    epci: Option<String>,
    departement: String,
    region: String,
    ept: Option<String>,
}

impl Membership {
    /// The name of the commune.
    pub fn nom(&self) -> &str {
        &self.nom
    }

    /// SIREN of the EPCI.
    pub fn epci(&self) -> Option<&str> {
        self.epci.as_deref()
    }

    /// Code of the département.
    pub fn departement(&self) -> &str {
        &self.departement
    }

    /// Code of the région.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// SIREN of the établissement public territorial. Paris has none.
    pub fn ept(&self) -> Option<&str> {
        self.ept.as_deref()
    }
}

/// Commune → EPCI, département, région, EPT.
#[derive(Clone, Debug, Default)]
pub struct EpciTable {
    rows: HashMap<CommuneCode, Membership>,
    epci_names: BTreeMap<String, String>,
    ept_names: BTreeMap<String, String>,
}

impl EpciTable {
    /// Reads the file. Delimiter, encoding and compression come from the content.
    ///
    /// # Errors
    ///
    /// A bad row, a commune or a name given twice differently, with file, line and column.
    pub fn read(path: &Path) -> Result<EpciTable, OfficialError> {
        let mut table = EpciTable::default();
        let columns = Columns::new(TableSchema::epci());
        read_strict(TableSchema::epci(), path, &mut |block| {
            for row in 0..block.rows() {
                table.add(&columns, &block, row).map_err(|(column, problem)| {
                    OfficialError::Row { path: path.into(), line: block.line(row), column, problem }
                })?;
            }
            Ok::<(), OfficialError>(())
        })?;
        Ok(table)
    }

    /// The row of a commune.
    pub fn get(&self, commune: CommuneCode) -> Option<&Membership> {
        self.rows.get(&commune)
    }

    /// The communes of the table, in no order.
    pub fn communes(&self) -> impl Iterator<Item = CommuneCode> {
        self.rows.keys().copied()
    }

    /// The name of an EPCI by its SIREN.
    pub fn epci_name(&self, siren: &str) -> Option<&str> {
        self.epci_names.get(siren).map(String::as_str)
    }

    /// The name of an EPT by its SIREN.
    pub fn ept_name(&self, siren: &str) -> Option<&str> {
        self.ept_names.get(siren).map(String::as_str)
    }

    /// SIREN and name of every EPCI, sorted.
    pub fn epcis(&self) -> impl Iterator<Item = (&str, &str)> {
        self.epci_names.iter().map(|(siren, name)| (siren.as_str(), name.as_str()))
    }

    /// SIREN and name of every EPT, sorted.
    pub fn epts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.ept_names.iter().map(|(siren, name)| (siren.as_str(), name.as_str()))
    }

    fn add(
        &mut self,
        columns: &Columns,
        block: &Block,
        row: usize,
    ) -> Result<(), (&'static str, &'static str)> {
        let text = |column: Option<TextColumn>| column.map_or("", |column| block.text(column, row));
        let code: CommuneCode = text(columns.code)
            .parse()
            .map_err(|_| ("CODGEO", "un code de commune a cinq caractères, comme 01001 ; un tableur ôte le zéro initial"))?;
        for (column, place) in [("DEP", columns.departement), ("REG", columns.region)] {
            if text(place).is_empty() {
                return Err((column, "code absent"));
            }
        }
        let epci = siren(text(columns.epci)).map_err(|problem| ("EPCI", problem))?;
        let ept = siren(text(columns.ept)).map_err(|problem| ("EPT", problem))?;
        if ept.is_some() && epci.is_none() {
            return Err(("EPT", "un établissement public territorial est dans un EPCI"));
        }
        if let Some(siren) = &epci {
            name(&mut self.epci_names, siren, text(columns.epci_name))
                .map_err(|problem| ("LIBEPCI", problem))?;
        }
        if let Some(siren) = &ept {
            name(&mut self.ept_names, siren, text(columns.ept_name))
                .map_err(|problem| ("LIBEPT", problem))?;
        }
        let membership = Membership {
            nom: text(columns.name).into(),
            epci,
            departement: text(columns.departement).into(),
            region: text(columns.region).into(),
            ept,
        };
        match self.rows.insert(code, membership) {
            None => Ok(()),
            Some(_) => Err(("CODGEO", "commune déjà donnée plus haut")),
        }
    }
}

struct Columns {
    code: Option<TextColumn>,
    name: Option<TextColumn>,
    epci: Option<TextColumn>,
    epci_name: Option<TextColumn>,
    departement: Option<TextColumn>,
    region: Option<TextColumn>,
    ept: Option<TextColumn>,
    ept_name: Option<TextColumn>,
}

impl Columns {
    fn new(table: &TableSchema) -> Columns {
        Columns {
            code: table.text("CODGEO"),
            name: table.text("LIBGEO"),
            epci: table.text("EPCI"),
            epci_name: table.text("LIBEPCI"),
            departement: table.text("DEP"),
            region: table.text("REG"),
            ept: table.text("EPT"),
            ept_name: table.text("LIBEPT"),
        }
    }
}

fn siren(text: &str) -> Result<Option<String>, &'static str> {
    if text.is_empty() || text == NONE {
        Ok(None)
    } else if text.len() == 9 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(Some(text.into()))
    } else {
        Err("un SIREN a neuf chiffres ; ZZZZZZZZZ = aucun")
    }
}

fn name(names: &mut BTreeMap<String, String>, siren: &str, name: &str) -> Result<(), &'static str> {
    match names.get(siren) {
        Some(known) if known == name => Ok(()),
        Some(_) => Err("deux noms pour un même SIREN"),
        None => {
            names.insert(siren.into(), name.into());
            Ok(())
        }
    }
}
