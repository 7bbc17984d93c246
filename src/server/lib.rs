//! The server: routes, identity, caching, limits.
//!
//! Every path asks for an identity unless [`gate`] names it public. A handler of data receives a
//! [`Reader`], which only the gate makes, and a tile key needs the [`View`](rights::View)
//! that the reader holds.

mod answer;
mod api;
mod app;
mod assets;
mod buckets;
mod caller;
mod catalogue;
mod deduplicator;
mod front;
mod gate;
mod identity;
mod limits;
mod negotiate;
mod operation;
mod peer;
mod portal;
mod problem;
mod qgis;
mod rates;
mod reader;
mod reported;
mod routes;
mod server;
mod session;
mod styles;
mod tilejson;
mod tiles;

// Its editions are written by the half that builds.
#[cfg(test)]
mod tests;

pub use app::{App, Clock, DemoAccount, Settings};
pub use front::{BadOrigin, Front};
pub use portal::portal_file;
pub use problem::Problem;
pub use reader::Reader;
pub use routes::router;
pub use server::serve;
