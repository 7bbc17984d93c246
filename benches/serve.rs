//! What a tile costs. `cargo bench --bench serve` prints, in this order: from the start to the
//! first tile, a tile made, kept and known on editions of two sizes; requests per second of a hot
//! filtered tile and of its 304 against an axum handler that does nothing (`wire`); times at a
//! fixed rate with first requests among them; hit rate and memory for 1 to 1,000 territories.

mod wire;

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::File;
use std::path::Path;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use geozero::mvt::tile::{Feature, Layer, Value};
use geozero::mvt::{Message, Tile};
use pmtiles::{Compression, PmTilesWriter, TileCoord, TileType};
use seuil::access::{Access, Email, NewAccount, Right, Role, Timestamp};
use seuil::domain::{Audience, Catalogue, CommuneRow, Manifest, ManifestScale, Scale};
use seuil::edition::{Editions, activate};
use seuil::http::{App, Front, Settings, router};
use seuil::tiles::gzip;
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use tower::ServiceExt;
use wire::{Client, empty_handler, open_loop, pairs};

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
const ZOOM: u8 = 12;
const SIDE: u32 = 64;
const ZONES: u64 = 2_000;
const COMMUNES: u64 = 16;
const CACHE_MIB: u64 = 16;

type Done<T> = Result<T, Box<dyn Error>>;

fn main() -> Done<()> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        for tiles in [100, 1_600] {
            measure(tiles).await?;
        }
        for zones in [17, 204] {
            hot(zones).await?;
        }
        fixed_rate().await?;
        for territories in [1, 10, 100, 1_000] {
            many_territories(territories).await?;
        }
        Ok(())
    })
}

/// A server of its own runtime on loopback, its address, and a token of half the communes.
struct House {
    folder: tempfile::TempDir,
    address: String,
    token: String,
    access: Access,
}

impl House {
    async fn open(tiles: u32, zones: u64, cache_mib: u64) -> Done<House> {
        let folder = tempfile::tempdir()?;
        write_edition(folder.path(), tiles, zones)?;
        activate(folder.path(), "2024r1".parse()?)?;
        let database = format!("sqlite:{}", folder.path().join("comptes.db").display());
        let token = token(&database).await?;
        let access = Access::open(&database).await?;
        let editions = Editions::open(folder.path())?;
        let settings = Settings { public_url: "http://x".into(), cache_mib, demo: Vec::new() };
        let app = App::with_clock(access.clone(), editions, settings, std::sync::Arc::new(|| NOW));
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let stop = std::future::pending::<()>();
        tokio::spawn(seuil::http::serve(listener, app, Front::default(), stop));
        Ok(House { folder, address, token, access })
    }

    /// The token of a territory of the communes whose bits are set.
    async fn token_of(&self, bits: u64) -> Done<String> {
        let email: Email = format!("agent{bits}@agglo.fr").parse()?;
        let mut rights = Vec::new();
        for commune in (0..COMMUNES).filter(|commune| bits >> commune & 1 == 1) {
            let name = format!("commune:{}", 95_001 + commune);
            rights.push(Right::new(name.parse()?, Scale::Adresse)?);
        }
        let account =
            NewAccount::new(email.clone(), Role::Agent, Audience::PublicMission, rights, None)?;
        self.access.add_account(&account, NOW).await?;
        Ok(self.access.add_token(&email, None, 30, NOW).await?.expose().to_owned())
    }
}

fn head(tile: u32, token: &str, more: &str) -> Vec<u8> {
    let path = format!("/tiles/latest/adresse/{ZOOM}/{}/{}.mvt", tile / SIDE, tile % SIDE);
    format!(
        "GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\
         accept-encoding: gzip\r\n{more}\r\n"
    )
    .into_bytes()
}

