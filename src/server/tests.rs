//! The server as its readers see it: accounts, territories, editions, encodings.

mod caching;
mod cross_site;
mod declared;
mod exports;
mod house;
mod identity;
mod journal_failure;
mod life;
mod limits;
mod ogc;
mod openapi;
mod policy;
mod portal;
mod proxy_consultation;
mod rates;
mod server;
mod territory;
mod zones;
