//! An edition, read from its files alone.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use flatgeobuf::{FallibleStreamingIterator, FgbReader};
use geozero::{ColumnValue, FeatureProperties, PropertyProcessor};
use serde::Serialize;
use serde::de::DeserializeOwned;

use domain::{
    Catalogue, Certificate, CommuneRow, Extremes, Fault, HasFault, Manifest, Opening, Scale,
};
use edition::EditionId;

use super::Finding;
use super::extremes::keeps_back;
use super::files::notes::Notes;
use super::files::{folder, illegible, json};
use super::seen::{Columns, Seen, Value};
use super::source::Groups;

/// Bytes of a document: France has 35,000 communes of about 200 bytes each.
const LARGEST_DOCUMENT: u64 = 64 << 20;

/// The documents of an edition whose digests are those of its manifest.
pub struct EditionFiles {
    folder: PathBuf,
    /// The name of the folder.
    pub(super) id: String,
    pub manifest: Manifest,
    pub catalogue: Catalogue,
    pub communes: Vec<CommuneRow>,
    pub(super) certificate: Certificate,
    /// What the certificate says that the operator opened.
    pub open: BTreeSet<Opening>,
    /// The indicators of which some file has a column of marks.
    marked: BTreeSet<String>,
    findings: Vec<Finding>,
}

/// The edition cannot be audited.
#[derive(Debug, thiserror::Error)]
pub enum BadEdition {
    #[error("{0} : une édition est un dossier nommé comme 2024r1")]
    Name(PathBuf),
    #[error("{path} : l'empreinte n'est pas celle du manifeste")]
    Differs { path: PathBuf },
    #[error("{path} : {problem}")]
    Content { path: PathBuf, problem: String },
    /// Nothing more can be said of it than this.
    #[error("{} : {}", .0.rule, .0.words)]
    Refused(Finding),
}

impl HasFault for BadEdition {
    fn fault(&self) -> Fault {
        match self {
            BadEdition::Name(_) => Fault::Usage,
            _ => Fault::Input,
        }
    }
}

