//! The user's guide (`docs/aide`, which the portal shows at `/aide`): its commands run, and it knows every
//! key of the configuration.

use std::collections::BTreeSet;
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use super::clients::drive;
use super::proxy::free_port;
use super::util::has;

fn text(name: &str) -> String {
    std::fs::read_to_string(shared::root().join(format!("docs/aide/{name}.md"))).unwrap()
}

/// The blocks of a language in a guide, in order.
pub fn blocks(name: &str, language: &str) -> Vec<String> {
    let (text, fence) = (text(name), format!("```{language}\n"));
    let blocks = text.split(&fence).skip(1);
    blocks.map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

/// The commands of a guide, in order.
pub fn commands(name: &str) -> String {
    let script = blocks(name, "sh").concat();
    assert!(script.lines().count() > 3, "{name} has commands");
    script
}

/// Runs a script in a folder of its own, the program under its name. The folder goes with what is returned.
pub fn run(script: &str, environment: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let bin = folder.path().join("bin");
    std::fs::create_dir(&bin).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_seuil"), bin.join("seuil")).unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let mut command = Command::new("bash");
    // What is left in the background ends with the script.
    let script =
        format!("set -euo pipefail\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n{script}");
    command.arg("-c").arg(&script).current_dir(folder.path()).env("PATH", path);
    command.envs(environment.iter().copied());
    let ended = drive(&mut command, Duration::from_secs(120));
    assert_eq!(ended.code, Some(0), "{script}\n{}\n{}", ended.stdout, ended.stderr);
    folder
}

#[test]
fn the_commands_of_the_guide_for_operators_run() {
    if !has("curl", "--version") {
        return;
    }
    let port = free_port().to_string();
    let synth = "--seed 7\n";
    let commands = commands("exploiter").replace(":3000", &format!(":{port}"));
    assert!(commands.contains(synth));
    // Other tests run beside this one: another port than that of the guide.
    let moved = format!("{synth}sed -i s/:3000/:{port}/ essai/seuil.toml\n");
    run(&commands.replacen(synth, &moved, 1), &[]);
}

#[test]
fn the_guide_knows_every_key_of_the_configuration_and_no_other() {
    let source = std::fs::read_to_string(shared::root().join("src/config/lib.rs")).unwrap();
    let sections = [
        ("BuildConfig", "build"),
        ("PreviousConfig", "build.previous"),
        ("ZonesConfig", "build.zones"),
        ("ServeConfig", "serve"),
        ("AccountsConfig", "accounts"),
        ("MailConfig", "mail"),
        ("LegalConfig", "legal"),
    ];
    let mut keys = BTreeSet::new();
    for (name, section) in sections {
        let body = source.split(&format!("pub struct {name} {{")).nth(1).unwrap();
        let body = body.split("\n}").next().unwrap();
        let mut is_skipped = false;
        for line in body.lines().map(str::trim) {
            is_skipped |= line == "#[serde(skip)]";
            let Some(field) = line.strip_prefix("pub ") else { continue };
            if std::mem::take(&mut is_skipped) {
                continue;
            }
            let key = field.split(':').next().unwrap();
            // A table of its own.
            if key != "previous" {
                keys.insert(format!("{section}.{key}"));
            }
        }
    }
    let structs = source.matches("pub struct ").count();
    // The whole file is the one that is no section.
    assert_eq!(structs, sections.len() + 1, "a section is not known to the guide");
    let guide = text("configuration");
    let said: BTreeSet<String> = guide
        .lines()
        .filter_map(|line| line.strip_prefix("- `")?.split_once('`'))
        .inspect(|(key, rest)| assert!(rest.len() > 10, "{key} is not explained"))
        .map(|(key, _)| key.to_owned())
        .collect();
    assert_eq!(said, keys);
}
