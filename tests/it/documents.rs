//! Documents over HTTP, as those who mean ill send and ask for them: what is refused before a byte of
//! it is read, what never arrives whole, what is no PDF, what a browser must not run.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::town::{PDF, Town, words};
use super::util::Server;

/// Bytes of a document, at most.
const MOST: usize = 10 << 20;

/// An answer as it came over a connection of its own.
struct Said {
    status: u16,
    text: String,
}

/// Sends a head and some of a body, and reads the answer: at once, or after the sending side is
/// closed.
fn speak(server: &Server, head: &str, body: &[u8], closes: bool) -> Said {
    let address = server.url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
        .write_all(format!("{head}\r\nHost: {address}\r\nConnection: close\r\n\r\n").as_bytes())
        .unwrap();
    // The server may have answered before it was sent whole.
    for piece in body.chunks(64 << 10) {
        if stream.write_all(piece).is_err() {
            break;
        }
    }
    if closes {
        stream.shutdown(std::net::Shutdown::Write).unwrap();
    }
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(read) = stream.read(&mut buffer) {
        if read == 0 {
            break;
        }
        bytes.extend_from_slice(&buffer[..read]);
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok());
    Said { status: status.unwrap_or(0), text }
}

fn post(convention: &str, kind: &str, name: &str, headers: &str) -> String {
    format!(
        "POST /api/conventions/{convention}/documents?kind={kind}&name={name} HTTP/1.1\r\n\
         Sec-Fetch-Site: same-origin\r\nContent-Type: application/pdf{headers}"
    )
}

