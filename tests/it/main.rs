//! Tests that drive the built program, its files and its server as their users do.

mod clients;
mod clients_browser;
mod clients_gdal;
mod clients_qgis;
mod tidy;
mod util;
