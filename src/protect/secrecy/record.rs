//! What stays with the build: the certificates, and what the mask cost. Never in an edition.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{BufWriter, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::process::{ChildStdin, Command, Stdio};

use serde::Serialize;

use crate::aggregate::RawTable;
use config::{Plain, Proofs};
use domain::{Catalogue, Scale, Universe};

use super::lattice::{Cell, Lattice};
use super::places::Places;
use super::published::CellState;
use super::reader::WrittenMarks;
use super::rest::Tiling;
use super::search::{Account, Mask};
use super::system::{Seat, System};
use super::universes::Spec;

/// The file of the certificates, and that of the account, in the record's folder.
const PROOFS: &str = "proofs.jsonl.zst";
const ACCOUNT: &str = "protection.json";

/// Components that the account spells out: those farthest from their bound.
const SPELLED: usize = 1_000;

/// The private record of a protection. It names secret cells: it is for the operator alone.
pub struct PrivateRecord {
    threshold: u32,
    atoms: usize,
    systems: Vec<SystemProofs>,
    account: WrittenAccount,
}

struct SystemProofs {
    universes: Vec<String>,
    opened: bool,
    proofs: Vec<SeatedProof>,
}

/// A certificate whose parts are said by an atom and its memberships.
struct SeatedProof {
    class: Seat,
    denominator: i64,
    weights: Vec<(Seat, i64)>,
}

#[derive(Serialize)]
struct Header<'a> {
    edition: &'a str,
    engine: &'a str,
    threshold: u32,
    atoms: usize,
    systems: Vec<SystemHeader<'a>>,
}

#[derive(Serialize)]
struct SystemHeader<'a> {
    filter: &'a str,
    universes: &'a [String],
    /// Whether these are the items of the register, with the communes that the operator opened.
    #[serde(skip_serializing_if = "is_false")]
    opened: bool,
}

fn is_false(truth: &bool) -> bool {
    !truth
}

/// Costs are register dwellings × weights of the rules file.
#[derive(Serialize)]
struct WrittenAccount {
    cost: f64,
    /// No mask that keeps the rules costs less.
    bound: f64,
    gap_percent: f64,
    rounds: usize,
    /// Small groups for which neither proof was found: hidden as if exposed.
    unproved_groups: usize,
    components: usize,
    unproved_components: usize,
    largest_component: usize,
    /// Components that were not proved the cheapest, the widest gap first.
    gaps: Vec<WrittenComponent>,
    cells: Vec<WrittenCells>,
    /// What R10 keeps back, and what of it a reader who adds zones up is told.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    marks: Vec<WrittenMarks>,
}

#[derive(Serialize)]
struct WrittenComponent {
    cost: f64,
    bound: f64,
    exposures: usize,
    hidden: Vec<String>,
}

/// Zones of one scale and universe: those that the threshold alone would show, those shown, and
/// the contributors of both.
#[derive(Serialize)]
struct WrittenCells {
    scale: Scale,
    universe: String,
    zones: usize,
    over_threshold: usize,
    published: usize,
    contributors_over_threshold: u64,
    contributors_published: u64,
    /// Of the published ones, those that the opening of communes alone lets out.
    #[serde(skip_serializing_if = "Option::is_none")]
    opened: Option<usize>,
}

impl PrivateRecord {
    pub(super) fn new(
        (raw, catalogue, threshold): (&RawTable, &Catalogue, u32),
        (places, lattice): (&Places, &Lattice),
        systems: &[(Spec, System)],
        mask: &Mask,
        tiling: Option<&Tiling>,
    ) -> PrivateRecord {
        let name = |universe: &usize| catalogue.universes()[*universe].id.clone();
        let systems = systems
            .iter()
            .zip(&mask.proofs)
            .map(|((spec, system), proofs)| SystemProofs {
                universes: spec.universes.iter().map(name).collect(),
                opened: spec.opened == Some(true),
                proofs: proofs.iter().map(|proof| seated(system, proof)).collect(),
            })
            .collect();
        let say = |cell: Cell| {
            let (universe, place) = lattice.parts_of(cell);
            let (scale, code) = places.name(raw, place);
            format!("{scale} {code} [{}]", name(&universe))
        };
        let state = |cell: Cell| {
            let is_over = lattice.is_allowed(cell) && !lattice.is_opened(cell);
            (is_over, mask.published[cell as usize])
        };
        let mut cells = visible(raw, catalogue, places, state, lattice);
        if let Some(tiling) = tiling {
            with_rests(&mut cells, tiling, catalogue);
        }
        let account = WrittenAccount::new(&mask.account, say, cells);
        PrivateRecord { threshold, atoms: raw.atoms, systems, account }
    }

