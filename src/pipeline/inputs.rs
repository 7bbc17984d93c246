//! The input, read: the register on its spots, then the households, all summed into atoms.

use std::path::PathBuf;

use config::BuildConfig;
use domain::Catalogue;
use domain::columns::IN_QPV;
use ingest::{Atoms, Geography, IngestError, Register, Units, ZoneSet, place};
use protect::{Aggregation, Plan, Rules};
use readers::files::expand;
use readers::reject::Rejections;
use readers::table::FileReport;

use super::checks::Findings;
use super::former::{self, Ground};
use super::report::ImportReport;
use super::withdrawn::Withdrawn;
use super::{BuildError, Job, Progress, Summary};

/// The input, read as far as the register and the contours.
pub struct Inputs {
    pub geography: Geography,
    register: Register,
    dwellings: Vec<FileReport>,
    rejections: Rejections,
    report: ImportReport,
    findings: Findings,
    summary: Summary,
    record: PathBuf,
    households: Vec<PathBuf>,
}

impl Inputs {
    pub fn open(
        job: &Job,
        plan: &Plan,
        withdrawn: &Withdrawn,
        progress: &dyn Progress,
    ) -> Result<Inputs, BuildError> {
        let Job { config, build, id, .. } = job;
        let id = id.to_string();
        let record = config.resolve(&build.record).join(&id);
        let households = expand(config.root(), &build.households)?;
        let columns = plan.dwelling_columns();
        let Ground { geography, register, files, rejections } =
            former::ground((config, build), columns, &record, progress)?;
        let mut report = ImportReport::new(&id);
        report.files(&files);
        report.contours(&geography);
        let (mut findings, summary) = (Findings::default(), Summary::new(&id));
        findings.withdrawn(withdrawn);
        findings.moved(register.moved());
        findings.dwelling_columns(plan, &files);
        findings.left_out(geography.left_out());
        findings.overruled(geography.overruled());
        Ok(Inputs {
            geography,
            register,
            dwellings: files,
            rejections,
            report,
            findings,
            summary,
            record,
            households,
        })
    }

    /// Places dwellings and reads households: all records are in.
    pub fn read<'a>(
        &mut self,
        job: &Job,
        catalogue: &Catalogue,
        (plan, rules): (&'a Plan, &Rules),
        progress: &dyn Progress,
    ) -> Result<(Aggregation<'a>, Atoms, Units), BuildError> {
        let build = &job.build;
        progress.step("adresses et quartiers");
        let (atoms, placing) =
            place(&mut self.register, plan.dwelling_columns(), &self.geography, build.grid_m)?;
        self.report.placing(placing);
        self.findings.placing(&placing);
        self.findings.far(&atoms.far(&self.geography));
        let before = former::before((&job.config, build), &self.record, progress)?;
        progress.step("grappes d'adresses");
        let columns = plan.dwelling_columns();
        let units = Units::new(&self.register, columns, &atoms, rules.threshold(), &before)
            .map_err(IngestError::from)?;
        drop(before);
        let sums = Aggregation::new(plan, &atoms);
        progress.step("indicateurs du parc");
        sums.add_dwellings(&self.register, &atoms);
        progress.step("ménages");
        let households = sums.add_households(
            &self.households,
            build.vintage,
            (&self.register, &atoms),
            &mut self.rejections,
            &|path, bytes| progress.bytes(path, bytes),
        )?;
        self.report.files(&households);
        self.findings.household_columns(plan, &households);
        self.findings.matching(&households, &self.rejections);
        self.summarise(plan, &households);
        self.finish_record(build, &households)?;
        if let Some(indicator) = sums.unknown() {
            let indicator = &catalogue.indicators()[indicator];
            let members = catalogue
                .universe_index(&indicator.universe)
                .map_or("membres", |index| &catalogue.universes()[index].members);
            return Err(BuildError::Unknown {
                indicator: indicator.id.clone(),
                members: members.to_owned(),
                universe: indicator.universe.clone(),
            });
        }
        // Nothing below reads it, and it holds most of the memory.
        self.register = Register::default();
        Ok((sums, atoms, units))
    }

    /// Stops the build for scales whose zones are all without a dwelling.
    pub fn check_zones(&mut self, zones: &[ZoneSet]) -> Result<(), BuildError> {
        self.findings.zones(zones);
        self.stop()
    }

    /// What is to be said at the end.
    pub fn into_summary(mut self) -> Summary {
        self.summary.findings(&self.findings);
        self.summary.record(self.record);
        self.summary
    }

    fn summarise(&mut self, plan: &Plan, households: &[FileReport]) {
        let own = plan.dwelling_columns().iter().filter(|name| *name != IN_QPV);
        let dwellings = self.register.len();
        let more = vec![format!("{dwellings} logements")];
        self.summary.table("logements", &self.dwellings, &self.rejections, own, more);
        if households.is_empty() {
            return;
        }
        let own = plan.household_columns().iter().filter(|name| Plan::of_dwelling(name).is_none());
        let read: u64 = households.iter().map(FileReport::read).sum();
        let refused: u64 = households.iter().map(|file| self.rejections.of_file(file.path())).sum();
        let more = vec![format!("{} appariés à un logement", read.saturating_sub(refused))];
        self.summary.table("ménages", households, &self.rejections, own, more);
    }

    /// Writes the private record, then stops the build for what is certainly wrong.
    fn finish_record(
        &mut self,
        build: &BuildConfig,
        households: &[FileReport],
    ) -> Result<(), BuildError> {
        let path = self.rejections.finish().map_err(IngestError::from)?.display().to_string();
        for files in [&self.dwellings[..], households] {
            self.findings.rejections(files, &self.rejections, build.max_rejected_percent, &path);
        }
        self.report.rejections(&self.rejections);
        self.report.findings(&self.findings);
        self.report.write(&self.record).map_err(BuildError::Report)?;
        self.stop()
    }

    fn stop(&mut self) -> Result<(), BuildError> {
        match self.findings.take_stops() {
            stops if stops.is_empty() => Ok(()),
            stops => Err(BuildError::Stops(stops)),
        }
    }
}
