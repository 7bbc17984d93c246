//! Whom a request came from, as the listener found it.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};

use axum::extract::FromRequestParts;
use axum::http::Extensions;
use axum::http::request::Parts;

use crate::unsent::Deadlines;

/// What the listener leaves with each request.
#[derive(Clone)]
pub struct Client {
    /// The address of the connection or, behind trusted proxies, the one that they name
    /// (`ProxyTrust` of `listener`).
    pub address: IpAddr,
    /// Whether the client says how much it takes of each answer (HTTP/2): it may then leave even a
    /// small one unread while the connection goes on.
    pub has_windows: bool,
    /// The answers that the connection has to send.
    pub deadlines: Deadlines,
}

/// The address of the client. 0.0.0.0 where the router is called without a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer(pub IpAddr);

impl Peer {
    /// The address among a request's extensions.
    pub fn of(extensions: &Extensions) -> Peer {
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
