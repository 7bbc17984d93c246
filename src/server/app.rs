//! What every handler shares.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use serde::Serialize;
use tokio::sync::Semaphore;

use super::bodies;
use super::deduplicator::ConsultationDeduplicator;
use super::export;
use super::harvests::Harvests;
use super::legal::LegalPages;
use super::official::official_of;
use super::ogc::{self, PageCache};
use super::rates::Rates;
use super::reader::ReaderCache;
use super::shares::Shares;
use super::unsent;
use super::uploads;
use accounts::{Access, Recorder, Writer};
use edition::{Edition, Editions};
use features::FeatureStore;
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
    features: FeatureStore,
    pages: PageCache,
    exports: Shares,
    export_turns: Arc<Semaphore>,
    harvests: Harvests,
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
            features: FeatureStore::new(),
            pages: ogc::pages(),
            exports: export::budget(),
            export_turns: Arc::new(Semaphore::new(export::MAX_WRITTEN)),
            harvests: Harvests::default(),
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
    pub(super) fn view(
        &self,
        account: &Account,
        edition: &Edition,
        now: Timestamp,
    ) -> Result<View, Refusal> {
        self.shared.views.get(account, edition.digest(), edition.communes(), now)
    }

    pub(super) fn access(&self) -> &Access {
        &self.shared.access
    }

    pub(super) fn editions(&self) -> &Editions {
        &self.shared.editions
    }

    pub(super) fn tiles(&self) -> &TileStore {
        &self.shared.tiles
    }

    pub(super) fn features(&self) -> &FeatureStore {
        &self.shared.features
    }

    /// Pages of features that were written.
    pub(super) fn pages(&self) -> &PageCache {
        &self.shared.pages
    }

    /// The files that are being written, or wait for it.
    pub(super) fn exports(&self) -> &Shares {
        &self.shared.exports
    }

    /// The turns of those that are written at once.
    pub(super) fn export_turns(&self) -> Arc<Semaphore> {
        Arc::clone(&self.shared.export_turns)
    }

    /// What each account exports in a day.
    pub(super) fn harvests(&self) -> &Harvests {
        &self.shared.harvests
    }

    pub(super) fn public_url(&self) -> &str {
        &self.shared.public_url
    }

    pub(super) fn shared_public_url(&self) -> &Arc<str> {
        &self.shared.public_url
    }

    pub(super) fn readers(&self) -> &ReaderCache {
        &self.shared.readers
    }

    /// The tiles that were noted within this second.
    pub(super) fn deduplicator(&self) -> &ConsultationDeduplicator {
        &self.shared.deduplicator
    }

    /// Whether readers reach the server over TLS: cookies are bound to it then.
    pub(super) fn is_secure(&self) -> bool {
        self.public_url().starts_with("https://")
    }

    pub(super) fn demo(&self) -> &[DemoAccount] {
        &self.shared.settings.demo
    }

    pub(super) fn now(&self) -> Timestamp {
        (self.shared.clock)()
    }

    pub(super) fn clock(&self) -> Clock {
        Arc::clone(&self.shared.clock)
    }

    /// Where consultations are noted: [`Recorder::consulted`] and [`Recorder::exported`] cost a
    /// few pointers and never wait.
    pub(super) fn recorder(&self) -> &Recorder {
        &self.shared.recorder
    }

    /// The writer of consultations, for the one who runs it.
    pub(super) fn take_writer(&self) -> Option<Writer> {
        self.shared.writer.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub(super) fn rates(&self) -> &Rates {
        &self.shared.rates
    }

    /// The bodies of requests that arrive.
    pub(super) fn bodies(&self) -> &Shares {
        &self.shared.bodies
    }

    /// The files that arrive, or are made ready to leave.
    pub(super) fn files(&self) -> &Shares {
        &self.shared.files
    }

    pub(super) fn legal(&self) -> &LegalPages {
        &self.shared.settings.legal
    }

    /// The bytes of answers that wait to be sent.
    pub(super) fn unsent(&self) -> &Shares {
        &self.shared.unsent
    }

    pub(super) fn requests(&self) -> &Semaphore {
        &self.shared.requests
    }
}
