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

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::mpsc;

use super::journal::{self, Event, Kind};
use super::{Access, AccessError};
use domain::{Causes, CommuneCode, CommuneRow, Consultable, Scale};
use rights::{Account, Timestamp, View};

/// Consultations that wait to be written. One more is counted as lost, which is journaled.
const QUEUE: usize = 65_536;
/// How often they are written.
const PERIOD: Duration = Duration::from_secs(1);
/// An area noted is not noted again for so many seconds.
const AGAIN: i64 = 600;
/// Accounts, editions and scales whose last areas are remembered.
const MAX_REMEMBERED: usize = 10_000;
/// Entries and their communes that wait because nothing can be written.
const MAX_BACKLOG: usize = 200_000;
/// Seconds for which consultations go on while nothing can be written.
const MAX_FAILING: i64 = 60;
/// How long one writing may take.
const PATIENCE: Duration = Duration::from_secs(15);
/// Communes named by one entry; more are named by département.
const MAX_NAMED: usize = 60;

/// The part of the territory that was asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Area {
    /// West, south, east, north in degrees: a tile.
    Box([f64; 4]),
    /// One commune or one of its zones.
    Commune(CommuneCode),
    /// The whole territory of the account.
    Territory,
}

/// An account, an edition, a scale.
type Key = (Box<str>, String, Scale);
/// One entry to be written.
struct Noted {
    at: Timestamp,
    kind: Kind,
    key: Key,
    communes: BTreeSet<CommuneCode>,
}

struct Consulted {
    account: Arc<Account>,
    of: Arc<dyn Consultable>,
    scale: Scale,
    area: Area,
    view: View,
    kind: Kind,
}

/// Where consultations are left. Cheap to clone.
#[derive(Clone)]
pub struct Recorder {
    queue: mpsc::Sender<Consulted>,
    shared: Arc<Shared>,
}

/// What the two ends tell each other.
#[derive(Default)]
struct Shared {
    /// Consultations that the queue had no room for.
    lost: AtomicU64,
    failing: AtomicBool,
    full: AtomicBool,
}

/// The other end: what is written, and what was written lately.
pub struct Writer {
    access: Access,
    queue: mpsc::Receiver<Consulted>,
    shared: Arc<Shared>,
    backlog: Vec<Noted>,
    failing_since: Option<Timestamp>,
    noted: HashMap<Key, HashMap<CommuneCode, i64>>,
}

impl Recorder {
    /// A queue and its writer.
    pub fn new(access: Access) -> (Recorder, Writer) {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let shared = Arc::<Shared>::default();
        let writer = Writer {
            access,
            queue: receiver,
            shared: Arc::clone(&shared),
            backlog: Vec::new(),
            failing_since: None,
            noted: HashMap::new(),
        };
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
        self.leave(Kind::Consultation, account, of, scale, area, view);
    }

    /// Notes an export of a scale of the whole territory: the list of what is to be destroyed at
    /// the end of a mission. Every one is written.
    pub fn exported(
        &self,
        account: &Arc<Account>,
        of: Arc<dyn Consultable>,
        scale: Scale,
        view: &View,
    ) {
        self.leave(Kind::Export, account, of, scale, Area::Territory, view);
    }