/// A hot filtered tile, and its 304, against the handler that does nothing.
async fn hot(zones: u64) -> Done<()> {
    let house = House::open(1, zones, CACHE_MIB).await?;
    let tile = head(0, &house.token, "");
    let answer = Client::open(&house.address).await?.ask(&tile).await?;
    if answer.status != 200 {
        return Err(format!("status {}", answer.status).into());
    }
    let empty = empty_handler(&answer).await?;
    let size = answer.body.len() as f64 / 1000.0;
    let ours = (house.address.as_str(), tile.as_slice(), 200);
    pairs(&format!("tuile gardée de {size:.1} ko / rien"), ours, (&empty, &tile, 200)).await?;
    let tag = answer.header("etag").ok_or("no tag")?;
    let known = head(0, &house.token, &format!("if-none-match: {tag}\r\n"));
    pairs("304 / tuile gardée", (&house.address, &known, 304), ours).await?;
    drop(house.folder);
    Ok(())
}

/// 2,000 requests per second for ten seconds, a tenth of them for tiles that nobody asked for.
async fn fixed_rate() -> Done<()> {
    let house = House::open(2_000, 204, 256).await?;
    let mut client = Client::open(&house.address).await?;
    client.ask(&head(0, &house.token, "")).await?;
    let tile = |at: u32| if at % 10 == 9 { at / 10 } else { 0 };
    let requests = (0..20_000).map(|at| head(tile(at), &house.token, "")).collect();
    let (times, errors) = open_loop(&house.address, 2_000, requests).await?;
    println!(
        "2 000 requêtes/s, 10 % de premières : p50 {:.2} ms, p99 {:.2} ms, {errors} erreurs",
        milliseconds(times[times.len() / 2]),
        milliseconds(times[times.len() * 99 / 100]),
    );
    let other = house.token_of(0b1011).await?;
    let mut first = Vec::new();
    for tile in 0..2_000 {
        let start = Instant::now();
        client.ask(&head(tile, &other, "")).await?;
        first.push(start.elapsed());
    }
    first.sort_unstable();
    println!(
        "première tuile filtrée d'un territoire : p50 {:.2} ms, p99 {:.2} ms",
        milliseconds(first[first.len() / 2]),
        milliseconds(first[first.len() * 99 / 100]),
    );
    drop(house.folder);
    Ok(())
}

/// The same 100,000 requests for 100 tiles, shared out among territories.
async fn many_territories(territories: u64) -> Done<()> {
    let house = House::open(100, 204, 256).await?;
    let mut tokens = Vec::new();
    for bits in 1..=territories {
        // Odd multiples stay distinct in 16 bits.
        tokens.push(house.token_of(bits * 40_503 % 65_536).await?);
    }
    let mut client = Client::open(&house.address).await?;
    client.ask(&head(0, &house.token, "")).await?;
    let before = resident_mib()?;
    let (mut seed, mut bytes) = (1_u64, 0);
    let mut times = Vec::with_capacity(100_000);
    let mut seen = std::collections::HashSet::new();
    for _ in 0..100_000 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let (tile, token) = ((seed >> 33) as u32 % 100, (seed >> 45) % territories);
        let start = Instant::now();
        let answer = client.ask(&head(tile, &tokens[token as usize], "")).await?;
        times.push(start.elapsed());
        if seen.insert((tile, token)) {
            bytes += answer.body.len();
        }
    }
    times.sort_unstable();
    println!(
        "{territories} territoires : {} tuiles distinctes ({} Mio), {:.1} % déjà faites, \
         p50 {:.3} ms, p99 {:.2} ms, mémoire + {} Mio (cache 256 Mio)",
        seen.len(),
        bytes >> 20,
        100.0 - seen.len() as f64 / 1000.0,
        milliseconds(times[times.len() / 2]),
        milliseconds(times[times.len() * 99 / 100]),
        resident_mib()?.saturating_sub(before),
    );
    drop(house.folder);
    Ok(())
}

