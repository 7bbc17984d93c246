//! The network address that a request came from.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::Extensions;
use axum::http::request::Parts;

/// The address of the client: that of the connection or, behind trusted proxies, the one that they
/// name ([`ProxyTrust`](super::ProxyTrust)). 0.0.0.0 where the router is called without a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Peer(pub(super) IpAddr);

impl Peer {
    /// The address among a request's extensions.
    pub(super) fn of(extensions: &Extensions) -> Peer {
        let connected = extensions.get::<ConnectInfo<SocketAddr>>();
        Peer(connected.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(peer)| peer.ip()))
    }
}

impl<S: Sync> FromRequestParts<S> for Peer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Peer, Infallible> {
        Ok(Peer::of(&parts.extensions))
    }
}
