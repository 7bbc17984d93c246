//! Which proxies are believed when they say who asks (`X-Forwarded-For`).

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;

/// Addresses of `X-Forwarded-For` that are read; a client can send any number of them.
const MAX_HOPS: usize = 16;

/// The proxies that are believed. By default there is none.
#[derive(Clone, Debug, Default)]
pub struct ProxyTrust {
    proxies: Vec<IpAddr>,
}

impl ProxyTrust {
    /// Trust in the proxies of these addresses.
    pub fn new(proxies: &[IpAddr]) -> ProxyTrust {
        ProxyTrust { proxies: proxies.iter().map(IpAddr::to_canonical).collect() }
    }

    /// The client's address: the peer or, behind trusted proxies, the last address of
    /// `X-Forwarded-For` that is not one of them. What a client writes there itself stands before
    /// what the first proxy added, so it is never reached.
    pub(crate) fn client(&self, peer: SocketAddr, headers: &HeaderMap) -> SocketAddr {
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
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_proxy_is_believed_when_it_is_trusted_and_only_for_what_it_added() {
        let trust = ProxyTrust::new(&["127.0.0.1".parse().unwrap()]);
        let check = |trust: &ProxyTrust, peer: &str, forwarded: &[&str], expected: &str| {
            let mut headers = HeaderMap::new();
            for value in forwarded {
                headers.append("x-forwarded-for", HeaderValue::from_str(value).unwrap());
            }
            let peer = SocketAddr::new(peer.parse().unwrap(), 9);
            let client = trust.client(peer, &headers).ip().to_string();
            assert_eq!(client, expected, "{peer} {forwarded:?}");
        };
        check(&trust, "127.0.0.1", &["192.0.2.1"], "192.0.2.1");
        check(&trust, "127.0.0.1", &["198.51.100.9, 192.0.2.1"], "192.0.2.1");
        check(&trust, "127.0.0.1", &["198.51.100.9", "192.0.2.1, 127.0.0.1"], "192.0.2.1");
        check(&trust, "127.0.0.1", &["n'importe quoi"], "127.0.0.1");
        check(&trust, "127.0.0.1", &[], "127.0.0.1");
        check(&trust, "::ffff:127.0.0.1", &["2001:db8::1"], "2001:db8::1");
        check(&trust, "192.0.2.7", &["192.0.2.1"], "192.0.2.7");
        check(&ProxyTrust::default(), "127.0.0.1", &["192.0.2.1"], "127.0.0.1");
    }
}
