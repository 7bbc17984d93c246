//! Real proxies in front of the server: what crosses them, and what never may.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::pyramid::{House, bounds};
use super::territory::cover;
use super::util::run;

/// Marks a request whose tile a shim asks for as somebody else.
const RACE: &str = "x-essai-course";

/// The page of another site that may read.
pub const PAGE: &str = "https://carte.example.fr";

/// A proxy that runs, stopped when dropped.
pub struct Proxy {
    child: Child,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // By its own id: nginx and varnishd end their workers when they are told to end.
        let id = self.child.id().to_string();
        let _ = Command::new("kill").args(["-TERM", &id]).status();
        let since = Instant::now();
        while self.child.try_wait().is_ok_and(|ended| ended.is_none()) {
            if since.elapsed() > Duration::from_secs(5) {
                let _ = self.child.kill();
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.wait();
    }
}

/// A port where nothing listens.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Starts a proxy and waits until it answers on its port.
pub fn start(command: &mut Command, port: u16) -> Proxy {
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::inherit());
    let mut proxy = Proxy { child: child.spawn().unwrap() };
    let since = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(since.elapsed() < Duration::from_secs(60), "{command:?} does not listen");
        assert!(proxy.child.try_wait().unwrap().is_none(), "{command:?} ended");
        std::thread::sleep(Duration::from_millis(50));
    }
    proxy
}

/// nginx with a configuration file, in a folder of its own.
pub fn nginx(folder: &Path, config: &str, port: u16) -> Proxy {
    let path = folder.join("nginx.conf");
    std::fs::write(&path, config).unwrap();
    let mut command = Command::new("/usr/sbin/nginx");
    command.args(["-g", "daemon off;", "-p"]).arg(folder).arg("-c").arg(&path);
    start(&mut command, port)
}

/// varnishd, with a VCL file or its own rules before one backend.
pub fn varnish(folder: &Path, rules: &[&str], port: u16) -> Proxy {
    let mut command = Command::new("/usr/sbin/varnishd");
    command.arg("-F").args(["-j", "none", "-s", "malloc,64m", "-n"]).arg(folder.join("varnish"));
    command.arg("-a").arg(format!("127.0.0.1:{port}")).args(rules);
    start(&mut command, port)
}

/// Between a proxy and the server: a request that asks for the race gets its scope as its own
/// holder and its tile as another, as if rights had changed in between.
pub struct Shim {
    pub port: u16,
}

impl Shim {
    pub fn new(server: &str, other: &str) -> Shim {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (server, other) =
            (server.strip_prefix("http://").unwrap().to_owned(), other.to_owned());
        // It ends with the process of the tests.
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (server, other) = (server.clone(), other.clone());
                std::thread::spawn(move || relay(stream, &server, &other));
            }
        });
        Shim { port }
    }
}

fn relay(mut client: TcpStream, server: &str, other: &str) -> Option<()> {
    client.set_read_timeout(Some(Duration::from_secs(30))).ok()?;
    let mut head = Vec::new();
    let mut byte = [0; 4096];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let read = client.read(&mut byte).ok().filter(|read| *read > 0)?;
        head.extend_from_slice(&byte[..read]);
    }
    let text = String::from_utf8_lossy(&head).into_owned();
    let races = text.to_lowercase().contains(RACE) && !text.starts_with("GET /auth/scope");
    let mut lines = vec![];
    for line in text.trim_end().split("\r\n") {
        let name = line.split(':').next().unwrap_or("").to_lowercase();
        match name.as_str() {
            "connection" => {}
            "authorization" if races => lines.push(format!("Authorization: Bearer {other}")),
            _ => lines.push(line.to_owned()),
        }
    }
    let request = lines.join("\r\n") + "\r\nConnection: close\r\n\r\n";
    let mut upstream = TcpStream::connect(server).ok()?;
    upstream.write_all(request.as_bytes()).ok()?;
    std::io::copy(&mut upstream, &mut client).ok()?;
    client.shutdown(Shutdown::Both).ok()
}

