//! `seuil build`: inputs → protected edition.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, anyhow};

use config::{BuildConfig, Config};
use domain::Catalogue;
use edition::{EditionId, activate, check_vintage};
use ingest::{Atoms, Geography, IngestError, Register, dwellings, place, zones};
use protect::{Aggregation, Plan, Rules, Stage, promise};
use publish::Meta;
use readers::official::{CommuneTable, EpciTable, Official, OfficialError};
use readers::reject::Rejections;

use super::edition::from_edition;
use super::fault::{CliError, environment, input, usage};
use super::progress::Steps;
use super::report::ImportReport;

/// The sources, as every map must name them.
const ATTRIBUTION: &str = "Enquête OPS, répertoire RPLS (SDES) ; contours IGN, INSEE, ANCT. \
                           Aucun chiffre sur moins de 11 ménages";

/// What `seuil build` is asked.
#[derive(clap::Args)]
pub struct BuildArguments {
    /// Le fichier de configuration
    config: PathBuf,
    /// Où publier l'édition, au lieu de build.out
    #[arg(long)]
    out: Option<PathBuf>,
}

/// Builds one edition, complete or not at all.
pub fn run(arguments: &BuildArguments) -> Result<(), CliError> {
    let config = Config::read(&arguments.config).map_err(usage)?;
    let build = config.build.as_ref().ok_or_else(|| {
        usage(anyhow!("{} : il manque la section [build]", arguments.config.display()))
    })?;
    let out = arguments.out.clone().unwrap_or_else(|| config.resolve(&build.out));
    let id = format!("{}r{}", build.vintage, build.revision);
    // Said before an hour of work, not after; `publish` checks it again.
    if out.join(&id).exists() {
        return Err(usage(anyhow!(
            "{} : l'édition {id} existe déjà et ne se réécrit pas ; augmenter build.revision",
            out.join(&id).display()
        )));
    }
    let edition: EditionId = id.parse().map_err(usage)?;
    if build.activate {
        check_vintage(&out, edition).map_err(from_edition)?;
    }
    let steps = Steps::new();
    let (catalogue, rules) = rulebook(&config, build)?;
    let plan = Plan::compile(&catalogue, build.vintage).map_err(usage)?;
    let mut inputs = Inputs::open(&config, build, &id, &plan, &steps)?;
    let (aggregation, atoms) = inputs.read(&catalogue, &plan, build, &steps)?;
    steps.begin("agrégation");
    let zones = zones(&atoms, &inputs.geography).map_err(ingest)?;
    let communes = inputs.geography.commune_rows();
    drop((inputs, atoms));
    let (published, record) = aggregation
        .protect(zones, Arc::clone(&catalogue), &rules, &|stage| match stage {
            Stage::Secrecy => steps.begin("secret statistique"),
            Stage::Round(round) => steps.round(round),
        })
        .map_err(input)?;
    record
        .write(&config.resolve(&build.record).join(&id), &id, &build.proofs)
        .context("les preuves de la protection ne s'écrivent pas")
        .map_err(environment)?;
    drop(record);
    let meta = Meta {
        vintage: build.vintage,
        revision: build.revision,
        attribution: ATTRIBUTION.into(),
        certificate: publish::certificate(&published),
    };
    steps.begin("tuiles et fichiers de l'édition");
    let written = publish::write(&published, &communes, &meta, &out, &|progress| {
        steps.tiles(progress.scale, progress.zoom, progress.done, progress.tiles);
    })
    .map_err(|error| CliError::new(error.fault(), error))?;
    if build.activate {
        activate(&out, edition).map_err(from_edition)?;
    }
    steps.end();
    for sizes in &written.tiles {
        eprintln!("{sizes}");
    }
    println!("{}", written.path.display());
    Ok(())
}

/// The catalogue and the rules: built in, or those that the configuration names.
fn rulebook(config: &Config, build: &BuildConfig) -> Result<(Arc<Catalogue>, Rules), CliError> {
    let read = |path: &Path| {
        let path = config.resolve(path);
        std::fs::read_to_string(&path)
            .with_context(|| format!("{} : illisible", path.display()))
            .map_err(usage)
    };
    let catalogue = match &build.indicators {
        Some(path) => Catalogue::from_toml(&read(path)?)
            .with_context(|| path.display().to_string())
            .map_err(usage)?,
        None => Catalogue::built_in(),
    };
    let mut declared = build.zones.keys().filter(|scale| scale.zoning().is_some());
    if let Some(id) = declared.find(|scale| catalogue.is_taken(scale.id())) {
        return Err(usage(anyhow!(
            "build.zones.{id} : ce nom est déjà celui d'un indicateur, d'une famille, d'un univers ou d'une \
             colonne ; en choisir un autre"
        )));
    }
    let rules = match &build.rules {
        Some(path) => Rules::from_toml(&read(path)?, &catalogue)
            .with_context(|| path.display().to_string())
            .map_err(usage)?,
        None => Rules::built_in(&catalogue).map_err(usage)?,
    };
    let rules = rules.raised_to(build.threshold).opening(&build.open, &catalogue).map_err(usage)?;
    Ok((Arc::new(catalogue), rules))
}

