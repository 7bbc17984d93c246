//! The demonstration as real clients see it: one server, its three accounts, programs driven
//! against it with a time limit.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::util::seuil;

/// The longest the demonstration may take to be built and to listen.
const START: Duration = Duration::from_secs(120);

/// The demonstration that the tests running now share; the last one to end stops it.
static SHARED: Mutex<Weak<Demo>> = Mutex::new(Weak::new());

/// A running `seuil demo` in a folder of its own, stopped when dropped.
pub struct Demo {
    child: Child,
    folder: tempfile::TempDir,
    description: Value,
}

impl Demo {
    /// The running demonstration, or a new one.
    pub fn shared() -> Arc<Demo> {
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(demo) = shared.upgrade() {
            return demo;
        }
        let demo = Arc::new(Demo::start());
        *shared = Arc::downgrade(&demo);
        demo
    }

    /// A new one.
    pub fn start() -> Demo {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("demo");
        let log = folder.path().join("log");
        let file = File::create(&log).unwrap();
        let mut child = seuil()
            .args(["demo", "--port", "0", "--dir"])
            .arg(&dir)
            .stdout(file.try_clone().unwrap())
            .stderr(file)
            .spawn()
            .unwrap();
        let since = Instant::now();
        // The file appears whole, once the server listens.
        let description = loop {
            if let Ok(bytes) = fs::read(dir.join("demo.json")) {
                break serde_json::from_slice(&bytes).unwrap();
            }
            let ended = child.try_wait().unwrap().is_some();
            if ended || since.elapsed() > START {
                let _ = child.kill();
                let _ = child.wait();
                panic!("no demonstration: {}", fs::read_to_string(&log).unwrap());
            }
            std::thread::sleep(Duration::from_millis(50));
        };
        Demo { child, folder, description }
    }

    pub fn url(&self) -> &str {
        self.description["url"].as_str().unwrap()
    }

    /// A string of the account at this place: 0 the operator, 1 the EPCI's, 2 the commune's.
    pub fn account(&self, place: usize, key: &str) -> &str {
        self.description["accounts"][place][key].as_str().unwrap()
    }

    /// A token of the EPCI's account that was good and whose time is over: nobody could wait for it.
    pub fn expired_token(&self) -> String {
        let config = self.folder.path().join("demo/input/seuil.toml");
        let email = self.account(1, "email");
        let mut command = seuil();
        command.args(["account", "token", email, "--name", "expiré", "--days", "1", "--config"]);
        let made = drive(command.arg(&config), Duration::from_secs(60));
        assert_eq!(made.code, Some(0), "{}", made.stderr);
        let text = fs::read_to_string(&config).unwrap();
        let database = text.split("sqlite:").nth(1).unwrap().split('"').next().unwrap();
        let database = config.with_file_name(database);
        let change = "import sqlite3, sys\n\
            database = sqlite3.connect(sys.argv[1], timeout=30)\n\
            done = database.execute(\"UPDATE token SET expires_at = 1 WHERE name = 'expiré'\")\n\
            assert done.rowcount == 1\n\
            database.commit()\n";
        let mut python = Command::new("/usr/bin/python3");
        let changed = drive(python.args(["-c", change]).arg(&database), Duration::from_secs(60));
        assert_eq!(changed.code, Some(0), "{}", changed.stderr);
        made.stdout.trim().to_owned()
    }

