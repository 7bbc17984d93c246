//! What moved since the edition before, from what both publish.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use domain::{Catalogue, Fault, HasFault, Scale, Unit};
use flatgeobuf::{FallibleStreamingIterator, FgbReader};
use geozero::error::Result as GeozeroResult;
use geozero::{ColumnValue, FeatureProperties, PropertyProcessor};

/// A count of a commune that changed by more than this share in % is said.
const COMMUNE_PERCENT: f64 = 30.0;
/// Communes under so many dwellings or households change by themselves.
const LEAST_COUNT: f64 = 50.0;
/// A total that changed by more than this share in % is said.
const TOTAL_PERCENT: f64 = 10.0;
/// Standard errors beyond which sampling does not explain that a share moved, and the points in %
/// under which nobody minds.
const STANDARD_ERRORS: f64 = 4.0;
const LEAST_POINTS: f64 = 2.0;
/// Communes and indicators that are named; the number of the others is said.
const MOST_NAMED: usize = 10;
/// Zones that are read of one file.
const MOST_ZONES: usize = 10_000_000;

/// The counts that are held against those before, and what people call them.
const COUNTS: [(&str, &str); 2] = [("n_logements", "logements"), ("n_menages", "ménages enquêtés")];

/// The numbers of a zone, by column.
type Numbers = BTreeMap<String, f64>;

/// The edition before cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{path} : édition précédente illisible ({problem}) ; vérifier build.previous")]
pub struct BadPrevious {
    path: std::path::PathBuf,
    problem: String,
}

impl HasFault for BadPrevious {
    fn fault(&self) -> Fault {
        Fault::Usage
    }
}

impl BadPrevious {
    pub(super) fn new(path: &Path, problem: &str) -> BadPrevious {
        BadPrevious { path: path.into(), problem: problem.to_owned() }
    }
}

/// The group of each address of an edition, by codes; none where it has no groups.
///
/// # Errors
/// [`BadPrevious`] for an edition whose files cannot be read.
pub fn groups(folder: &Path) -> Result<BTreeMap<String, String>, BadPrevious> {
    let mut groups = BTreeMap::new();
    each_zone(folder, Scale::ADRESSE, &mut |zone| {
        if !zone.grappe.is_empty() {
            groups.insert(zone.code, zone.grappe);
        }
    })?;
    Ok(groups)
}

/// Whether a folder is that of an edition.
///
/// # Errors
/// [`BadPrevious`] where it is not.
pub fn is_there(folder: &Path) -> Result<(), BadPrevious> {
    if folder.join("manifest.json").is_file() {
        return Ok(());
    }
    Err(BadPrevious { path: folder.into(), problem: "pas de manifest.json".into() })
}

/// Sentences about what moved between two editions on disk, `catalogue` being that of the later one.
///
/// # Errors
/// [`BadPrevious`] for an edition whose files cannot be read.
pub fn movements(
    before: &Path,
    after: &Path,
    catalogue: &Catalogue,
) -> Result<Vec<String>, BadPrevious> {
    let mut said = Vec::new();
    let [old, new] = [before, after].map(|folder| zones(folder, Scale::COMMUNE));
    communes(&old?, &new?, &mut said);
    let [old, new] = [before, after].map(|folder| zones(folder, Scale::FRANCE));
    let [old, new] = [old?, new?].map(|mut zones| zones.remove("FR").unwrap_or_default());
    totals(&old, &new, &mut said);
    shares(&old, &new, catalogue, &mut said);
    Ok(said)
}

