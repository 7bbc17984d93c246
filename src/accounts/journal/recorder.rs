//! Consultations, on their way to the journal without slowing the request that they tell of.
//!
//! A request leaves a few pointers in a bounded queue. Once a second a writer gathers what came
//! in: one entry for each account, edition and scale, with the communes that had not been noted in
//! the last ten minutes. A process that is killed loses that second; one that is told to stop
//! writes it first.
//!
//! What cannot be written (full disk, lost database) waits in a bounded backlog and is written when
//! that is possible again. Meanwhile [`Recorder::is_failing`], and once the backlog is full or a
//! minute old [`Recorder::is_full`]: nothing more is shown then.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::sync::mpsc;

use super::entry::Kind;
use super::writer::Writer;
use crate::Access;
use domain::{CommuneCode, CommuneRow, Consultable, Scale};
use rights::{Account, View};

/// Consultations that wait to be written. One more is counted as lost, which is journaled.
pub(super) const QUEUE: usize = 65_536;

/// The part of the territory that was asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Area {
    /// West, south, east, north in degrees: a tile.
    Box([f64; 4]),
    /// One commune or one of its zones.
    Commune(CommuneCode),
    /// Some communes.
    Communes(Vec<CommuneCode>),
    /// The whole territory of the account.
    Territory,
}

impl Area {
    /// Whether a commune lies in the area, by its bounding box where that is all there is.
    pub(super) fn touches(&self, row: &CommuneRow) -> bool {
        match self {
            Area::Territory => true,
            Area::Commune(code) => row.code == *code,
            Area::Communes(codes) => codes.contains(&row.code),
            Area::Box([west, south, east, north]) => row
                .bounds
                .is_some_and(|[w, s, e, n]| w <= *east && e >= *west && s <= *north && n >= *south),
        }
    }
}

/// One consultation or export, as a request leaves it.
pub(super) struct Consulted {
    pub(super) account: Arc<Account>,
    pub(super) of: Arc<dyn Consultable>,
    pub(super) scale: Scale,
    pub(super) area: Area,
    pub(super) view: View,
    pub(super) kind: Kind,
    /// More words, each `name=value`.
    pub(super) said: Box<str>,
}

/// Where consultations are left. Cheap to clone.
#[derive(Clone)]
pub struct Recorder {
    queue: mpsc::Sender<Consulted>,
    shared: Arc<Shared>,
}

/// What the two ends tell each other.
#[derive(Default)]
pub(super) struct Shared {
    /// Consultations that the queue had no room for.
    pub(super) lost: AtomicU64,
    pub(super) failing: AtomicBool,
    pub(super) full: AtomicBool,
}

impl Recorder {
    /// A queue and its writer.
    pub fn new(access: Access) -> (Recorder, Writer) {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let shared = Arc::<Shared>::default();
        let writer = Writer::new(access, receiver, Arc::clone(&shared));
        (Recorder { queue: sender, shared }, writer)
    }

    /// Whether the last consultations could not be written: they wait.
    pub fn is_failing(&self) -> bool {
        self.shared.failing.load(Ordering::Relaxed)
    }

    /// Whether so much waits, or for so long, that nothing more may be consulted.
    pub fn is_full(&self) -> bool {
        self.shared.full.load(Ordering::Relaxed)
    }

    /// Notes that an account consulted a scale of an edition over an area. It never waits.
    pub fn consulted(
        &self,
        account: &Arc<Account>,
        of: Arc<dyn Consultable>,
        scale: Scale,
        area: Area,
        view: &View,
    ) {
        self.leave(Kind::Consultation, account, of, scale, area, (view, ""));
    }

    /// Notes an export of a scale over an area, with its format and purposes (`format=csv
    /// but=observation`): the list of what is to be destroyed at the end of a mission. Every one is
    /// written.
    pub fn exported(
        &self,
        account: &Arc<Account>,
        of: Arc<dyn Consultable>,
        scale: Scale,
        area: Area,
        told: (&View, &str),
    ) {
        self.leave(Kind::Export, account, of, scale, area, told);
    }

    /// Notes that an account exported far more in a day than the others did.
    pub fn harvested(
        &self,
        account: &Arc<Account>,
        of: Arc<dyn Consultable>,
        scale: Scale,
        view: &View,
    ) {
        self.leave(Kind::HarvestSuspected, account, of, scale, Area::Territory, (view, ""));
    }

    fn leave(
        &self,
        kind: Kind,
        account: &Arc<Account>,
        of: Arc<dyn Consultable>,
        scale: Scale,
        area: Area,
        (view, said): (&View, &str),
    ) {
        let (account, view, said) = (Arc::clone(account), view.clone(), said.into());
        let left = self.queue.try_send(Consulted { account, of, scale, area, view, kind, said });
        if left.is_err() {
            self.shared.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}
