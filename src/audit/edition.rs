//! An edition, read from its files alone.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use flatgeobuf::{FallibleStreamingIterator, FgbReader};
use geozero::{ColumnValue, FeatureProperties, PropertyProcessor};

use crate::domain::{Catalogue, Certificate, CommuneRow, Manifest, Opening, Scale};
use crate::edition::{EditionError, EditionId, Verdict, verify};

use super::seen::{Columns, Seen, Value};

/// The documents of an edition whose digests are those of its manifest.
pub struct EditionFiles {
    folder: PathBuf,
    pub manifest: Manifest,
    pub catalogue: Catalogue,
    pub communes: Vec<CommuneRow>,
    /// What the certificate says that the operator opened.
    pub open: BTreeSet<Opening>,
}

/// The edition cannot be audited.
#[derive(Debug, thiserror::Error)]
pub enum BadEdition {
    #[error("{0} : une édition est un dossier nommé comme 2024r1")]
    Name(PathBuf),
    #[error(transparent)]
    Edition(#[from] EditionError),
    #[error("{path} : l'empreinte n'est pas celle du manifeste")]
    Differs { path: PathBuf },
    #[error("{path} : {problem}")]
    Content { path: PathBuf, problem: String },
}

impl EditionFiles {
    /// Verifies every digest, then reads the documents.
    pub fn open(folder: &Path) -> Result<EditionFiles, BadEdition> {
        let name = || BadEdition::Name(folder.into());
        // `2024r1/..` and `.` have no name of their own.
        let whole = folder.canonicalize().map_err(|_| name())?;
        let text = whole.file_name().and_then(|text| text.to_str()).ok_or_else(name)?;
        let id: EditionId = text.parse().map_err(|_| name())?;
        let parent = whole.parent().ok_or_else(name)?;
        if let Some(verdict) = verify(parent, id)?.into_iter().next() {
            let (Verdict::Differs(file) | Verdict::Missing(file) | Verdict::Unlisted(file)) =
                verdict;
            return Err(BadEdition::Differs { path: folder.join(file) });
        }
        let content =
            |file: &str, problem: String| BadEdition::Content { path: folder.join(file), problem };
        let read = |file: &str| {
            std::fs::read(folder.join(file)).map_err(|error| content(file, error.to_string()))
        };
        let manifest: Manifest = serde_json::from_slice(&read("manifest.json")?)
            .map_err(|error| content("manifest.json", error.to_string()))?;
        let catalogue = Catalogue::from_json(&read("indicators.json")?)
            .map_err(|error| content("indicators.json", error.to_string()))?;
        let communes = serde_json::from_slice(&read("communes.json")?)
            .map_err(|error| content("communes.json", error.to_string()))?;
        let certificate: Certificate = serde_json::from_slice(&read("certificate.json")?)
            .map_err(|error| content("certificate.json", error.to_string()))?;
        let open = certificate.opened.iter().map(|entry| entry.opening).collect();
        Ok(EditionFiles { folder: folder.into(), manifest, catalogue, communes, open })
    }

    /// Hands over every zone of a scale, in the order of the file.
    pub fn zones(
        &self,
        scale: Scale,
        each: &mut dyn FnMut(Seen) -> Result<(), String>,
    ) -> Result<(), BadEdition> {
        let path = self.folder.join(format!("{scale}.fgb"));
        let content = |problem: String| BadEdition::Content { path: path.clone(), problem };
        let columns = Columns::new(&self.catalogue);
        let file = File::open(&path).map_err(|error| content(error.to_string()))?;
        let reader =
            FgbReader::open(BufReader::new(file)).map_err(|error| content(error.to_string()))?;
        let mut features = reader.select_all().map_err(|error| content(error.to_string()))?;
        while let Some(feature) = features.next().map_err(|error| content(error.to_string()))? {
            let mut zone = Reading { columns: &columns, seen: columns.blank(), problem: None };
            feature.process_properties(&mut zone).map_err(|error| content(error.to_string()))?;
            if let Some(problem) = zone.problem {
                return Err(content(problem));
            }
            each(zone.seen).map_err(content)?;
        }
        Ok(())
    }
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
            self.problem = Some(problem);
        }
        Ok(self.problem.is_some())
    }
}
