//! The writer of consultations: what requests left in the queue, gathered by account, edition and
//! scale, and written once a second.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::mpsc;

use super::communes::Communes;
use super::entry::{self, Event, Kind};
use super::recorder::{Consulted, QUEUE, Shared};
use crate::{Access, AccessError};
use domain::{Causes, CommuneCode, Consultable, Scale};
use rights::Timestamp;

/// How often they are written.
const PERIOD: Duration = Duration::from_secs(1);
/// What was noted of an account, edition and scale is remembered for so many seconds from the first
/// of it: an area is not noted twice within them.
const AGAIN: i64 = 600;
/// Bytes of what is remembered; when there are more, all is forgotten, and noted once more.
const MAX_REMEMBERED: usize = 32 << 20;
/// Entries that wait because nothing can be written, each of less than a kilobyte.
const MAX_BACKLOG: usize = 20_000;
/// Seconds for which consultations go on while nothing can be written.
const MAX_FAILING: i64 = 60;
/// How long one writing may take.
const PATIENCE: Duration = Duration::from_secs(15);
/// Communes named by one entry; more are named by département.
const MAX_NAMED: usize = 60;

/// An account, an edition, a scale.
type Key = (Box<str>, String, Scale);

/// One entry to be written.
struct Noted {
    at: Timestamp,
    kind: Kind,
    account: Box<str>,
    detail: String,
}

/// What was noted since an instant.
struct Remembered {
    since: Timestamp,
    communes: Communes,
}

/// The other end: what is written, and what was written lately.
pub struct Writer {
    access: Access,
    queue: mpsc::Receiver<Consulted>,
    shared: Arc<Shared>,
    backlog: Vec<Noted>,
    failing_since: Option<Timestamp>,
    noted: HashMap<Key, Remembered>,
}

impl Writer {
    /// The writer of what a queue receives.
    pub(super) fn new(
        access: Access,
        queue: mpsc::Receiver<Consulted>,
        shared: Arc<Shared>,
    ) -> Writer {
        let (backlog, noted) = (Vec::new(), HashMap::new());
        Writer { access, queue, shared, backlog, failing_since: None, noted }
    }

    /// Writes for as long as the future is polled, then, once every `Recorder` is gone or `stop`
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
        let full = self.failing_since.is_some_and(is_long) || self.backlog.len() >= MAX_BACKLOG;
        self.shared.failing.store(self.failing_since.is_some(), Ordering::Relaxed);
        self.shared.full.store(full, Ordering::Relaxed);
        written
    }

    /// Makes entries of what the queue holds, as long as the backlog has room.
    fn gather(&mut self, now: Timestamp) {
        self.noted.retain(|_, noted| now.seconds() - noted.since.seconds() < AGAIN);
        if self.backlog.len() >= MAX_BACKLOG {
            return;
        }
        let mut areas: HashMap<Key, (Arc<dyn Consultable>, Communes)> = HashMap::new();
        let before = self.backlog.len();
        for _ in 0..QUEUE {
            let Ok(one) = self.queue.try_recv() else { break };
            let (rows, key) = (one.of.commune_rows(), key(&one));
            if one.kind != Kind::Consultation {
                let mut communes = Communes::none_of(rows);
                communes.add(rows, &one.area, one.view.visible());
                let mut detail = detail(&key, communes.codes(rows));
                if !one.said.is_empty() {
                    detail += " ";
                    detail += &one.said;
                }
                self.backlog.push(Noted { at: now, kind: one.kind, account: key.0, detail });
            } else {
                let of = Arc::clone(&one.of);
                let (_, area) = areas.entry(key).or_insert_with(|| (of, Communes::none_of(rows)));
                area.add(rows, &one.area, one.view.visible());
            }
        }
        for (key, (of, area)) in areas {
            let rows = of.commune_rows();
            let nothing_before = !self.noted.contains_key(&key);
            let noted = self
                .noted
                .entry(key.clone())
                .or_insert_with(|| Remembered { since: now, communes: Communes::none_of(rows) });
            let news = noted.communes.absorb(area);
            // A view of no commune (France from afar) is noted once in a while too.
            if !news.is_empty() || nothing_before {
                let detail = detail(&key, news.codes(rows));
                let (kind, account) = (Kind::Consultation, key.0);
                self.backlog.push(Noted { at: now, kind, account, detail });
            }
        }
        let order = |one: &Noted, other: &Noted| {
            (&one.account, &one.detail).cmp(&(&other.account, &other.detail))
        };
        self.backlog[before..].sort_by(order);
        let bytes = |(key, noted): (&Key, &Remembered)| {
            size_of::<(Key, Remembered)>() + key.0.len() + key.1.len() + noted.communes.bytes()
        };
        if self.noted.iter().map(bytes).sum::<usize>() > MAX_REMEMBERED {
            self.noted.clear();
        }
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
        for Noted { at, kind, account, detail } in &self.backlog {
            let event = Event { kind: *kind, actor: account, subject: account, detail };
            entry::append(&mut change, *at, event).await?;
        }
        if lost > 0 {
            let detail = format!("{lost} consultations n'ont pas pu être notées");
            let kind = Kind::ConsultationLost;
            let event = Event { kind, actor: "-", subject: "", detail: &detail };
            entry::append(&mut change, now, event).await?;
        }
        Ok(change.commit().await?)
    }
}

fn key(one: &Consulted) -> Key {
    (one.account.id().into(), one.of.name(), one.scale)
}

/// `2024r1 iris 95018 95127`, or `95:184` where there are many.
fn detail((_, edition, scale): &Key, communes: Vec<CommuneCode>) -> String {
    let mut text = format!("{edition} {scale}");
    let mut say = |word: &dyn std::fmt::Display| text += &format!(" {word}");
    if communes.len() <= MAX_NAMED {
        communes.iter().for_each(|code| say(code));
        return text;
    }
    let mut departements: BTreeMap<&str, usize> = BTreeMap::new();
    for code in &communes {
        *departements.entry(code.departement()).or_default() += 1;
    }
    departements.iter().for_each(|(code, count)| say(&format_args!("{code}:{count}")));
    text
}
