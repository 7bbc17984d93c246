//! Reads the register: every kept row becomes a dwelling on its spot.

use std::path::{Path, PathBuf};

use domain::CommuneCode;

use super::IngestError;
use super::geography::Geography;
use super::register::{IN_QPV, Register, Row, Spot};
use readers::crs::Crs;
use readers::reject::Rejections;
use readers::table::{self, Block, FileReport, IntegerColumn, MISSING, TableSchema, TextColumn};

/// Reads every file of dwellings, in order. `columns` are those that formulas read;
/// [`IN_QPV`] among them stays unknown until dwellings are placed.
///
/// # Errors
/// A file that cannot be read, lacks a column, or names an unknown commune; a rejection that cannot be
/// written down.
pub fn read(
    paths: &[PathBuf],
    columns: &[String],
    geography: &Geography,
    rejections: &mut Rejections,
    progress: &dyn Fn(&Path, u64),
) -> Result<(Register, Vec<FileReport>), IngestError> {
    let handles = Handles::new(columns);
    let mut register = Register::new(columns.len());
    let mut reports = Vec::new();
    for path in paths {
        let mut refused = Vec::new();
        let report = table::read::<IngestError>(
            TableSchema::dwellings(),
            path,
            rejections,
            &|bytes| progress(path, bytes),
            &mut |block| {
                (0..block.rows()).for_each(|row| {
                    if let Err((column, reason)) =
                        handles.add(&mut register, &block, row, geography)
                    {
                        refused.push((block.line(row), column, reason));
                    }
                });
                Ok(())
            },
        )?;
        for (line, column, reason) in refused {
            rejections.add(path, line, Some(column), reason)?;
        }
        reports.push(report);
    }
    Ok((register, reports))
}

/// Why a row is refused: a column and a reason, never a value.
type Refusal = (&'static str, &'static str);

struct Handles {
    depcom: TextColumn,
    id: TextColumn,
    iris: TextColumn,
    qpv: TextColumn,
    address: [TextColumn; 4],
    x: IntegerColumn,
    y: IntegerColumn,
    epsg: IntegerColumn,
    /// The columns that formulas read; `None` for [`IN_QPV`].
    values: Vec<Option<IntegerColumn>>,
}

impl Handles {
    fn new(columns: &[String]) -> Handles {
        let schema = TableSchema::dwellings();
        let text = |name| schema.text(name).expect("a column of the built-in schema");
        let integer = |name| schema.integer(name).expect("a column of the built-in schema");
        Handles {
            depcom: text("DEPCOM"),
            id: text("ID_RPLS"),
            iris: text("PLG_IRIS2024_CODE"),
            qpv: text("PLG_QP24"),
            address: ["NUMVOIE", "INDREP", "TYPVOIE", "NOMVOIE"].map(text),
            x: integer("X"),
            y: integer("Y"),
            epsg: integer("EPSG"),
            values: columns
                .iter()
                .map(|name| (name != IN_QPV).then(|| integer(name.as_str())))
                .collect(),
        }
    }

    fn add(
        &self,
        register: &mut Register,
        block: &Block,
        row: usize,
        geography: &Geography,
    ) -> Result<(), Refusal> {
        let depcom = block.text(self.depcom, row);
        let code: CommuneCode = depcom.parse().map_err(|_| ("DEPCOM", unreadable(depcom)))?;
        let official = geography.official();
        let successors = official.successors(code);
        let today = match successors {
            [] | [_] => code,
            shared => self.by_point(block, row, shared, geography).ok_or((
                "DEPCOM",
                "ancien code d'une commune partagée, et point absent ou hors de ce qu'elle est devenue",
            ))?,
        };
        let place =
            official.place(today).ok_or(("DEPCOM", "commune absente des tables officielles"))?;
        let id = block.text(self.id, row);
        if register.knows(id) {
            return Err(("ID_RPLS", "identifiant déjà lu"));
        }
        let iris = register.code_number(&whole_iris(&code, block.text(self.iris, row)));
        let qpv = register.code_number(block.text(self.qpv, row));
        let spot = match self.coordinates(block, row, &place.commune)? {
            Some((x, y)) => Spot::Placed { commune: place.commune, x, y },
            None => {
                let (commune, arrondissement) = (place.commune, place.arrondissement);
                Spot::Unplaced { commune, arrondissement, iris, qpv }
            }
        };
        let address = self.address_text(block, row);
        let spot = register.spot(spot, place.arrondissement, &address);
        let values = self.values.iter().map(|column| match column {
            Some(column) => block.integers(*column)[row],
            None => MISSING,
        });
        register.push(id, Row { spot, iris, qpv }, values);
        register.count_moved(successors.len());
        Ok(())
    }

    /// Of the communes that an old one was split into, the one whose contour holds the point of a row.
    fn by_point(
        &self,
        block: &Block,
        row: usize,
        shared: &[CommuneCode],
        geography: &Geography,
    ) -> Option<CommuneCode> {
        let first = shared.first()?;
        let (x, y) = self.coordinates(block, row, first).ok()??;
        let (x, y) = (f64::from(x) / 10.0, f64::from(y) / 10.0);
        let (lon, lat) = Crs::local(first).to_wgs84(x, y).ok()?;
        geography.commune_at(lon, lat).filter(|found| shared.contains(found))
    }

    /// Decimetres in the local system of the commune, or `None` where one of both is missing.
    fn coordinates(
        &self,
        block: &Block,
        row: usize,
        commune: &CommuneCode,
    ) -> Result<Option<(i32, i32)>, Refusal> {
        let (x, y) = (block.integers(self.x)[row], block.integers(self.y)[row]);
        if x == MISSING || y == MISSING {
            return Ok(None);
        }
        let local = Crs::local(commune);
        let epsg = block.integers(self.epsg)[row];
        let outside = |_| ("X", "coordonnées hors du domaine de leur système");
        if epsg == MISSING || epsg as u32 == local.epsg() {
            local.to_wgs84(f64::from(x) / 10.0, f64::from(y) / 10.0).map_err(outside)?;
            return Ok(Some((x, y)));
        }
        let own =
            Crs::from_epsg(epsg as u32).map_err(|_| ("EPSG", "système de coordonnées inconnu"))?;
        let (x, y) =
            own.convert(local, f64::from(x) / 10.0, f64::from(y) / 10.0).map_err(outside)?;
        Ok(Some(((x * 10.0).round() as i32, (y * 10.0).round() as i32)))
    }

    fn address_text(&self, block: &Block, row: usize) -> String {
        let mut text = String::new();
        for column in self.address {
            let part = block.text(column, row);
            if !part.is_empty() && !text.is_empty() {
                text.push(' ');
            }
            text.push_str(part);
        }
        text
    }
}

/// Why a text is no code of a commune.
fn unreadable(depcom: &str) -> &'static str {
    if depcom.len() == 4 && depcom.bytes().all(|byte| byte.is_ascii_digit()) {
        return "code de commune sans son zéro initial, ôté par un tableur : redemander le fichier, ou \
                l'ouvrir en texte";
    }
    "code de commune illisible"
}

/// The nine digits of an IRIS, where the register writes nine, or the last four alone.
fn whole_iris(commune: &CommuneCode, text: &str) -> String {
    match text.len() {
        4 => format!("{commune}{text}"),
        _ => text.to_owned(),
    }
}
