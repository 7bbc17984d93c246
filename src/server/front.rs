//! What lies between the server and its clients: proxies that say who asks, and pages of other
//! sites that may read answers.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use tower_http::cors::{AllowOrigin, CorsLayer};

/// How long a browser may remember what a preflight said.
const PREFLIGHT: Duration = Duration::from_secs(600);

/// Addresses of `X-Forwarded-For` that are read; a client can send any number of them.
const MAX_HOPS: usize = 16;

/// The operator's choices. By default no proxy is believed and no other site may read.
#[derive(Clone, Debug, Default)]
pub struct Front {
    origins: Vec<HeaderValue>,
    proxies: Vec<IpAddr>,
}

/// An origin that no browser would send.
#[derive(Debug, thiserror::Error)]
#[error("une origine s'écrit https://hôte[:port], sans chemin ni barre finale")]
pub struct BadOrigin;

impl Front {
    /// Origins as browsers write them, and the addresses of trusted proxies.
    pub fn new(origins: &[String], proxies: &[IpAddr]) -> Result<Front, BadOrigin> {
        let origins = origins.iter().map(|text| origin(text)).collect::<Result<_, _>>()?;
        Ok(Front { origins, proxies: proxies.iter().map(IpAddr::to_canonical).collect() })
    }

    /// The client's address: the peer or, behind trusted proxies, the last address of
    /// `X-Forwarded-For` that is not one of them. What a client writes there itself stands before
    /// what the first proxy added, so it is never reached.
    pub(super) fn client(&self, peer: SocketAddr, headers: &HeaderMap) -> SocketAddr {
        let mut client = peer;
        if !self.trusts(peer.ip()) {
            return peer;
        }
        let forwarded = headers.get_all("x-forwarded-for").iter().collect::<Vec<_>>();
        let hops = forwarded
            .iter()
            .rev()
            .flat_map(|value| value.to_str().unwrap_or("").rsplit(','))
            .take(MAX_HOPS);
        for hop in hops {
            let Ok(address) = hop.trim().parse::<IpAddr>() else { break };
            client = SocketAddr::new(address.to_canonical(), 0);
            if !self.trusts(address) {
                break;
            }
        }
        client
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.proxies.contains(&address.to_canonical())
    }

    /// CORS around the routes: a preflight needs no identity, and says yes to the origins of the
    /// configuration alone. Pages elsewhere show a token; a cookie is never accepted from them.
    /// `None` without an origin: then [`gate`](super::gate) answers preflights, with nothing.
    pub(super) fn cors(&self) -> Option<CorsLayer> {
        if self.origins.is_empty() {
            return None;
        }
        let cors = CorsLayer::new()
            .allow_origin(AllowOrigin::list(self.origins.clone()))
            .allow_methods([Method::GET, Method::HEAD])
            .allow_headers([
                header::AUTHORIZATION,
                header::IF_NONE_MATCH,
                HeaderName::from_static("x-requested-with"),
            ])
            .expose_headers([header::ETAG, HeaderName::from_static("x-seuil-scope")])
            .max_age(PREFLIGHT);
        Some(cors)
    }
}

fn origin(text: &str) -> Result<HeaderValue, BadOrigin> {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let host = host.filter(|host| !host.is_empty() && !host.contains(['/', '?', '#', '*', '@']));
    host.and_then(|_| HeaderValue::from_str(text).ok()).ok_or(BadOrigin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_believed_when_it_is_trusted_and_only_for_what_it_added() {
        let front = Front::new(&[], &["127.0.0.1".parse().unwrap()]).unwrap();
        let check = |front: &Front, peer: &str, forwarded: &[&str], expected: &str| {
            let mut headers = HeaderMap::new();
            for value in forwarded {
                headers.append("x-forwarded-for", HeaderValue::from_str(value).unwrap());
            }
            let peer = SocketAddr::new(peer.parse().unwrap(), 9);
            let client = front.client(peer, &headers).ip().to_string();
            assert_eq!(client, expected, "{peer} {forwarded:?}");
        };
        check(&front, "127.0.0.1", &["192.0.2.1"], "192.0.2.1");
        check(&front, "127.0.0.1", &["198.51.100.9, 192.0.2.1"], "192.0.2.1");
        check(&front, "127.0.0.1", &["198.51.100.9", "192.0.2.1, 127.0.0.1"], "192.0.2.1");
        check(&front, "127.0.0.1", &["n'importe quoi"], "127.0.0.1");
        check(&front, "127.0.0.1", &[], "127.0.0.1");
        check(&front, "::ffff:127.0.0.1", &["2001:db8::1"], "2001:db8::1");
        check(&front, "192.0.2.7", &["192.0.2.1"], "192.0.2.7");
        check(&Front::default(), "127.0.0.1", &["192.0.2.1"], "127.0.0.1");
    }

    #[test]
    fn an_origin_is_a_scheme_and_a_host() {
        for good in ["https://carte.example.fr", "http://localhost:8080"] {
            assert!(origin(good).is_ok(), "{good}");
        }
        for bad in ["*", "null", "carte.example.fr", "https://", "https://a/", "https://*.a", ""] {
            assert!(origin(bad).is_err(), "{bad}");
        }
    }
}
