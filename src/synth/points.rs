//! Invented occupants for real dwelling points: every point keeps its place, its dwellings, its
//! codes, its years, its labels and its financing.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;

use rayon::prelude::*;

use super::dice::Dice;
use super::dwelling::{Building, Landlord, Market, landlords};
use super::lattice::Mm;
use super::output::{Encoding, RowFile, whole};
use super::project::Projections;
use super::rows::{CommuneNames, Counts, Rows, Site, dwellings_header, households_header};
use super::run::Homes;
use super::{Summary, SynthError};
use domain::CommuneCode;

/// Points whose rows are in memory at once.
const BATCH: usize = 2_048;
/// Dwellings of a point, and of all points.
const POINT_LIMIT: u64 = 20_000;
const LIMIT: u64 = 10_000_000;

const CONFIG: &str = include_str!("seuil_points.toml");

const LABELS: [&str; 7] = ["DPE_A", "DPE_B", "DPE_C", "DPE_D", "DPE_E", "DPE_F", "DPE_G"];
/// The column of each kind of financing and the code that stands for it.
const FINANCING: [(&str, &str); 4] = [
    ("FIN_TRES_SOCIAL", "10"),
    ("FIN_SOCIAL", "13"),
    ("FIN_INTERMEDIAIRE", "16"),
    ("FIN_AUTRE", "99"),
];

/// One point of the file.
struct Point {
    /// Its place in the file, and the dwellings of the points before it.
    number: u64,
    before: u64,
    commune: CommuneCode,
    nom: String,
    address: String,
    at: Mm,
    dwellings: u64,
    kind: Option<char>,
    qpv: String,
    iris: String,
    years: Option<(i64, i64)>,
    labels: [u64; 7],
    financing: [u64; 4],
}

/// Writes both files and a configuration for the points of a file.
pub(super) fn run(
    path: &Path,
    out: &Path,
    seed: u64,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Summary, SynthError> {
    let points = read(path)?;
    let mut register = RowFile::create(out.join("rpls/rpls_1.csv.gz"), Encoding::Utf8Gzip)?;
    let mut survey = RowFile::create(out.join("ops_2024.csv"), Encoding::Utf8)?;
    register.append(dwellings_header().as_bytes())?;
    survey.append(households_header().as_bytes())?;
    let landlords = landlords(0);
    let mut counts = Counts::default();
    let mut done = 0;
    for batch in points.chunks(BATCH) {
        let rows: Vec<Result<_, SynthError>> = batch
            .par_chunks(64)
            .map(|points| {
                let mut rows = Rows::new(false);
                for point in points {
                    point.write(&mut rows, seed, &landlords)?;
                }
                rows.finish()
            })
            .collect();
        for rows in rows {
            let (dwellings, households, count) = rows?;
            register.append(&dwellings)?;
            survey.append(&households)?;
            counts.add(count);
        }
        done += batch.len() as u64;
        progress(done, points.len() as u64);
    }
    register.finish()?;
    survey.finish()?;
    whole(&out.join("seuil.toml"), CONFIG.as_bytes())?;
    let communes: BTreeSet<CommuneCode> = points.iter().map(|point| point.commune).collect();
    Ok(Summary { communes: communes.len() as u64, counts })
}

impl Point {
    fn write(&self, rows: &mut Rows, seed: u64, landlords: &[Landlord]) -> Result<(), SynthError> {
        let mut dice = Dice::new(seed, self.number);
        let dice = &mut dice;
        let in_qpv = self.qpv.starts_with("QN");
        let commune = self.commune.as_str().bytes().fold(0, |sum, byte| sum * 36 + i64::from(byte));
        let mut building =
            Building::invent(dice, seed, Market::Commune(commune), self.dwellings, in_qpv);
        if let Some(kind) = self.kind {
            building.kind = kind;
        }
        let (low, high) = self.years.unwrap_or((building.built, building.built));
        let mut labels: Vec<Option<char>> = ('A'..='G')
            .zip(self.labels)
            .flat_map(|(label, count)| std::iter::repeat_n(Some(label), count as usize))
            .collect();
        labels.resize(self.dwellings as usize, None);
        dice.shuffle(&mut labels);
        let mut financing: Vec<&'static str> = FINANCING
            .iter()
            .zip(self.financing)
            .flat_map(|((_, code), count)| std::iter::repeat_n(*code, count as usize))
            .collect();
        financing.resize(self.dwellings as usize, "99");
        dice.shuffle(&mut financing);
        // The first and the last dwelling hold the least and the greatest year.
        let last = self.dwellings as usize - 1;
        let built: Vec<i64> = (0..=last)
            .map(|index| match index {
                0 => low,
                _ if index == last => high,
                _ => dice.between(low, high),
            })
            .collect();
        let digits = self.address.bytes().take_while(u8::is_ascii_digit).count();
        let (number, way) = self.address.split_at(digits);
        let departement = self.commune.departement().to_owned();
        let place = CommuneNames {
            commune: self.commune.as_str().to_owned(),
            nom: self.nom.clone(),
            departement,
            ..CommuneNames::default()
        };
        let site = Site {
            at: Some(self.at),
            number: number.to_owned(),
            way_kind: "",
            way: way.trim().to_owned(),
            qpv: self.qpv.clone(),
            iris: self.iris.clone(),
            uncoded: 0.0,
            full: false,
            real: true,
        };
        let landlord = &landlords[building.landlord];
        let homes =
            Homes { place: &place, site: &site, building: &building, landlord, qpv: in_qpv };
        homes.write(dice, rows, self.before + 1, self.dwellings, |index, dwelling| {
            dwelling.built = built[index];
            dwelling.label = labels[index];
            dwelling.financing = financing[index];
        })
    }
}

/// Where a value stands in the file.
struct Row<'a> {
    path: &'a Path,
    columns: &'a [(&'static str, usize)],
    record: &'a csv::StringRecord,
}

