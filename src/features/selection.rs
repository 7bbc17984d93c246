//! Which zones of a scale a reader is given, and which columns.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::columns::Shown;
use super::row::{self, Row, Rows};
use super::store::Table;
use super::{BadQuestion, FeatureError, Within};
use domain::{Audience, Scale};
use edition::Edition;
use rights::View;

/// Changes whenever the same selection would give other rows.
const FORMAT: &str = "seuil-rows-1";

/// The zones of a scale that a view shows, narrowed to those within another zone, with the columns that its
/// audience reads and that were asked for. It is made from a [`View`] alone.
#[derive(Clone)]
pub struct Selection {
    table: Arc<Table>,
    /// One bit for each question of the index.
    shown_questions: Arc<[u64]>,
    shown: Arc<Shown>,
    audience: Audience,
    within: Option<Within>,
    digest: [u8; 32],
}

impl Selection {
    pub(super) fn new(
        table: Arc<Table>,
        view: &View,
        (within, fields): (Option<Within>, Option<&str>),
    ) -> Result<Selection, BadQuestion> {
        let (edition, scale) = (table.edition(), table.scale());
        let shown = Arc::new(Shown::new(&table.index().layout, edition, view.audience(), fields)?);
        let digest = digest(edition, scale, view, within.as_ref(), &shown);
        let shown_questions = table.shown(view, within.as_ref());
        Ok(Selection { shown_questions, audience: view.audience(), table, shown, within, digest })
    }

    /// The edition.
    pub fn edition(&self) -> &Arc<Edition> {
        self.table.edition()
    }

    /// The scale.
    pub fn scale(&self) -> Scale {
        self.table.scale()
    }

    /// Whose columns these are.
    pub fn audience(&self) -> Audience {
        self.audience
    }

    /// The zone that it is narrowed to.
    pub fn within(&self) -> Option<&Within> {
        self.within.as_ref()
    }

    /// The columns.
    pub fn shown(&self) -> &Shown {
        &self.shown
    }

    /// The SHA-256 of everything that its rows depend on: edition, scale, territory, audience, narrowing,
    /// columns. Equal rights have equal digests; it says nothing of the account.
    pub fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// Its zones in the order of their codes, from the one after a code on, so many at most.
    pub fn rows(&self, after: Option<&str>, limit: usize) -> Rows {
        Rows::new(self, after, limit)
    }

    /// How many zones it has.
    pub fn count(&self) -> usize {
        (0..self.table.index().len()).filter(|row| self.shows(*row)).count()
    }

    /// The zone at a place of the index, where it is one of these. It waits for the disk.
    pub(super) fn row(&self, row: usize) -> Option<Result<Row, FeatureError>> {
        self.shows(row).then(|| row::read(&self.table, &self.shown, row))
    }

    pub(super) fn table(&self) -> &Arc<Table> {
        &self.table
    }

    pub(super) fn shared_shown(&self) -> &Arc<Shown> {
        &self.shown
    }

    /// Whether the zone at a place of the index is one of them.
    pub(super) fn shows(&self, row: usize) -> bool {
        let question = self.table.index().question(row);
        self.shown_questions.get(question / 64).is_some_and(|word| word >> (question % 64) & 1 == 1)
    }
}

fn digest(
    edition: &Edition,
    scale: Scale,
    view: &View,
    within: Option<&Within>,
    shown: &Shown,
) -> [u8; 32] {
    let mut sha = Sha256::new();
    let within = within.map(Within::text).unwrap_or_default();
    sha.update(format!(
        "{FORMAT}\n{}\n{scale}\n{}\n{}\n{within}\n",
        edition.digest(),
        view.visible().digest(),
        view.audience().id(),
    ));
    for column in shown.columns() {
        sha.update(&*column.name);
        sha.update("\n");
    }
    sha.finalize().into()
}
