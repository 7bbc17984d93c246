//! The fictive territory that the tests share: input, edition, what its catalogue says.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use serde_json::Value;
use tempfile::TempDir;

use super::figures::{Zone, fgb_zones};
use super::util::{run, seuil};

/// Scales of the fictive territory, the finest first.
pub const SCALES: [&str; 10] = [
    "adresse",
    "grappe",
    "carreau",
    "iris",
    "qpv",
    "commune",
    "epci",
    "departement",
    "region",
    "france",
];

/// Input, edition and accounts in a folder that goes with the last test that uses it.
pub struct Territory {
    folder: TempDir,
}

/// A territory that lives as long as a test uses it.
pub struct Shared(Mutex<Weak<Territory>>);

impl Shared {
    /// Nothing yet.
    pub const fn new() -> Shared {
        Shared(Mutex::new(Weak::new()))
    }

    /// The territory, made anew when no test holds it.
    pub fn get(&self, make: impl FnOnce() -> Territory) -> Arc<Territory> {
        // A test that failed while it held the lock has left nothing half done behind it.
        let mut shared = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(territory) = shared.upgrade() {
            return territory;
        }
        let territory = Arc::new(make());
        *shared = Arc::downgrade(&territory);
        territory
    }
}

/// The default fictive territory with its edition. Tests that run at once share it.
pub fn demo() -> Arc<Territory> {
    static SHARED: Shared = Shared::new();
    SHARED.get(|| {
        let territory = Territory::invent(&[]);
        territory.build();
        territory
    })
}

impl Territory {
    /// Writes input files; `arguments` come after those of `seuil synth`.
    pub fn invent(arguments: &[&str]) -> Territory {
        let folder = tempfile::tempdir().unwrap();
        let input = folder.path().join("input");
        let mut all = vec!["synth", "--out", input.to_str().unwrap()];
        all.extend(arguments);
        run(all);
        let territory = Territory { folder };
        // Tests listen where there is room.
        territory.edit("seuil.toml", |text| text.replace("127.0.0.1:3000", "127.0.0.1:0"));
        territory
    }

    /// A copy of the input alone.
    pub fn copy(&self) -> Territory {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (self.input(), folder.path().join("input"));
        copy_files(&from, &to);
        copy_files(&from.join("rpls"), &to.join("rpls"));
        Territory { folder }
    }

    /// A copy with the edition, to be served with accounts of its own.
    pub fn copy_built(&self) -> Territory {
        let copy = self.copy();
        copy_files(&self.editions(), &copy.editions());
        copy_files(&self.edition(), &copy.edition());
        copy
    }

    /// A copy with every edition, to be served with accounts of its own.
    pub fn copy_of_editions(&self) -> Territory {
        let copy = self.copy();
        copy_files(&self.editions(), &copy.editions());
        for entry in fs::read_dir(self.editions()).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                copy_files(&path, &copy.editions().join(path.file_name().unwrap()));
            }
        }
        copy
    }

    /// The folder of the input.
    pub fn input(&self) -> PathBuf {
        self.folder.path().join("input")
    }

    /// The configuration.
    pub fn config(&self) -> PathBuf {
        self.input().join("seuil.toml")
    }

    /// The folder of editions.
    pub fn editions(&self) -> PathBuf {
        self.input().join("editions")
    }

    /// The edition.
    pub fn edition(&self) -> PathBuf {
        self.editions().join("2024r1")
    }

    /// Rewrites a text file of the input.
    pub fn edit(&self, name: &str, change: impl FnOnce(String) -> String) {
        let path = self.input().join(name);
        let before = fs::read_to_string(&path).unwrap();
        let after = change(before.clone());
        assert_ne!(before, after, "{name} is as it was");
        fs::write(path, after).unwrap();
    }

    /// Builds the edition.
    pub fn build(&self) {
        run(["build".as_ref(), self.config().as_os_str()]);
    }

    /// The exit code of a build, and everything it said for people.
    pub fn try_build(&self) -> (i32, String) {
        let output = seuil().arg("build").arg(self.config()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!said.contains("panicked"), "a panic is not an error message: {said}");
        (output.status.code().unwrap(), said)
    }

    /// The zones of a scale, by code.
    pub fn zones(&self, scale: &str) -> BTreeMap<String, Zone> {
        fgb_zones(&self.edition().join(format!("{scale}.fgb")))
    }

    /// A JSON document of the edition.
    pub fn document(&self, name: &str) -> Value {
        serde_json::from_slice(&fs::read(self.edition().join(name)).unwrap()).unwrap()
    }

    /// Makes an account with a token; returns the token.
    pub fn account(&self, email: &str, territory: &str) -> String {
        let config = self.config();
        let end = ["--config", config.to_str().unwrap()];
        let add = ["account", "add", email, "--territory", territory, "--finest", "adresse"];
        run(add.iter().chain(&["--audience", "public_mission"]).chain(&end));
        self.token(email)
    }

    /// Makes a token of an account.
    pub fn token(&self, email: &str) -> String {
        let config = self.config();
        let end = ["account", "token", email, "--config", config.to_str().unwrap()];
        String::from_utf8(run(end).stdout).unwrap().trim().to_owned()
    }
}

/// The rows of a CSV file of the input, each by column name.
pub fn rows(path: &Path) -> impl Iterator<Item = BTreeMap<String, String>> + use<> {
    let bytes = fs::read(path).unwrap();
    let plain = if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut plain = Vec::new();
        std::io::copy(&mut flate2::read::MultiGzDecoder::new(&bytes[..]), &mut plain).unwrap();
        plain
    } else {
        bytes
    };
    // Codes and numbers are ASCII: the tests read nothing else.
    let text = String::from_utf8_lossy(&plain).into_owned();
    let mut reader =
        csv::ReaderBuilder::new().delimiter(b';').from_reader(std::io::Cursor::new(text));
    let headers = reader.headers().unwrap().clone();
    reader.into_records().map(move |record| {
        let record = record.unwrap();
        headers.iter().map(str::to_owned).zip(record.iter().map(str::to_owned)).collect()
    })
}

fn copy_files(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_file() {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

/// Every file under a folder: its path there, and its bytes.
pub fn tree(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else {
                let name = entry.path().strip_prefix(folder).unwrap().to_owned();
                files.insert(name, fs::read(entry.path()).unwrap());
            }
        }
    }
    files
}

/// The columns and rows of the tiles of a zoom that touch west, south, east, north in degrees.
pub fn cover(bounds: [f64; 4], zoom: u8) -> Vec<(u32, u32)> {
    let side = f64::from(1_u32 << zoom);
    let place = |part: f64| (part * side).floor().clamp(0.0, side - 1.0) as u32;
    let column = |longitude: f64| place((longitude + 180.0) / 360.0);
    let row = |latitude: f64| {
        let northing = latitude.to_radians().tan().asinh() / std::f64::consts::PI;
        place((1.0 - northing) / 2.0)
    };
    let [west, south, east, north] = bounds;
    let rows = row(north)..=row(south);
    rows.flat_map(|y| (column(west)..=column(east)).map(move |x| (x, y))).collect()
}
