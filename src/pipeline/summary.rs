//! What the build says at its end, in French: alerts first, then what was read, what is unknown, and
//! what the edition holds. For the operator's terminal and the private record: it has counts of people.

use std::fmt;
use std::path::PathBuf;

use protect::Published;
use publish::Written;
use readers::reject::Rejections;
use readers::table::FileReport;

use super::checks::Findings;

/// An edition that was built.
#[derive(Debug)]
pub struct Built {
    /// Where it is, and what its tiles weigh.
    pub written: Written,
    /// What is to be said of it.
    pub summary: Summary,
    /// Whether it is served from now on.
    pub activated: bool,
}

/// The last words of a build.
#[derive(Debug, Default)]
pub struct Summary {
    id: String,
    alerts: Vec<String>,
    notices: Vec<String>,
    tables: Vec<Table>,
    zones: Vec<String>,
    /// The share in % of surveyed households that answered.
    response: Option<f64>,
    activation: Option<&'static str>,
}

/// The files of one input together.
#[derive(Debug)]
struct Table {
    name: &'static str,
    files: usize,
    read: u64,
    rejected: u64,
    /// Columns that formulas read, with the share in % of kept rows without a value.
    unknown: Vec<(String, f64)>,
    /// What else is known of it.
    more: Vec<String>,
}

impl Summary {
    /// Nothing yet.
    pub fn new(id: &str) -> Summary {
        Summary { id: id.to_owned(), ..Summary::default() }
    }

    /// Takes what was found.
    pub fn findings(&mut self, findings: &Findings) {
        self.alerts.clone_from(&findings.alerts);
        self.notices.clone_from(&findings.notices);
    }

    /// The files of an input and the columns that formulas read of it.
    pub fn table<'c>(
        &mut self,
        name: &'static str,
        files: &[FileReport],
        rejections: &Rejections,
        columns: impl Iterator<Item = &'c String>,
        more: Vec<String>,
    ) {
        let kept: u64 = files.iter().map(FileReport::kept).sum();
        let unknown = columns.filter_map(|column| {
            let known: u64 = files.iter().filter_map(|file| file.known(column)).sum();
            let lacking = kept.saturating_sub(known) as f64 * 100.0;
            (kept > 0 && known > 0).then(|| (column.clone(), lacking / kept as f64))
        });
        self.tables.push(Table {
            name,
            files: files.len(),
            read: files.iter().map(FileReport::read).sum(),
            rejected: files.iter().map(|file| rejections.of_file(file.path())).sum(),
            unknown: unknown.collect(),
            more,
        });
    }

    /// The response of the whole territory, where it is published: that of the coarsest scale.
    pub fn response(&mut self, published: &Published) {
        let Some(whole) = published.scales().last() else { return };
        let catalogue = whole.catalogue();
        let total = |universe: usize| -> Option<u64> {
            (0..whole.zones().len()).map(|zone| whole.count(zone, universe)).sum()
        };
        let answered = catalogue.universe_index("repondants").and_then(total);
        self.response = match (catalogue.surveyed().and_then(total), answered) {
            (Some(surveyed), Some(answered)) if surveyed > 0 => {
                Some(answered as f64 * 100.0 / surveyed as f64)
            }
            _ => None,
        };
    }

    /// The zones of each scale of the edition.
    pub fn zones(&mut self, zones: impl Iterator<Item = (domain::Scale, usize)>) {
        self.zones = zones.map(|(scale, count)| format!("{scale} {count}")).collect();
    }

    /// Adds an alert.
    pub fn alert(&mut self, words: String) {
        self.alerts.push(words);
    }

    /// Whether somebody must look before the edition is shown.
    pub fn has_alert(&self) -> bool {
        !self.alerts.is_empty()
    }

    /// What became of the edition.
    pub fn activation(&mut self, words: &'static str) {
        self.activation = Some(words);
    }

    /// Where the whole report is.
    pub(crate) fn record(&mut self, path: PathBuf) {
        self.notices.push(format!("rapport complet : {}", path.display()));
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "édition {}", self.id)?;
        for alert in &self.alerts {
            writeln!(f, "ALERTE {alert}")?;
        }
        for table in &self.tables {
            write!(
                f,
                "{} : {} lignes lues dans {} fichier{}, {} rejetées",
                table.name,
                table.read,
                table.files,
                if table.files > 1 { "s" } else { "" },
                table.rejected
            )?;
            for words in &table.more {
                write!(f, ", {words}")?;
            }
            writeln!(f)?;
            let unknown = table.unknown.iter().filter(|(_, percent)| *percent >= 0.05);
            let unknown: Vec<String> =
                unknown.map(|(column, percent)| format!("{column} {percent:.1} %")).collect();
            if !unknown.is_empty() {
                writeln!(f, "  sans réponse : {}", unknown.join(", ").replace('.', ","))?;
            }
        }
        if let Some(percent) = self.response {
            let percent = format!("{percent:.1}").replace('.', ",");
            writeln!(f, "réponse : {percent} % des ménages enquêtés")?;
        }
        if !self.zones.is_empty() {
            writeln!(f, "zones : {}", self.zones.join(", "))?;
        }
        for notice in &self.notices {
            writeln!(f, "{notice}")?;
        }
        if let Some(words) = self.activation {
            writeln!(f, "{words}")?;
        }
        Ok(())
    }
}
