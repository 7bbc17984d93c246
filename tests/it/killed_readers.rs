//! A server that is killed while three clients read: what they got was whole and right, what they
//! read before the last moments is in the journal, and the next server goes on.

use std::collections::BTreeMap;
use std::time::Duration;

use super::pyramid::bounds;
use super::territory::{cover, demo};
use super::util::{Server, run, stranger};

/// Servers that are killed, each a little later than the one before.
const KILLED: u64 = 4;

/// A moment after which what was consulted is written down: the journal's writer begins anew each
/// second.
const WRITTEN: Duration = Duration::from_millis(2500);

#[test]
fn a_server_killed_under_three_readers_gave_whole_answers_and_journalled_them() {
    let territory = demo().copy_built();
    let communes: Vec<String> = territory.zones("commune").into_keys().take(3).collect();
    let tokens: Vec<String> = (0..)
        .zip(&communes)
        .map(|(number, code)| {
            territory.account(&format!("tue.{number}@essai.fr"), &format!("commune:{code}"))
        })
        .collect();
    // What each reads, from a server that nobody kills.
    let server = Server::start(&territory.config());
    let expected: Vec<BTreeMap<String, Vec<u8>>> =
        tokens.iter().map(|token| readings(&server, token)).collect();
    drop(server);
    let mut whole = 0;
    for round in 0..KILLED {
        let server = Server::start(&territory.config());
        let url = &server.url.clone();
        std::thread::scope(|scope| {
            let readers: Vec<_> = tokens
                .iter()
                .zip(&expected)
                .map(|(token, expected)| scope.spawn(move || until_it_dies(url, token, expected)))
                .collect();
            std::thread::sleep(WRITTEN + Duration::from_millis(37 * round));
            // SIGKILL: it writes nothing more.
            server.stop();
            whole += readers.into_iter().map(|reader| reader.join().unwrap()).sum::<usize>();
        });
    }
    assert!(whole > 100, "{whole} answers: the servers lived long enough to work");
    let server = Server::start(&territory.config());
    for (token, expected) in tokens.iter().zip(&expected) {
        assert_eq!(readings(&server, token), *expected, "the next server goes on");
    }
    std::thread::sleep(WRITTEN);
    drop(server);
    let config = territory.config();
    let config = config.to_str().unwrap();
    run(["journal", "verify", "--config", config]);
    for number in 0..tokens.len() {
        let email = format!("tue.{number}@essai.fr");
        let period = ["--from", "2020-01-01", "--to", "2199-12-31"];
        let show = [&["journal", "show", &email][..], &period, &["--config", config]].concat();
        let output = super::util::seuil().args(show).output().unwrap();
        let journal = String::from_utf8(output.stdout).unwrap();
        let noted = journal.lines().filter(|line| line.contains(";consultation;")).count();
        // One for each server at least: each was read from for longer than the writer waits.
        assert!(noted as u64 > KILLED, "{email}: {noted}\n{journal}");
    }
}

/// The tiles of the communes at their first zoom, with their bytes.
fn readings(server: &Server, token: &str) -> BTreeMap<String, Vec<u8>> {
    let about = server.get("/tiles/latest/commune.json", Some(token)).json();
    let zoom = about["minzoom"].as_u64().unwrap() as u8;
    let tiles = cover(bounds(&about), zoom).into_iter();
    let paths = tiles.map(|(x, y)| format!("/tiles/latest/commune/{zoom}/{x}/{y}.mvt"));
    let read = paths.map(|path| {
        let answer = server.get(&path, Some(token));
        assert!([200, 204].contains(&answer.status), "{path}: {}", answer.status);
        (path, answer.body)
    });
    read.collect()
}

/// Reads again and again; how many answers came, each of them whole and right.
fn until_it_dies(url: &str, token: &str, expected: &BTreeMap<String, Vec<u8>>) -> usize {
    let (client, mut whole) = (stranger(), 0);
    loop {
        for (path, bytes) in expected {
            let request = client.get(format!("{url}{path}"));
            let request = request.header("authorization", format!("Bearer {token}"));
            let Ok(mut answer) = request.call() else { return whole };
            assert!([200, 204].contains(&answer.status().as_u16()), "{path}");
            // An answer that breaks off is an error, never a shorter tile.
            let Ok(body) = answer.body_mut().read_to_vec() else { return whole };
            assert!(body == *bytes, "{path}: {} bytes of {}", body.len(), bytes.len());
            whole += 1;
        }
    }
}
