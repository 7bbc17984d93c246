//! The server as its readers see it: accounts, territories, editions, encodings.

mod caching;
mod house;
mod identity;
mod limits;
mod portal;
mod server;
mod territory;