    /// Notes what is kept back for being extreme.
    pub(super) fn set_marks(&mut self, marks: Vec<WrittenMarks>) {
        self.account.marks = marks;
    }

    /// What is kept back for being extreme.
    #[cfg(test)]
    pub(super) fn marks(&self) -> &[WrittenMarks] {
        &self.account.marks
    }

    /// How far the mask is from the cheapest, at the most.
    #[cfg(test)]
    pub(super) fn gap_percent(&self) -> f64 {
        self.account.gap_percent
    }

    /// Writes both files into the record's folder, complete or not at all; the certificates as
    /// `keeping` says.
    ///
    /// # Errors
    /// A folder that cannot be written, a command of `keeping` that cannot be run or that fails.
    pub fn write(&self, folder: &Path, edition: &str, keeping: &Proofs) -> std::io::Result<()> {
        std::fs::create_dir_all(folder)?;
        replace(folder, ACCOUNT, |file| {
            let mut file = BufWriter::new(file);
            serde_json::to_writer_pretty(&mut file, &self.account)?;
            file.flush()
        })?;
        match keeping {
            Proofs::Plain(Plain::Delete) => Ok(()),
            Proofs::Plain(Plain::Keep) => replace(folder, PROOFS, |file| {
                self.compress(BufWriter::new(file), edition)?.flush()
            }),
            Proofs::Through { pipe } => replace(folder, &format!("{PROOFS}.enc"), |file| {
                through(pipe, file, |input| self.compress(input, edition).map(drop))
            }),
        }
    }

    fn compress<W: Write>(&self, file: W, edition: &str) -> std::io::Result<W> {
        let mut file = zstd::Encoder::new(file, 3)?;
        self.write_proofs(&mut file, edition)?;
        file.finish()
    }

    fn write_proofs(&self, file: &mut impl Write, edition: &str) -> std::io::Result<()> {
        let systems = self.systems.iter().map(|system| SystemHeader {
            filter: &system.universes[0],
            universes: &system.universes,
            opened: system.opened,
        });
        let header = Header {
            edition,
            engine: env!("CARGO_PKG_VERSION"),
            threshold: self.threshold,
            atoms: self.atoms,
            systems: systems.collect(),
        };
        serde_json::to_writer(&mut *file, &header)?;
        writeln!(file)?;
        for (number, system) in self.systems.iter().enumerate() {
            for proof in &system.proofs {
                let SeatedProof { class, denominator, weights } = proof;
                write!(file, "[{number},{},{},{denominator},[", class.atom, class.members)?;
                for (place, (seat, weight)) in weights.iter().enumerate() {
                    let comma = if place == 0 { "" } else { "," };
                    write!(file, "{comma}{},{},{weight}", seat.atom, seat.members)?;
                }
                writeln!(file, "]]")?;
            }
        }
        Ok(())
    }
}

fn seated(system: &System, proof: &super::system_search::PartProof) -> SeatedProof {
    let weights = proof.certificate.weights().iter();
    SeatedProof {
        class: system.seat(proof.part),
        denominator: proof.certificate.denominator(),
        weights: weights.map(|&(part, weight)| (system.seat(part), weight)).collect(),
    }
}

impl WrittenAccount {
    fn new(
        account: &Account,
        say: impl Fn(Cell) -> String,
        cells: Vec<WrittenCells>,
    ) -> WrittenAccount {
        let in_units = |millionths: u128| millionths as f64 / 1e6;
        let (cost, bound) = (in_units(account.cost), in_units(account.bound));
        let mut open: Vec<_> =
            account.components.iter().filter(|component| !component.is_proved()).collect();
        open.sort_by_key(|component| std::cmp::Reverse(component.cost - component.bound));
        let gaps = open.iter().take(SPELLED).map(|component| WrittenComponent {
            cost: in_units(component.cost),
            bound: in_units(component.bound),
            exposures: component.clauses,
            hidden: component.hidden.iter().map(|&cell| say(cell)).collect(),
        });
        let sizes = account.components.iter().map(|component| component.clauses);
        WrittenAccount {
            cost,
            bound,
            gap_percent: if cost > 0.0 { (cost - bound) * 100.0 / cost } else { 0.0 },
            rounds: account.rounds,
            unproved_groups: account.unproved,
            components: account.components.len(),
            unproved_components: open.len(),
            largest_component: sizes.max().unwrap_or(0),
            gaps: gaps.collect(),
            cells,
            marks: Vec::new(),
        }
    }
}

