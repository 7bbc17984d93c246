//! The units of the vintage before: its register read again, for what is public of it. An edition says
//! which groups were made of them, and is held against them.

use std::collections::BTreeMap;
use std::path::Path;

use config::{BuildConfig, Config};
use ingest::{Before, Former, Geography, IngestError, Register, Settled, Units, dwellings, place};
use protect::Plan;
use readers::files::expand;
use readers::official::{CommuneTable, EpciTable, Movements, Official};
use readers::reject::Rejections;
use readers::table::FileReport;

use super::previous::{self, BadPrevious};
use super::{BuildError, Progress, rulebook};

/// The folder, in the private record, of the rows of the register before that are left out.
const RECORD: &str = "avant";

/// How many vintages units are followed back.
const MOST: usize = 8;

/// The official side of a configuration, and its dwellings.
pub struct Ground {
    pub geography: Geography,
    pub register: Register,
    pub files: Vec<FileReport>,
    pub rejections: Rejections,
}

/// Reads contours and dwellings; rows that are left out are written into `record`.
pub fn ground(
    (config, build): (&Config, &BuildConfig),
    columns: &[String],
    record: &Path,
    progress: &dyn Progress,
) -> Result<Ground, BuildError> {
    let dwelling_files = expand(config.root(), &build.dwellings)?;
    progress.step("tables officielles et contours");
    let communes = match &build.communes {
        Some(path) => CommuneTable::read(&config.resolve(path)).map_err(IngestError::from)?,
        None => CommuneTable::built_in(),
    };
    let epci = EpciTable::read(&config.resolve(&build.epci)).map_err(IngestError::from)?;
    let mut official = Official::new(epci, communes);
    if let Some(path) = &build.communes_mouvements {
        let movements = Movements::read(&config.resolve(path)).map_err(IngestError::from)?;
        official = official.following(&movements);
    }
    let geography = Geography::read(config, official)?;
    let mut rejections = Rejections::create(record).map_err(IngestError::from)?;
    progress.step("logements");
    let (register, files) =
        dwellings::read(&dwelling_files, columns, &geography, &mut rejections, &|path, bytes| {
            progress.bytes(path, bytes)
        })?;
    Ok(Ground { geography, register, files, rejections })
}

/// What is known of units before the register of a configuration is read: those of the vintage before,
/// where the configuration says from what it was built, and those that the operator settles.
pub fn before(
    (config, build): (&Config, &BuildConfig),
    record: &Path,
    progress: &dyn Progress,
) -> Result<Before, BuildError> {
    followed((config, build), record, progress, MOST)
}

fn followed(
    (config, build): (&Config, &BuildConfig),
    record: &Path,
    progress: &dyn Progress,
    left: usize,
) -> Result<Before, BuildError> {
    let settled = match &build.grappes {
        Some(path) => Settled::read(&config.resolve(path)).map_err(IngestError::from)?,
        None => Settled::default(),
    };
    let before = build.previous.as_ref();
    let source =
        before.and_then(|before| Some((config.resolve(&before.edition), before.source.as_ref()?)));
    let Some((edition, source)) = source else {
        return Ok(Before { former: Former::default(), settled });
    };
    let path = config.resolve(source);
    let refused = |problem: &str| BuildError::from(BadPrevious::new(&path, problem));
    if left == 0 {
        return Err(refused("plus de 8 millésimes se suivent par build.previous"));
    }
    let config = Config::read(&path).map_err(|error| BuildError::Source(Box::new(error)))?;
    let Some(build) = config.build.clone() else { return Err(refused("il manque [build]")) };
    previous::is_there(&edition)?;
    let own = followed((&config, &build), record, progress, left - 1)?;
    let units = units((&config, &build), &own, &record.join(RECORD), progress)?;
    let former = Former::new(&units);
    check(&former, &previous::groups(&edition)?, &edition)?;
    Ok(Before { former, settled })
}

/// The units of a configuration, from its register alone.
pub fn units(
    (config, build): (&Config, &BuildConfig),
    before: &Before,
    record: &Path,
    progress: &dyn Progress,
) -> Result<Units, BuildError> {
    let (catalogue, rules, _) = rulebook::read(config, build)?;
    let plan = Plan::compile(&catalogue, build.vintage)?;
    let columns = plan.dwelling_columns();
    let Ground { geography, mut register, .. } =
        ground((config, build), columns, record, progress)?;
    progress.step("grappes du millésime précédent");
    let (atoms, _) = place(&mut register, columns, &geography, build.grid_m)?;
    let units = Units::new(&register, columns, &atoms, rules.threshold(), before);
    Ok(units.map_err(IngestError::from)?)
}

/// Each unit lies in one group of the edition that it is said to be of.
fn check(
    former: &Former,
    groups: &BTreeMap<String, String>,
    edition: &Path,
) -> Result<(), BadPrevious> {
    // An edition of before there were groups says nothing of them.
    if groups.is_empty() {
        return Ok(());
    }
    for addresses in former.addresses() {
        let mut of = addresses.iter().map(|code| groups.get(code.as_str()));
        let first = of.next().flatten();
        if first.is_none() || of.any(|other| other != first) {
            let problem = "build.previous.source n'est pas la configuration dont elle est faite : \
                           ses grappes sont d'autres";
            return Err(BadPrevious::new(edition, problem));
        }
    }
    Ok(())
}
