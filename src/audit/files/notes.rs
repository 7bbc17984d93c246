//! What is found in one file.

use crate::Finding;

/// Findings that are kept of one file: a file that is wrong everywhere must not fill the memory.
const MOST: usize = 20_000;

/// The findings of a file, each of which begins with its name.
pub struct Notes {
    rule: &'static str,
    file: String,
    findings: Vec<Finding>,
    more: usize,
}

impl Notes {
    pub fn new(rule: &'static str, file: &str) -> Notes {
        Notes { rule, file: file.to_owned(), findings: Vec::new(), more: 0 }
    }

    pub fn add(&mut self, words: impl std::fmt::Display) {
        if self.findings.len() < MOST {
            self.findings.push(Finding::new(self.rule, format!("{}, {words}", self.file)));
        } else {
            self.more += 1;
        }
    }

    /// Notes where what is read is not what is due.
    pub fn same<T: PartialEq + std::fmt::Debug>(&mut self, field: &str, read: &T, due: &T) {
        if read != due {
            self.add(format_args!("{field} : {read:?} au lieu de {due:?}"));
        }
    }

    /// How much was noted.
    pub fn len(&self) -> usize {
        self.findings.len() + self.more
    }

    pub fn into_findings(mut self) -> Vec<Finding> {
        if self.more > 0 {
            let words = format!("{}, … et {} autres", self.file, self.more);
            self.findings.push(Finding::new(self.rule, words));
        }
        self.findings
    }
}
