//! Tests that drive the built program, its files and its server as their users do.

mod account;
#[cfg(feature = "build")]
mod aide;
#[cfg(feature = "build")]
mod audit;
#[cfg(feature = "build")]
mod bad_input;
mod canaries;
mod clauses;
#[cfg(feature = "build")]
mod clients;
#[cfg(feature = "build")]
mod clients_browser;
#[cfg(feature = "build")]
mod clients_features;
#[cfg(feature = "build")]
mod clients_files;
mod clients_gdal;
#[cfg(feature = "build")]
mod clients_openapi;
#[cfg(feature = "build")]
mod clients_qgis;
#[cfg(feature = "build")]
mod clients_qgis_day;
#[cfg(feature = "build")]
mod crawl;
#[cfg(feature = "build")]
mod demo_territory;
mod documents;
#[cfg(feature = "build")]
mod exports;
mod figures;
#[cfg(feature = "build")]
mod full_disk;
#[cfg(feature = "build")]
mod help;
#[cfg(feature = "build")]
mod in_and_out;
mod killed;
#[cfg(feature = "build")]
mod killed_readers;
mod ledger;
mod life;
#[cfg(feature = "build")]
mod lost_database;
#[cfg(feature = "build")]
mod noninterference;
#[cfg(feature = "build")]
mod opening;
#[cfg(feature = "build")]
mod own_catalogue;
#[cfg(feature = "build")]
mod plants;
#[cfg(feature = "build")]
mod plants_collected;
#[cfg(feature = "build")]
mod protection;
#[cfg(feature = "build")]
mod proxy;
#[cfg(feature = "build")]
mod proxy_addresses;
#[cfg(feature = "build")]
mod proxy_documents;
#[cfg(feature = "build")]
mod proxy_nginx;
#[cfg(feature = "build")]
mod proxy_varnish;
#[cfg(feature = "build")]
mod pyramid;
#[cfg(feature = "build")]
mod recipes;
#[cfg(feature = "build")]
mod record;
#[cfg(feature = "build")]
mod reference;
#[cfg(feature = "build")]
mod register_columns;
mod serving;
#[cfg(feature = "build")]
mod slow_clients;
#[cfg(feature = "build")]
mod spoil;
#[cfg(feature = "build")]
mod territory;
mod tidy;
mod town;
mod two_servers;
#[cfg(feature = "build")]
mod two_vintages;
mod util;
#[cfg(feature = "build")]
mod val_doise;
#[cfg(feature = "build")]
mod zoning;
