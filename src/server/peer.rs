//! Whom a request came from, as the listener found it.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};

use axum::extract::FromRequestParts;
use axum::http::Extensions;
use axum::http::request::Parts;

use super::unsent::Deadlines;

/// What the listener leaves with each request.
#[derive(Clone)]
pub(super) struct Client {
    /// The address of the connection or, behind trusted proxies, the one that they name
    /// ([`ProxyTrust`](super::ProxyTrust)).
    pub(super) address: IpAddr,
    /// Whether the client says how much it takes of each answer (HTTP/2): it may then leave even a
    /// small one unread while the connection goes on.
    pub(super) has_windows: bool,
    /// The answers that the connection has to send.
    pub(super) deadlines: Deadlines,
}

/// The address of the client. 0.0.0.0 where the router is called without a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Peer(pub(super) IpAddr);

impl Peer {
    /// The address among a request's extensions.
    pub(super) fn of(extensions: &Extensions) -> Peer {
        let client = extensions.get::<Client>();
        Peer(client.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |client| client.address))
    }
}

impl<S: Sync> FromRequestParts<S> for Peer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Peer, Infallible> {
        Ok(Peer::of(&parts.extensions))
    }
}
