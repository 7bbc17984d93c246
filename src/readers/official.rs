//! The official tables: which commune is in which EPCI, département and région, and which
//! communes the older codes and the arrondissements belong to.

mod communes;
mod epci;

use std::path::PathBuf;

use crate::table::TableError;
use domain::CommuneCode;

pub use communes::{CommuneEntry, CommuneTable, Nature};
pub use epci::{EpciTable, Membership};

/// An official table cannot be used.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each message says what is refused")]
pub enum OfficialError {
    #[error(transparent)]
    Table(#[from] TableError),
    #[error("{path}, ligne {line}, colonne {column} : {problem}")]
    Row { path: PathBuf, line: u64, column: &'static str, problem: &'static str },
}

/// Where a code of the register lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
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

/// Both tables, behind one lookup.
#[derive(Clone, Debug)]
pub struct Official {
    epci: EpciTable,
    communes: CommuneTable,
}

impl Official {
    /// The tables of a build. Without a table of communes, the arrondissements of Paris, Lyon and
    /// Marseille are known all the same: [`CommuneTable::built_in`].
    pub fn new(epci: EpciTable, communes: CommuneTable) -> Official {
        Official { epci, communes }
    }

    /// Where a commune, an arrondissement or a former commune lies; `None` where no table knows
    /// the code, or the EPCI table lacks its commune and the table of communes too.
    pub fn place(&self, code: CommuneCode) -> Option<Place<'_>> {
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
        Some(Place { commune, arrondissement, nom, departement, region, epci, ept })
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