fn visible(
    raw: &RawTable,
    catalogue: &Catalogue,
    places: &Places,
    state: impl Fn(Cell) -> (bool, bool),
    lattice: &Lattice,
) -> Vec<WrittenCells> {
    let mut all = Vec::new();
    for (index, scale) in raw.scales.iter().enumerate() {
        let offered = |entry: &(usize, &Universe)| entry.1.is_offered(scale.scale);
        for (universe, declared) in catalogue.universes().iter().enumerate().filter(offered) {
            let mut cells = WrittenCells {
                scale: scale.scale,
                universe: declared.id.clone(),
                zones: 0,
                over_threshold: 0,
                published: 0,
                contributors_over_threshold: 0,
                contributors_published: 0,
                opened: None,
            };
            for zone in 0..scale.zones.len() {
                let Some(place) = places.of(index, zone) else { continue };
                let count = scale.count(zone, universe, raw.universes);
                let (is_over, is_published) = state(lattice.cell(universe, place));
                cells.zones += 1;
                cells.over_threshold += usize::from(is_over);
                cells.published += usize::from(is_published);
                if is_published && !is_over {
                    *cells.opened.get_or_insert(0) += 1;
                }
                cells.contributors_over_threshold += if is_over { count } else { 0 };
                cells.contributors_published += if is_published { count } else { 0 };
            }
            if cells.zones > 0 {
                all.push(cells);
            }
        }
    }
    all
}

/// What is published of groups and rests, in the place of what is of groups.
fn with_rests(cells: &mut [WrittenCells], tiling: &Tiling, catalogue: &Catalogue) {
    let universes = catalogue.universes();
    for own in cells.iter_mut().filter(|own| own.scale == tiling.scale.scale) {
        let of = |universe: &Universe| universe.id == own.universe;
        let Some(universe) = universes.iter().position(of) else { continue };
        own.zones = tiling.scale.zones.len();
        (own.published, own.contributors_published) = (0, 0);
        for zone in 0..own.zones {
            if tiling.states[zone * universes.len() + universe] != CellState::Secret {
                own.published += 1;
                own.contributors_published += tiling.scale.count(zone, universe, universes.len());
            }
        }
    }
}

/// Runs a command from which the file is written; what `write` gives it touches no disk on the way.
fn through(
    pipe: &[String],
    file: File,
    write: impl FnOnce(&mut ChildStdin) -> std::io::Result<()>,
) -> std::io::Result<()> {
    let [program, arguments @ ..] = pipe else {
        return Err(std::io::Error::other("build.proofs.pipe est vide"));
    };
    let named = |error: std::io::Error| {
        std::io::Error::new(error.kind(), format!("{program} (build.proofs.pipe) : {error}"))
    };
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(file)
        .spawn()
        .map_err(named)?;
    let written = child.stdin.take().map_or(Ok(()), |mut input| write(&mut input));
    let status = child.wait().map_err(named)?;
    if !status.success() {
        return Err(named(std::io::Error::other(status.to_string())));
    }
    written.map_err(named)
}

/// Writes under another name first, so that a file is whole or absent. It is for its owner alone.
fn replace(
    folder: &Path,
    name: &str,
    write: impl FnOnce(File) -> std::io::Result<()>,
) -> std::io::Result<()> {
    let part = folder.join(format!("{name}.part"));
    let mut options = OpenOptions::new();
    let file = options.write(true).create(true).truncate(true).mode(0o600).open(&part)?;
    file.set_permissions(Permissions::from_mode(0o600))?;
    if let Err(error) = write(file) {
        std::fs::remove_file(&part)?;
        return Err(error);
    }
    std::fs::rename(part, folder.join(name))
}