async fn measure(tiles: u32) -> Done<()> {
    let folder = tempfile::tempdir()?;
    let size = write_edition(folder.path(), tiles, ZONES)?;
    activate(folder.path(), "2024r1".parse()?)?;
    let database = format!("sqlite:{}", folder.path().join("comptes.db").display());
    let token = token(&database).await?;
    let before = resident_mib()?;

    let start = Instant::now();
    let access = Access::open(&database).await?;
    let editions = Editions::open(folder.path())?;
    let settings =
        Settings { public_url: "http://x".into(), cache_mib: CACHE_MIB, demo: Vec::new() };
    let router = router(App::with_clock(access, editions, settings, std::sync::Arc::new(|| NOW)));
    ask(&router, &token, 0, None).await?;
    let first = start.elapsed();

    let (mut made, mut kept, mut known) = (Vec::new(), Vec::new(), Vec::new());
    for tile in 1..tiles {
        let (time, tag) = ask(&router, &token, tile, None).await?;
        made.push(time);
        kept.push(ask(&router, &token, tile, None).await?.0);
        known.push(ask(&router, &token, tile, Some(&tag)).await?.0);
    }
    println!(
        "édition de {} Mio, {tiles} tuiles de {ZONES} zones : première tuile {:.1} ms après le \
         départ ; faite {:.2} ms, gardée {:.3} ms, connue du client {:.3} ms ; mémoire + {} Mio \
         (cache {CACHE_MIB} Mio)",
        size >> 20,
        milliseconds(first),
        milliseconds(median(&mut made)),
        milliseconds(median(&mut kept)),
        milliseconds(median(&mut known)),
        resident_mib()?.saturating_sub(before),
    );
    Ok(())
}

async fn ask(
    router: &Router,
    token: &str,
    tile: u32,
    tag: Option<&str>,
) -> Done<(Duration, String)> {
    let path = format!("/tiles/latest/adresse/{ZOOM}/{}/{}.mvt", tile / SIDE, tile % SIDE);
    let mut request = Request::get(path)
        .header("authorization", format!("Bearer {token}"))
        .header("accept-encoding", "gzip");
    if let Some(tag) = tag {
        request = request.header("if-none-match", tag);
    }
    let start = Instant::now();
    let response = router.clone().oneshot(request.body(Body::empty())?).await?;
    let expected = if tag.is_some() { StatusCode::NOT_MODIFIED } else { StatusCode::OK };
    if response.status() != expected {
        return Err(format!("{} for tile {tile}", response.status()).into());
    }
    let tag = response.headers().get("etag").ok_or("no tag")?.to_str()?.to_owned();
    to_bytes(response.into_body(), 1 << 26).await?;
    Ok((start.elapsed(), tag))
}

async fn token(database: &str) -> Done<String> {
    let access = Access::open(database).await?;
    let email: Email = "agent@agglo.fr".parse()?;
    let right = Right::new("epci:200000001".parse()?, Scale::Adresse)?;
    let account =
        NewAccount::new(email.clone(), Role::Agent, Audience::PublicMission, [right], None)?;
    access.add_account(&account, NOW).await?;
    Ok(access.add_token(&email, None, 30, NOW).await?.expose().to_owned())
}

