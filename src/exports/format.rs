//! The formats, and which of them is written.

use std::io::Write;

use super::{About, ExportError, Sheet, csv, fgb, geojson, gpkg, parquet, xlsx, zip};

/// A format of export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Semicolons, decimal comma, byte order mark: what a French spreadsheet opens by itself.
    Csv,
    /// RFC 4180: commas, decimal point.
    CsvPlain,
    /// Three sheets: figures, dictionary, who exported what and why.
    Xlsx,
    /// RFC 7946.
    GeoJson,
    /// FlatGeobuf 3 with its spatial index.
    Fgb,
    /// GeoPackage 1.3.
    Gpkg,
    /// GeoParquet 1.1.
    Parquet,
    /// RFC 4180 with its dictionary and a Frictionless data package.
    Zip,
}

impl Format {
    /// Every format: what is tested of one is tested of all.
    pub const ALL: [Format; 8] = [
        Format::Csv,
        Format::CsvPlain,
        Format::Xlsx,
        Format::GeoJson,
        Format::Fgb,
        Format::Gpkg,
        Format::Parquet,
        Format::Zip,
    ];

    /// The ending of its files.
    pub fn extension(self) -> &'static str {
        match self {
            Format::Csv | Format::CsvPlain => "csv",
            Format::Xlsx => "xlsx",
            Format::GeoJson => "geojson",
            Format::Fgb => "fgb",
            Format::Gpkg => "gpkg",
            Format::Parquet => "parquet",
            Format::Zip => "zip",
        }
    }

    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Format::Csv | Format::CsvPlain => "text/csv; charset=utf-8; header=present",
            Format::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Format::GeoJson => "application/geo+json",
            Format::Fgb => "application/flatgeobuf",
            Format::Gpkg => "application/geopackage+sqlite3",
            Format::Parquet => "application/vnd.apache.parquet",
            Format::Zip => "application/zip",
        }
    }

    /// The zones that one file holds, at most; `None` where there is no limit.
    pub fn most_rows(self) -> Option<usize> {
        // A sheet has 1,048,576 lines, the first of which names the columns.
        (self == Format::Xlsx).then_some((1 << 20) - 1)
    }
}

/// Writes the file from its first byte to its last. It waits for the disk and for whoever reads: not to be
/// called on a thread of the server. Memory does not grow with the rows; FlatGeobuf, XLSX and GeoPackage
/// are gathered in temporary files that have no name.
///
/// # Errors
/// [`ExportError`]; what was written by then is no whole file.
pub fn write(
    format: Format,
    sheet: &Sheet,
    about: &About,
    out: &mut (dyn Write + Send),
) -> Result<(), ExportError> {
    match format {
        Format::Csv => csv::write(sheet, csv::Dialect::French, out),
        Format::CsvPlain => csv::write(sheet, csv::Dialect::Plain, out),
        Format::Xlsx => xlsx::write(sheet, about, out),
        Format::GeoJson => geojson::write(sheet, about, out),
        Format::Fgb => fgb::write(sheet, about, out),
        Format::Gpkg => gpkg::write(sheet, about, out),
        Format::Parquet => parquet::write(sheet, about, out),
        Format::Zip => zip::write(sheet, about, out),
    }
}
