//! The inputs, read again and placed again by the auditor alone: which zones each dwelling lies in,
//! and what the sources say of each zone.
//!
//! Files are turned into rows and shapes by `readers`, as the build does; everything after that is
//! this module's own, in another form: exact whole numbers, no bands, no spots.

mod carreau;
mod ground;
pub mod groups;
mod inside;
mod place;
mod register;
mod zones;

use std::path::{Path, PathBuf};

use config::{BuildConfig, Config};
use domain::{CommuneCode, Fault, HasFault};
use readers::contour::ContourError;
use readers::contour::cut::TooLong;
use readers::official::OfficialError;
use readers::reject::{RejectError, Rejections};
use readers::table::TableError;

pub use carreau::ring as carreau_ring;
pub use ground::Ground;
pub use groups::Groups;
pub use place::Placed;
pub use register::Register;
pub use zones::{MadeZone, joined};

/// Why the inputs cannot be placed. Where the build found a reason to stop, so does the auditor.
#[derive(Debug, thiserror::Error)]
pub enum BadSource {
    #[error(transparent)]
    Table(#[from] TableError),
    #[error(transparent)]
    Contour(#[from] ContourError),
    #[error(transparent)]
    Official(#[from] OfficialError),
    #[error(transparent)]
    Reject(#[from] RejectError),
    #[error(transparent)]
    Cut(#[from] TooLong),
    #[error("aucun contour de commune connu des tables officielles")]
    NoCommune,
    #[error("la commune {0} a des logements mais pas de contour")]
    NoContour(CommuneCode),
    #[error("la commune {0} a une adresse hors du domaine de son système de coordonnées")]
    Lost(CommuneCode),
}

impl HasFault for BadSource {
    fn fault(&self) -> Fault {
        match self {
            BadSource::Table(error) => error.fault(),
            BadSource::Official(error) => error.fault(),
            BadSource::Contour(error) => error.fault(),
            BadSource::Reject(error) => error.fault(),
            _ => Fault::Input,
        }
    }
}

/// Dwellings and where they are.
pub struct Sources {
    pub ground: Ground,
    pub register: Register,
    pub placed: Placed,
}

impl Sources {
    /// Reads and places the dwellings of a configuration; `columns` are those that formulas read.
    pub fn read(
        (config, build): (&Config, &BuildConfig),
        dwellings: &[PathBuf],
        columns: &[String],
        rejections: &mut Rejections,
        progress: &dyn Fn(&Path, u64),
        step: &dyn Fn(&'static str),
    ) -> Result<Sources, BadSource> {
        step("tables officielles et contours");
        let ground = Ground::read(config, build)?;
        step("logements");
        let mut register = Register::read(dwellings, columns, &ground, rejections, progress)?;
        step("adresses et quartiers");
        let placed = Placed::new(&mut register, columns, &ground, build.grid_m)?;
        Ok(Sources { ground, register, placed })
    }

    /// Every zone of the sources, in the order of scales and codes. `groups` are those of addresses that
    /// the edition says.
    pub fn zones(&self, groups: &Groups) -> Vec<MadeZone<'_>> {
        zones::all(&self.ground, &self.register, &self.placed, groups)
    }
}