    fn leave(
        &self,
        kind: Kind,
        account: &Arc<Account>,
        of: Arc<dyn Consultable>,
        scale: Scale,
        area: Area,
        view: &View,
    ) {
        let (account, view) = (Arc::clone(account), view.clone());
        let left = self.queue.try_send(Consulted { account, of, scale, area, view, kind });
        if left.is_err() {
            self.shared.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Writer {
    /// Writes for as long as the future is polled, then, once every [`Recorder`] is gone or `stop`
    /// is done, what is left.
    pub async fn run(mut self, clock: impl Fn() -> Timestamp, stop: impl Future<Output = ()>) {
        let mut stop = std::pin::pin!(stop);
        let mut complained = false;
        loop {
            let stopped = tokio::select! {
                () = tokio::time::sleep(PERIOD) => false,
                () = &mut stop => true,
            };
            match self.write(clock()).await {
                Ok(()) if complained => {
                    tracing::warn!("les consultations sont de nouveau journalisées");
                    complained = false;
                }
                Ok(()) => {}
                Err(error) if !complained => {
                    let causes = Causes(&error);
                    tracing::error!("les consultations n'ont pas pu être journalisées : {causes}");
                    complained = true;
                }
                Err(_) => {}
            }
            if stopped {
                return;
            }
        }
    }

    /// Writes what waits, in one transaction. What could not be written waits for the next time.
    ///
    /// # Errors
    /// Those of the database; all of it waits then.
    pub async fn write(&mut self, now: Timestamp) -> Result<(), AccessError> {
        self.gather(now);
        let written = self.append(now).await;
        match written {
            Ok(()) => {
                self.backlog.clear();
                self.failing_since = None;
            }
            Err(_) => {
                self.failing_since.get_or_insert(now);
            }
        }
        let is_long = |since: Timestamp| now.seconds() - since.seconds() >= MAX_FAILING;
        let full = self.failing_since.is_some_and(is_long) || self.waiting() >= MAX_BACKLOG;
        self.shared.failing.store(self.failing_since.is_some(), Ordering::Relaxed);
        self.shared.full.store(full, Ordering::Relaxed);
        written
    }

    /// Entries that wait, and their communes.
    fn waiting(&self) -> usize {
        self.backlog.iter().map(|entry| 1 + entry.communes.len()).sum()
    }

    /// Makes entries of what the queue holds, as long as the backlog has room.
    fn gather(&mut self, now: Timestamp) {
        if self.waiting() >= MAX_BACKLOG {
            return;
        }
        let mut areas: HashMap<Key, BTreeSet<CommuneCode>> = HashMap::new();
        let mut entries = Vec::new();
        for _ in 0..QUEUE {
            let Ok(one) = self.queue.try_recv() else { break };
            let communes = communes(&one);
            let key = (one.account.id().into(), one.of.name(), one.scale);
            if one.kind == Kind::Export {
                entries.push(Noted { at: now, kind: Kind::Export, key, communes });
            } else {
                areas.entry(key).or_default().extend(communes);
            }
        }
        for (key, mut communes) in areas {
            if self.noted.len() >= MAX_REMEMBERED {
                self.noted.clear();
            }
            let noted = self.noted.entry(key.clone()).or_default();
            noted.retain(|_, at| now.seconds() - *at < AGAIN);
            let nothing_before = noted.is_empty();
            communes.retain(|code| noted.insert(*code, now.seconds()).is_none());
            // A view of no commune (France from afar) is noted once in a while too.
            if !communes.is_empty() || nothing_before {
                entries.push(Noted { at: now, kind: Kind::Consultation, key, communes });
            }
        }
        entries.sort_by(|one, other| one.key.cmp(&other.key));
        self.backlog.append(&mut entries);
    }

    async fn append(&self, now: Timestamp) -> Result<(), AccessError> {
        let lost = self.shared.lost.load(Ordering::Relaxed);
        if self.backlog.is_empty() && lost == 0 {
            return Ok(());
        }
        // A database that was lost may not even refuse.
        let late = |_| AccessError::Database(sqlx::Error::PoolTimedOut);
        tokio::time::timeout(PATIENCE, self.append_all(lost, now)).await.map_err(late)??;
        self.shared.lost.fetch_sub(lost, Ordering::Relaxed);
        Ok(())
    }

    async fn append_all(&self, lost: u64, now: Timestamp) -> Result<(), AccessError> {
        let mut change = self.access.database.change().await?;
        for Noted { at, kind, key: (account, edition, scale), communes } in &self.backlog {
            let detail = format!("{edition} {scale} {}", named(communes));
            let event =
                Event { kind: *kind, actor: account, subject: account, detail: detail.trim_end() };
            journal::append(&mut change, *at, event).await?;
        }
        if lost > 0 {
            let detail = format!("{lost} consultations n'ont pas pu être notées");
            let kind = Kind::ConsultationLost;
            let event = Event { kind, actor: "-", subject: "", detail: &detail };
            journal::append(&mut change, now, event).await?;
        }
        Ok(change.commit().await?)
    }
}

/// The communes of the account's territory that an area touches.
fn communes(one: &Consulted) -> BTreeSet<CommuneCode> {
    let visible = one.view.visible();
    let within = |row: &&CommuneRow| match &one.area {
        Area::Territory => true,
        Area::Commune(code) => row.code == *code,
        Area::Box([west, south, east, north]) => row
            .bounds
            .is_some_and(|[w, s, e, n]| w <= *east && e >= *west && s <= *north && n >= *south),
    };
    one.of
        .commune_rows()
        .iter()
        .filter(within)
        .map(|row| row.code)
        .filter(|code| visible.holds(*code))
        .collect()
}

/// `95018 95127`, or `95:184` where there are many.
fn named(communes: &BTreeSet<CommuneCode>) -> String {
    if communes.len() <= MAX_NAMED {
        return communes.iter().map(CommuneCode::to_string).collect::<Vec<_>>().join(" ");
    }
    let mut departements: std::collections::BTreeMap<&str, usize> = Default::default();
    for code in communes {
        *departements.entry(code.departement()).or_default() += 1;
    }
    let texts = departements.iter().map(|(code, count)| format!("{code}:{count}"));
    texts.collect::<Vec<_>>().join(" ")
}
