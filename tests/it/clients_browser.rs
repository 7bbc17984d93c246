//! Chromium uses the portal as each of the demonstration's accounts; the styles that the service
//! gives follow the MapLibre specification. Screenshots stay under `target/`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::clients::{Demo, drive, project, tool};
use crate::util::has;

const LIMIT: Duration = Duration::from_secs(300);

#[test]
fn a_browser_reads_the_map_as_each_account() {
    let Some(node) = node() else { return };
    if !has("/usr/bin/chromium", "--version") {
        return;
    }
    let demo = Demo::shared();
    for (place, name) in ["operatrice", "epci", "commune"].into_iter().enumerate() {
        let shots = Path::new(env!("CARGO_TARGET_TMPDIR")).join("portail").join(name);
        let ended = drive(
            Command::new(&node)
                .arg(project("web/e2e/portal.mjs"))
                .arg(demo.url())
                .arg(demo.account(place, "email"))
                .arg(demo.account(place, "password"))
                .arg(&shots),
            LIMIT,
        );
        assert_eq!(ended.code, Some(0), "{name}: {} {}", ended.stdout, ended.stderr);
        assert!(ended.stdout.lines().filter(|line| line.starts_with("oui")).count() > 15);
        assert!(shots.join("6-mobile.png").exists(), "{name}");
    }
}

/// An installation of its own: what is opened here would be in the way of others.
#[test]
fn a_browser_lives_the_life_of_accounts_from_the_convention_to_a_suspension() {
    let Some(node) = node() else { return };
    if !has("/usr/bin/chromium", "--version") {
        return;
    }
    let demo = Demo::start();
    let shots = Path::new(env!("CARGO_TARGET_TMPDIR")).join("comptes");
    let ended = drive(
        Command::new(&node)
            .arg(project("web/e2e/accounts.mjs"))
            .arg(demo.url())
            .arg(demo.account(0, "email"))
            .arg(demo.account(0, "password"))
            .arg(demo.folder().join("demo/input/outbox"))
            .arg(&shots),
        LIMIT,
    );
    assert_eq!(ended.code, Some(0), "{} {}", ended.stdout, ended.stderr);
    assert_eq!(ended.stdout.lines().filter(|line| line.starts_with("oui")).count(), 11);
    // In the same installation, without WebGL: signatures, documents, committee, breach, destruction.
    let shots = Path::new(env!("CARGO_TARGET_TMPDIR")).join("conventions");
    let ended = drive(
        Command::new(&node)
            .arg(project("web/e2e/conventions.mjs"))
            .arg(demo.url())
            .arg(demo.account(0, "email"))
            .arg(demo.account(0, "password"))
            .arg(demo.folder().join("demo/input/outbox"))
            .arg(&shots),
        LIMIT,
    );
    assert_eq!(ended.code, Some(0), "{} {}", ended.stdout, ended.stderr);
    assert_eq!(ended.stdout.lines().filter(|line| line.starts_with("oui")).count(), 12);
}

#[test]
fn the_styles_of_the_service_follow_the_specification() {
    let Some(node) = node() else { return };
    let demo = Demo::shared();
    let script = project("web/e2e/styles.mjs");
    let ended =
        drive(Command::new(node).arg(script).arg(demo.url()).arg(demo.account(1, "token")), LIMIT);
    assert_eq!(ended.code, Some(0), "{} {}", ended.stdout, ended.stderr);
    assert!(ended.stdout.lines().filter(|line| line.contains("suit la spécification")).count() > 9);
}

#[test]
fn every_style_is_drawn_in_a_browser_without_a_word_in_the_console() {
    let Some(node) = node() else { return };
    if !has("/usr/bin/chromium", "--version") {
        return;
    }
    let demo = Demo::shared();
    let shots = Path::new(env!("CARGO_TARGET_TMPDIR")).join("styles");
    let ended = drive(
        Command::new(node)
            .arg(project("web/e2e/cartes.mjs"))
            .arg(demo.url())
            .arg(demo.account(0, "token"))
            .arg(&shots),
        LIMIT,
    );
    assert_eq!(ended.code, Some(0), "{} {}", ended.stdout, ended.stderr);
    let silent = ended.stdout.lines().filter(|line| line.contains("la console se tait")).count();
    assert!(silent > 40, "light and dark, every family: {silent}");
    assert!(shots.join("ressources.sombre.png").exists());
}

/// A node with the modules that the portal's scripts need.
fn node() -> Option<PathBuf> {
    let folder = tool(".ci/node", &[])?;
    tool(".ci/portal", &["--modules"])?;
    Some(Path::new(&folder).join("node"))
}
