//! Documents through the proxies of `deploy`: as long as they may be, and no longer.

use super::proxy::{Proxy, free_port, nginx};
use super::town::{PDF, Town};
use super::util::{Answer, Server, has, stranger};
use super::{proxy_nginx, proxy_varnish};

/// Bytes of a document, at most.
const MOST: usize = 10 << 20;

fn pdf(bytes: usize) -> Vec<u8> {
    let mut content = PDF.to_vec();
    content.splice(9..9, std::iter::repeat_n(b' ', bytes - PDF.len()));
    content
}

/// What becomes of a document that is sent through a proxy; `None` where the connection ended
/// before it was sent whole.
fn send(base: &str, cookie: &str, convention: &str, content: &[u8]) -> Option<u16> {
    let path = format!("/api/conventions/{convention}/documents?kind=convention&name=a.pdf");
    let request = ureq::http::Request::post(format!("{base}{path}"))
        .header("sec-fetch-site", "same-origin")
        .header("content-type", "application/pdf")
        .header("cookie", cookie);
    stranger().run(request.body(content).unwrap()).ok().map(|answer| Answer::read(answer).status)
}

/// The same document sent by four people at once, to a convention that is nobody's.
fn refused_at_once(base: &str, cookie: &str) -> Vec<Option<u16>> {
    let content = pdf(MOST);
    std::thread::scope(|scope| {
        let sent: Vec<_> =
            (0..4).map(|_| scope.spawn(|| send(base, cookie, &"0".repeat(32), &content))).collect();
        sent.into_iter().map(|sent| sent.join().unwrap()).collect()
    })
}

fn documents_pass(town: &Town, server: &Server, _proxy: Proxy, port: u16) {
    let epci = town.epci("5");
    town.shell(&["convention", "document", "new-key"]);
    let administrator = ["convention", "administrator", &epci, "claire.chef@agglo-a.fr"];
    town.shell(&[&administrator[..], &["--name", "Claire"]].concat());
    server.prove(&town.link("claire.chef@agglo-a.fr"));
    let claire = server.begin("claire.chef@agglo-a.fr");
    let base = format!("http://127.0.0.1:{port}");
    assert_eq!(send(&base, &claire, &epci, &pdf(MOST)), Some(201));
    // A refusal arrives as what it is, however much of the document was still to be sent; several
    // times, since a reset that overtakes an answer is a matter of chance.
    for _ in 0..5 {
        assert_eq!(send(&base, &claire, &epci, &pdf(MOST + 1)), Some(413));
        assert_eq!(send(&base, "", &epci, &pdf(MOST)), Some(401));
        assert_eq!(send(&base, &claire, &"0".repeat(32), &pdf(MOST)), Some(404));
    }
    for status in refused_at_once(&base, &claire) {
        assert_eq!(status, Some(404));
    }
    let list = town.shell(&["convention", "document", "list", &epci]);
    assert_eq!(list.lines().count(), 1, "{list}");
    // What is no document is as short as ever.
    let sign_in = ureq::http::Request::post(format!("{base}/session"))
        .header("content-type", "application/json");
    let long = stranger().run(sign_in.body(pdf(MOST)).unwrap());
    // Here the proxy refuses: what a client that still sends hears of it is a matter of chance.
    let long = long.ok().map(|answer| Answer::read(answer).status);
    assert!(long.is_none_or(|status| status == 413), "{long:?}");
}

#[test]
fn through_the_nginx_of_deploy_a_document_passes() {
    if !has("/usr/sbin/nginx", "-v") {
        return;
    }
    let town = Town::new();
    let server = town.serve();
    let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
    let config = proxy_nginx::deployed(folder.path(), port_of(&server), port);
    let proxy = nginx(folder.path(), &config, port);
    documents_pass(&town, &server, proxy, port);
}

#[test]
fn through_the_varnish_of_deploy_a_document_passes() {
    if !has("/usr/sbin/varnishd", "-V") {
        return;
    }
    let town = Town::new();
    let server = town.serve();
    let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
    let proxy = proxy_varnish::deployed(folder.path(), port_of(&server), port);
    documents_pass(&town, &server, proxy, port);
}

fn port_of(server: &Server) -> u16 {
    server.url.rsplit(':').next().unwrap().parse().unwrap()
}