impl EditionFiles {
    /// Verifies every digest, then reads the documents.
    pub fn open(folder: &Path) -> Result<EditionFiles, BadEdition> {
        let name = || BadEdition::Name(folder.into());
        // `2024r1/..` and `.` have no name of their own.
        let whole = folder.canonicalize().map_err(|_| name())?;
        let text = whole.file_name().and_then(|text| text.to_str()).ok_or_else(name)?;
        text.parse::<EditionId>().map_err(|_| name())?;
        let mut notes = Notes::new("Fichiers", text);
        let failed = |error: std::io::Error| BadEdition::Content {
            path: folder.into(),
            problem: error.to_string(),
        };
        let manifest: Manifest = document(folder, "manifest.json", &mut notes)?;
        let due = folder::due(&manifest);
        folder::check(folder, &due, &mut notes).map_err(failed)?;
        let differs = folder::first_that_differs(folder, &manifest.files, &due).map_err(failed)?;
        if let Some(file) = differs {
            return Err(BadEdition::Differs { path: folder.join(file) });
        }
        let bytes = read(folder, "indicators.json")?;
        let catalogue = Catalogue::from_json(&bytes)
            .map_err(|error| BadEdition::Refused(illegible("indicators.json", error)))?;
        check_text("indicators.json", &bytes, &catalogue, &mut notes);
        let communes: Vec<CommuneRow> = document(folder, "communes.json", &mut notes)?;
        let certificate: Certificate = document(folder, "certificate.json", &mut notes)?;
        let open = certificate.opened.iter().map(|entry| entry.opening).collect();
        let marked = manifest.scales.iter().flat_map(|own| marked(folder, own.id)).collect();
        Ok(EditionFiles {
            marked,
            folder: folder.into(),
            id: text.to_owned(),
            manifest,
            catalogue,
            communes,
            certificate,
            open,
            findings: notes.into_findings(),
        })
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// What is wrong with the folder and the text of the documents.
    pub(super) fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Which extremes of a family the edition keeps back: as its catalogue says, where the columns of
    /// its files agree; as these have it, where they do not.
    pub fn extremes(&self, family: &str) -> Extremes {
        let mut families = self.catalogue.families().iter();
        let said = families.find(|own| own.id == family).map_or(Extremes::Off, |own| own.extremes);
        let scales: Vec<Scale> = self.manifest.scales.iter().map(|own| own.id).collect();
        let (mut could, mut does) = (false, false);
        for own in self.catalogue.indicators().iter().filter(|own| own.family == family) {
            let mut offered = scales.iter().filter(|scale| self.catalogue.offers(own, **scale));
            could |= offered.any(|scale| keeps_back(*scale));
            does |= self.marked.contains(&own.id);
        }
        match (does, said) {
            (true, Extremes::Off) => Extremes::Both,
            (false, _) if could => Extremes::Off,
            _ => said,
        }
    }

    /// The group of each address, as the edition says it; none where it has no groups.
    ///
    /// # Errors
    /// What stops the reading, as a finding.
    pub fn groups(&self, catalogue: &Catalogue) -> Result<Groups, Finding> {
        let has = |scale: Scale| self.manifest.scales.iter().any(|entry| entry.id == scale);
        let mut pairs = Vec::new();
        if has(Scale::ADRESSE) && has(Scale::GRAPPE) {
            self.zones(Scale::ADRESSE, catalogue, &mut |seen| {
                pairs.push((seen.code, seen.group.grappe));
            })?;
        }
        Ok(pairs.into_iter().filter(|pair| !pair.1.is_empty()).collect())
    }

    /// Hands over every zone of a scale, in the order of the file, as far as it can be read: what
    /// stops the reading is a finding.
    pub fn zones(
        &self,
        scale: Scale,
        catalogue: &Catalogue,
        each: &mut dyn FnMut(Seen),
    ) -> Result<(), Finding> {
        let file = format!("{scale}.fgb");
        let stop = |problem: &dyn std::fmt::Display| illegible(&file, problem);
        let columns = Columns::new(catalogue);
        let opened = File::open(self.folder.join(&file)).map_err(|error| stop(&error))?;
        let reader = FgbReader::open(BufReader::new(opened)).map_err(|error| stop(&error))?;
        let mut features = reader.select_all().map_err(|error| stop(&error))?;
        while let Some(feature) = features.next().map_err(|error| stop(&error))? {
            let mut zone = Reading { columns: &columns, seen: columns.blank(), problem: None };
            feature.process_properties(&mut zone).map_err(|error| stop(&error))?;
            if let Some(problem) = zone.problem {
                return Err(stop(&problem));
            }
            each(zone.seen);
        }
        Ok(())
    }
}

/// The indicators of which the file of a scale has a column of marks; none where it cannot be read, which
/// is found as it is checked.
fn marked(folder: &Path, scale: Scale) -> Vec<String> {
    let path = folder.join(format!("{scale}.fgb"));
    // What is no plain file could wait for ever.
    let is_file = std::fs::symlink_metadata(&path).is_ok_and(|about| about.is_file());
    let opened = is_file.then(|| File::open(path).ok()).flatten();
    let reader = opened.and_then(|file| FgbReader::open(BufReader::new(file)).ok());
    let columns = reader.as_ref().and_then(|reader| reader.header().columns());
    let names = columns.into_iter().flatten().map(|column| column.name());
    names.filter_map(|name| name.strip_suffix("_ext").map(str::to_owned)).collect()
}

fn read(folder: &Path, file: &str) -> Result<Vec<u8>, BadEdition> {
    let refused = |problem: String| BadEdition::Refused(illegible(file, problem));
    let path = folder.join(file);
    // What is no plain file is not opened: it could be anything, and wait for ever.
    let length = std::fs::symlink_metadata(&path).map(|about| (about.is_dir(), about.len()));
    match length {
        Ok((false, length)) if length <= LARGEST_DOCUMENT => {}
        Ok(_) => return Err(refused("un dossier, ou trop grand".to_owned())),
        Err(error) => return Err(refused(error.to_string())),
    }
    std::fs::read(&path).map_err(|error| refused(error.to_string()))
}

fn document<T: DeserializeOwned + Serialize>(
    folder: &Path,
    file: &str,
    notes: &mut Notes,
) -> Result<T, BadEdition> {
    let bytes = read(folder, file)?;
    let document = serde_json::from_slice(&bytes)
        .map_err(|error| BadEdition::Refused(illegible(file, error)))?;
    check_text(file, &bytes, &document, notes);
    Ok(document)
}

fn check_text(file: &str, bytes: &[u8], document: &impl Serialize, notes: &mut Notes) {
    if json::is_canonical(bytes, document) {
        return;
    }
    let words = match (serde_json::from_slice(bytes), serde_json::to_value(document)) {
        (Ok(read), Ok(due)) => json::difference(&read, &due),
        _ => None,
    };
    let words = words.unwrap_or_else(|| "des octets que le moteur n'écrit pas".to_owned());
    notes.add(format_args!("« {file} » : {words}"));
}

struct Reading<'a> {
    columns: &'a Columns,
    seen: Seen,
    problem: Option<String>,
}

impl PropertyProcessor for Reading<'_> {
    fn property(
        &mut self,
        _: usize,
        name: &str,
        value: &ColumnValue<'_>,
    ) -> geozero::error::Result<bool> {
        let value = match value {
            ColumnValue::String(text) => Value::Text(text),
            ColumnValue::Bool(truth) => Value::Truth(*truth),
            ColumnValue::Long(number) => Value::Integer(*number),
            ColumnValue::Double(number) => Value::Number(*number),
            _ => {
                self.problem = Some(format!("colonne « {name} » : type inattendu"));
                return Ok(true);
            }
        };
        if let Err(problem) = self.columns.put(&mut self.seen, name, &value) {
            self.problem = Some(problem.to_string());
        }
        Ok(self.problem.is_some())
    }
}
