//! Every format, from files that the tests write and from official ones.

mod fixture;
mod formats;
mod mutation;
mod official;
mod refusals;