#[test]
fn what_an_enemy_sends_is_refused_and_what_browsers_get_runs_nothing() {
    let town = Town::new();
    let shell = |text: &str| town.shell(&words(text));
    shell("convention document new-key");
    let epci = town.epci("5");
    let other = shell(
        "convention add --kind epci --code epci:249500109 --name Voisine --seats 5 \
         --purpose Diagnostic --dpo dpo --from 2026-01-01 --until 2199-12-31",
    );
    let server = town.serve();
    for (convention, email) in
        [(&epci, "claire.chef@agglo-a.fr"), (&other, "victor.chef@agglo-b.fr")]
    {
        shell(&format!("convention administrator {convention} {email} --name Chef"));
        server.prove(&town.link(email));
    }
    let claire = server.begin("claire.chef@agglo-a.fr");
    let victor = server.begin("victor.chef@agglo-b.fr");
    let as_claire = |rest: &str| format!("\r\nCookie: {claire}{rest}");
    let listed = || {
        let path = format!("GET /api/conventions/{epci}/documents");
        server.ask(&claire, &path, Value::Null).json()["documents"].as_array().unwrap().len()
    };

    // Refused by the head alone: no byte of the body is waited for.
    let announced = format!("\r\nContent-Length: {MOST}");
    let token = server.token(&claire);
    let longer = as_claire(&format!("\r\nContent-Length: {}", MOST + 1));
    let unknown = "0".repeat(32);
    for (who, convention, headers, status) in [
        ("a stranger", &epci, announced.clone(), 401),
        ("a token", &epci, format!("\r\nAuthorization: Bearer {token}{announced}"), 401),
        ("another EPCI", &epci, format!("\r\nCookie: {victor}{announced}"), 404),
        ("of another EPCI", &other, as_claire(&announced), 404),
        ("of nothing", &unknown, as_claire(&announced), 404),
        ("a byte too many", &epci, longer, 413),
    ] {
        let begun = Instant::now();
        let said = speak(&server, &post(convention, "convention", "a.pdf", &headers), b"", false);
        assert_eq!(said.status, status, "{who}: {}", said.text);
        assert!(begun.elapsed() < Duration::from_secs(5), "{who} waited");
    }
    let cross = post(&epci, "convention", "a.pdf", &as_claire(&announced))
        .replace("same-origin", "cross-site");
    assert_eq!(speak(&server, &cross, b"", false).status, 403);

    // A body without a length is cut at the first byte too many; one that ends early, or stops, is
    // nothing.
    let chunked = post(&epci, "convention", "a.pdf", &as_claire("\r\nTransfer-Encoding: chunked"));
    let mut body = format!("{:x}\r\n", MOST + 1).into_bytes();
    body.extend_from_slice(&PDF[..9]);
    body.resize(body.len() + MOST - 8, b' ');
    body.extend_from_slice(b"\r\n0\r\n\r\n");
    assert!([413, 0].contains(&speak(&server, &chunked, &body, false).status));
    let some = as_claire("\r\nContent-Length: 1000");
    let unfinished = post(&epci, "convention", "a.pdf", &some);
    assert!([400, 0].contains(&speak(&server, &unfinished, PDF, true).status));
    let begun = Instant::now();
    let stalled = speak(&server, &unfinished, PDF, false);
    assert_eq!(stalled.status, 408, "{}", stalled.text);
    assert!(begun.elapsed() < Duration::from_secs(15));
    assert_eq!(listed(), 0, "nothing of these stays");

    // What is no PDF, and names that would end a header, hide or leave a folder.
    let send = |kind: &str, name: &str, content: &[u8]| {
        let headers = as_claire(&format!("\r\nContent-Length: {}", content.len()));
        speak(&server, &post(&epci, kind, name, &headers), content, false)
    };
    let html = b"<!doctype html><script>alert(1)</script>\n%PDF-1.7\nstartxref\n9\n%%EOF\n";
    let behind = [PDF, b"<script>alert(1)</script>"].concat();
    for content in [&html[..], &behind, b"", b"%PDF-1.7"] {
        assert_eq!(send("convention", "a.pdf", content).status, 422);
    }
    let long = "x".repeat(501);
    for name in ["a%0D%0ASet-Cookie:%20x=1", "a%0Ab.pdf", "%E2%80%AEfdp.exe", "", &long] {
        assert_eq!(send("convention", name, PDF).status, 422, "{name}");
    }
    assert_eq!(send("facture", "a.pdf", PDF).status, 422);
    assert_eq!(send("convention-tiers", "a.pdf", PDF).status, 404, "an EPCI has no such document");
    let as_html = post(&epci, "convention", "a.pdf", &as_claire("\r\nContent-Length: 9"))
        .replace("application/pdf", "text/html");
    assert_eq!(speak(&server, &as_html, &PDF[..9], false).status, 415);
    assert_eq!(listed(), 0);

    // The best that is left: a PDF with a script in the middle, and a name full of signs.
    let polyglot = b"%PDF-1.7\n% <script>alert(1)</script>\nstartxref\n9\n%%EOF\n";
    let said = send("convention", "..%2F..%2Fa%22%3B%20x%3D%C3%A9.html", polyglot);
    assert_eq!(said.status, 201, "{}", said.text);
    let list = server.ask(&claire, &format!("GET /api/conventions/{epci}/documents"), Value::Null);
    let id = list.json()["documents"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("GET /api/documents/{id}");
    let saved = server.ask(&claire, &path, Value::Null);
    assert_eq!((saved.status, &saved.body[..]), (200, &polyglot[..]));
    let header = |name: &str| saved.headers.get(name).map_or("", |value| value.to_str().unwrap());
    assert_eq!(header("content-type"), "application/pdf");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(
        header("content-disposition"),
        "attachment; filename=\"convention.pdf\"; \
         filename*=UTF-8''%2E%2E%2F%2E%2E%2Fa%22%3B%20x%3D%C3%A9%2Ehtml.pdf"
    );
    let policy = header("content-security-policy");
    assert!(policy.starts_with("sandbox;") && policy.contains("default-src 'none'"), "{policy}");
    assert!(header("cache-control").contains("private"));
    for stranger in [&victor, ""] {
        let status = server.ask(stranger, &path, Value::Null).status;
        assert_eq!(status, if stranger.is_empty() { 401 } else { 404 });
    }
    assert_eq!(
        server.ask(&claire, &format!("DELETE /api/documents/{id}"), Value::Null).status,
        404
    );

    // Without the key: a clear refusal, the rest of the service goes on; with it again, all is there.
    let key = town.path("documents.key");
    std::fs::rename(&key, town.path("perdue.key")).unwrap();
    assert_eq!(server.ask(&claire, &path, Value::Null).status, 503);
    let refused = send("convention", "a.pdf", PDF);
    assert!(refused.status == 503 && refused.text.contains("accounts.documents_key"));
    assert_eq!(listed(), 1);
    std::fs::rename(town.path("perdue.key"), &key).unwrap();
    assert_eq!(server.ask(&claire, &path, Value::Null).status, 200);

    // The file of the database holds nothing of it in clear.
    for name in ["comptes.db", "comptes.db-wal"] {
        let bytes = std::fs::read(town.path(name)).unwrap_or_default();
        assert!(memchr::memmem::find(&bytes, b"<script>alert(1)").is_none(), "{name}");
    }

    // A suspended account reads nothing more; what was read stands in the journal.
    shell("account suspend claire.chef@agglo-a.fr");
    assert_eq!(server.ask(&claire, &path, Value::Null).status, 401);
    let journal = shell("journal export --from 2020-01-01 --to 2199-12-31");
    for kind in ["document.ajoute", "document.lu"] {
        assert!(journal.contains(kind), "{kind}");
    }
    assert!(!journal.contains(".html"), "names of files are people's words");
}