fn communes(
    old: &BTreeMap<String, Numbers>,
    new: &BTreeMap<String, Numbers>,
    said: &mut Vec<String>,
) {
    let lacking = |of: &BTreeMap<String, Numbers>, other: &BTreeMap<String, Numbers>| {
        of.keys().filter(|code| !other.contains_key(*code)).cloned().collect::<Vec<_>>()
    };
    let (gone, come) = (lacking(old, new), lacking(new, old));
    for (codes, words) in [(gone, "n'y sont plus"), (come, "n'y étaient pas")] {
        if !codes.is_empty() {
            said.push(format!("communes : {} {words} : {}", codes.len(), named(&codes)));
        }
    }
    for (column, words) in COUNTS {
        let moved = new.iter().filter_map(|(code, zone)| {
            let before = *old.get(code)?.get(column)?;
            let change = percent(before, *zone.get(column)?);
            (before >= LEAST_COUNT && change.abs() > COMMUNE_PERCENT)
                .then(|| format!("{code} ({change:+.0} %)"))
        });
        let moved: Vec<String> = moved.collect();
        if !moved.is_empty() {
            said.push(format!(
                "communes : {} ont gagné ou perdu plus de {COMMUNE_PERCENT} % de leurs {words} : {}",
                moved.len(),
                named(&moved)
            ));
        }
    }
}

fn totals(old: &Numbers, new: &Numbers, said: &mut Vec<String>) {
    for (column, words) in COUNTS {
        let (Some(before), Some(after)) = (old.get(column), new.get(column)) else { continue };
        let change = percent(*before, *after);
        if change.abs() > TOTAL_PERCENT {
            said.push(format!("ensemble : {words} {change:+.1} %"));
        }
    }
    let response = |of: &Numbers| Some(of.get("n_repondants")? / of.get("n_menages")? * 100.0);
    if let (Some(before), Some(after)) = (response(old), response(new))
        && (after - before).abs() > TOTAL_PERCENT
    {
        said.push(format!("ensemble : réponse de {before:.1} % à {after:.1} %"));
    }
}

/// Shares that moved more than two independent samples of their sizes explain.
fn shares(old: &Numbers, new: &Numbers, catalogue: &Catalogue, said: &mut Vec<String>) {
    let mut moved = Vec::new();
    for indicator in catalogue.indicators().iter().filter(|own| own.unit == Unit::Pourcent) {
        let (id, size) = (&indicator.id, format!("{}_den", indicator.id));
        let part = |of: &Numbers| Some((of.get(id)? / 100.0, *of.get(&size)?));
        let (Some((before, m)), Some((after, n))) = (part(old), part(new)) else { continue };
        let all = (before * m + after * n) / (m + n);
        let error = (all * (1.0 - all) * (1.0 / m + 1.0 / n)).sqrt();
        let points = (after - before) * 100.0;
        if points.abs() > LEAST_POINTS && (after - before).abs() > STANDARD_ERRORS * error {
            moved.push(format!("{id} ({points:+.1} points)"));
        }
    }
    if !moved.is_empty() {
        said.push(format!(
            "ensemble : {} indicateurs ont bougé de plus que le hasard n'explique : {}",
            moved.len(),
            named(&moved)
        ));
    }
}

fn percent(before: f64, after: f64) -> f64 {
    if before == 0.0 { 0.0 } else { (after - before) / before * 100.0 }
}

/// The first names of a list, and how many others there are.
fn named(all: &[String]) -> String {
    let first = all.iter().take(MOST_NAMED).cloned().collect::<Vec<_>>().join(", ");
    match all.len().saturating_sub(MOST_NAMED) {
        0 => first,
        others => format!("{first} et {others} autres"),
    }
}

/// The published numbers of each zone of a scale; none where the edition has no such scale.
fn zones(folder: &Path, scale: Scale) -> Result<BTreeMap<String, Numbers>, BadPrevious> {
    let mut zones = BTreeMap::new();
    each_zone(folder, scale, &mut |zone| {
        zones.insert(zone.code, zone.numbers);
    })?;
    Ok(zones)
}

