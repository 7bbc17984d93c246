//! Indicators that an edition does not have, because no file of the register has a column that they
//! read: the open register has neither leases nor rents.

use std::collections::{BTreeMap, BTreeSet};

use config::{BuildConfig, Config};
use domain::columns::EXEMPT;
use domain::{Catalogue, Reduced};
use readers::files::expand;
use readers::table::{TableSchema, header};

use super::{BuildError, spelling};

/// What a build is told of absent columns.
#[derive(Debug, Default)]
pub struct Withdrawn {
    /// The indicators that are withdrawn, by the absent columns that they read.
    pub indicators: BTreeMap<String, Vec<String>>,
    /// Whether no file says which dwellings are left out of open data.
    pub has_no_exempt: bool,
}

/// The part of a catalogue that the files of the register can fill. Headers alone are read; a file
/// that has none is refused where its rows are read.
pub fn reduced(
    config: &Config,
    build: &BuildConfig,
    catalogue: &Catalogue,
) -> Result<(Catalogue, Withdrawn), BuildError> {
    let files = expand(config.root(), &build.dwellings)?;
    let schema = TableSchema::dwellings();
    let Ok(headers) = files.iter().map(|path| header(schema, path)).collect::<Result<Vec<_>, _>>()
    else {
        return Ok((catalogue.clone(), Withdrawn::default()));
    };
    let is_there = |column: &String| {
        let is_misspelt = |name: &String| spelling::is_near(name, column);
        headers.iter().any(|own| own.known.contains(column) || own.others.iter().any(is_misspelt))
    };
    let read = catalogue.dwelling_columns();
    let absent: BTreeSet<String> = read.into_iter().filter(|column| !is_there(column)).collect();
    let Reduced { catalogue, withdrawn } =
        catalogue.without(&absent).map_err(|error| BuildError::Rules(Box::new(error)))?;
    let has_no_exempt = absent.contains(EXEMPT);
    Ok((catalogue, Withdrawn { indicators: withdrawn, has_no_exempt }))
}
