//! `seuil serve` and `seuil edition`, as an operator runs them.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use sha2::{Digest, Sha256};
use tempfile::TempDir;

pub const CONFIG: &str = "[serve]\nlisten = \"127.0.0.1:0\"\neditions = \"editions\"\n\
                      [accounts]\ndatabase = \"sqlite:comptes.db\"\n";

/// A configuration and an empty folder of editions.
pub fn house(config: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("editions")).unwrap();
    std::fs::write(folder.path().join("seuil.toml"), config).unwrap();
    folder
}

/// A command of the program, on this configuration.
pub fn command(folder: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_seuil"));
    command.args(arguments).arg("--config").arg(folder.path().join("seuil.toml"));
    command
}

fn run(folder: &TempDir, arguments: &[&str]) -> Output {
    command(folder, arguments).output().unwrap()
}

/// The exit code, and everything that was said.
pub fn said(folder: &TempDir, arguments: &[&str]) -> (i32, String) {
    let output = run(folder, arguments);
    let text = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(text).unwrap())
}

/// An edition without any scale: documents only.
pub fn write_edition(folder: &TempDir, id: &str) {
    let place = folder.path().join("editions").join(id);
    std::fs::create_dir(&place).unwrap();
    let certificate = "{\"engine\":\"x\",\"threshold\":11,\"rules\":[],\"r2\":\"nested\",\
                       \"limits\":[],\"scales\":[]}";
    let indicators = "{\"families\":[],\"universes\":[],\"indicators\":[]}";
    let documents = [
        ("communes.json", "[]"),
        ("certificate.json", certificate),
        ("indicators.json", indicators),
    ];
    let digests: Vec<String> = documents
        .map(|(name, text)| {
            std::fs::write(place.join(name), text).unwrap();
            format!("\"{name}\":\"{}\"", hex::encode(Sha256::digest(text)))
        })
        .to_vec();
    let (vintage, revision) = id.split_once('r').unwrap();
    let manifest = format!(
        "{{\"id\":\"{id}\",\"vintage\":{vintage},\"revision\":{revision},\"threshold\":11,\
         \"engine\":\"x\",\"scales\":[],\"universes\":[],\"indicators\":[],\"classes\":{{}},\
         \"attribution\":\"\",\"files\":{{{}}}}}",
        digests.join(",")
    );
    std::fs::write(place.join("manifest.json"), manifest).unwrap();
}

#[test]
fn an_edition_is_listed_verified_activated_and_withdrawn() {
    let house = house(CONFIG);
    write_edition(&house, "2024r1");
    let (code, text) = said(&house, &["edition", "list"]);
    assert_eq!((code, text.as_str()), (0, "2024r1 : inactive\n"));
    assert_eq!(said(&house, &["edition", "verify"]).0, 0);
    assert_eq!(said(&house, &["edition", "activate", "2024r1"]).0, 0);
    assert_eq!(said(&house, &["edition", "list"]).1, "2024r1 : active\n");
    assert_eq!(said(&house, &["edition", "withdraw", "2024r1"]).0, 0);
    assert_eq!(said(&house, &["edition", "list"]).1, "2024r1 : inactive, déjà publiée\n");

    let communes = house.path().join("editions/2024r1/communes.json");
    std::fs::write(communes, "[ ]").unwrap();
    for arguments in [&["edition", "verify"][..], &["edition", "activate", "2024r1"]] {
        let (code, text) = said(&house, arguments);
        assert_eq!(code, 1, "{text}");
        assert!(text.contains("communes.json"), "{text}");
    }
    assert_eq!(said(&house, &["edition", "list"]).1, "2024r1 : inactive, déjà publiée\n");
}

