//! What a careful steward would say of the input: what is certainly wrong stops the build, what may
//! be wrong is an alert, and an edition with an alert is not activated.

use std::path::PathBuf;

use domain::{Fault, HasFault, Origin, Scale, Zone, ZoneCode};
use ingest::{Moved, Placing, ZoneSet};
use protect::Plan;
use readers::crs::Crs;
use readers::reject::Rejections;
use readers::table::FileReport;

use super::spelling;
use super::withdrawn::Withdrawn;

/// So many addresses, and a share of them says something.
const LEAST_ADDRESSES: usize = 20;
/// Over this share in % of addresses outside their commune, or with a code of no contour, somebody should
/// look: contours that are simplified put one in a hundred outside.
const ALERT_PERCENT: usize = 5;
/// Addresses that are named; the number of the others is said.
const NAMED: usize = 10;
/// The same for codes and points that disagree about IRIS and QPV, whose borders run along buildings.
const CODE_PERCENT: usize = 25;

/// Something that is certainly wrong with the input.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each message says what is wrong")]
pub enum Stop {
    #[error(
        "{path} : la colonne {column} manque et « {like} » n'est pas connue, sans doute la même ; \
         corriger l'en-tête"
    )]
    Misspelt { path: PathBuf, column: String, like: String },
    #[error(
        "ménages : la colonne {0} manque à tous les fichiers et des indicateurs la lisent ; la fournir, \
         ou retirer ces indicateurs du catalogue (build.indicators)"
    )]
    Missing(String),
    #[error(
        "{table} : la colonne {column} est vide dans tous les fichiers et des indicateurs la lisent ; la \
         redemander, ou retirer ces indicateurs du catalogue (build.indicators)"
    )]
    Empty { table: &'static str, column: String },
    #[error(
        "{path} : {rejected} lignes rejetées sur {read}, plus que la part permise à un fichier \
         ({limit} %, build.max_rejected_percent) ; d'abord {column} : {reason} ({rows} lignes) ; lire \
         {list}"
    )]
    Rejected {
        path: PathBuf,
        rejected: u64,
        read: u64,
        limit: f64,
        column: String,
        reason: &'static str,
        rows: u64,
        list: String,
    },
    #[error(
        "ménages : aucun n'a trouvé son logement ; ID_RPLS doit être le même identifiant dans \
         l'enquête et dans le répertoire, et MILLESIME celui de build.vintage"
    )]
    Unmatched,
    #[error(
        "échelle {0} : la plupart des adresses sont hors du contour de leur commune ; vérifier le \
         système de coordonnées de build.zones.{0} (crs, .prj, axes échangés) et X, Y, EPSG du \
         répertoire"
    )]
    Away(Scale),
    #[error(
        "échelle {0} : la plupart des adresses sont ailleurs que dans la zone que leur code nomme ; \
         vérifier le système de coordonnées et le millésime de build.zones.{0}"
    )]
    Elsewhere(Scale),
    #[error(
        "échelle {0} : aucune zone n'a de logement ; vérifier le fichier et le champ du code de \
         build.zones.{0}"
    )]
    Deserted(Scale),
}

impl HasFault for Stop {
    fn fault(&self) -> Fault {
        Fault::Input
    }
}

impl Stop {
    /// The cause before what follows of it.
    fn rank(&self) -> u8 {
        match self {
            Stop::Misspelt { .. } | Stop::Missing(_) => 0,
            Stop::Rejected { .. } => 1,
            Stop::Empty { .. } => 2,
            Stop::Unmatched => 3,
            Stop::Away(_) | Stop::Elsewhere(_) | Stop::Deserted(_) => 4,
        }
    }
}

/// What was found, beside what stops.
#[derive(Debug, Default)]
pub struct Findings {
    /// Certainly wrong.
    pub stops: Vec<Stop>,
    /// To be looked at before the edition is shown.
    pub alerts: Vec<String>,
    /// Said, and no more.
    pub notices: Vec<String>,
}

impl Findings {
    /// What stops the build, the cause first; nothing is left of it.
    pub fn take_stops(&mut self) -> Vec<Stop> {
        let mut stops = std::mem::take(&mut self.stops);
        stops.sort_by_key(Stop::rank);
        stops
    }

    /// Columns of the register that no file has.
    pub fn withdrawn(&mut self, withdrawn: &Withdrawn) {
        for (column, indicators) in &withdrawn.indicators {
            self.alerts.push(format!(
                "logements : la colonne {column} manque à tous les fichiers ; indicateurs retirés de \
                 l'édition : {}",
                indicators.join(", ")
            ));
        }
        if withdrawn.has_no_exempt {
            self.notices.push(
                "logements : sans colonne SEM_EXONEREE, aucun n'est laissé hors des données ouvertes \
                 (CCH R411-4)"
                    .into(),
            );
        }
    }