impl Row<'_> {
    fn text(&self, column: &'static str) -> &str {
        let place = self.columns.iter().find(|(name, _)| *name == column);
        place.and_then(|(_, index)| self.record.get(*index)).unwrap_or_default().trim()
    }

    fn bad(&self, column: &'static str, problem: &'static str) -> SynthError {
        let line = self.record.position().map_or(0, csv::Position::line);
        SynthError::Value { path: self.path.into(), line, column, problem }
    }

    fn count(&self, column: &'static str) -> Result<u64, SynthError> {
        match self.text(column) {
            "" => Ok(0),
            text => text.parse().map_err(|_| self.bad(column, "un nombre entier est attendu")),
        }
    }

    fn degrees(&self, column: &'static str, low: f64, high: f64) -> Result<f64, SynthError> {
        let value = self.text(column).parse::<f64>().ok();
        value
            .filter(|value| (low..=high).contains(value))
            .ok_or_else(|| self.bad(column, "des degrés de métropole sont attendus"))
    }

    fn counts<const N: usize>(
        &self,
        columns: [&'static str; N],
        most: u64,
    ) -> Result<[u64; N], SynthError> {
        let mut counts = [0; N];
        let mut left = most;
        for (count, column) in counts.iter_mut().zip(columns) {
            *count = self.count(column)?;
            left = left
                .checked_sub(*count)
                .ok_or_else(|| self.bad(column, "plus de logements que n'en a le point"))?;
        }
        Ok(counts)
    }
}

/// Columns without which a point says nothing.
const REQUIRED: [&str; 4] = ["DEPCOM", "LON", "LAT", "NB_LOGEMENTS"];
const OPTIONAL: [&str; 7] =
    ["LIBCOM", "ADRESSE", "TYPE_DOMINANT", "QP24_GEOM", "IRIS", "ANNEE_MIN", "ANNEE_MAX"];

fn read(path: &Path) -> Result<Vec<Point>, SynthError> {
    let file = File::open(path).map_err(|source| SynthError::Read { path: path.into(), source })?;
    let csv_error = |source| SynthError::Csv { path: path.into(), source };
    let mut reader = csv::ReaderBuilder::new().delimiter(b';').from_reader(file);
    let headers = reader.headers().map_err(csv_error)?.clone();
    let mut columns = Vec::new();
    let financing = FINANCING.map(|(name, _)| name);
    let wanted = REQUIRED.into_iter().chain(OPTIONAL).chain(LABELS).chain(financing);
    for name in wanted {
        let found = headers.iter().position(|header| header.trim_start_matches('\u{feff}') == name);
        match found {
            Some(index) => columns.push((name, index)),
            None if REQUIRED.contains(&name) => {
                return Err(SynthError::Column { path: path.into(), column: name });
            }
            None => {}
        }
    }
    let projections = Projections::new()?;
    let mut points: Vec<Point> = Vec::new();
    let mut before = 0;
    for record in reader.records() {
        let record = record.map_err(csv_error)?;
        let row = Row { path, columns: &columns, record: &record };
        let point = point(&row, &projections, points.len() as u64, before)?;
        before += point.dwellings;
        if before > LIMIT {
            return Err(SynthError::TooMany { path: path.into(), limit: LIMIT });
        }
        points.push(point);
    }
    if points.is_empty() {
        return Err(SynthError::Empty { path: path.into() });
    }
    Ok(points)
}

fn point(
    row: &Row<'_>,
    projections: &Projections,
    number: u64,
    before: u64,
) -> Result<Point, SynthError> {
    let dwellings = row.count("NB_LOGEMENTS")?;
    if !(1..=POINT_LIMIT).contains(&dwellings) {
        return Err(row.bad("NB_LOGEMENTS", "un nombre de 1 à 20000 est attendu"));
    }
    let longitude = row.degrees("LON", -6.0, 10.0)?;
    let latitude = row.degrees("LAT", 41.0, 52.0)?;
    let (first, last) = (row.count("ANNEE_MIN")?, row.count("ANNEE_MAX")?);
    let years = match (first, last) {
        (0, _) | (_, 0) => None,
        (1000..=2100, 1000..=2100) if first <= last => Some((first as i64, last as i64)),
        _ => return Err(row.bad("ANNEE_MIN", "des années croissantes sont attendues")),
    };
    // One dwelling cannot hold two years: it holds the last one.
    let years = years.map(|(low, high)| if dwellings == 1 { (high, high) } else { (low, high) });
    let commune = row.text("DEPCOM").parse();
    Ok(Point {
        number,
        before,
        commune: commune.map_err(|_| row.bad("DEPCOM", "un code de commune est attendu"))?,
        nom: row.text("LIBCOM").to_owned(),
        address: row.text("ADRESSE").to_owned(),
        at: projections.lambert(longitude, latitude)?,
        dwellings,
        kind: match row.text("TYPE_DOMINANT") {
            "individuel" => Some('I'),
            "collectif" => Some('C'),
            "logement étudiant" => Some('E'),
            _ => None,
        },
        qpv: row.text("QP24_GEOM").to_owned(),
        iris: row.text("IRIS").to_owned(),
        years,
        labels: row.counts(LABELS, dwellings)?,
        financing: row.counts(FINANCING.map(|(name, _)| name), dwellings)?,
    })
}
