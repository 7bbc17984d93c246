//! `seuil audit`: an independent check of an edition, of what clients collected, or of both.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, anyhow};

use audit::{
    Audit, AuditError, BadEdition, Collected, Counting, Definitions, EditionFiles, Finding, Groups,
    Known, Report, Sources, Truth, files,
};
use config::{BuildConfig, Config};
use domain::columns::EXEMPT;
use domain::{Catalogue, Fault};
use readers::files::expand;
use readers::reject::Rejections;
use readers::table::{TableSchema, header};
use server::portal_file;

use super::extremes::with_extremes;
use super::progress::Steps;
use shell::{CliError, input, usage};

/// Findings of one rule that are printed, so that no rule drowns another; the number of the others
/// is said.
const MOST_PRINTED: usize = 20;

/// Contrôle indépendant d'une édition, de tuiles collectées, ou des deux
#[derive(clap::Args)]
pub struct AuditArguments {
    /// Le dossier de l'édition, comme editions/2024r1
    edition: Option<PathBuf>,
    /// La configuration qui nomme les microdonnées
    #[arg(long, value_name = "CONFIG.toml")]
    source: Option<PathBuf>,
    /// Le dossier des preuves du build (build.record)
    #[arg(long, value_name = "R", requires = "source")]
    record: Option<PathBuf>,
    /// Un dossier de ce que des comptes ont reçu : tuiles, styles et toute autre réponse, D/COMPTE/CHEMIN de l'adresse
    #[arg(long, value_name = "D")]
    collected: Vec<PathBuf>,
}

/// Says yes, or no with the combination that exposes; on the terminal only.
pub fn run(arguments: &AuditArguments) -> Result<(), CliError> {
    let report = examine(arguments)?;
    for sentence in &report.checked {
        println!("vérifié : {sentence}");
    }
    print_findings(&report.findings);
    if report.findings.is_empty() {
        println!("oui : aucune règle n'est enfreinte, dans la limite de ce qui est vérifié");
        return Ok(());
    }
    Err(CliError::new(Fault::No, anyhow!("non : une règle au moins est enfreinte")))
}

/// What `seuil audit EDITION` finds, for who wants more of it than a terminal shows.
pub fn audit_edition(
    edition: &Path,
    source: Option<&Path>,
    record: Option<&Path>,
) -> Result<Report, CliError> {
    let own = |path: Option<&Path>| path.map(Path::to_owned);
    let (source, record) = (own(source), own(record));
    let collected = Vec::new();
    examine(&AuditArguments { edition: Some(edition.to_owned()), source, record, collected })
}

