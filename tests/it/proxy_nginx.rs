//! nginx: with `deploy/nginx.conf`, and with a cache that was told nothing.

use std::path::Path;

use super::clients::project;
use super::proxy::{Shim, Traffic, ask, free_port, nginx};
use super::proxy_addresses as addresses;
use super::util::has;

/// The project's configuration, moved to loopback and a folder of the test.
pub(super) fn deployed(folder: &Path, upstream: u16, port: u16) -> String {
    let text = std::fs::read_to_string(project("deploy/nginx.conf")).unwrap();
    let place = folder.display();
    let changes = [
        ("user www-data;", String::new()),
        ("pid /run/nginx.pid;", format!("pid {place}/pid; {}", as_root())),
        ("/var/log/nginx/error.log", format!("{place}/error.log")),
        ("/var/log/nginx/access.log", format!("{place}/access.log")),
        ("/var/lib/nginx/seuil levels", format!("{place}/cache levels")),
        ("server 127.0.0.1:3000;", format!("server 127.0.0.1:{upstream};")),
        ("listen 443 ssl http2;", format!("listen 127.0.0.1:{port};")),
        ("ssl_certificate     /etc/ssl/seuil/fullchain.pem;", String::new()),
        ("ssl_certificate_key /etc/ssl/seuil/privkey.pem;", String::new()),
    ];
    let mut text = text;
    for (from, to) in &changes {
        assert!(text.contains(from), "deploy/nginx.conf says {from}");
        text = text.replacen(from, to, 1);
    }
    text
}

/// Workers of a test that runs as root write to its folder.
fn as_root() -> &'static str {
    let mine = std::process::Command::new("id").arg("-u").output().unwrap().stdout;
    if mine.starts_with(b"0") { "user root;" } else { "" }
}

#[test]
fn through_the_nginx_of_deploy_nothing_crosses_and_equal_rights_share() {
    if !has("/usr/sbin/nginx", "-v") {
        return;
    }
    let traffic = Traffic::new();
    let shim = Shim::new(&traffic.house.server.url, &traffic.two);
    let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
    let _proxy = nginx(folder.path(), &deployed(folder.path(), shim.port, port), port);
    let base = format!("http://127.0.0.1:{port}");
    traffic.nothing_crosses(&base);

    // After this pass every tile of the edition that is `latest` now was asked for once.
    let log = folder.path().join("access.log");
    traffic.fill(&base);
    let before = std::fs::read_to_string(&log).unwrap().len();
    let asked = traffic.mixed(&base, 3);
    std::thread::sleep(std::time::Duration::from_millis(300));
    let log = std::fs::read_to_string(&log).unwrap();
    let hits = log[before..].lines().filter(|line| line.ends_with(" HIT")).count() as u64;
    assert!(hits * 100 > asked * 95, "{hits} of {asked}");
    for token in [&traffic.one, &traffic.same, &traffic.two, &traffic.gone] {
        assert!(!log.contains(token.as_str()), "a token is in the log");
    }
    assert!(log.contains("/k/.../tiles/"), "addresses with a token are logged without it");
}

#[test]
fn through_the_nginx_of_deploy_every_address_is_journalled_or_refused() {
    if !has("/usr/sbin/nginx", "-v") {
        return;
    }
    let traffic = Traffic::new();
    let shim = Shim::new(&traffic.house.server.url, &traffic.two);
    let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
    let _proxy = nginx(folder.path(), &deployed(folder.path(), shim.port, port), port);
    let base = format!("http://127.0.0.1:{port}");
    addresses::leave_a_trace(&traffic, &base);
    addresses::know_the_page(&traffic, &base);
    addresses::hold_bodies(&traffic, &base);
    addresses::misplace_the_token(&traffic, &base);
    std::thread::sleep(std::time::Duration::from_millis(300));
    let log = std::fs::read_to_string(folder.path().join("access.log")).unwrap();
    assert!(log.contains("/%6b/.../editions") && log.contains("/editions?token=..."), "{log}");
    assert!(!log.contains(&traffic.one[10..30]), "a token is in the log");
}

#[test]
fn a_caching_nginx_that_was_told_nothing_gives_nobody_the_tile_of_another() {
    if !has("/usr/sbin/nginx", "-v") {
        return;
    }
    let traffic = Traffic::new();
    let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
    let place = folder.path().display().to_string();
    let server = traffic.house.server.url.clone();
    let config = format!(
        "pid {place}/pid; {} error_log {place}/error.log; events {{}}\n\
         http {{ access_log off; proxy_cache_path {place}/cache keys_zone=c:8m;\n\
         server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass {server}; \
         proxy_cache c; proxy_cache_valid any 10m; }} }} }}",
        as_root()
    );
    let _proxy = nginx(folder.path(), &config, port);
    let base = format!("http://127.0.0.1:{port}");
    assert!(traffic.mixed(&base, 2) >= 100);
    traffic.revoke();
    assert_eq!(ask(&base, &traffic.tiles[0], Some(&traffic.gone), "gzip", false).status, 401);
}
