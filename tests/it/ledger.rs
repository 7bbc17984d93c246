//! A vintage is published once: the ledger of activations, as an operator meets it.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::Duration;

use tempfile::TempDir;

use super::serving::{CONFIG, Running, command, house, said, write_edition};

fn house_with(ids: &[&str]) -> TempDir {
    let house = house(CONFIG);
    for id in ids {
        write_edition(&house, id);
    }
    house
}

#[test]
fn a_second_revision_of_a_vintage_is_not_activated_and_the_list_says_why() {
    let house = house_with(&["2022r1", "2024r1", "2024r2"]);
    for id in ["2022r1", "2024r1"] {
        assert_eq!(said(&house, &["edition", "activate", id]).0, 0);
    }
    let refused = |id: &str| {
        let (code, text) = said(&house, &["edition", "activate", id]);
        assert_eq!(code, 2, "{text}");
        for part in ["2024r2", "millésime 2024", "2024r1 peut être activée de nouveau"] {
            assert!(text.contains(part), "{part}: {text}");
        }
    };
    refused("2024r2");
    assert_eq!(said(&house, &["edition", "withdraw", "2024r1"]).0, 0);
    refused("2024r2");
    std::fs::rename(house.path().join("editions/2024r1"), house.path().join("kept")).unwrap();
    refused("2024r2");
    let expected = "2022r1 : active\n2024r1 : absente, déjà publiée\n2024r2 : inactive, ne peut \
                    être servie : le millésime est publié par 2024r1\n";
    assert_eq!(said(&house, &["edition", "list"]).1, expected);
    std::fs::rename(house.path().join("kept"), house.path().join("editions/2024r1")).unwrap();
    assert_eq!(said(&house, &["edition", "activate", "2024r1"]).0, 0, "the same edition again");
}

