//! From the start to the first tile, a tile made, kept and known, and what memory it takes, on
//! editions of two sizes: medians. `cargo bench --bench serve`.

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
use seuil::http::{App, Settings, router};
use seuil::tiles::gzip;
use sha2::{Digest, Sha256};
use tower::ServiceExt;

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
const ZOOM: u8 = 12;
const SIDE: u32 = 64;
const ZONES: u64 = 2_000;
const CACHE_MIB: u64 = 16;

type Done<T> = Result<T, Box<dyn Error>>;

fn main() -> Done<()> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        for tiles in [100, 1_600] {
            measure(tiles).await?;
        }
        Ok(())
    })
}

async fn measure(tiles: u32) -> Done<()> {
    let folder = tempfile::tempdir()?;
    let size = write_edition(folder.path(), tiles)?;
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
fn write_edition(folder: &Path, tiles: u32) -> Done<u64> {
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
        archive.add_tile(coord, &gzip(&stored_tile(&catalogue, tile).encode_to_vec())?)?;
    }
    archive.finalize()?;
    let size = std::fs::metadata(&path)?.len();

    let commune = |code: &str, epci: &str| -> Done<CommuneRow> {
        let (departement, region) = ("95".into(), "11".into());
        let (code, nom, epci) = (code.parse()?, code.into(), Some(epci.into()));
        Ok(CommuneRow { code, nom, departement, region, epci, ept: None, bounds: None })
    };
    let communes = [commune("95001", "200000001")?, commune("95002", "200000002")?];
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

fn stored_tile(catalogue: &Catalogue, tile: u32) -> Tile {
    let mut keys = vec!["code".to_owned(), "communes".into()];
    keys.extend(catalogue.universes().iter().map(|universe| format!("n_{}", universe.id)));
    keys.extend(catalogue.indicators().iter().map(|indicator| indicator.id.clone()));
    let text = |text: String| Value { string_value: Some(text), ..Value::default() };
    let mut values = vec![text("95001".into()), text("95002".into())];
    values.extend(
        (0..1000).map(|tenths| Value {
            double_value: Some(f64::from(tenths) / 10.0),
            ..Value::default()
        }),
    );
    let mut seed = u64::from(tile) + 1;
    let mut features = Vec::new();
    for zone in 0..ZONES {
        let mut tags = vec![0, values.len() as u32, 1, (zone % 2) as u32];
        values.push(text(format!("{tile}-{zone}")));
        for key in 2..keys.len() as u32 {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            tags.extend([key, 2 + (seed >> 33) as u32 % 1000]);
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