    /// A folder for what clients save.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn edition(&self) -> PathBuf {
        self.folder.path().join("demo/input/editions/2024r1")
    }

    /// The communes of the EPCI's account, sorted, from the table that the territory came with.
    pub fn communes_of_the_epci(&self) -> Vec<String> {
        let siren = self.account(1, "territory").strip_prefix("epci:").unwrap();
        let path = self.folder.path().join("demo/input/epci_composition.csv");
        let table = fs::read_to_string(path).unwrap();
        let mut codes: Vec<String> = table
            .lines()
            .map(|line| line.split(';').map(|cell| cell.trim_matches('"')).collect::<Vec<_>>())
            .filter(|row| row.get(2) == Some(&siren))
            .map(|row| row[0].to_owned())
            .collect();
        codes.sort();
        assert!(codes.len() > 1, "an EPCI has several communes");
        codes
    }

    /// The body that the bearer of a token gets, without any content coding.
    pub fn get(&self, path: &str, token: &str) -> Vec<u8> {
        let mut answer = ureq::get(format!("{}{path}", self.url()))
            .header("authorization", format!("Bearer {token}"))
            .header("accept-encoding", "identity")
            .call()
            .unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        assert!(answer.headers().get("content-encoding").is_none(), "{path}");
        answer.body_mut().read_to_vec().unwrap()
    }

    /// A data tile of the EPCI's account, every scale of its zoom, with its address.
    pub fn tile_of_the_epci(&self) -> (PathBuf, [u32; 3]) {
        let token = self.account(1, "token");
        let source: Value =
            serde_json::from_slice(&self.get("/tiles/latest/commune.json", token)).unwrap();
        let zoom = u32::try_from(source["minzoom"].as_u64().unwrap()).unwrap();
        let mut best: Option<(Vec<u8>, [u32; 3])> = None;
        for [x, y] in covering(&source["bounds"], zoom) {
            let body = ureq::get(format!("{}/tiles/latest/{zoom}/{x}/{y}.mvt", self.url()))
                .header("authorization", format!("Bearer {token}"))
                .header("accept-encoding", "identity")
                .call()
                .unwrap()
                .body_mut()
                .read_to_vec()
                .unwrap();
            if best.as_ref().is_none_or(|(held, _)| held.len() < body.len()) {
                best = Some((body, [zoom, x, y]));
            }
        }
        let (body, address) = best.unwrap();
        assert!(!body.is_empty(), "the EPCI has a tile with data");
        let path = self.folder.path().join(format!("{}-{}.mvt", address[1], address[2]));
        fs::write(&path, body).unwrap();
        (path, address)
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The tiles of a zoom that meet bounds in degrees.
fn covering(bounds: &Value, zoom: u32) -> Vec<[u32; 2]> {
    let side = f64::from(1_u32 << zoom);
    let column = |longitude: f64| ((longitude + 180.0) / 360.0 * side) as u32;
    let row = |latitude: f64| {
        let angle = latitude.to_radians();
        ((1.0 - angle.tan().asinh() / std::f64::consts::PI) / 2.0 * side) as u32
    };
    let edge = |place: usize| bounds[place].as_f64().unwrap();
    let mut tiles = Vec::new();
    for x in column(edge(0))..=column(edge(2)) {
        for y in row(edge(3))..=row(edge(1)) {
            tiles.push([x, y]);
        }
    }
    tiles
}

/// What a program wrote, and how it ended.
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// Runs a client; one that does not end within the limit is stopped, and the test with it.
pub fn drive(command: &mut Command, limit: Duration) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    let (out, err) = (folder.path().join("out"), folder.path().join("err"));
    let mut child = command
        .stdin(Stdio::null())
        .stdout(File::create(&out).unwrap())
        .stderr(File::create(&err).unwrap())
        .spawn()
        .unwrap();
    let since = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if since.elapsed() > limit {
            let _ = child.kill();
            let _ = child.wait();
            panic!("{command:?} still runs after {limit:?}: {}", read(&out));
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    Ended { code: status.code(), stdout: read(&out), stderr: read(&err) }
}

fn read(path: &Path) -> String {
    String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned()
}

/// A file of the project.
pub fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A line that one of the project's own commands prints: where it put a tool. `None` where the
/// tool is absent, which is said, and which fails where CI runs.
pub fn tool(script: &str, arguments: &[&str]) -> Option<String> {
    let ended = drive(Command::new(project(script)).args(arguments), Duration::from_secs(300));
    if ended.code == Some(0) {
        return Some(ended.stdout.trim().to_owned());
    }
    assert!(std::env::var_os("CI").is_none(), "{script} must work where CI runs: {}", ended.stderr);
    shared::skipped(&format!("{script} ne trouve pas ce qu'il lui faut sur cette machine"));
    None
}