/// The sentences that an edition of this program says, beside those of its catalogue.
pub(super) fn sentences() -> Vec<String> {
    promise::sentences().chain([ATTRIBUTION]).map(str::to_owned).collect()
}

fn ingest(error: impl Into<IngestError>) -> CliError {
    let error = error.into();
    CliError::new(error.fault(), error)
}

fn official(epci: &Path, communes: Option<&Path>) -> Result<Official, OfficialError> {
    let communes = match communes {
        Some(path) => CommuneTable::read(path)?,
        None => CommuneTable::built_in(),
    };
    Ok(Official::new(EpciTable::read(epci)?, communes))
}

/// The input, read as far as the register and the contours.
struct Inputs {
    geography: Geography,
    register: Register,
    rejections: Rejections,
    report: ImportReport,
    record: PathBuf,
    households: Vec<PathBuf>,
}

impl Inputs {
    fn open(
        config: &Config,
        build: &BuildConfig,
        id: &str,
        plan: &Plan,
        steps: &Steps,
    ) -> Result<Inputs, CliError> {
        let record = config.resolve(&build.record).join(id);
        let files = |patterns: &[String]| super::files::expand(config, patterns).map_err(usage);
        let (dwelling_files, households) = (files(&build.dwellings)?, files(&build.households)?);
        steps.begin("tables officielles et contours");
        let communes = build.communes.as_ref().map(|path| config.resolve(path));
        let official =
            official(&config.resolve(&build.epci), communes.as_deref()).map_err(ingest)?;
        let geography = Geography::read(config, official).map_err(ingest)?;
        let mut rejections = Rejections::create(&record).map_err(environment)?;
        steps.begin("logements");
        let (register, files) = dwellings::read(
            &dwelling_files,
            plan.dwelling_columns(),
            geography.official(),
            &mut rejections,
            &|path, bytes| steps.bytes(path, bytes),
        )
        .map_err(ingest)?;
        let mut report = ImportReport::new(id);
        report.files(files);
        report.contours(&geography);
        Ok(Inputs { geography, register, rejections, report, record, households })
    }

    /// Places dwellings and reads households: all records are in.
    fn read<'a>(
        &mut self,
        catalogue: &Catalogue,
        plan: &'a Plan,
        build: &BuildConfig,
        steps: &Steps,
    ) -> Result<(Aggregation<'a>, Atoms), CliError> {
        steps.begin("adresses et quartiers");
        let (atoms, placing) =
            place(&mut self.register, plan.dwelling_columns(), &self.geography, build.grid_m)
                .map_err(ingest)?;
        self.report.placing(placing);
        let sums = Aggregation::new(plan, &atoms);
        steps.begin("indicateurs du parc");
        sums.add_dwellings(&self.register, &atoms);
        steps.begin("ménages");
        let files = sums
            .add_households(
                &self.households,
                build.vintage,
                (&self.register, &atoms),
                &mut self.rejections,
                &|path, bytes| steps.bytes(path, bytes),
            )
            .map_err(ingest)?;
        self.report.files(files);
        self.finish_record(build)?;
        if let Some(indicator) = sums.unknown() {
            let indicator = &catalogue.indicators()[indicator];
            return Err(usage(anyhow!(
                "catalogue, « {} » : des {} de l'univers « {} » n'ont pas cette réponse, \
                 le seuil porterait sur d'autres qu'eux ; lui donner un univers dont le filtre \
                 dit known(…) des colonnes qu'il lit",
                indicator.id,
                catalogue
                    .universe_index(&indicator.universe)
                    .map_or("membres", |index| &catalogue.universes()[index].members),
                indicator.universe
            )));
        }
        // Nothing below reads it, and it holds most of the memory.
        self.register = Register::default();
        Ok((sums, atoms))
    }

    /// Writes the private record, then stops the build when too many rows were rejected.
    fn finish_record(&mut self, build: &BuildConfig) -> Result<(), CliError> {
        let path = self.rejections.finish().map_err(environment)?.display().to_string();
        self.report.rejections(&self.rejections);
        self.report.write(&self.record).map_err(environment)?;
        let (read, rejected) = (self.report.rows_read(), self.rejections.total());
        if rejected as f64 * 100.0 > read as f64 * build.max_rejected_percent {
            let limit = build.max_rejected_percent;
            return Err(ingest(IngestError::TooManyRejected { rejected, read, limit, path }));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use audit::files::sentences;

    #[test]
    fn the_auditor_knows_every_sentence_of_an_edition() {
        assert_eq!(ATTRIBUTION, sentences::ATTRIBUTION);
        assert_eq!(promise::KEPT, sentences::RULES);
        assert_eq!(promise::R2, sentences::R2);
        assert_eq!(promise::LIMITS, sentences::LIMITS);
        assert_eq!(promise::WITHOUT_SURVEY, sentences::WITHOUT_SURVEY);
    }
}
