//! Real connections: the log, the head of a request, the end.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tracing_subscriber::fmt::MakeWriter;

use super::house::House;
use crate::{CorsPolicy, ProxyTrust};

/// Serves on a free port, lets a client speak, stops; says how long the stop took.
async fn with_client(client: impl FnOnce(SocketAddr) + Send + 'static) -> Duration {
    behind(CorsPolicy::default(), client).await
}

async fn behind(cors: CorsPolicy, client: impl FnOnce(SocketAddr) + Send + 'static) -> Duration {
    let house = House::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (tell, told) = oneshot::channel::<()>();
    let stop = Box::pin(async { told.await.unwrap_or_default() });
    let serving =
        tokio::spawn(crate::serve(listener, house.app.clone(), ProxyTrust::default(), cors, stop));
    tokio::task::spawn_blocking(move || client(address)).await.unwrap();
    let started = Instant::now();
    tell.send(()).unwrap();
    serving.await.unwrap();
    started.elapsed()
}

fn speak(address: SocketAddr, text: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    stream.write_all(text.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[tokio::test]
async fn a_connection_is_answered_and_an_idle_one_does_not_delay_the_end() {
    let took = with_client(|address| {
        let close = "Host: x\r\nConnection: close\r\n\r\n";
        let answer = speak(address, &format!("GET /health HTTP/1.1\r\n{close}"));
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("{\"status\":\"ok\"}"));
        let answer = speak(address, &format!("HEAD /editions HTTP/1.1\r\n{close}"));
        assert!(answer.starts_with("HTTP/1.1 401") && answer.ends_with("\r\n\r\n"));
        let many: String = (0..40_000).map(|_| "a").collect();
        let answer = speak(address, &format!("GET / HTTP/1.1\r\nX: {many}\r\n{close}"));
        assert!(answer.starts_with("HTTP/1.1 431"), "{}", &answer[..20]);
        let token: String = (0..1_000_000).map(|_| "t").collect();
        let mut stream = TcpStream::connect(address).unwrap();
        let request = format!("GET /editions HTTP/1.1\r\nAuthorization: Bearer {token}\r\n{close}");
        // The server may hang up before it was sent whole.
        drop(stream.write_all(request.as_bytes()));
        let mut start = [0; 12];
        if stream.read_exact(&mut start).is_ok() {
            assert_eq!(&start, b"HTTP/1.1 431");
        }
        // HTTP/2 with prior knowledge: its preface and empty settings are answered with settings.
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").unwrap();
        let mut frame = [0; 9];
        stream.read_exact(&mut frame).unwrap();
        assert_eq!((frame[3], &frame[5..]), (4, [0; 4].as_slice()), "a frame of settings");
        // Half of a preface: it waits for its time, and the end does not wait for it.
        let mut half = TcpStream::connect(address).unwrap();
        half.write_all(b"PRI * HT").unwrap();
        std::mem::forget(half);
        // Left open on purpose: the end does not wait for it.
        std::mem::forget(TcpStream::connect(address).unwrap());
    })
    .await;
    assert!(took < Duration::from_secs(5), "{took:?}");
}

/// What a preflight of a page of this origin, then a request without identity, are told.
fn asked_from(address: SocketAddr, origin: &str) -> [String; 2] {
    let tile = "/tiles/latest/commune/8/129/87.mvt HTTP/1.1";
    let from = format!("Host: x\r\nOrigin: {origin}\r\nConnection: close\r\n");
    let wish = "Access-Control-Request-Method: GET\r\n\
                Access-Control-Request-Headers: authorization\r\n";
    let requests =
        [format!("OPTIONS {tile}\r\n{from}{wish}\r\n"), format!("GET {tile}\r\n{from}\r\n")];
    requests.map(|request| speak(address, &request).to_lowercase())
}

#[tokio::test]
async fn pages_of_an_origin_in_the_configuration_may_read_and_others_may_not() {
    let cors = CorsPolicy::new(&["https://carte.example.fr".into()]).unwrap();
    behind(cors, |address| {
        let allowed = "access-control-allow-origin: https://carte.example.fr\r\n";
        let [preflight, refused] = asked_from(address, "https://carte.example.fr");
        assert!(
            preflight.starts_with("http/1.1 200") && preflight.contains(allowed),
            "{preflight}"
        );
        assert!(preflight.contains("access-control-allow-headers: authorization"), "{preflight}");
        assert!(refused.starts_with("http/1.1 401") && refused.contains(allowed), "{refused}");
        for answer in asked_from(address, "https://ailleurs.example.fr") {
            assert!(!answer.contains("access-control-allow-origin"), "{answer}");
        }
        let [preflight, _] = asked_from(address, "https://carte.example.fr");
        assert!(!preflight.contains("access-control-allow-credentials"), "{preflight}");
    })
    .await;
}

#[tokio::test]
async fn without_an_origin_in_the_configuration_a_preflight_is_answered_and_allows_nothing() {
    with_client(|address| {
        let [preflight, refused] = asked_from(address, "https://carte.example.fr");
        assert!(preflight.starts_with("http/1.1 204"), "{preflight}");
        assert!(refused.starts_with("http/1.1 401"), "{refused}");
        for answer in [preflight, refused] {
            assert!(!answer.contains("access-control"), "{answer}");
        }
    })
    .await;
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Log;

    fn make_writer(&'a self) -> Log {
        self.clone()
    }
}

#[tokio::test]
async fn the_log_names_the_route_and_neither_the_person_nor_the_place() {
    let house = House::new().await;
    let token = house.token("canari", "commune:95001").await;
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    // A line that another test reaches at this moment for the first time, without a log, would
    // stay silent: once every line was reached they are asked again.
    house.anonymous("/health").await;
    tracing::callsite::rebuild_interest_cache();
    let tile = "tiles/latest/commune/8/129/87.mvt";
    for path in [
        format!("/k/{token}/{tile}"),
        format!("/{tile}?token={token}"),
        format!("/K/{token}/{tile}"),
        format!("/k/{token}/inconnu/{token}"),
    ] {
        house.get(&token, &path).await;
    }
    assert_eq!(house.sign_in("canari", "pas-le-bon-mot").await.status, StatusCode::UNAUTHORIZED);
    drop(guard);
    let lines = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(lines.contains("/tiles/{edition}/{scale}/{z}/{x}/{y} 200"), "{lines}");
    for hidden in [token.as_str(), &token[6..20], "canari", "pas-le-bon", "95001", "129/87"] {
        assert!(!lines.contains(hidden), "{hidden} in {lines}");
    }
}
