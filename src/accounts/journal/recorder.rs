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

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::mpsc;

use super::entry::{self, Event, Kind};
use crate::{Access, AccessError};
use domain::{Causes, CommuneCode, CommuneRow, Consultable, Scale};
use rights::{Account, Timestamp, View};

/// Consultations that wait to be written. One more is counted as lost, which is journaled.
const QUEUE: usize = 65_536;
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
    account: Box<str>,
    detail: String,
}

/// Communes of an edition, one bit each, in the order of its table: 4 kB for all of France.
struct Communes {
    bits: Vec<u64>,
}

/// What was noted since an instant.
struct Remembered {
    since: Timestamp,
    communes: Communes,
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
    noted: HashMap<Key, Remembered>,
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
            if one.kind == Kind::Export {
                let mut communes = Communes::none_of(rows);
                communes.add(&one);
                let detail = detail(&key, communes.codes(rows));
                self.backlog.push(Noted { at: now, kind: Kind::Export, account: key.0, detail });
            } else {
                let of = Arc::clone(&one.of);
                let (_, area) = areas.entry(key).or_insert_with(|| (of, Communes::none_of(rows)));
                area.add(&one);
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
            size_of::<(Key, Remembered)>()
                + key.0.len()
                + key.1.len()
                + 8 * noted.communes.bits.len()
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

impl Communes {
    fn none_of(rows: &[CommuneRow]) -> Communes {
        Communes { bits: vec![0; rows.len().div_ceil(64)] }
    }

    /// Adds the communes of the account's territory that an area touches.
    fn add(&mut self, one: &Consulted) {
        let visible = one.view.visible();
        let within = |row: &CommuneRow| match &one.area {
            Area::Territory => true,
            Area::Commune(code) => row.code == *code,
            Area::Box([west, south, east, north]) => row
                .bounds
                .is_some_and(|[w, s, e, n]| w <= *east && e >= *west && s <= *north && n >= *south),
        };
        for (index, row) in one.of.commune_rows().iter().enumerate() {
            if within(row)
                && visible.holds(row.code)
                && let Some(word) = self.bits.get_mut(index / 64)
            {
                *word |= 1 << (index % 64);
            }
        }
    }

    /// Adds others, and gives those of them that were not there.
    fn absorb(&mut self, mut others: Communes) -> Communes {
        self.bits.resize(self.bits.len().max(others.bits.len()), 0);
        for (own, other) in self.bits.iter_mut().zip(&mut others.bits) {
            *other &= !*own;
            *own |= *other;
        }
        others
    }

    fn is_empty(&self) -> bool {
        self.bits.iter().all(|word| *word == 0)
    }

    /// The codes, sorted.
    fn codes(&self, rows: &[CommuneRow]) -> Vec<CommuneCode> {
        let is_in = |index: usize| {
            self.bits.get(index / 64).is_some_and(|word| word >> (index % 64) & 1 == 1)
        };
        let held = rows.iter().enumerate().filter(|(index, _)| is_in(*index));
        let mut codes: Vec<CommuneCode> = held.map(|(_, row)| row.code).collect();
        codes.sort_unstable();
        codes.dedup();
        codes
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A thousand readers of all of France used to take seven megabytes each.
    #[test]
    fn what_was_noted_of_all_of_france_is_four_kilobytes_and_given_once() {
        let mut noted = Communes { bits: vec![0; 35_000_usize.div_ceil(64)] };
        assert!(8 * noted.bits.len() < 4_500);
        let some = |bits: &[usize]| {
            let mut communes = Communes { bits: vec![0; 547] };
            bits.iter().for_each(|bit| communes.bits[bit / 64] |= 1 << (bit % 64));
            communes
        };
        assert_eq!(noted.absorb(some(&[1, 64, 34_999])).bits, some(&[1, 64, 34_999]).bits);
        assert_eq!(noted.absorb(some(&[1, 2, 64])).bits, some(&[2]).bits);
        assert!(noted.absorb(some(&[1, 2])).is_empty());
    }
}
