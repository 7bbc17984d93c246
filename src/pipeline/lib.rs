//! From the inputs that a configuration names to an edition on disk: what `seuil build` does, as
//! functions. A step says its name to a [`Progress`]; nothing is printed here.

mod attribution;
mod checks;
mod error;
mod former;
mod inputs;
mod lookup;
mod previous;
mod report;
mod rulebook;
mod spelling;
mod summary;
#[cfg(test)]
mod tests;
mod withdrawn;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use config::{BuildConfig, Config};
use domain::{Detail, Scale};
use edition::{EditionId, activate, check_vintage};
use ingest::zones;
use protect::{Plan, Published, Stage, promise};
use publish::Meta;

pub use checks::Stop;
pub use error::BuildError;
pub use previous::BadPrevious;
pub use summary::{Built, Summary};

use inputs::Inputs;

/// Learns how far a build is: names of steps, bytes read, tiles made. No count of people (R6).
pub trait Progress: Sync {
    /// A step begins; the one before has ended.
    fn step(&self, _name: &str) {}
    /// So many bytes of a file are read.
    fn bytes(&self, _path: &std::path::Path, _bytes: u64) {}
    /// The search for what to hide is in this round.
    fn round(&self, _round: usize) {}
    /// So many tiles of a zoom are made.
    fn tiles(&self, _scale: Scale, _zoom: u8, _done: usize, _tiles: usize) {}
}

/// Nobody looks.
pub struct Quiet;

impl Progress for Quiet {}

/// One edition to build.
pub struct Job {
    config: Config,
    build: BuildConfig,
    out: PathBuf,
    id: EditionId,
}

impl Job {
    /// The edition that a configuration describes, to be published in `out` or where the
    /// configuration says.
    ///
    /// # Errors
    /// [`BuildError`] where the configuration has no `[build]`, or the edition must not be built: its
    /// name is taken, or its vintage was published by another.
    pub fn new(config: Config, out: Option<PathBuf>) -> Result<Job, BuildError> {
        let build = config.build.clone().ok_or(BuildError::NoSection)?;
        let out = out.unwrap_or_else(|| config.resolve(&build.out));
        let id: EditionId = format!("{}r{}", build.vintage, build.revision).parse()?;
        // Said before an hour of work, not after; `publish` checks it again.
        if out.join(id.to_string()).exists() {
            return Err(BuildError::Exists { path: out.join(id.to_string()), id });
        }
        if build.activate {
            check_vintage(&out, id)?;
        }
        if let Some(before) = &build.previous {
            previous::is_there(&config.resolve(&before.edition))?;
        }
        Ok(Job { config, build, out, id })
    }
}

/// Builds an edition, complete or not at all: `ingest → protect → publish`.
///
/// # Errors
/// [`BuildError`], which says whose fault it is. Nothing is left of the
/// edition then, unless the one before cannot be read or the activation fails; the private record keeps
/// its report and its rejections.
pub fn build(job: &Job, progress: &dyn Progress) -> Result<Built, BuildError> {
    let Job { config, build, out, id } = job;
    let (catalogue, rules, withdrawn) = rulebook::read(config, build)?;
    let plan = Plan::compile(&catalogue, build.vintage)?;
    let mut inputs = Inputs::open(job, &plan, &withdrawn, progress)?;
    let (aggregation, atoms, units) = inputs.read(job, &catalogue, (&plan, &rules), progress)?;
    progress.step("agrégation");
    let zones = checks::of_the_territory(zones(&atoms, &inputs.geography)?);
    inputs.check_zones(&zones)?;
    let communes = inputs.geography.commune_rows();
    let mut summary = inputs.into_summary();
    drop(atoms);
    let stage = |stage| match stage {
        Stage::Secrecy => progress.step("secret statistique"),
        Stage::Round(round) => progress.round(round),
    };
    let (published, record) =
        aggregation.protect(zones, &units, Arc::clone(&catalogue), &rules, &stage)?;
    drop(units);
    let name = id.to_string();
    record
        .write(&config.resolve(&build.record).join(&name), &name, &build.proofs)
        .map_err(BuildError::Record)?;
    drop(record);
    let certificate = publish::certificate(&published);
    let has_survey = certificate.limits.iter().all(|limit| limit != promise::WITHOUT_SURVEY);
    let drawn = published.scales().iter().filter(|own| !own.zones().is_empty());
    let scales = drawn.map(|own| own.scale());
    let grappes = match &build.previous {
        Some(before) => lookup(&config.resolve(&before.edition), &published)?,
        None => None,
    };
    let meta = Meta {
        grappes,
        vintage: build.vintage,
        revision: build.revision,
        attribution: attribution::attribution(
            build,
            (&name, rules.threshold()),
            scales,
            has_survey,
        ),
        certificate,
    };
    progress.step("tuiles et fichiers de l'édition");
    let written = publish::write(&published, &communes, &meta, out, &|own| {
        progress.tiles(own.scale, own.zoom, own.done, own.tiles);
    })?;
    summary.response(&published);
    summary.zones(published.scales().iter().map(|own| (own.scale(), own.zones().len())));
    if let Some(before) = &build.previous {
        let before = config.resolve(&before.edition);
        let moved = previous::movements(&before, &written.path, &catalogue)?;
        moved.into_iter().for_each(|words| summary.alert(words));
    }
    let activated = build.activate && !summary.has_alert();
    if activated {
        activate(out, *id)?;
    }
    summary.activation(match (activated, build.activate) {
        (true, _) => "activée : elle est servie",
        (false, true) => "pas activée, à cause des alertes : les lire, puis seuil edition activate",
        (false, false) => "pas activée : seuil edition activate la fera servir",
    });
    Ok(Built { written, summary, activated })
}

/// What became of the groups of the edition before; nothing where one of both has none.
fn lookup(before: &Path, published: &Published) -> Result<Option<String>, BadPrevious> {
    let before = previous::groups(before)?;
    let scales = published.scales().iter().filter(|own| own.scale() == Scale::ADRESSE);
    let after: BTreeMap<String, String> = scales
        .flat_map(|own| own.zones())
        .filter_map(|zone| match &zone.detail {
            Detail::Address { grappe } => Some((zone.code.to_string(), grappe.to_string())),
            _ => None,
        })
        .collect();
    let has_both = !(before.is_empty() || after.is_empty());
    Ok(has_both.then(|| lookup::table(&before, &after)))
}

/// The sentences that an edition of this program says, beside those of its catalogue.
pub fn sentences() -> Vec<String> {
    promise::sentences().map(str::to_owned).collect()
}
