//! The import report: what a data steward reads after a build. It stays in the record directory.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use ingest::{Geography, Placing};
use readers::reject::{Rejections, private_file};
use readers::table::FileReport;

use super::checks::Findings;

/// The name of the report in the record directory.
const FILE_NAME: &str = "import.txt";

/// What was read, kept, rejected, and where codes and geometry disagree.
pub struct ImportReport {
    text: String,
}

impl ImportReport {
    /// The report of one edition.
    pub fn new(id: &str) -> ImportReport {
        ImportReport { text: format!("Rapport d'import de l'édition {id}\n") }
    }

    /// A paragraph per file.
    pub fn files(&mut self, files: &[FileReport]) {
        for file in files {
            self.line(format!("\n{}", file.path().display()));
            self.line(format!(
                "  lignes lues {}, gardées {}, rejetées {} à la lecture",
                file.read(),
                file.kept(),
                file.rejected()
            ));
            self.line(format!(
                "  séparateur « {} », encodage {}, empreinte {}",
                file.delimiter().escape_default(),
                file.encoding().label(),
                file.sha256()
            ));
            if !file.ignored().is_empty() {
                self.line(format!("  colonnes ignorées : {}", file.ignored().join(", ")));
            }
            if !file.absent().is_empty() {
                self.line(format!("  colonnes absentes : {}", file.absent().join(", ")));
            }
        }
    }

    /// The contours that no table knows.
    pub fn contours(&mut self, geography: &Geography) {
        if geography.left_out().is_empty() {
            return;
        }
        self.line("\nContours laissés de côté, leur code n'est dans aucune table :".into());
        for (scale, code) in geography.left_out() {
            self.line(format!("  {scale} {code}"));
        }
    }

    /// How dwellings found their place.
    pub fn placing(&mut self, placing: Placing) {
        self.line("\nPlacement".into());
        let lines = [
            ("adresses", placing.addresses),
            ("logements sans coordonnées", placing.dwellings_without_coordinates),
            (
                "adresses dont les logements portent plusieurs codes",
                placing.addresses_with_several_codes,
            ),
            (
                "adresses dont le code IRIS et le point diffèrent (le code l'emporte)",
                placing.iris_disagreements,
            ),
            (
                "adresses dont le code QPV et le point diffèrent (le code l'emporte)",
                placing.qpv_disagreements,
            ),
            ("adresses hors du contour de leur commune", placing.commune_disagreements),
            ("adresses au code IRIS inconnu des contours", placing.unknown_iris_codes),
            ("adresses au code QPV inconnu des contours", placing.unknown_qpv_codes),
            (
                "adresses d'une commune divisée à plus de 50 m de tout IRIS",
                placing.addresses_outside_iris,
            ),
        ];
        for (label, count) in lines {
            self.line(format!("  {label} : {count}"));
        }
    }

    /// Rejected rows by file, column and reason.
    pub fn rejections(&mut self, rejections: &Rejections) {
        self.line(format!("\nLignes rejetées : {}", rejections.total()));
        for count in rejections.counts() {
            let column = count.column.unwrap_or("(ligne)");
            let file = count.file.file_name().unwrap_or_default().to_string_lossy();
            self.line(format!("  {file}, {column} : {} ({})", count.reason, count.rows));
        }
    }

    /// What stops the build, what somebody must look at, and what is said.
    pub fn findings(&mut self, findings: &Findings) {
        for stop in &findings.stops {
            self.line(format!("\nARRÊT {stop}"));
        }
        for alert in &findings.alerts {
            self.line(format!("\nALERTE {alert}"));
        }
        for notice in &findings.notices {
            self.line(format!("\n{notice}"));
        }
    }

    /// Writes the report.
    pub fn write(&self, record: &Path) -> std::io::Result<()> {
        private_file(&record.join(FILE_NAME))?.write_all(self.text.as_bytes())
    }

    fn line(&mut self, text: String) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.text, "{text}");
    }
}