#[test]
fn what_cannot_be_done_has_the_documented_exit_code() {
    let whole = house(CONFIG);
    for arguments in [
        &["edition", "activate", "2030r1"][..],
        &["edition", "activate", "2024r01"],
        &["edition", "activate", "../2024r1"],
        &["edition", "verify", "2030r1"],
    ] {
        assert_eq!(said(&whole, arguments).0, 2, "{arguments:?}");
    }
    let (accounts, serve) =
        (&CONFIG[CONFIG.find("[accounts]").unwrap()..], "[serve]\neditions = \"editions\"\n");
    for (config, named) in [(accounts, "[serve]"), (serve, "[accounts]"), ("[serv]\n", "serv")] {
        let (code, text) = said(&house(config), &["serve"]);
        assert_eq!(code, 2, "{text}");
        assert!(text.contains(named), "{text}");
    }
    let open = CONFIG.replace("127.0.0.1:0", "0.0.0.0:0");
    let (code, text) = said(&house(&open), &["serve"]);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("serve.public_url"), "{text}");
    let nowhere = house(&CONFIG.replace("\"editions\"", "\"ailleurs\""));
    assert_eq!(said(&nowhere, &["serve"]).0, 4);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let taken = house(&CONFIG.replace("127.0.0.1:0", &format!("127.0.0.1:{port}")));
    let (code, text) = said(&taken, &["serve"]);
    assert_eq!(code, 4, "{text}");
    assert!(text.contains(&port), "{text}");
}

/// A process that is killed when dropped.
pub struct Running(pub Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        self.0.kill().unwrap_or_default();
    }
}

#[test]
fn a_server_says_where_it_listens_sees_a_switch_and_stops_when_told() {
    let house = house(CONFIG);
    write_edition(&house, "2024r1");
    let child =
        command(&house, &["serve"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut running = Running(child);
    let mut line = String::new();
    BufReader::new(running.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let base = line.trim().strip_prefix("écoute sur ").unwrap().to_owned();

    let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
    let status = |path: &str| agent.get(format!("{base}{path}")).call().unwrap().status().as_u16();
    assert_eq!(status("/health"), 200);
    assert_eq!(status("/ready"), 503);
    assert_eq!(status("/editions"), 401);
    assert_eq!(said(&house, &["edition", "activate", "2024r1"]).0, 0);
    let ready = (0..20).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(50));
        status("/ready") == 200
    });
    assert!(ready, "a second after the switch");
    assert!(Path::new(&house.path().join("comptes.db")).exists());

    let id = running.0.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    assert_eq!(running.0.wait().unwrap().code(), Some(0));
}

#[test]
fn a_server_says_at_start_that_r2_is_partly_enforced() {
    let house = house(CONFIG);
    write_edition(&house, "2024r1");
    assert_eq!(said(&house, &["edition", "activate", "2024r1"]).0, 0);
    let child =
        command(&house, &["serve"]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut running = Running(child);
    let mut line = String::new();
    BufReader::new(running.0.stderr.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.contains("2024r1") && line.contains("R2") && line.contains("nested"), "{line}");
}

#[test]
fn a_demonstration_whose_port_was_taken_can_be_started_again() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let output = Command::new(env!("CARGO_BIN_EXE_seuil"))
            .args(["demo", "--households", "2000", "--port", &port, "--dir"])
            .arg(folder.path().join("demo"))
            .output()
            .unwrap();
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(4), "{message}");
        assert!(message.contains("impossible d'écouter"), "{message}");
    }
}

#[test]
fn legal_pages_are_the_operators_texts_and_a_bad_file_is_named_at_start() {
    let house = house(&format!("{CONFIG}[legal]\nmentions_legales = \"mentions.txt\"\n"));
    for content in [None, Some(""), Some(&*"x".repeat(65_537))] {
        if let Some(content) = content {
            std::fs::write(house.path().join("mentions.txt"), content).unwrap();
        }
        let (code, said) = said(&house, &["serve"]);
        assert!(code == 2 && said.contains("legal.mentions_legales"), "{code}: {said}");
    }
    let text = "# Éditeur\n\nAgglo <script>alert(1)</script>, dpo@agglo.fr\n";
    std::fs::write(house.path().join("mentions.txt"), text).unwrap();
    let server = super::util::Server::start(&house.path().join("seuil.toml"));
    let pages = server.get("/api/legal", None).json();
    assert_eq!(pages["pages"][0]["body"], text, "as it is: the portal shows it as text");
    assert_eq!(pages["pages"][2]["key"], "[legal] accessibilite");
    assert_eq!(server.get("/aide", None).body, server.get("/", None).body);
    assert_eq!(server.get("/mentions-legales", None).body, server.get("/", None).body);
}