fn examine(arguments: &AuditArguments) -> Result<Report, CliError> {
    if arguments.edition.is_none() && arguments.collected.is_empty() {
        return Err(usage(anyhow!("donner une édition, ou --collected")));
    }
    let steps = Steps::new();
    let config = arguments.source.as_deref().map(read_config).transpose()?;
    steps.begin("empreintes");
    let edition = match &arguments.edition {
        Some(path) if !path.is_dir() => {
            return Err(usage(anyhow!("{} : ce dossier n'existe pas", path.display())));
        }
        Some(path) => match EditionFiles::open(path) {
            Ok(edition) => Some(edition),
            Err(BadEdition::Refused(finding)) => {
                return Ok(Report { findings: vec![finding], ..Report::default() });
            }
            Err(error) => return Err(error.into()),
        },
        None => None,
    };
    let due = match &config {
        Some((config, build)) => own_catalogue(config, build)?,
        None => due_without_source(edition.as_ref())?,
    };
    let catalogue = match &edition {
        // Without the configuration the rules of another catalogue than the built-in one are its own.
        Some(edition) if config.is_none() && !has_columns_of(&edition.catalogue, &due) => {
            edition.catalogue.clone().with_extremes(|family| edition.extremes(family))
        }
        _ => due.clone(),
    };
    let collected = collect(arguments, &catalogue, &steps)?;
    let named = collected.as_ref().and_then(Collected::edition);
    let id = match (&edition, named) {
        (Some(edition), Some(named)) if named != edition.manifest.id && named != "latest" => {
            return Err(input(anyhow!(
                "les tuiles collectées sont de l'édition {named}, pas de {}",
                edition.manifest.id
            )));
        }
        (Some(edition), _) => edition.manifest.id.clone(),
        (None, named) => named.unwrap_or_default().to_owned(),
    };
    let configured =
        config.as_ref().map(|(config, build)| own_threshold(config, build)).transpose()?;
    let said = edition.as_ref().map(|edition| edition.manifest.threshold);
    let threshold = configured.max(said).unwrap_or(config::FLOOR);
    let nothing = BTreeSet::new();
    let opens = config.as_ref().map(|(_, build)| &build.open);
    let open = edition.as_ref().map(|edition| &edition.open).or(opens).unwrap_or(&nothing);
    let audit = Audit {
        edition: edition.as_ref(),
        collected: collected.as_ref(),
        catalogue: &catalogue,
        id: &id,
        threshold: u64::from(threshold.max(config::FLOOR)),
        open,
        record: arguments.record.as_deref(),
        step: &|name| steps.begin(name),
    };
    let mut report = Report::default();
    let mut read_files = |config: Option<&(Config, BuildConfig)>,
                          source: Option<&files::Source>| {
        let Some(edition) = &edition else { return Ok::<(), CliError>(()) };
        let before = config
            .and_then(|(config, build)| Some(config.resolve(&build.previous.as_ref()?.edition)));
        let against = files::Against {
            before: before.as_deref(),
            catalogue: &due,
            threshold: config.map(|(config, build)| own_threshold(config, build)).transpose()?,
            revision: config.map(|(_, build)| (build.vintage, build.revision)),
            source,
            step: &|name| steps.begin(name),
        };
        report.add(files::check(edition, &against));
        Ok(())
    };
    match &config {
        Some(both @ (config, build)) => {
            // What cannot be read is a finding of the files, and no group is known then.
            let groups = edition.as_ref().and_then(|edition| edition.groups(&catalogue).ok());
            let groups = groups.unwrap_or_default();
            let (truth, source) = microdata((config, build), &catalogue, &groups, &steps)?;
            read_files(Some(both), Some(&source))?;
            drop(source);
            match audit.with_microdata(truth) {
                Ok(own) => report.add(own),
                // The answer is no already: proofs of another edition do not silence it.
                Err(AuditError::Record(error)) if !report.findings.is_empty() => {
                    report.findings.push(Finding::new("Preuves", error.to_string()));
                }
                Err(error) => return Err(error.into()),
            }
            report.compare_openings(open, &build.open);
        }
        None => {
            read_files(None, None)?;
            report.add(audit.from_outside()?);
        }
    }
    steps.end();
    Ok(report)
}

/// Whether two catalogues give zones the same columns.
fn has_columns_of(one: &Catalogue, other: &Catalogue) -> bool {
    let universes = |of: &Catalogue| of.universes().iter().map(|own| own.id.clone()).collect();
    let indicators = |of: &Catalogue| of.indicators().iter().map(|own| own.id.clone()).collect();
    let ids = |of: &Catalogue| -> [Vec<String>; 2] { [universes(of), indicators(of)] };
    ids(one) == ids(other)
}

/// The threshold that the configuration asks for: its own, or a higher one of its rules.
fn own_threshold(config: &Config, build: &BuildConfig) -> Result<u32, CliError> {
    let Some(path) = &build.rules else { return Ok(build.threshold) };
    let text = rules_text(config, path)?;
    let rules: toml::Table =
        toml::from_str(&text).with_context(|| path.display().to_string()).map_err(usage)?;
    let own = rules.get("threshold").and_then(toml::Value::as_integer);
    Ok(build.threshold.max(own.and_then(|own| u32::try_from(own).ok()).unwrap_or(0)))
}

fn rules_text(config: &Config, path: &Path) -> Result<String, CliError> {
    let path = config.resolve(path);
    std::fs::read_to_string(&path)
        .with_context(|| format!("{} : illisible", path.display()))
        .map_err(usage)
}

/// Rule by rule, in the order in which they were found.
fn print_findings(findings: &[Finding]) {
    let mut rules: Vec<&str> = Vec::new();
    for finding in findings {
        if !rules.contains(&finding.rule) {
            rules.push(finding.rule);
        }
    }
    for rule in rules {
        let of_rule: Vec<&Finding> =
            findings.iter().filter(|finding| finding.rule == rule).collect();
        for finding in of_rule.iter().take(MOST_PRINTED) {
            println!("{rule} : {}", finding.words);
        }
        if of_rule.len() > MOST_PRINTED {
            println!("{rule} : … et {} autres", of_rule.len() - MOST_PRINTED);
        }
    }
}

fn read_config(path: &Path) -> Result<(Config, BuildConfig), CliError> {
    let config = Config::read(path)?;
    let build = config
        .build
        .clone()
        .ok_or_else(|| usage(anyhow!("{} : il manque la section [build]", path.display())))?;
    Ok((config, build))
}

