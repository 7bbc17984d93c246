//! The official tables: which commune is in which EPCI, département and région, and which
//! communes the older codes and the arrondissements belong to.

mod communes;
mod epci;
mod movements;

use std::collections::HashMap;
use std::path::PathBuf;

use crate::table::TableError;
use domain::{CommuneCode, Fault, HasFault};

pub use communes::{CommuneEntry, CommuneTable, Nature};
pub use epci::{EpciTable, Membership};
pub use movements::Movements;

/// An official table cannot be used.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each message says what is refused")]
pub enum OfficialError {
    #[error(transparent)]
    Table(#[from] TableError),
    #[error("{path}, ligne {line}, colonne {column} : {problem}")]
    Row { path: PathBuf, line: u64, column: &'static str, problem: &'static str },
}

impl HasFault for OfficialError {
    fn fault(&self) -> Fault {
        match self {
            OfficialError::Table(error) => error.fault(),
            OfficialError::Row { .. } => Fault::Input,
        }
    }
}

/// Where a code of the register lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Location<'a> {
    /// The commune: for an arrondissement or a former commune, the one it belongs to.
    pub commune: CommuneCode,
    /// The arrondissement municipal, where the code is that of one.
    pub arrondissement: Option<CommuneCode>,
    /// The name of the commune.
    pub nom: &'a str,
    /// INSEE code of the département.
    pub departement: &'a str,
    /// INSEE code of the région.
    pub region: &'a str,
    /// SIREN of the EPCI.
    pub epci: Option<&'a str>,
    /// SIREN of the établissement public territorial, inside the Métropole du Grand Paris.
    pub ept: Option<&'a str>,
}

/// The tables, behind one lookup.
#[derive(Clone, Debug)]
pub struct Official {
    epci: EpciTable,
    communes: CommuneTable,
    /// Codes that no table of today knows, with what became of them.
    old: HashMap<CommuneCode, Vec<CommuneCode>>,
}

impl Official {
    /// The tables of a build. Without a table of communes, the arrondissements of Paris, Lyon and
    /// Marseille are known all the same: [`CommuneTable::built_in`].
    pub fn new(epci: EpciTable, communes: CommuneTable) -> Official {
        Official { epci, communes, old: HashMap::new() }
    }

    /// The same, where codes that these tables do not know follow the movements of communes.
    pub fn following(mut self, movements: &Movements) -> Official {
        self.old = movements.today(|code| self.of_today(code).is_some());
        self
    }

    /// What an old code became, sorted: several where its commune was split; nothing for a code of
    /// today, or one that no movement names.
    pub fn successors(&self, code: CommuneCode) -> &[CommuneCode] {
        self.old.get(&code).map_or(&[], Vec::as_slice)
    }

    /// Where a commune, an arrondissement or a former commune lies; `None` where no table knows
    /// the code, or the EPCI table lacks its commune and the table of communes too. An old code that
    /// became one commune lies there.
    pub fn place(&self, code: CommuneCode) -> Option<Location<'_>> {
        match self.successors(code) {
            [only] => self.of_today(*only),
            _ => self.of_today(code),
        }
    }

    fn of_today(&self, code: CommuneCode) -> Option<Location<'_>> {
        let entry = self.communes.get(code);
        let commune = entry.and_then(|entry| entry.parent()).unwrap_or(code);
        let arrondissement =
            entry.filter(|entry| entry.nature() == Nature::Arrondissement).map(|_| code);
        let membership = self.epci.get(commune);
        let official = self.communes.get(commune).filter(|entry| !entry.departement().is_empty());
        let (nom, departement, region) = match (membership, official) {
            (Some(row), _) => (row.nom(), row.departement(), row.region()),
            (None, Some(row)) => (row.nom(), row.departement(), row.region()),
            (None, None) => return None,
        };
        let epci = membership.and_then(Membership::epci);
        let ept = membership.and_then(Membership::ept);
        Some(Location { commune, arrondissement, nom, departement, region, epci, ept })
    }

    /// The communes of the EPCI table and, beside them, the present communes that only the table
    /// of communes knows; sorted.
    pub fn communes(&self) -> Vec<CommuneCode> {
        let mut codes: Vec<_> = self.epci.communes().chain(self.communes.present()).collect();
        codes.sort_unstable();
        codes.dedup();
        codes
    }

    /// The composition of the EPCI and EPT, with their names.
    pub fn epci(&self) -> &EpciTable {
        &self.epci
    }

    /// The table of communes: names of arrondissements, natures of codes.
    pub fn commune_table(&self) -> &CommuneTable {
        &self.communes
    }
}

#[cfg(test)]
mod tests;
