//! Over loopback, keep-alive: the server against an axum handler that returns the same bytes and
//! headers and does nothing else, in alternated pairs; then a fixed rate of requests.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::http::Response;
use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::Done;

const CONNECTIONS: usize = 16;
const PAIRS: usize = 7;
const ROUND: Duration = Duration::from_millis(1500);

/// One answer, its head and body as they came.
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// A connection that sends one request after the other.
pub struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Client {
    pub async fn open(address: &str) -> Done<Client> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Client { stream, buffer: Vec::with_capacity(64 << 10) })
    }

    /// Sends a head and reads the answer: its status, and where its body begins and ends.
    async fn send(&mut self, head: &[u8]) -> Done<(u16, usize, usize)> {
        self.stream.write_all(head).await?;
        self.buffer.clear();
        let end = loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err("the server hung up".into());
            }
            if let Some(end) = memchr::memmem::find(&self.buffer, b"\r\n\r\n") {
                break end + 4;
            }
        };
        let head = std::str::from_utf8(&self.buffer[..end])?;
        let status = head.get(9..12).ok_or("no status")?.parse()?;
        let length = memchr::memmem::find(head.as_bytes(), b"content-length: ")
            .and_then(|at| head[at + 16..].split("\r\n").next())
            .map_or(Ok(0), str::parse)?;
        let whole = if status == 304 || status == 204 { end } else { end + length };
        while self.buffer.len() < whole {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err("the server hung up".into());
            }
        }
        Ok((status, end, whole))
    }

    pub async fn ask(&mut self, head: &[u8]) -> Done<Answer> {
        let (status, end, whole) = self.send(head).await?;
        let text = std::str::from_utf8(&self.buffer[..end])?;
        let pairs = text.lines().skip(1).filter_map(|line| line.split_once(": "));
        let headers = pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        Ok(Answer { status, headers, body: self.buffer[end..whole].to_vec() })
    }
}

/// The word that makes the bench the empty handler.
pub const EMPTY: &str = "empty";

/// What is compared with, in a process of its own, ended when dropped.
pub struct Peer {
    pub child: Child,
    pub address: String,
}

