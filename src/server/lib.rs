//! The server: routes, identity, caching, limits.
//!
//! Every path asks for an identity unless `gate` names it public. A handler of data receives a
//! [`Reader`], which only the gate makes, and a tile key needs the [`View`](rights::View)
//! that the reader holds.

mod annexe3;
mod answer;
mod api;
mod app;
mod assets;
mod bodies;
mod buckets;
mod caller;
mod catalogue;
mod cors;
mod deduplicator;
mod drain;
mod export;
mod gate;
mod harvests;
mod health;
mod identity;
mod legal;
mod limits;
mod named;
mod negotiate;
mod official;
mod ogc;
mod parameters;
mod peer;
mod portal;
mod problem;
mod progress;
mod proxy_consultation;
mod proxy_trust;
mod qgis;
mod rates;
mod reader;
mod routes;
mod server;
mod session;
mod shares;
mod styles;
mod tilejson;
mod tiles;
mod unsent;
mod uploads;
mod zones;

// Its editions are written by the half that builds.
#[cfg(test)]
mod tests;

pub use app::{App, Clock, DemoAccount, Settings};
pub use cors::{BadOrigin, CorsPolicy};
pub use legal::{LegalPages, MAX_LEGAL};
pub use official::official_of;
pub use portal::portal_file;
pub use problem::Problem;
pub use proxy_trust::ProxyTrust;
pub use reader::Reader;
pub use routes::router;
pub use server::serve;
