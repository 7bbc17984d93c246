//! What every handler shares.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use moka::future::Cache;
use serde::Serialize;
use tokio::sync::Semaphore;

use super::buckets::Buckets;
use crate::access::{Access, Account, Right, Timestamp, View, authorize};
use crate::domain::Audience;
use crate::edition::{Edition, Editions};
use crate::tiles::TileStore;

/// Requests that are worked on at once; one more is told to come back.
const MAX_REQUESTS: usize = 512;

/// Territories kept computed, one for each edition and set of rights. The largest, France at
/// 35,000 communes, is about 200 kB, and accounts with equal rights share one.
const MAX_VIEWS: u64 = 512;

/// Where the time of a request comes from.
pub type Clock = fn() -> Timestamp;

/// What the operator decides.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What absolute URLs start with, without a final slash.
    pub public_url: String,
    /// Bytes of tiles kept in memory, in MiB.
    pub cache_mib: u64,
    /// The accounts that a demonstration offers at sign-in; empty elsewhere.
    pub demo: Vec<DemoAccount>,
}

/// An account of the demonstration, with the password that it shows to everybody.
#[derive(Clone, Debug, Serialize)]
pub struct DemoAccount {
    pub email: String,
    pub password: String,
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
    views: Cache<ViewKey, View>,
    settings: Settings,
    clock: Clock,
    sign_ins: Buckets,
    requests: Arc<Semaphore>,
}

/// Everything that a view depends on: the function `authorize` reads the rights, the audience and
/// the communes of the edition, which its digest names.
#[derive(Clone, PartialEq, Eq, Hash)]
struct ViewKey {
    edition: String,
    rights: Vec<Right>,
    audience: Audience,
}

impl App {
    /// A server over these accounts and editions, on the clock of the system.
    pub fn new(access: Access, editions: Editions, settings: Settings) -> App {
        App::with_clock(access, editions, settings, || Timestamp::from(SystemTime::now()))
    }

    /// The same with another clock.
    pub fn with_clock(access: Access, editions: Editions, settings: Settings, clock: Clock) -> App {
        let tiles = TileStore::new(settings.cache_mib.saturating_mul(1 << 20));
        let views = Cache::builder()
            .max_capacity(MAX_VIEWS)
            .time_to_idle(Duration::from_secs(15 * 60))
            .build();
        let settings =
            Settings { public_url: settings.public_url.trim_end_matches('/').into(), ..settings };
        let shared = Shared {
            access,
            editions,
            tiles,
            views,
            settings,
            clock,
            sign_ins: Buckets::new(),
            requests: Arc::new(Semaphore::new(MAX_REQUESTS)),
        };
        App { shared: Arc::new(shared) }
    }

    /// What an account may see of an edition.
    pub(super) async fn view(&self, account: &Account, edition: &Edition) -> View {
        let key = ViewKey {
            edition: edition.digest().into(),
            rights: account.rights().to_vec(),
            audience: account.audience(),
        };
        let make = async { authorize(account, edition.communes()) };
        self.shared.views.get_with(key, make).await
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

    pub(super) fn public_url(&self) -> &str {
        &self.shared.settings.public_url
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

    pub(super) fn sign_ins(&self) -> &Buckets {
        &self.shared.sign_ins
    }

    pub(super) fn requests(&self) -> &Arc<Semaphore> {
        &self.shared.requests
    }
}