    /// Dwellings whose code is one of before the movements of communes.
    pub fn moved(&mut self, moved: Moved) {
        if moved.dwellings > 0 {
            self.notices.push(format!(
                "logements : {} ont un ancien code de commune, ramené à celui d'aujourd'hui \
                 (build.communes_mouvements), dont {} d'après leur point, leur commune étant partagée",
                moved.dwellings, moved.by_point
            ));
        }
    }

    /// The columns of the register that formulas read.
    pub fn dwelling_columns(&mut self, plan: &Plan, files: &[FileReport]) {
        let table = "logements";
        for column in plan.dwelling_columns().iter().filter(|name| *name != domain::columns::IN_QPV)
        {
            match known(column, files) {
                Known::Nowhere => match misspelt(column, files) {
                    Some(stop) => self.stops.push(stop),
                    // Something reads it only to ask whether it is known.
                    None => self.alerts.push(format!(
                        "{table} : la colonne {column} manque à tous les fichiers ; elle est lue comme \
                         inconnue"
                    )),
                },
                Known::Empty => {
                    self.stops.push(Stop::Empty { table, column: column.clone() });
                }
                Known::Partly(file) => self.partly(column, file),
                Known::Everywhere => {}
            }
        }
        let has_points = ["X", "Y"]
            .iter()
            .all(|axis| files.iter().any(|file| file.known(axis).is_some_and(|rows| rows > 0)));
        if !has_points {
            self.alerts.push(
                "logements : aucun n'a de coordonnées (X, Y) ; ni adresses ni carreaux, et IRIS et QPV par \
                 les codes seuls"
                    .into(),
            );
        }
    }

    /// The columns of the survey that formulas read.
    pub fn household_columns(&mut self, plan: &Plan, files: &[FileReport]) {
        if files.is_empty() {
            self.notices.push("ménages : aucun fichier, édition du répertoire seul".into());
            return;
        }
        let table = "ménages";
        let own = plan.household_columns().iter();
        for column in own.filter(|name| Plan::of_dwelling(name).is_none()) {
            match known(column, files) {
                Known::Nowhere => {
                    let stop = misspelt(column, files);
                    self.stops.push(stop.unwrap_or_else(|| Stop::Missing(column.clone())));
                }
                Known::Empty => self.stops.push(Stop::Empty { table, column: column.clone() }),
                Known::Partly(file) => self.partly(column, file),
                Known::Everywhere => {}
            }
        }
    }

    /// A column that one file lacks and others have.
    fn partly(&mut self, column: &str, file: &FileReport) {
        match misspelt(column, std::slice::from_ref(file)) {
            Some(stop) => self.stops.push(stop),
            None => self.alerts.push(format!(
                "{} : la colonne {column} y manque, d'autres fichiers l'ont",
                file.path().display()
            )),
        }
    }

    /// Rows that were refused, file by file; `list` is where they are.
    pub fn rejections(
        &mut self,
        files: &[FileReport],
        rejections: &Rejections,
        limit: f64,
        list: &str,
    ) {
        for file in files {
            let rejected = rejections.of_file(file.path());
            if rejected as f64 * 100.0 <= file.read() as f64 * limit {
                continue;
            }
            let own = rejections.counts().filter(|count| count.file == file.path());
            let Some(most) = own.max_by_key(|count| count.rows) else { continue };
            self.stops.push(Stop::Rejected {
                path: file.path().to_owned(),
                rejected,
                read: file.read(),
                limit,
                column: most.column.unwrap_or("la ligne entière").to_owned(),
                reason: most.reason,
                rows: most.rows,
                list: list.to_owned(),
            });
        }
    }

    /// Whether any household found its dwelling.
    pub fn matching(&mut self, files: &[FileReport], rejections: &Rejections) {
        let matched = |file: &FileReport| file.read() > rejections.of_file(file.path());
        if !files.is_empty() && !files.iter().any(matched) {
            self.stops.push(Stop::Unmatched);
        }
    }

