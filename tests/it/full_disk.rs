//! A disk that fills up under a server, and has room again.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use sqlx::{Connection, SqliteConnection};

use super::pyramid::bounds;
use super::serving::Running;
use super::territory::{cover, demo};
use super::util::{Answer, stranger};

/// A small disk of its own (a tmpfs that only this process sees), which holds the accounts.
const SERVE: &str = "mount -t tmpfs -o size=2m tmpfs \"$1\" && cp \"$2\" \"$1/comptes.db\" \
                     && { [ ! -e \"$2-wal\" ] || cp \"$2-wal\" \"$1/comptes.db-wal\"; } \
                     && chmod 600 \"$1\"/comptes.db* && exec \"$3\" serve --config \"$4\"";

fn can_mount() -> bool {
    let trial = "mount -t tmpfs tmpfs /mnt";
    let mut command = Command::new("unshare");
    let tried = command.args(["-rm", "sh", "-c", trial]).stderr(Stdio::null()).status();
    let can = tried.is_ok_and(|status| status.success());
    if !can {
        shared::skipped("cette machine ne laisse pas monter un disque pour un essai");
    }
    can
}

#[test]
fn a_full_disk_turns_the_server_red_and_no_consultation_is_lost() {
    if !can_mount() {
        return;
    }
    let territory = demo().copy_built();
    let code = territory.zones("commune").keys().next().unwrap().clone();
    let token = territory.account("plein@essai.fr", &format!("commune:{code}"));
    let readers: Vec<String> = (0..3)
        .map(|number| territory.account(&format!("lit.{number}@essai.fr"), "france"))
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let disk = folder.path().join("disque");
    std::fs::create_dir(&disk).unwrap();
    let config = territory.config().with_file_name("plein.toml");
    let text = std::fs::read_to_string(territory.config()).unwrap();
    let database = format!("sqlite:{}", disk.join("comptes.db").display());
    std::fs::write(&config, text.replace("sqlite:seuil.db", &database)).unwrap();
    let log = folder.path().join("log");
    let mut child = Command::new("unshare")
        .args(["-rm", "sh", "-c", SERVE, "sh"])
        .args([&disk, &config.with_file_name("seuil.db")])
        .arg(env!("CARGO_BIN_EXE_seuil"))
        .arg(&config)
        .stdout(Stdio::piped())
        .stderr(File::create(&log).unwrap())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let stdout = child.stdout.take().unwrap();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(stdout), &mut line).unwrap();
    let base = line.trim().strip_prefix("écoute sur ").unwrap().to_owned();
    let running = Running(child);
    // Where the disk is seen from outside.
    let inside = PathBuf::from(format!("/proc/{}/root{}", running.0.id(), disk.display()));
    let get = |path: &str| {
        let request = stranger().get(format!("{base}{path}"));
        Answer::read(request.header("authorization", format!("Bearer {token}")).call().unwrap())
    };
    let consult = |scale: &str| {
        let answer = get(&format!("/tiles/latest/{scale}.json"));
        let body = String::from_utf8_lossy(&answer.body).into_owned();
        assert_eq!(answer.status, 200, "{scale}: {body}");
        let about = answer.json();
        let zoom = about["minzoom"].as_u64().unwrap() as u8;
        let tiles = cover(bounds(&about), zoom).into_iter();
        let asked = tiles.map(|(x, y)| get(&format!("/tiles/latest/{scale}/{zoom}/{x}/{y}.mvt")));
        assert!(asked.filter(|answer| answer.status == 200).count() > 0, "{scale}");
    };
    let ready = |status: u16| {
        let started = Instant::now();
        while get("/ready").status != status {
            assert!(started.elapsed() < Duration::from_secs(20), "/ready is not {status}");
            std::thread::sleep(Duration::from_millis(100));
        }
    };
    ready(200);
    consult("commune");
    std::thread::sleep(Duration::from_millis(1500));
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let read = |token: &String| {
            let (over, base, token) = (&over, &base, token.clone());
            scope.spawn(move || read_until(over, base, &token))
        };
        let reading: Vec<_> = readers.iter().map(read).collect();
        let filler = inside.join("plein");
        let mut file = File::create(&filler).unwrap();
        while file.write_all(&[0; 512]).is_ok() {}
        drop(file);
        consult("iris");
        ready(503);
        consult("epci");
        std::thread::sleep(Duration::from_millis(2500));
        std::fs::remove_file(&filler).unwrap();
        ready(200);
        consult("departement");
        std::thread::sleep(Duration::from_millis(1500));
        over.store(true, Ordering::Relaxed);
        for one in reading {
            let statuses = one.join().unwrap();
            // A minute without journal is waited for; the disk was full for less.
            assert_eq!(statuses, BTreeSet::from([200]), "a full disk closes nothing at once");
        }
    });

    let copy = folder.path().join("copie.db");
    for end in ["", "-wal"] {
        let from = format!("{}/comptes.db{end}", inside.display());
        std::fs::copy(from, format!("{}{end}", copy.display())).unwrap();
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let noted: Vec<String> = runtime.block_on(async {
        let url = format!("sqlite:{}", copy.display());
        let mut database = SqliteConnection::connect(&url).await.unwrap();
        let query = "SELECT detail FROM journal WHERE kind = 'consultation' ORDER BY seq";
        sqlx::query_scalar(query).fetch_all(&mut database).await.unwrap()
    });
    let scales: Vec<&str> = noted.iter().filter_map(|one| one.split(' ').nth(1)).collect();
    assert_eq!(scales, ["commune", "iris", "epci", "departement"], "{noted:?}");
    let log = std::fs::read_to_string(&log).unwrap();
    assert_eq!(log.matches("n'ont pas pu être journalisées").count(), 1, "{log}");
    assert_eq!(log.matches("de nouveau journalisées").count(), 1, "{log}");
}

/// The statuses that a reader of the catalogue and of a TileJSON gets, until it is over; no answer
/// keeps it waiting.
fn read_until(over: &AtomicBool, base: &str, token: &str) -> BTreeSet<u16> {
    let client = stranger();
    let mut statuses = BTreeSet::new();
    while !over.load(Ordering::Relaxed) {
        for path in ["/editions", "/tiles/latest/commune.json"] {
            let began = Instant::now();
            let request = client.get(format!("{base}{path}"));
            let request = request.header("authorization", format!("Bearer {token}"));
            statuses.insert(Answer::read(request.call().unwrap()).status);
            assert!(began.elapsed() < Duration::from_secs(12), "{path}: {:?}", began.elapsed());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    statuses
}