#[test]
fn a_server_does_not_start_on_an_edition_that_did_not_publish_its_vintage() {
    let house = house_with(&["2022r1", "2024r1", "2024r2"]);
    assert_eq!(said(&house, &["edition", "activate", "2024r1"]).0, 0);
    let list = house.path().join("editions/active.json");
    for (active, named) in [
        (r#"{"active":["2024r2"]}"#, "2024r2 : le millésime 2024"),
        (r#"{"active":["2022r1","2024r1"]}"#, "2022r1 : active, mais absente du registre"),
    ] {
        std::fs::write(&list, active).unwrap();
        let (code, text) = said(&house, &["serve"]);
        assert_eq!(code, 2, "{text}");
        assert!(text.contains(named), "{text}");
    }
    std::fs::write(&list, r#"{"active":["2024r1"]}"#).unwrap();
    let manifest = house.path().join("editions/2024r1/manifest.json");
    let text = std::fs::read_to_string(&manifest).unwrap();
    std::fs::write(&manifest, text.replace("\"attribution\":\"\"", "\"attribution\":\"x\""))
        .unwrap();
    let (code, text) = said(&house, &["serve"]);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("son manifeste diffère"), "{text}");
}

#[test]
fn a_damaged_ledger_stops_with_its_file_and_line() {
    let house = house_with(&["2022r1", "2024r1"]);
    assert_eq!(said(&house, &["edition", "activate", "2024r1"]).0, 0);
    let ledger = house.path().join("editions/ledger.txt");
    let sound = std::fs::read_to_string(&ledger).unwrap();
    let torn = sound[..sound.len() - 1].to_owned();
    for (bad, line) in [(torn, 3), (sound.replace(" 2024r1 ", " 2024r3 "), 3), (String::new(), 1)] {
        std::fs::write(&ledger, bad).unwrap();
        for arguments in [&["edition", "list"][..], &["edition", "activate", "2022r1"], &["serve"]]
        {
            let (code, text) = said(&house, arguments);
            assert_eq!(code, 2, "{arguments:?}: {text}");
            assert!(text.contains(&format!("ledger.txt, ligne {line}")), "{arguments:?}: {text}");
        }
    }
    std::fs::remove_file(&ledger).unwrap();
    std::fs::create_dir(&ledger).unwrap();
    assert_eq!(said(&house, &["serve"]).0, 2);
    std::fs::remove_dir(&ledger).unwrap();
    let (code, text) = said(&house, &["serve"]);
    assert!(code == 2 && text.contains("ledger.txt"), "{text}");
    assert_eq!(said(&house, &["edition", "withdraw", "2024r1"]).0, 0, "always possible");
}

#[test]
fn a_running_server_says_once_that_another_revision_is_not_served() {
    let house = house_with(&["2024r1", "2024r2"]);
    assert_eq!(said(&house, &["edition", "activate", "2024r1"]).0, 0);
    let child =
        command(&house, &["serve"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut running = Running(child);
    let mut line = String::new();
    BufReader::new(running.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let list = house.path().join("editions/active.json");
    std::fs::write(list, r#"{"active":["2024r1","2024r2"]}"#).unwrap();
    std::thread::sleep(Duration::from_millis(1500));
    let url = format!("{}/ready", line.trim().strip_prefix("écoute sur ").unwrap());
    assert_eq!(super::util::stranger().get(url).call().unwrap().status().as_u16(), 200);
    running.0.kill().unwrap();
    let log: Vec<String> =
        BufReader::new(running.0.stderr.take().unwrap()).lines().map_while(Result::ok).collect();
    let told: Vec<_> =
        log.iter().filter(|line| line.contains("éditions actives inchangées")).collect();
    assert_eq!(told.len(), 1, "{log:?}");
    assert!(told[0].contains("2024r2"), "{log:?}");
}

/// Activations are killed at every moment of their life: the ledger is whole, lists what is
/// active, and the next activation goes on.
#[test]
fn activations_killed_at_any_moment_leave_a_whole_ledger() {
    let vintages: Vec<String> = (1990..2022).map(|vintage| format!("{vintage}r1")).collect();
    let house = house_with(&vintages.iter().map(String::as_str).collect::<Vec<_>>());
    let mut cut = 0;
    for (round, id) in vintages.iter().enumerate() {
        let mut child = command(&house, &["edition", "activate", id])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_micros(400 * round as u64));
        // It may have ended already.
        child.kill().unwrap_or_default();
        cut += usize::from(!child.wait().unwrap().success());
        let (code, text) = said(&house, &["edition", "list"]);
        assert_eq!(code, 0, "{text}");
        assert!(!text.contains("pas encore au registre"), "listed before it is active: {text}");
    }
    assert!(cut > 0, "no process was killed in the middle");
    for id in &vintages {
        assert_eq!(said(&house, &["edition", "activate", id]).0, 0);
    }
    let (_, text) = said(&house, &["edition", "list"]);
    assert_eq!(text.matches(" : active\n").count(), vintages.len(), "{text}");
}

#[test]
fn processes_that_activate_revisions_of_one_vintage_at_once_activate_one() {
    let ids: Vec<String> = (1..=6).map(|revision| format!("2024r{revision}")).collect();
    let house = house_with(&ids.iter().map(String::as_str).collect::<Vec<_>>());
    let mut children: Vec<_> = ids
        .iter()
        .map(|id| {
            let mut command = command(&house, &["edition", "activate", id]);
            command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
        })
        .collect();
    let codes: Vec<_> = children.iter_mut().map(|child| child.wait().unwrap().code()).collect();
    assert_eq!(codes.iter().filter(|code| **code == Some(0)).count(), 1, "{codes:?}");
    assert_eq!(codes.iter().filter(|code| **code == Some(2)).count(), 5, "{codes:?}");
}

#[cfg(feature = "build")]
mod build {
    use super::super::territory::{Territory, tree};
    use super::super::util::{fail, run};

    #[test]
    fn a_second_revision_is_refused_before_the_work_unless_it_stays_inactive() {
        let territory = Territory::invent(&["--households", "2000"]);
        territory.build();
        let config = territory.config();
        let edition = |action: &'static str, id: &'static str| {
            ["edition", action, id, "--config", config.to_str().unwrap()].map(str::to_owned)
        };
        territory.edit("seuil.toml", |text| text.replace("revision = 1", "revision = 2"));
        let records = territory.input().join("records");
        for _ in 0..2 {
            let (code, text) = territory.try_build();
            assert_eq!(code, 2, "{text}");
            for part in ["millésime 2024", "2024r1 peut être activée", "activate = false"] {
                assert!(text.contains(part), "{part}: {text}");
            }
            assert!(!records.join("2024r2").exists(), "nothing was read");
            // The second time the first edition is withdrawn and gone.
            run(edition("withdraw", "2024r1"));
            if territory.edition().exists() {
                std::fs::remove_dir_all(territory.edition()).unwrap();
            }
        }
        territory.edit("seuil.toml", |text| text.replace("activate = true", "activate = false"));
        territory.build();
        assert!(territory.editions().join("2024r2").exists());
        assert_eq!(fail(edition("activate", "2024r2")).0, 2);
    }

    #[test]
    fn an_edition_rebuilt_from_the_same_input_is_activated_and_from_another_is_not() {
        let territory = Territory::invent(&["--households", "2000"]);
        territory.build();
        let first = tree(&territory.edition());
        std::fs::remove_dir_all(territory.edition()).unwrap();
        territory.build();
        assert!(tree(&territory.edition()) == first);
        std::fs::remove_dir_all(territory.edition()).unwrap();
        territory.edit("seuil.toml", |text| text.replace("threshold = 11", "threshold = 12"));
        let (code, text) = territory.try_build();
        assert_eq!(code, 2, "{text}");
        assert!(text.contains("son manifeste diffère"), "{text}");
    }
}
