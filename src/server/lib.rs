//! The server: routes, identity, caching, limits.
//!
//! Every path asks for an identity unless `gate` names it public. What handlers are given and answer with
//! is the crate `request`; those of accounts are the crate `api`, those of zones, row by row, `figures`.

mod assets;
mod catalogue;
mod cors;
mod drain;
mod gate;
mod health;
mod legal;
mod limits;
mod portal;
mod proxy_consultation;
mod qgis;
mod routes;
mod server;
mod styles;
mod tilejson;
mod tiles;

// Its editions are written by the half that builds.
#[cfg(test)]
mod tests;

pub use cors::{BadOrigin, CorsPolicy};
pub use listener::ProxyTrust;
pub use portal::portal_file;
pub use request::{
    App, Clock, DemoAccount, LegalPages, MAX_LEGAL, Problem, Reader, Settings, official_of,
};
pub use routes::router;
pub use server::serve;
