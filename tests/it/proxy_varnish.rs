//! Varnish: with `deploy/varnish.vcl`, and with its own rules.

use std::path::Path;
use std::process::Command;

use super::clients::project;
use super::proxy::{Proxy, Shim, Traffic, ask, free_port, varnish};
use super::proxy_addresses as addresses;
use super::util::has;

#[test]
fn through_the_varnish_of_deploy_nothing_crosses_and_equal_rights_share() {
    if !has("/usr/sbin/varnishd", "-V") {
        return;
    }
    let traffic = Traffic::new();
    let shim = Shim::new(&traffic.house.server.url, &traffic.two);
    let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
    let _proxy = deployed(folder.path(), shim.port, port);
    let base = format!("http://127.0.0.1:{port}");
    traffic.nothing_crosses(&base);

    traffic.fill(&base);
    let before = hits_and_misses(folder.path());
    traffic.mixed(&base, 3);
    let after = hits_and_misses(folder.path());
    let (hits, misses) = (after.0 - before.0, after.1 - before.1);
    assert!(hits > 100 && hits * 100 > (hits + misses) * 95, "{hits} hits, {misses} misses");
}

/// With the project's rules, moved to loopback.
pub(super) fn deployed(folder: &Path, upstream: u16, port: u16) -> Proxy {
    let text = std::fs::read_to_string(project("deploy/varnish.vcl")).unwrap();
    let moved = text.replacen(".port = \"3000\";", &format!(".port = \"{upstream}\";"), 1);
    assert_ne!(text, moved);
    let rules = folder.join("seuil.vcl");
    std::fs::write(&rules, moved).unwrap();
    let arguments = ["-f", rules.to_str().unwrap(), "-p", "http_gzip_support=off"];
    varnish(folder, &arguments, port)
}

#[test]
fn through_the_varnish_of_deploy_every_address_is_journalled_or_refused() {
    if !has("/usr/sbin/varnishd", "-V") {
        return;
    }
    let traffic = Traffic::new();
    let shim = Shim::new(&traffic.house.server.url, &traffic.two);
    let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
    let _proxy = deployed(folder.path(), shim.port, port);
    let base = format!("http://127.0.0.1:{port}");
    addresses::leave_a_trace(&traffic, &base);
    addresses::know_the_page(&traffic, &base);
    addresses::hold_bodies(&traffic, &base);
    addresses::misplace_the_token(&traffic, &base);
    std::thread::sleep(std::time::Duration::from_millis(300));
    let output = Command::new("varnishncsa")
        .args(["-d", "-F", "%{VCL_Log:seuil}x", "-n"])
        .arg(folder.path().join("varnish"))
        .output()
        .unwrap();
    let log = String::from_utf8(output.stdout).unwrap();
    assert!(log.contains("/%6b/.../editions") && log.contains("/editions?token=..."), "{log}");
    assert!(!log.contains(&traffic.one[10..30]), "a token is in the log");
}

#[test]
fn a_varnish_that_was_told_nothing_gives_nobody_the_tile_of_another() {
    if !has("/usr/sbin/varnishd", "-V") {
        return;
    }
    let traffic = Traffic::new();
    let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
    let backend = traffic.house.server.url.strip_prefix("http://").unwrap().to_owned();
    let _proxy = varnish(folder.path(), &["-b", &backend], port);
    let base = format!("http://127.0.0.1:{port}");
    // Varnish decompresses for clients that ask for identity, and marks the tag as weak: only
    // gzip is compared byte by byte here.
    for path in &traffic.tiles {
        for token in [&traffic.one, &traffic.two, &traffic.same, &traffic.two] {
            for (sent, shown) in [(path.clone(), Some(token)), (format!("/k/{token}{path}"), None)]
            {
                let shown = shown.map(String::as_str);
                let answer = ask(&base, &sent, shown, "gzip", false);
                let expected = ask(&traffic.house.server.url, path, Some(token), "gzip", false);
                assert_eq!(answer, expected, "{path}");
            }
        }
        assert_eq!(ask(&base, path, None, "gzip", false).status, 401);
    }
    traffic.revoke();
    assert_eq!(ask(&base, &traffic.tiles[0], Some(&traffic.gone), "gzip", false).status, 401);
}

fn hits_and_misses(folder: &Path) -> (u64, u64) {
    let output = Command::new("varnishstat")
        .args(["-1", "-f", "MAIN.cache_hit", "-f", "MAIN.cache_miss", "-n"])
        .arg(folder.join("varnish"))
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let figure = |name: &str| {
        let line = text.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_ascii_whitespace().nth(1).unwrap().parse().unwrap()
    };
    (figure("MAIN.cache_hit "), figure("MAIN.cache_miss "))
}