impl Peer {
    pub fn side<'a>(&'a self, head: &'a [u8], status: u16) -> Side<'a> {
        Side { address: &self.address, process: self.child.id(), head, status }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Starts a process that serves the answer.
pub fn empty_handler(answer: &Answer, folder: &Path) -> Done<Peer> {
    let file = folder.join("answer.json");
    std::fs::write(&file, serde_json::to_vec(&(&answer.headers, &answer.body))?)?;
    let mut child = Command::new(std::env::current_exe()?)
        .arg(EMPTY)
        .arg(&file)
        .stdout(Stdio::piped())
        .spawn()?;
    let mut address = String::new();
    BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut address)?;
    Ok(Peer { child, address: address.trim().to_owned() })
}

/// Serves the answer of a file for every path, without looking at the request.
pub async fn serve_empty(file: &Path) -> Done<()> {
    let (headers, body): (Vec<(String, String)>, Vec<u8>) =
        serde_json::from_slice(&std::fs::read(file)?)?;
    let body = Bytes::from(body);
    let skipped = ["date", "content-length"];
    let mut head = axum::http::HeaderMap::new();
    for (key, value) in headers {
        if !skipped.contains(&key.as_str()) {
            head.append(axum::http::HeaderName::try_from(key)?, value.parse()?);
        }
    }
    let handler = move || {
        let (head, body) = (head.clone(), body.clone());
        async move {
            let mut response = Response::new(Body::from(body));
            *response.headers_mut() = head;
            response
        }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    let router = Router::new().route("/tiles/{e}/{s}/{z}/{x}/{y}", axum::routing::get(handler));
    axum::serve(listener, router).await?;
    Ok(())
}

/// A server and what it is asked again and again.
#[derive(Clone, Copy)]
pub struct Side<'a> {
    pub address: &'a str,
    /// Its process: the load comes from the same two cores, so requests per second of both tell
    /// the servers apart less than the processor time that each takes.
    pub process: u32,
    pub head: &'a [u8],
    pub status: u16,
}

/// What a side gave in one round.
#[derive(Clone, Copy)]
struct Pace {
    /// Requests per second.
    wall: f64,
    /// Requests per second of the server's processor time.
    processor: f64,
}

/// Both in pairs, one after the other and in turn first: the medians of requests per second, and
/// the ratio's median with its least and greatest; then that of the processor time.
pub async fn pairs(what: &str, ours: Side<'_>, other: Side<'_>) -> Done<()> {
    let mut found: Vec<(Pace, Pace)> = Vec::new();
    for pair in 0..PAIRS {
        found.push(if pair % 2 == 0 {
            let one = pace(ours).await?;
            (one, pace(other).await?)
        } else {
            let two = pace(other).await?;
            (pace(ours).await?, two)
        });
    }
    let sorted = |of: &dyn Fn(&(Pace, Pace)) -> f64| {
        let mut list: Vec<f64> = found.iter().map(of).collect();
        list.sort_by(f64::total_cmp);
        list
    };
    let wall = sorted(&|(one, two)| one.wall / two.wall);
    let processor = sorted(&|(one, two)| one.processor / two.processor);
    println!(
        "{what} : {:.0} contre {:.0} requêtes/s, rapport {:.3} (de {:.3} à {:.3}, {PAIRS} paires) ; \
         par seconde de processeur du serveur {:.3} (de {:.3} à {:.3})",
        sorted(&|(one, _)| one.wall)[PAIRS / 2],
        sorted(&|(_, two)| two.wall)[PAIRS / 2],
        wall[PAIRS / 2],
        wall[0],
        wall[PAIRS - 1],
        processor[PAIRS / 2],
        processor[0],
        processor[PAIRS - 1],
    );
    Ok(())
}

async fn pace(side: Side<'_>) -> Done<Pace> {
    let until = Instant::now() + ROUND;
    let before = processor_ticks(side.process)?;
    let mut clients = Vec::new();
    for _ in 0..CONNECTIONS {
        let (mut client, head) = (Client::open(side.address).await?, side.head.to_vec());
        clients.push(tokio::spawn(async move {
            let mut count = 0_u64;
            while Instant::now() < until {
                match client.send(&head).await {
                    Ok((found, ..)) if found == side.status => count += 1,
                    Ok((found, ..)) => return Err(format!("status {found}")),
                    Err(error) => return Err(error.to_string()),
                }
            }
            Ok(count)
        }));
    }
    let mut total = 0;
    for client in clients {
        total += client.await??;
    }
    let ticks = processor_ticks(side.process)?.saturating_sub(before).max(1);
    let (total, ticks) = (total as f64, ticks as f64);
    Ok(Pace { wall: total / ROUND.as_secs_f64(), processor: total / ticks * TICKS_PER_SECOND })
}

/// Of Linux, on every architecture that this runs on.
const TICKS_PER_SECOND: f64 = 100.0;

/// What a process has taken of the processors, its threads and the system for it included.
fn processor_ticks(process: u32) -> Done<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // After the name, which may hold anything, `utime` and `stime` are the 12th and 13th.
    let fields = stat.rsplit_once(')').ok_or("no name")?.1.split_whitespace();
    Ok(fields.skip(11).take(2).map(str::parse::<u64>).sum::<Result<u64, _>>()?)
}

/// Sends requests at a fixed rate, whether or not the ones before were answered; each is timed
/// from when it was due. Returns the times, sorted, and how many were not 200 or 204.
pub async fn open_loop(
    address: &str,
    per_second: u32,
    requests: Vec<Vec<u8>>,
) -> Done<(Vec<Duration>, usize)> {
    let lanes = 64.min(requests.len());
    let start = Instant::now() + Duration::from_millis(50);
    let gap = Duration::from_secs(1) / per_second;
    let requests = std::sync::Arc::new(requests);
    let mut tasks = Vec::new();
    for lane in 0..lanes {
        let (mut client, requests) = (Client::open(address).await?, requests.clone());
        tasks.push(tokio::spawn(async move {
            let (mut times, mut errors) = (Vec::new(), 0);
            for at in (lane..requests.len()).step_by(lanes) {
                let due = start + gap * at as u32;
                tokio::time::sleep_until(due.into()).await;
                match client.send(&requests[at]).await {
                    Ok((200 | 204, ..)) => times.push(due.elapsed()),
                    _ => errors += 1,
                }
            }
            (times, errors)
        }));
    }
    let (mut times, mut errors) = (Vec::new(), 0);
    for task in tasks {
        let (more, failed) = task.await?;
        times.extend(more);
        errors += failed;
    }
    times.sort_unstable();
    Ok((times, errors))
}