/// Half of the zones of every tile belong to the reader. Figures differ from tile to tile, so
/// that no two tiles share bytes. Returns the bytes of the archive.
fn write_edition(folder: &Path, tiles: u32, zones: u64) -> Done<u64> {
    let place = folder.join("2024r1");
    std::fs::create_dir_all(&place)?;
    let path = place.join("adresse.pmtiles");
    let mut archive = PmTilesWriter::new(TileType::Mvt)
        .precompressed(Compression::Gzip)
        .min_zoom(ZOOM)
        .max_zoom(ZOOM)
        .create(File::create(&path)?)?;
    let catalogue = Catalogue::built_in();
    for tile in 0..tiles {
        let coord = TileCoord::new(ZOOM, tile / SIDE, tile % SIDE)?;
        archive.add_tile(coord, &gzip(&stored_tile(&catalogue, tile, zones).encode_to_vec())?)?;
    }
    archive.finalize()?;
    let size = std::fs::metadata(&path)?.len();

    let commune = |code: &str, epci: &str| -> Done<CommuneRow> {
        let (departement, region) = ("95".into(), "11".into());
        let (code, nom, epci) = (code.parse()?, code.into(), Some(epci.into()));
        Ok(CommuneRow { code, nom, departement, region, epci, ept: None, bounds: None })
    };
    let mut communes = Vec::new();
    for at in 0..COMMUNES {
        communes.push(commune(&(95_001 + at).to_string(), &(200_000_001 + at % 2).to_string())?);
    }
    std::fs::write(place.join("communes.json"), serde_json::to_vec(&communes)?)?;
    std::fs::write(place.join("indicators.json"), serde_json::to_vec(&catalogue)?)?;
    let certificate = serde_json::json!({
        "engine": "bench", "threshold": 11, "rules": [], "r2": "full", "limits": [], "scales": [],
    });
    std::fs::write(place.join("certificate.json"), certificate.to_string())?;
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(&place)? {
        let entry = entry?;
        let digest = hex::encode(Sha256::digest(std::fs::read(entry.path())?));
        files.insert(entry.file_name().to_string_lossy().into_owned(), digest);
    }
    let scale = ManifestScale {
        id: Scale::Adresse,
        label: "Adresse".into(),
        minzoom: ZOOM,
        maxzoom: ZOOM,
        zones: 1,
        bounds: [2.0, 48.9, 2.1, 49.0],
    };
    let manifest = Manifest {
        id: "2024r1".into(),
        vintage: 2024,
        revision: 1,
        threshold: 11,
        engine: "bench".into(),
        scales: vec![scale],
        universes: Vec::new(),
        indicators: Vec::new(),
        classes: BTreeMap::new(),
        attribution: String::new(),
        files,
    };
    std::fs::write(place.join("manifest.json"), serde_json::to_vec(&manifest)?)?;
    Ok(size)
}

fn stored_tile(catalogue: &Catalogue, tile: u32, zones: u64) -> Tile {
    let mut keys = vec!["code".to_owned(), "communes".into()];
    keys.extend(catalogue.universes().iter().map(|universe| format!("n_{}", universe.id)));
    keys.extend(catalogue.indicators().iter().map(|indicator| indicator.id.clone()));
    let text = |text: String| Value { string_value: Some(text), ..Value::default() };
    let mut values: Vec<Value> = (0..COMMUNES).map(|at| text((95_001 + at).to_string())).collect();
    values.extend(
        (0..1000).map(|tenths| Value {
            double_value: Some(f64::from(tenths) / 10.0),
            ..Value::default()
        }),
    );
    let mut seed = u64::from(tile) + 1;
    let mut features = Vec::new();
    for zone in 0..zones {
        let mut tags = vec![0, values.len() as u32, 1, (zone % COMMUNES) as u32];
        values.push(text(format!("{tile}-{zone}")));
        for key in 2..keys.len() as u32 {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            tags.extend([key, COMMUNES as u32 + (seed >> 33) as u32 % 1000]);
        }
        let geometry = vec![9, 2 * (zone % 4096) as u32, 2 * (zone / 2) as u32];
        features.push(Feature { id: Some(zone + 1), tags, r#type: Some(1), geometry });
    }
    let name = "adresse".into();
    Tile { layers: vec![Layer { version: 2, name, features, keys, values, extent: Some(4096) }] }
}

/// Memory of this process that is neither shared nor a file: what mapped archives do not count in.
fn resident_mib() -> Done<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("RssAnon")).ok_or("no RssAnon")?;
    let kib: u64 = line.split_ascii_whitespace().nth(1).ok_or("no figure")?.parse()?;
    Ok(kib / 1024)
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
