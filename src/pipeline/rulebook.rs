//! The catalogue and the rules: built in, or those that the configuration names.

use std::path::Path;
use std::sync::Arc;

use config::{BuildConfig, Config};
use domain::Catalogue;
use protect::Rules;

use super::BuildError;
use super::withdrawn::{self, Withdrawn};

/// Both, the threshold raised to that of the configuration and what it opens opened; and what the
/// catalogue loses with the columns that no file of the register has.
pub fn read(
    config: &Config,
    build: &BuildConfig,
) -> Result<(Arc<Catalogue>, Rules, Withdrawn), BuildError> {
    let text = |path: &Path| {
        let path = config.resolve(path);
        let text = std::fs::read_to_string(&path)
            .map_err(|source| BuildError::Unreadable { path: path.clone(), source })?;
        Ok::<_, BuildError>((path, text))
    };
    let catalogue = match &build.indicators {
        Some(path) => {
            let (path, text) = text(path)?;
            Catalogue::from_toml(&text).map_err(|error| BuildError::rulebook(path, error))?
        }
        None => Catalogue::built_in(),
    };
    let mut declared = build.zones.keys().filter(|scale| scale.zoning().is_some());
    if let Some(scale) = declared.find(|scale| catalogue.is_taken(scale.id())) {
        return Err(BuildError::Taken(*scale));
    }
    let rules = match &build.rules {
        Some(path) => {
            let (path, text) = text(path)?;
            Rules::from_toml(&text, &catalogue)
                .map_err(|error| BuildError::rulebook(path, error))?
        }
        None => Rules::built_in(&catalogue).map_err(|error| BuildError::Rules(Box::new(error)))?,
    };
    let (left, withdrawn) = withdrawn::reduced(config, build, &catalogue)?;
    let rules = rules.of_reduced(&catalogue, &left);
    let catalogue = left;
    let rules = rules
        .raised_to(build.threshold)
        .opening(&build.open, &catalogue)
        .map_err(|error| BuildError::Rules(Box::new(error)))?;
    Ok((Arc::new(catalogue), rules, withdrawn))
}