fn each_zone(folder: &Path, scale: Scale, each: &mut dyn FnMut(Zone)) -> Result<(), BadPrevious> {
    let path = folder.join(format!("{scale}.fgb"));
    let bad = |problem: String| BadPrevious { path: path.clone(), problem };
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error)
            if error.kind() == std::io::ErrorKind::NotFound
                && folder.join("manifest.json").is_file() =>
        {
            return Ok(());
        }
        Err(error) => return Err(bad(error.to_string())),
    };
    let failed = |error: flatgeobuf::Error| bad(error.to_string());
    let mut features =
        FgbReader::open(BufReader::new(file)).map_err(failed)?.select_all_seq().map_err(failed)?;
    let mut read = 0;
    while let Some(feature) = features.next().map_err(failed)? {
        let mut zone = Zone::default();
        feature.process_properties(&mut zone).map_err(|error| bad(error.to_string()))?;
        each(zone);
        read += 1;
        if read > MOST_ZONES {
            return Err(bad(format!("plus de {MOST_ZONES} zones")));
        }
    }
    Ok(())
}

#[derive(Default)]
struct Zone {
    code: String,
    /// The group, of an address.
    grappe: String,
    numbers: Numbers,
}

impl PropertyProcessor for Zone {
    fn property(&mut self, _: usize, name: &str, value: &ColumnValue<'_>) -> GeozeroResult<bool> {
        match value {
            ColumnValue::String(text) if name == "code" => self.code = (*text).to_owned(),
            ColumnValue::String(text) if name == "grappe" => self.grappe = (*text).to_owned(),
            ColumnValue::Long(number) => {
                self.numbers.insert(name.to_owned(), *number as f64);
            }
            ColumnValue::Double(number) => {
                self.numbers.insert(name.to_owned(), *number);
            }
            _ => {}
        }
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(list: &[(&str, f64)]) -> Numbers {
        list.iter().map(|(column, value)| ((*column).to_owned(), *value)).collect()
    }

    #[test]
    fn communes_that_come_go_or_halve_are_named() {
        let zone = |count: f64| numbers(&[("n_logements", count)]);
        let of = |list: &[(&str, f64)]| {
            list.iter().map(|(code, count)| ((*code).to_owned(), zone(*count))).collect()
        };
        let mut said = Vec::new();
        communes(
            &of(&[("95018", 400.0), ("95063", 60.0), ("95127", 12.0), ("95500", 90.0)]),
            &of(&[("95018", 410.0), ("95063", 30.0), ("95127", 24.0), ("95585", 90.0)]),
            &mut said,
        );
        assert_eq!(
            said,
            [
                "communes : 1 n'y sont plus : 95500",
                "communes : 1 n'y étaient pas : 95585",
                "communes : 1 ont gagné ou perdu plus de 30 % de leurs logements : 95063 (-50 %)",
            ]
        );
    }

    #[test]
    fn a_share_moves_by_chance_in_a_small_sample_and_not_in_a_large_one() {
        let of = |share: f64, size: f64| numbers(&[("aide_apl", share), ("aide_apl_den", size)]);
        let moved = |size: f64| {
            let mut said = Vec::new();
            shares(&of(47.0, size), &of(50.0, size), &Catalogue::built_in(), &mut said);
            said
        };
        assert_eq!(moved(500.0), Vec::<String>::new());
        let words = "ensemble : 1 indicateurs ont bougé de plus que le hasard n'explique : aide_apl \
                     (+3.0 points)";
        assert_eq!(moved(50_000.0), [words]);
    }

    #[test]
    fn totals_and_response_are_held_against_those_before() {
        let of = |dwellings, households, answers| {
            numbers(&[
                ("n_logements", dwellings),
                ("n_menages", households),
                ("n_repondants", answers),
            ])
        };
        let mut said = Vec::new();
        totals(&of(1000.0, 900.0, 800.0), &of(1050.0, 700.0, 500.0), &mut said);
        assert_eq!(
            said,
            ["ensemble : ménages enquêtés -22.2 %", "ensemble : réponse de 88.9 % à 71.4 %"]
        );
    }
}