/// An answer as it crossed the proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crossed {
    pub status: u16,
    pub encoding: String,
    pub tag: String,
    pub body: Vec<u8>,
}

/// Asks, as the bearer of a token or as nobody.
pub fn ask(base: &str, path: &str, token: Option<&str>, encoding: &str, race: bool) -> Crossed {
    let config = ureq::Agent::config_builder().http_status_as_error(false);
    let config = config.timeout_global(Some(Duration::from_secs(30))).accept_encoding("");
    let mut request = config.build().new_agent().get(format!("{base}{path}"));
    request = request.header("accept-encoding", encoding);
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    if race {
        request = request.header(RACE, "1");
    }
    let response = request.call().unwrap();
    let text = |name: &str| {
        response.headers().get(name).map_or("", |value| value.to_str().unwrap()).to_owned()
    };
    assert_eq!(text("x-seuil-step"), "", "internal headers stay inside");
    let (status, encoding, tag) =
        (response.status().as_u16(), text("content-encoding"), text("etag"));
    let mut body = Vec::new();
    response.into_body().into_reader().take(64 << 20).read_to_end(&mut body).unwrap();
    Crossed { status, encoding, tag, body }
}

/// The people of the test, and the tiles that they ask for.
pub struct Traffic {
    pub house: House,
    pub one: String,
    pub same: String,
    pub two: String,
    pub gone: String,
    pub tiles: Vec<String>,
}

impl Traffic {
    pub fn new() -> Traffic {
        let house = House::open_with(&format!("cors = [\"{PAGE}\"]\n"));
        let communes = house.territory.zones("commune");
        let codes: Vec<&String> = communes.keys().collect();
        let account = |name: &str, code: &str| {
            house.territory.account(&format!("{name}@essai.fr"), &format!("commune:{code}"))
        };
        let [one, same, gone] = ["un", "meme", "parti"].map(|name| account(name, codes[0]));
        let two = account("deux", codes[codes.len() / 2]);
        // Tiles that either of the two sees something in, and some that hold nothing for anybody.
        let mut tiles = Vec::new();
        for scale in ["commune", "iris"] {
            let about = house.tile(&one, &format!("/tiles/2024r1/{scale}.json")).json();
            let first = about["minzoom"].as_u64().unwrap() as u8;
            for zoom in first..first + 3 {
                for (x, y) in cover(bounds(&about), zoom) {
                    for path in [format!("{scale}/{zoom}/{x}/{y}"), format!("{zoom}/{x}/{y}")] {
                        let path = format!("/tiles/latest/{path}.mvt");
                        let seen = [&one, &two].map(|token| house.tile(token, &path).status);
                        if seen.contains(&200) || tiles.len() % 7 == 6 {
                            tiles.push(path);
                        }
                    }
                }
            }
        }
        tiles.sort();
        tiles.dedup();
        tiles.truncate(80);
        assert!(tiles.len() > 20, "{} tiles to ask for", tiles.len());
        Traffic { house, one, same, two, gone, tiles }
    }

    /// What the server says itself, without any proxy.
    pub fn direct(&self, token: &str) -> BTreeMap<(String, &'static str), Crossed> {
        let mut all = BTreeMap::new();
        for path in &self.tiles {
            for encoding in ["gzip", "identity"] {
                let answer = ask(&self.house.server.url, path, Some(token), encoding, false);
                all.insert((path.clone(), encoding), answer);
            }
        }
        all
    }

    /// Asks for every tile once as each of the two, in both encodings.
    pub fn fill(&self, base: &str) {
        for path in &self.tiles {
            for token in [&self.one, &self.two] {
                for encoding in ["gzip", "identity"] {
                    ask(base, path, Some(token), encoding, false);
                }
            }
        }
    }