    /// Where addresses lie.
    pub fn placing(&mut self, placing: &Placing) {
        let most = |part: usize, of: usize| of >= LEAST_ADDRESSES && part * 2 > of;
        let over = |part: usize, of: usize, percent: usize| {
            of >= LEAST_ADDRESSES && part * 100 > of * percent
        };
        let many = |part: usize, of: usize| over(part, of, ALERT_PERCENT);
        let outside = (placing.commune_disagreements, placing.addresses);
        if most(outside.0, outside.1) {
            self.stops.push(Stop::Away(Scale::COMMUNE));
        } else if many(outside.0, outside.1) {
            self.alerts.push(format!(
                "adresses : {} sur {} sont hors du contour de leur commune",
                outside.0, outside.1
            ));
        }
        for (scale, part, of) in [
            (Scale::IRIS, placing.iris_disagreements, placing.addresses_with_iris_code),
            (Scale::QPV, placing.qpv_disagreements, placing.addresses_in_some_qpv),
        ] {
            if most(part, of) {
                self.stops.push(Stop::Elsewhere(scale));
            } else if over(part, of, CODE_PERCENT) {
                self.alerts.push(format!(
                    "adresses : {part} sur {of} ont un code {scale} et un point qui diffèrent (le code \
                     l'emporte)"
                ));
            }
        }
        for (scale, part) in
            [(Scale::IRIS, placing.unknown_iris_codes), (Scale::QPV, placing.unknown_qpv_codes)]
        {
            if many(part, placing.addresses) {
                self.alerts.push(format!(
                    "adresses : {part} sur {} ont un code {scale} que les contours n'ont pas ; d'un autre \
                     millésime ?",
                    placing.addresses
                ));
            }
        }
    }

    /// Addresses far away from their commune: their coordinates are wrong, and no group reaches them.
    pub fn far(&mut self, addresses: &[&ZoneCode]) {
        if addresses.is_empty() {
            return;
        }
        let first: Vec<&str> = addresses.iter().take(NAMED).map(|code| code.as_str()).collect();
        let others = match addresses.len().saturating_sub(NAMED) {
            0 => String::new(),
            others => format!(" et {others} autres"),
        };
        self.notices.push(format!(
            "adresses : {} à plus de 5 km de leur commune, leurs coordonnées sont à vérifier : {}{others}",
            addresses.len(),
            first.join(", ")
        ));
    }

    /// Contours that no table knows.
    pub fn left_out(&mut self, contours: &[(Scale, ZoneCode)]) {
        for part in contours.chunk_by(|one, other| one.0 == other.0) {
            self.notices.push(format!(
                "échelle {} : {} contours laissés de côté, leur code n'est dans aucune table",
                part[0].0,
                part.len()
            ));
        }
    }

    /// Files whose coordinate system the configuration overrules.
    pub fn overruled(&mut self, files: &[(Scale, Crs, Crs)]) {
        for (scale, said, by) in files {
            self.notices.push(format!(
                "échelle {scale} : le fichier dit {said}, lu en {by} d'après build.zones.{scale}.crs"
            ));
        }
    }

    /// Scales whose zones have no dwelling at all.
    pub fn zones(&mut self, sets: &[ZoneSet]) {
        for set in sets {
            if !set.zones.is_empty() && set.atoms.iter().all(Vec::is_empty) {
                self.stops.push(Stop::Deserted(set.scale));
            }
        }
    }
}

/// Zones without those of other territories: contours that hold no dwelling and lie in no commune. A scale
/// whose contours are all elsewhere has no zone, and is absent from the edition.
pub fn of_the_territory(mut sets: Vec<ZoneSet>) -> Vec<ZoneSet> {
    for set in sets.iter_mut().filter(|set| set.scale.origin() == Origin::Contours) {
        let here = |zone: &Zone| !zone.communes.is_empty() || !zone.situe.is_empty();
        let kept: Vec<bool> = set.zones.iter().map(here).collect();
        let keep = |place: &mut usize| {
            *place += 1;
            kept[*place - 1]
        };
        let (mut zones, mut shapes, mut atoms) = (0, 0, 0);
        set.zones.retain(|_| keep(&mut zones));
        set.shapes.retain(|_| keep(&mut shapes));
        set.atoms.retain(|_| keep(&mut atoms));
    }
    sets
}

/// What files say of a column.
enum Known<'a> {
    Nowhere,
    /// It is there, and no row has a value.
    Empty,
    /// The first file that lacks it.
    Partly(&'a FileReport),
    Everywhere,
}

fn known<'a>(column: &str, files: &'a [FileReport]) -> Known<'a> {
    let rows: Vec<Option<u64>> = files.iter().map(|file| file.known(column)).collect();
    if rows.iter().all(Option::is_none) {
        return Known::Nowhere;
    }
    if rows.iter().flatten().sum::<u64>() == 0 {
        // Without a row that was kept, it is the rows that are wrong.
        let is_kept = files.iter().any(|file| file.kept() > 0);
        return if is_kept { Known::Empty } else { Known::Everywhere };
    }
    let lacking = files.iter().find(|file| file.known(column).is_none());
    lacking.map_or(Known::Everywhere, Known::Partly)
}

/// A header that no column answers to and that looks like one which is missing.
fn misspelt(column: &str, files: &[FileReport]) -> Option<Stop> {
    files.iter().find_map(|file| {
        let like = file.ignored().iter().find(|name| spelling::is_near(name, column))?;
        Some(Stop::Misspelt {
            path: file.path().to_owned(),
            column: column.to_owned(),
            like: like.clone(),
        })
    })
}
