//! Addresses written in every way, through the proxies of `deploy`: each is journalled or refused.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use sqlx::{Connection, SqliteConnection};

use super::proxy::{PAGE, Traffic, ask};

/// The bytes of an answer to a request line of any bytes.
fn raw(base: &str, target: &[u8], headers: &str) -> Vec<u8> {
    let mut stream = TcpStream::connect(base.strip_prefix("http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let head = format!(" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n");
    stream.write_all(&[b"GET ", target, head.as_bytes()].concat()).unwrap();
    let mut answer = Vec::new();
    // A proxy may hang up on what it refuses.
    drop(stream.read_to_end(&mut answer));
    answer
}

fn status(answer: &[u8]) -> u16 {
    let text = answer.get(9..12).and_then(|code| std::str::from_utf8(code).ok());
    text.and_then(|code| code.parse().ok()).unwrap_or(0)
}

/// A header of an answer, in small letters; empty without it.
fn header(answer: &[u8], name: &str) -> String {
    let text = String::from_utf8_lossy(answer).to_lowercase();
    let head = text.split("\r\n\r\n").next().unwrap();
    let value = head.split("\r\n").find_map(|line| line.strip_prefix(&format!("{name}: ")));
    value.unwrap_or("").to_owned()
}

fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}\r\nAccept-Encoding: gzip\r\n")
}

/// How often an account is said to have consulted something.
fn consultations(traffic: &Traffic, email: &str) -> i64 {
    let path = traffic.house.territory.config().with_file_name("seuil.db");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let url = format!("sqlite:{}?mode=ro", path.display());
        let mut database = SqliteConnection::connect(&url).await.unwrap();
        let query = "SELECT COUNT(*) FROM journal WHERE kind = 'consultation' AND actor IN \
                     (SELECT a.id FROM account a JOIN person p ON p.id = a.person_id \
                     WHERE p.email = $1)";
        sqlx::query_scalar(query).bind(email).fetch_one(&mut database).await.unwrap()
    })
}

/// A tile that is there for `one`, in the proxy's store.
fn stored_tile(traffic: &Traffic, base: &str) -> String {
    let found = traffic.tiles.iter().find(|path| {
        let answer = ask(base, path, Some(&traffic.one), "gzip", false);
        answer.status == 200 && path.contains("/commune/")
    });
    found.unwrap().clone()
}

/// Tiles from the store, asked for with anything behind the path: an answer leaves a trace.
pub fn leave_a_trace(traffic: &Traffic, base: &str) {
    let tile = stored_tile(traffic, base);
    let code = traffic.house.territory.zones("commune").keys().next().unwrap().clone();
    let endings: [&[u8]; 6] = [b"", b"?\"", b"?<", b"?a=\x80\xff", b"#a", b"?{}|^`"];
    let mut served = 0;
    for (number, ending) in endings.iter().enumerate() {
        let email = format!("bord{number}@essai.fr");
        let token = traffic.house.territory.account(&email, &format!("commune:{code}"));
        for target in [tile.clone(), format!("/k/{token}{tile}")] {
            let target = [target.as_bytes(), ending].concat();
            let answer = raw(base, &target, &bearer(&token));
            std::thread::sleep(Duration::from_millis(1300));
            let shown = String::from_utf8_lossy(&target).into_owned();
            if status(&answer) == 200 {
                served += 1;
                assert_eq!(consultations(traffic, &email), 1, "{shown}");
            } else {
                assert_eq!(status(&answer), 400, "{shown}");
            }
        }
    }
    assert!(served >= 2, "the plain address is served");
    for spelling in [tile.replace(".mvt", "%2Emvt"), tile.replacen("/commune/", "/commune/0", 1)] {
        let answer = raw(base, spelling.as_bytes(), &bearer(&traffic.one));
        assert_eq!(status(&answer), 400, "{spelling}: one tile, one address");
    }
    let ranges = format!("{}Range: bytes=0-1,3-4\r\n", bearer(&traffic.one));
    assert_eq!(status(&raw(base, tile.as_bytes(), &ranges)), 200, "a tile is whole");
}

/// Pages of an allowed site read stored tiles, whoever asked first, and no other page does.
pub fn know_the_page(traffic: &Traffic, base: &str) {
    let tile = stored_tile(traffic, base);
    let origin = |page: Option<&str>| {
        let from = page.map(|page| format!("Origin: {page}\r\n")).unwrap_or_default();
        let answer = raw(base, tile.as_bytes(), &format!("{}{from}", bearer(&traffic.same)));
        assert_eq!(status(&answer), 200);
        header(&answer, "access-control-allow-origin")
    };
    for _ in 0..2 {
        assert_eq!(origin(None), "");
        assert_eq!(origin(Some(PAGE)), PAGE);
        assert_eq!(origin(Some("https://ailleurs.example.fr")), "");
    }
    let wish = format!("Origin: {PAGE}\r\nAccess-Control-Request-Method: GET\r\n");
    let mut stream = TcpStream::connect(base.strip_prefix("http://").unwrap()).unwrap();
    let request = format!("OPTIONS {tile} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{wish}\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert_eq!(header(&answer, "access-control-allow-origin"), PAGE, "a preflight");
}

/// Asks with a token wherever a client may write it by mistake.
pub fn misplace_the_token(traffic: &Traffic, base: &str) {
    let token = &traffic.one;
    let escaped = token.replacen("seuil_", "%73euil%5F", 1);
    for target in [
        format!("//k/{token}/editions"),
        format!("/K/{token}/editions"),
        format!("/%6b/{token}/editions"),
        format!("/k/{escaped}/editions"),
        format!("/editions?token={token}"),
        format!("/k/{token}/editions?again={token}"),
    ] {
        raw(base, target.as_bytes(), "");
    }
}

/// Requests whose bodies never end, through a proxy that takes bodies whole.
pub fn hold_bodies(traffic: &Traffic, base: &str) {
    let held: Vec<TcpStream> = (0..60)
        .map(|_| {
            let mut stream = TcpStream::connect(base.strip_prefix("http://").unwrap()).unwrap();
            let head = "POST /api/requests HTTP/1.1\r\nHost: x\r\n\
                        Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{";
            stream.write_all(head.as_bytes()).unwrap();
            stream
        })
        .collect();
    std::thread::sleep(Duration::from_millis(500));
    let sign_in = |base: &str| {
        let mut stream = TcpStream::connect(base.strip_prefix("http://").unwrap()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let body = "{\"email\":\"a@b.example\",\"password\":\"un-mot-de-passe\"}";
        let head = format!(
            "POST /session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
             Connection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        status(&answer)
    };
    assert_eq!(sign_in(&traffic.house.server.url), 401, "the server itself");
    assert_eq!(sign_in(base), 401, "through the proxy");
    drop(held);
}