    /// Asks for every tile through the proxy, in several threads and in another order in each, and
    /// compares every answer with the server's own. Returns how many were compared.
    pub fn mixed(&self, base: &str, rounds: usize) -> u64 {
        let people = [&self.one, &self.same, &self.two].map(|token| (token, self.direct(token)));
        let distinct = people[0].1 != people[2].1;
        assert!(distinct, "the two territories differ in these tiles");
        let (count, people, tiles) = (AtomicU64::new(0), &people, &self.tiles);
        std::thread::scope(|scope| {
            for thread in 0..4_usize {
                let count = &count;
                scope.spawn(move || {
                    for round in 0..rounds {
                        for at in 0..tiles.len() {
                            let path = &tiles[(at * 7 + thread * 3 + round) % tiles.len()];
                            let (token, expected) = &people[(at + thread + round) % 3];
                            let encoding = ["gzip", "identity"][(at / 3 + round) % 2];
                            let prefixed = format!("/k/{token}{path}");
                            let (path_sent, shown) = match at % 5 {
                                0 => (prefixed.as_str(), None),
                                _ => (path.as_str(), Some(token.as_str())),
                            };
                            let answer = ask(base, path_sent, shown, encoding, false);
                            assert_eq!(answer, expected[&(path.clone(), encoding)], "{path}");
                            if at % 10 == 3 {
                                let nobody = ask(base, path, None, encoding, false);
                                assert_eq!(nobody.status, 401, "{path}");
                            }
                            count.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                });
            }
        });
        count.into_inner()
    }

    /// The account of `gone` is out of service from here on.
    pub fn revoke(&self) {
        let config = self.house.territory.config();
        run([
            "account".as_ref(),
            "disable".as_ref(),
            "parti@essai.fr".as_ref(),
            "--config".as_ref(),
            config.as_os_str(),
        ]);
    }

    /// Publishes the edition again under the next vintage: `latest` changes under the proxy.
    pub fn switch(&self) {
        let (from, to) = (self.house.territory.edition(), self.house.territory.editions());
        let place = to.join("2026r1");
        std::fs::create_dir(&place).unwrap();
        for entry in std::fs::read_dir(from).unwrap() {
            let path = entry.unwrap().path();
            std::fs::copy(&path, place.join(path.file_name().unwrap())).unwrap();
        }
        let path = place.join("manifest.json");
        let mut manifest: serde_json::Value =
            serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        manifest["id"] = "2026r1".into();
        manifest["vintage"] = 2026.into();
        std::fs::write(&path, manifest.to_string()).unwrap();
        let config = self.house.territory.config();
        run([
            "edition".as_ref(),
            "activate".as_ref(),
            "2026r1".as_ref(),
            "--config".as_ref(),
            config.as_os_str(),
        ]);
        std::thread::sleep(Duration::from_millis(1200));
    }

    /// Everything that may never cross a proxy that knows scopes.
    pub fn nothing_crosses(&self, base: &str) {
        // The race, before anything is stored: the tile of `two` under the scope of `one`.
        for path in &self.tiles {
            let raced = ask(base, path, Some(&self.one), "gzip", true);
            let expected = ask(&self.house.server.url, path, Some(&self.two), "gzip", false);
            assert_eq!(raced, expected, "the shim asks as another: {path}");
            let after = ask(base, path, Some(&self.same), "gzip", false);
            let expected = ask(&self.house.server.url, path, Some(&self.same), "gzip", false);
            assert_eq!(after, expected, "the raced answer was not kept: {path}");
        }
        assert!(self.mixed(base, 6) >= 480);
        // Revoked midway: refused at the next request, though its tiles are all in the cache.
        let held = ask(base, &self.tiles[0], Some(&self.gone), "gzip", false);
        assert_eq!(held, ask(base, &self.tiles[0], Some(&self.one), "gzip", false));
        self.revoke();
        for path in &self.tiles {
            assert_eq!(ask(base, path, Some(&self.gone), "gzip", false).status, 401, "{path}");
        }
        let before = ask(base, &self.tiles[0], Some(&self.one), "gzip", false);
        self.switch();
        let after = ask(base, &self.tiles[0], Some(&self.one), "gzip", false);
        assert_ne!(before.tag, after.tag, "the switch needs no purge");
        assert!(self.mixed(base, 4) >= 320);
    }
}
