//! The public entry of this crate: records are added, and the protection gives published figures.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::Catalogue;
use ingest::{Atoms, IngestError, Register, Units, ZoneSet};
use readers::reject::Rejections;
use readers::table::FileReport;

use crate::aggregate::{self, AtomSums, BadTotals, Plan, RawTable};
use crate::grappes;
use crate::secrecy::{self, PrivateRecord, Published, Rules};

/// The sums of an edition as its records are read.
pub struct Aggregation<'a> {
    plan: &'a Plan,
    sums: AtomSums<'a>,
}

/// What [`Aggregation::protect`] begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Sums are made; the mask is sought.
    Secrecy,
    /// A round of that search.
    Round(usize),
}

impl<'a> Aggregation<'a> {
    /// No record of these atoms yet.
    pub fn new(plan: &'a Plan, atoms: &Atoms) -> Aggregation<'a> {
        Aggregation { plan, sums: AtomSums::new(plan, atoms.len()) }
    }

    /// Adds every dwelling of the register.
    pub fn add_dwellings(&self, register: &Register, atoms: &Atoms) {
        aggregate::add_dwellings(&self.sums, self.plan, register, atoms);
    }

    /// Reads the files of households, in order, and adds each kept row to the atom of its dwelling.
    /// A row whose dwelling is unknown, or already has a household, or that is of another vintage, is
    /// rejected. Nothing of a household outlives its block.
    ///
    /// # Errors
    /// A file that cannot be read as the schema says.
    pub fn add_households(
        &self,
        paths: &[PathBuf],
        vintage: u16,
        place: (&Register, &Atoms),
        rejections: &mut Rejections,
        progress: &dyn Fn(&Path, u64),
    ) -> Result<Vec<FileReport>, IngestError> {
        let sums = &self.sums;
        aggregate::add_households(sums, self.plan, paths, vintage, place, rejections, progress)
    }

    /// An indicator whose universe holds records that do not know it: its place in the catalogue.
    /// Its figures would describe fewer than the universe counts, and the threshold looks at the
    /// universe (R1).
    pub fn unknown(&self) -> Option<usize> {
        self.sums.unknown()
    }

    /// Sums over zones and over groups of `units`, and protects all scales together. The record is
    /// private.
    ///
    /// # Errors
    /// Two scales that do not add up, or a sum over 64 bits.
    pub fn protect(
        self,
        zones: Vec<ZoneSet>,
        units: &Units,
        catalogue: Arc<Catalogue>,
        rules: &Rules,
        tell: &dyn Fn(Stage),
    ) -> Result<(Published, PrivateRecord), BadTotals> {
        let raw = self.over(zones, units, &catalogue, rules.threshold())?;
        tell(Stage::Secrecy);
        let tell = |round| tell(Stage::Round(round));
        Ok(secrecy::protect(raw, Some(units), catalogue, rules, &tell))
    }

    /// The raw sums over zones and over groups of units.
    pub(crate) fn over(
        self,
        mut zones: Vec<ZoneSet>,
        units: &Units,
        catalogue: &Catalogue,
        threshold: u32,
    ) -> Result<RawTable, BadTotals> {
        let (kinds, indicators) = (self.plan.kinds(), self.plan.indicators());
        let (tallies, totals) = self.sums.finish()?;
        if !units.list().is_empty() {
            zones.push(grappes::zones(units, &tallies, catalogue, threshold));
            zones.sort_by_key(|set| set.scale);
        }
        aggregate::sum_zones(zones, tallies, &totals, &kinds, indicators)
    }
}
