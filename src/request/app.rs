//! What every handler shares.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use serde::Serialize;
use tokio::sync::Semaphore;

use crate::bodies;
use crate::deduplicator::ConsultationDeduplicator;
use crate::legal::LegalPages;
use crate::official::official_of;
use crate::rates::Rates;
use crate::reader::ReaderCache;
use crate::shares::Shares;
use crate::unsent;
use crate::uploads;
use accounts::{Access, Recorder, Writer};
use edition::{Edition, Editions};
use rights::{Account, Refusal, Timestamp, View, Views};
use tiles::TileStore;

/// Requests that are worked on at once; one more is told to come back.
const MAX_REQUESTS: usize = 512;

/// Where the time of a request comes from.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// What the operator decides.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What absolute URLs start with, without a final slash.
    pub public_url: String,
    /// Bytes of tiles kept in memory, in MiB.
    pub cache_mib: u64,
    /// The public pages that the operator fills.
    pub legal: LegalPages,
    /// The accounts that a demonstration offers at sign-in; empty elsewhere.
    pub demo: Vec<DemoAccount>,
}

/// An account of the demonstration, with the password that it shows to everybody.
#[derive(Clone, Debug, Serialize)]
pub struct DemoAccount {
    /// The address to sign in with.
    pub email: String,
    /// Its password.
    pub password: String,
    /// What the account shows, in a few French words.
    pub label: String,
}

/// The server's state. Cheap to clone.
#[derive(Clone)]
pub struct App {
    shared: Arc<Shared>,
}

struct Shared {
    access: Access,
    editions: Editions,
    tiles: TileStore,
    views: Views,
    readers: ReaderCache,
    deduplicator: ConsultationDeduplicator,
    public_url: Arc<str>,
    settings: Settings,
    clock: Clock,
    recorder: Recorder,
    writer: Mutex<Option<Writer>>,
    rates: Rates,
    requests: Semaphore,
    bodies: Shares,
    files: Shares,
    unsent: Shares,
}

impl App {
    /// A server over these accounts and editions, on the clock of the system.
    pub fn new(access: Access, editions: Editions, settings: Settings) -> App {
        let clock = Arc::new(|| Timestamp::from(SystemTime::now()));
        App::with_clock(access, editions, settings, clock)
    }

    /// The same with another clock.
    pub fn with_clock(access: Access, editions: Editions, settings: Settings, clock: Clock) -> App {
        let tiles = TileStore::new(settings.cache_mib.saturating_mul(1 << 20));
        let access = access.with_official(official_of(editions.clone()));
        let (recorder, writer) = Recorder::new(access.clone());
        let shared = Shared {
            access,
            editions,
            tiles,
            views: Views::default(),
            readers: ReaderCache::default(),
            deduplicator: ConsultationDeduplicator::new(),
            public_url: settings.public_url.trim_end_matches('/').into(),
            settings,
            clock,
            recorder,
            writer: Mutex::new(Some(writer)),
            rates: Rates::new(),
            requests: Semaphore::new(MAX_REQUESTS),
            bodies: bodies::budget(),
            files: uploads::budget(),
            unsent: unsent::budget(),
        };
        App { shared: Arc::new(shared) }
    }

    /// What an account may see of an edition at an instant.
    ///
    /// # Errors
    ///
    /// Why the account may see nothing.
    pub fn view(
        &self,
        account: &Account,
        edition: &Edition,
        now: Timestamp,
    ) -> Result<View, Refusal> {
        self.shared.views.get(account, edition.digest(), edition.communes(), now)
    }

    /// The accounts.
    pub fn access(&self) -> &Access {
        &self.shared.access
    }

    /// The editions.
    pub fn editions(&self) -> &Editions {
        &self.shared.editions
    }

    /// The tiles.
    pub fn tiles(&self) -> &TileStore {
        &self.shared.tiles
    }

    /// What absolute URLs start with, without a final slash.
    pub fn public_url(&self) -> &str {
        &self.shared.public_url
    }

    /// The same, for who keeps it.
    pub fn shared_public_url(&self) -> &Arc<str> {
        &self.shared.public_url
    }

    /// The views that were computed.
    pub fn readers(&self) -> &ReaderCache {
        &self.shared.readers
    }

    /// The tiles that were noted within this second.
    pub fn deduplicator(&self) -> &ConsultationDeduplicator {
        &self.shared.deduplicator
    }

    /// Whether readers reach the server over TLS: cookies are bound to it then.
    pub fn is_secure(&self) -> bool {
        self.public_url().starts_with("https://")
    }

    /// The accounts that a demonstration offers at sign-in.
    pub fn demo(&self) -> &[DemoAccount] {
        &self.shared.settings.demo
    }

    /// The instant of a request.
    pub fn now(&self) -> Timestamp {
        (self.shared.clock)()
    }

    /// Where that comes from.
    pub fn clock(&self) -> Clock {
        Arc::clone(&self.shared.clock)
    }

    /// Where consultations are noted: [`Recorder::consulted`] and [`Recorder::exported`] cost a
    /// few pointers and never wait.
    pub fn recorder(&self) -> &Recorder {
        &self.shared.recorder
    }

    /// The writer of consultations, for the one who runs it.
    pub fn take_writer(&self) -> Option<Writer> {
        self.shared.writer.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// What each may do in a while.
    pub fn rates(&self) -> &Rates {
        &self.shared.rates
    }

    /// The bodies of requests that arrive.
    pub fn bodies(&self) -> &Shares {
        &self.shared.bodies
    }

    /// The files that arrive, or are made ready to leave.
    pub fn files(&self) -> &Shares {
        &self.shared.files
    }

    /// The public pages that the operator fills.
    pub fn legal(&self) -> &LegalPages {
        &self.shared.settings.legal
    }

    /// The bytes of answers that wait to be sent.
    pub fn unsent(&self) -> &Shares {
        &self.shared.unsent
    }

    /// The turns of requests that are worked on at once.
    pub fn requests(&self) -> &Semaphore {
        &self.shared.requests
    }
}
