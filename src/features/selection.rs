//! Which zones of a scale a reader is given, and which columns.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::columns::Shown;
use super::filter::Filter;
use super::lead::Lead;
use super::page::union;
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
    /// One bit for each zone of the index that a filter keeps; `None` without a filter.
    kept: Option<Arc<[u64]>>,
    /// The zones that come first; the others follow in the order of their codes.
    lead: Lead,
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
        let (audience, kept, lead) = (view.audience(), None, Lead::default());
        Ok(Selection { shown_questions, audience, table, shown, within, kept, lead, digest })
    }

    /// Those of its zones that a filter keeps. It may wait for the disk: not to be called on a thread of the
    /// server. Only zones of the selection are looked at, so nothing depends on any other.
    ///
    /// # Errors
    /// [`FeatureError`].
    pub fn filtered(mut self, filter: &Filter) -> Result<Selection, FeatureError> {
        let index = self.table.index();
        let mut kept = vec![0_u64; index.len().div_ceil(64)];
        for row in (0..index.len()).filter(|row| self.shows(*row)) {
            if filter.keeps(&self.table, row)? {
                kept[row / 64] |= 1 << (row % 64);
            }
        }
        self.kept = Some(kept.into());
        let mut sha = Sha256::new();
        sha.update(self.digest);
        sha.update(filter.text());
        self.digest = sha.finalize().into();
        Ok(self)
    }

    /// The same zones, some of them before the others. The digest stays: it names the zones, not their order.
    pub fn led_by(mut self, lead: Lead) -> Selection {
        self.lead = lead;
        self
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

    /// Its zones in their order, that of their codes but for those that lead, from the one after a code on, so many
    /// at most.
    pub fn rows(&self, after: Option<&str>, limit: usize) -> Rows {
        Rows::new(self, after, limit)
    }

    /// How many zones it has.
    pub fn count(&self) -> usize {
        (0..self.table.index().len()).filter(|row| self.shows(*row)).count()
    }

    /// West, south, east, north of all of them in degrees; `None` where there is none.
    pub fn bounds(&self) -> Option<[f64; 4]> {
        let index = self.table.index();
        let rows = (0..index.len()).filter(|row| self.shows(*row));
        rows.fold(None, |around, row| Some(union(around, index.bounds(row))))
    }

    /// The zone of a code, where it is one of these. It waits for the disk.
    ///
    /// # Errors
    /// [`FeatureError`].
    pub fn zone(&self, code: &str) -> Result<Option<Row>, FeatureError> {
        self.table.index().find(code).and_then(|row| self.row(row)).transpose()
    }

    /// The zone at a place of the index, where it is one of these. It waits for the disk.
    pub(super) fn row(&self, row: usize) -> Option<Result<Row, FeatureError>> {
        self.shows(row).then(|| row::read(&self.table, &self.shown, row))
    }

    pub(super) fn table(&self) -> &Arc<Table> {
        &self.table
    }

    pub(super) fn lead(&self) -> &[usize] {
        self.lead.places()
    }

    pub(super) fn shared_shown(&self) -> &Arc<Shown> {
        &self.shown
    }

    /// Whether the zone at a place of the index is one of them.
    pub(super) fn shows(&self, row: usize) -> bool {
        let has = |bits: &[u64], at: usize| {
            bits.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
        };
        let question = self.table.index().question(row);
        has(&self.shown_questions, question) && self.kept.as_ref().is_none_or(|kept| has(kept, row))
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
