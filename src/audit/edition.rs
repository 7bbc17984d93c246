//! An edition, read from its files alone.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use flatgeobuf::{FallibleStreamingIterator, FgbReader};
use geozero::{ColumnValue, FeatureProperties, PropertyProcessor};
use serde::Serialize;
use serde::de::DeserializeOwned;

use domain::{Catalogue, Certificate, CommuneRow, Fault, HasFault, Manifest, Opening, Scale};
use edition::EditionId;

use super::Finding;
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
        Ok(EditionFiles {
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
