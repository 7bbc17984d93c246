//! Clients that do not send what they began, or do not read what they asked for.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use super::serving::{CONFIG, Running, command, house};

/// A server without editions, its address and the folder that it lives in.
struct Started {
    running: Running,
    address: String,
    _folder: tempfile::TempDir,
}

impl Started {
    fn new(config: &str) -> Started {
        let folder = house(config);
        let mut child: Child = command(&folder, &["serve"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let stdout = child.stdout.take().unwrap();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(stdout), &mut line).unwrap();
        let address = line.trim().strip_prefix("écoute sur http://").unwrap().to_owned();
        Started { running: Running(child), address, _folder: folder }
    }

    fn connect(&self) -> TcpStream {
        TcpStream::connect(&self.address).unwrap()
    }

    /// The status of an answer.
    fn status(&self, request: &str) -> String {
        let mut stream = self.connect();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        status(&mut stream)
    }

    fn get(&self, path: &str) -> String {
        self.status(&format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
    }

    /// MiB in memory.
    fn memory(&self) -> u64 {
        let path = format!("/proc/{}/status", self.running.0.id());
        let text = std::fs::read_to_string(path).unwrap();
        let line = text.lines().find(|line| line.starts_with("VmRSS")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
    }
}

fn status(stream: &mut TcpStream) -> String {
    let mut start = [0; 12];
    stream.read_exact(&mut start).unwrap();
    String::from_utf8(start[9..].to_vec()).unwrap()
}

/// A request whose body never ends, from an address that a trusted proxy names.
fn unfinished(from: &str, length: usize) -> String {
    format!(
        "POST /api/requests HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: {from}\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{{"
    )
}

/// 512 of them stopped every route, `/health` too, without identity: a permit was held for each.
#[test]
fn bodies_that_do_not_end_hold_back_nobody_but_their_own_network() {
    let config = CONFIG.replace("[serve]\n", "[serve]\ntrusted_proxies = [\"127.0.0.1\"]\n");
    let server = Started::new(&config);
    let mut held = Vec::new();
    for number in 0..700 {
        let mut stream = server.connect();
        let from = format!("192.0.2.{}", number % 8);
        stream.write_all(unfinished(&from, 100).as_bytes()).unwrap();
        held.push(stream);
    }
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!((server.get("/health"), server.get("/editions")), ("200".into(), "401".into()));
    let body = "{\"email\": \"a@b.example\", \"password\": \"un-mot-de-passe\"}";
    let other = format!(
        "POST /session HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 198.51.100.1\r\n\
         Content-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    assert_eq!(server.status(&other), "401", "somebody else signs in");
    // Of each network 32 wait for their time, the others were refused at once.
    let mut answers = std::collections::BTreeMap::new();
    for mut stream in held {
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        *answers.entry(status(&mut stream)).or_insert(0) += 1;
    }
    assert_eq!(answers, [("408".to_owned(), 256), ("429".to_owned(), 444)].into());
}

/// One frame of HTTP/2.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// A header as a literal that is not indexed (RFC 7541, section 6.2.2).
fn literal(name: &str, value: &str) -> Vec<u8> {
    let text = |text: &str| [&[u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
    [vec![0], text(name), text(value)].concat()
}

/// A connection of HTTP/2 that asks for a path many times and grants no window for the answers.
fn unread(server: &Started, path: &str, times: u32) -> TcpStream {
    let mut stream = server.connect();
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").unwrap();
    stream.write_all(&frame(4, 0, 0, &[0, 4, 0, 0, 0, 0])).unwrap();
    stream.write_all(&frame(4, 1, 0, &[])).unwrap();
    for number in 0..times {
        let headers = [
            literal(":method", "GET"),
            literal(":scheme", "http"),
            literal(":path", path),
            literal(":authority", "x"),
            literal("accept-encoding", "identity"),
        ];
        stream.write_all(&frame(1, 5, 1 + 2 * number, &headers.concat())).unwrap();
    }
    stream
}

/// Answers its pings, and says when the connection ended.
fn until_end(mut stream: TcpStream, limit: Duration) -> Option<Duration> {
    let started = Instant::now();
    stream.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    let (mut buffer, mut read) = (Vec::new(), [0; 4096]);
    while started.elapsed() < limit {
        match stream.read(&mut read) {
            Ok(0) => return Some(started.elapsed()),
            Ok(count) => buffer.extend_from_slice(&read[..count]),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(_) => return Some(started.elapsed()),
        }
        while buffer.len() >= 9 {
            let length = usize::from(buffer[1]) << 8 | usize::from(buffer[2]);
            if buffer.len() < 9 + length {
                break;
            }
            let rest = buffer.split_off(9 + length);
            if (buffer[3], buffer[4]) == (6, 0) {
                stream.write_all(&frame(6, 1, 0, &buffer[9..])).unwrap_or_default();
            }
            buffer = rest;
        }
    }
    None
}

/// Six connections that granted no window filled 1.4 GB: each answer had a copy of the script.
#[test]
fn answers_that_nobody_reads_fill_no_memory_and_end_their_connection() {
    let folder = super::clients::project("web/dist/assets");
    let names = std::fs::read_dir(folder).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let worker = names.into_iter().find(|name| name.ends_with(".mjs.gz")).unwrap();
    let path = format!("/assets/{}", worker.strip_suffix(".gz").unwrap());
    let server = Started::new(CONFIG);
    // Decompressed once, for everybody.
    assert_eq!(server.get(&path), "200");
    let before = server.memory();
    let connections: Vec<TcpStream> = (0..8).map(|_| unread(&server, &path, 128)).collect();
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!((server.get("/health"), server.get("/editions")), ("200".into(), "401".into()));
    let grown = server.memory().saturating_sub(before);
    assert!(grown < 64, "{grown} MiB more than before");
    let ends: Vec<_> = std::thread::scope(|scope| {
        let limit = Duration::from_secs(90);
        let waiting: Vec<_> =
            connections.into_iter().map(|one| scope.spawn(move || until_end(one, limit))).collect();
        waiting.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert!(ends.iter().all(Option::is_some), "{ends:?}");
    assert_eq!(server.get("/health"), "200");
}