/// The catalogue of a configuration, as far as the files of its register can fill it.
fn own_catalogue(config: &Config, build: &BuildConfig) -> Result<Catalogue, CliError> {
    let catalogue = match &build.indicators {
        None => Catalogue::built_in(),
        Some(path) => {
            let path = config.resolve(path);
            let text = std::fs::read_to_string(&path)
                .with_context(|| format!("{} : illisible", path.display()))
                .map_err(usage)?;
            Catalogue::from_toml(&text)
                .with_context(|| path.display().to_string())
                .map_err(usage)?
        }
    };
    let mut absent = catalogue.dwelling_columns();
    for path in expand(config.root(), &build.dwellings)? {
        let there = header(TableSchema::dwellings(), &path)?.known;
        absent.retain(|column| !there.contains(column));
    }
    let rules = build.rules.as_ref().map(|path| rules_text(config, path)).transpose()?;
    with_extremes(catalogue.without(&absent)?.catalogue, rules.as_deref()).map_err(usage)
}

/// The built-in catalogue without the columns of the register that an edition's own does not read. Of
/// answers alone, that of a register that says nothing of dwellings left out of open data. Which extremes the rules
/// of an edition keep back it says itself.
fn due_without_source(edition: Option<&EditionFiles>) -> Result<Catalogue, CliError> {
    let whole = Catalogue::built_in();
    let Some(edition) = edition else {
        let whole = whole.without(&BTreeSet::from([EXEMPT.to_owned()]))?.catalogue;
        return with_extremes(whole, None).map_err(usage);
    };
    let own = &edition.catalogue;
    let mut absent = &whole.dwelling_columns() - &own.dwelling_columns();
    // A column may be absent and still be read, to ask whether it is known.
    for column in own.dwelling_columns() {
        let more = &absent | &BTreeSet::from([column]);
        if has_columns_of_all(own, &whole.without(&more)?.catalogue) {
            absent = more;
        }
    }
    Ok(whole.without(&absent)?.catalogue.with_extremes(|family| edition.extremes(family)))
}

/// Whether a catalogue gives zones every column that another one does.
fn has_columns_of_all(few: &Catalogue, many: &Catalogue) -> bool {
    let has_universe = |id: &str| many.universe_index(id).is_some();
    let has_indicator = |id: &str| many.indicators().iter().any(|own| own.id == id);
    few.universes().iter().all(|own| has_universe(&own.id))
        && few.indicators().iter().all(|own| has_indicator(&own.id))
}

fn collect(
    arguments: &AuditArguments,
    catalogue: &Catalogue,
    steps: &Steps,
) -> Result<Option<Collected>, CliError> {
    if arguments.collected.is_empty() {
        return Ok(None);
    }
    steps.begin("réponses collectées");
    let sentences = pipeline::sentences();
    let known = Known {
        catalogue,
        edition: arguments.edition.as_deref(),
        sentences: &sentences,
        file: &portal_file,
    };
    let collected = Collected::read(&arguments.collected, known)?;
    Ok(Some(collected))
}

/// Reads the inputs again, as far as counts and sums of atoms and the zones they make.
fn microdata(
    (config, build): (&Config, &BuildConfig),
    catalogue: &Catalogue,
    groups: &Groups,
    steps: &Steps,
) -> Result<(Truth, files::Source), CliError> {
    let definitions = Definitions::new(catalogue, build.vintage)?;
    let files = |patterns: &[String]| expand(config.root(), patterns);
    let (dwellings, households) = (files(&build.dwellings)?, files(&build.households)?);
    // The record of the build is not touched: what is rejected again goes where nobody looks.
    let scratch = Scratch::new();
    let mut rejections = Rejections::create(&scratch.0)?;
    let progress = |path: &Path, bytes: u64| steps.bytes(path, bytes);
    let (columns, step) = (definitions.dwelling_columns(), |name| steps.begin(name));
    let from = (config, build);
    let sources = Sources::read(from, &dwellings, columns, &mut rejections, &progress, &step)?;
    let (register, placed) = (&sources.register, &sources.placed);
    let mut counting = Counting::new(&definitions, placed.atoms.len());
    counting.dwellings(register, placed)?;
    steps.begin("ménages");
    let joined = (register, placed);
    counting.households(&households, build.vintage, joined, &mut rejections, &progress)?;
    steps.begin("zones");
    let zones = sources.zones(groups);
    let held = files::Source::new(&zones, &sources);
    Ok((Truth::new(zones, &definitions, counting), held))
}

/// A private folder that goes with the audit.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Scratch {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("seuil-audit-{}-{number}", std::process::id());
        Scratch(std::env::temp_dir().join(name))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Nothing but line numbers is in it; if the removal fails, the system's cleaner does it.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
