//! What a tile costs, over loopback and keep-alive, from the program itself in a process of its
//! own. `cargo bench --bench serve -- [WORDS]` prints what the words name, or all of it:
//!
//! - `hot`: requests per second of a hot filtered tile and of its 304, against an axum handler that
//!   returns the same bytes and headers and does nothing (`wire`), in alternated pairs;
//! - `first`: the first answer of each tile of an edition to a territory of every other commune;
//!   `SEUIL_EDITIONS` names folders of editions, separated by `:`, beside one that is made;
//! - `rate`: times at 2,000 requests per second, a tenth of them first ones;
//! - `memory`: of the server after 100,000 distinct tiles through a cache of 256 MiB;
//! - `martin`, only when named: the hot tile against the martin of `SEUIL_MARTIN` that serves the
//!   same bytes from its memory cache (`benches/martin` installs it and runs this);
//! - `territories`: hit rate and memory for 1 to 1,000 territories over the same traffic.
//!
//! Memory is what no other process and no file shares (`RssAnon`).

mod wire;

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use accounts::{Access, NewAccount};
use domain::{Audience, Catalogue, CommuneRow, Manifest, ManifestScale, Scale};
use edition::activate;
use geozero::mvt::tile::{Feature, Layer, Value};
use geozero::mvt::{Message, Tile};
use pmtiles::{AsyncPmTilesReader, Compression, PmTilesWriter, TileCoord, TileType};
use rights::{Email, Right, Role, Timestamp};
use sha2::{Digest, Sha256};
use tiles::gzip;
use wire::{Client, Side, empty_handler, open_loop, pairs, serve_empty};

/// The same as the program's: what is compared is not the allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ZOOM: u8 = 12;
const SIDE: u32 = 64;
const COMMUNES: u64 = 16;

type Done<T> = Result<T, Box<dyn Error>>;

fn main() -> Done<()> {
    let words: Vec<String> =
        std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        if let [word, file] = &words[..]
            && word == wire::EMPTY
        {
            return serve_empty(Path::new(file)).await;
        }
        let asked = |word: &str| words.is_empty() || words.iter().any(|one| one == word);
        if asked("hot") {
            for zones in [12, 200] {
                hot(zones).await?;
            }
        }
        if words.iter().any(|word| word == "martin") {
            let martin = std::env::var("SEUIL_MARTIN")?;
            for zones in [12, 200] {
                against_martin(Path::new(&martin), zones).await?;
            }
        }
        if asked("first") {
            first_tiles(&House::open(500, 204, 256).await?, "édition faite, 204 zones par tuile")
                .await?;
            let named = std::env::var("SEUIL_EDITIONS").unwrap_or_default();
            for folder in named.split(':').filter(|folder| !folder.is_empty()) {
                first_tiles(&House::over(Path::new(folder), 256).await?, folder).await?;
            }
        }
        if asked("rate") {
            for zones in [30, 204] {
                fixed_rate(zones).await?;
            }
        }
        if asked("memory") {
            memory().await?;
        }
        if asked("territories") {
            for territories in [1, 10, 100, 1_000] {
                many_territories(territories).await?;
            }
        }
        Ok(())
    })
}

/// `seuil serve` in a process of its own, and a token of half the communes.
struct House {
    /// Held until the end: it is removed with it.
    folder: tempfile::TempDir,
    editions: PathBuf,
    child: Child,
    address: String,
    token: String,
    access: Access,
}

impl Drop for House {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl House {
    fn side<'a>(&'a self, head: &'a [u8], status: u16) -> Side<'a> {
        Side { address: &self.address, process: self.child.id(), head, status }
    }

    /// Over an edition of its own.
    async fn open(tiles: u32, zones: u64, cache_mib: u64) -> Done<House> {
        let folder = tempfile::tempdir()?;
        let editions = folder.path().join("editions");
        write_edition(&editions, tiles, zones)?;
        activate(&editions, "2024r1".parse()?)?;
        House::in_folder(folder, editions, cache_mib).await
    }

    /// Over editions that are there already.
    async fn over(editions: &Path, cache_mib: u64) -> Done<House> {
        House::in_folder(tempfile::tempdir()?, editions.canonicalize()?, cache_mib).await
    }

    async fn in_folder(
        folder: tempfile::TempDir,
        editions: PathBuf,
        cache_mib: u64,
    ) -> Done<House> {
        let database = folder.path().join("comptes.db");
        let access = Access::open(&format!("sqlite:{}", database.display())).await?;
        let config = folder.path().join("seuil.toml");
        let text = format!(
            "[serve]\nlisten = \"127.0.0.1:0\"\neditions = \"{}\"\ncache_mib = {cache_mib}\n\
             [accounts]\ndatabase = \"sqlite:comptes.db\"\n",
            editions.display()
        );
        std::fs::write(&config, text)?;
        let mut child = Command::new(env!("CARGO_BIN_EXE_seuil"))
            .args(["serve", "--config"])
            .arg(&config)
            .stdout(Stdio::piped())
            .spawn()?;
        let mut said = String::new();
        let out = child.stdout.take().ok_or("no output")?;
        BufReader::new(out).read_line(&mut said)?;
        let address = said.trim().rsplit_once("//").ok_or("no address")?.1.to_owned();
        let mut house = House { folder, editions, child, address, token: String::new(), access };
        house.token = house.token_of(0x5555).await?;
        Ok(house)
    }

    /// The token of a territory of the communes whose bits are set; bit 16 is that of the
    /// seventeenth commune of the edition again, and so on.
    async fn token_of(&self, bits: u64) -> Done<String> {
        let email: Email = format!("agent{bits}@agglo.fr").parse()?;
        let rows: Vec<CommuneRow> =
            serde_json::from_slice(&std::fs::read(self.editions.join("2024r1/communes.json"))?)?;
        let mut rights = Vec::new();
        // Spread over the country; an arrondissement is no territory.
        for (at, row) in rows.iter().step_by(rows.len().div_ceil(5_000).max(1)).enumerate() {
            let right = Right::new(format!("commune:{}", row.code).parse()?, Scale::ADRESSE);
            if bits >> (at % 16) & 1 == 1 {
                rights.extend(right);
            }
        }
        let audience = Audience::PublicMission;
        let account = NewAccount::new(email.clone(), Role::Agent, audience, rights, None)?;
        let now = Timestamp::from(SystemTime::now());
        self.access.add_account(&account, now).await?;
        Ok(self.access.add_token(&email, None, 30, now).await?.expose().to_owned())
    }

    /// Memory of the server that is neither shared nor a file, in MiB.
    fn memory(&self) -> Done<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find(|line| line.starts_with("RssAnon")).ok_or("no RssAnon")?;
        let kib: u64 = line.split_ascii_whitespace().nth(1).ok_or("no figure")?.parse()?;
        Ok(kib / 1024)
    }
}

fn head(tile: u32, token: &str, more: &str) -> Vec<u8> {
    let path = format!("adresse/{ZOOM}/{}/{}", tile / SIDE, tile % SIDE);
    head_of(&path, token, more)
}

fn head_of(path: &str, token: &str, more: &str) -> Vec<u8> {
    format!(
        "GET /tiles/latest/{path}.mvt HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\
         accept-encoding: gzip\r\n{more}\r\n"
    )
    .into_bytes()
}

/// A hot filtered tile, and its 304, against the handler that does nothing.
async fn hot(zones: u64) -> Done<()> {
    let house = House::open(1, zones, 16).await?;
    let tile = head(0, &house.token, "");
    let answer = Client::open(&house.address).await?.ask(&tile).await?;
    if answer.status != 200 {
        return Err(format!("status {}", answer.status).into());
    }
    let empty = empty_handler(&answer, house.folder.path())?;
    let size = answer.body.len() as f64 / 1000.0;
    let ours = house.side(&tile, 200);
    let other = empty.side(&tile, 200);
    pairs(&format!("tuile gardée de {size:.1} ko / rien"), ours, other).await?;
    let tag = answer.header("etag").ok_or("no tag")?;
    let known = head(0, &house.token, &format!("if-none-match: {tag}\r\n"));
    pairs("304 / tuile gardée", house.side(&known, 304), ours).await
}

/// The hot filtered tile against martin, which has the same bytes as a tile of its own.
async fn against_martin(martin: &Path, zones: u64) -> Done<()> {
    let house = House::open(1, zones, 16).await?;
    let tile = head(0, &house.token, "");
    let answer = Client::open(&house.address).await?.ask(&tile).await?;
    let path = house.folder.path().join("filtre.pmtiles");
    let mut archive = PmTilesWriter::new(TileType::Mvt)
        .precompressed(Compression::Gzip)
        .min_zoom(ZOOM)
        .max_zoom(ZOOM)
        .create(File::create(&path)?)?;
    archive.add_tile(TileCoord::new(ZOOM, 0, 0)?, &answer.body)?;
    archive.finalize()?;
    let address = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
    let child = Command::new(martin)
        .args(["--cache-size", "256", "--listen-addresses", &address])
        .arg(&path)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let peer = wire::Peer { child, address };
    for _ in 0..200 {
        if Client::open(&peer.address).await.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let same =
        format!("GET /filtre/{ZOOM}/0/0 HTTP/1.1\r\nhost: x\r\naccept-encoding: gzip\r\n\r\n");
    let theirs = Client::open(&peer.address).await?.ask(same.as_bytes()).await?;
    if (theirs.status, &theirs.body) != (200, &answer.body) {
        return Err(format!("martin: status {}, {} bytes", theirs.status, theirs.body.len()).into());
    }
    let what = format!("tuile gardée de {:.1} ko / martin", answer.body.len() as f64 / 1000.0);
    pairs(&what, house.side(&tile, 200), peer.side(same.as_bytes(), 200)).await
}

/// Every tile of every scale, each once, then once more for another territory.
async fn first_tiles(house: &House, name: &str) -> Done<()> {
    let mut paths = Vec::new();
    for scale in Scale::built_in() {
        let archive = house.editions.join(format!("2024r1/{scale}.pmtiles"));
        if !archive.exists() {
            continue;
        }
        let archive = std::sync::Arc::new(AsyncPmTilesReader::new_with_path(archive).await?);
        let mut entries = std::pin::pin!(std::sync::Arc::clone(&archive).entries());
        while let Some(entry) = futures_util::StreamExt::next(&mut entries).await {
            for id in entry?.iter_coords() {
                let at = TileCoord::from(id);
                paths.push(format!("{scale}/{}/{}/{}", at.z(), at.x(), at.y()));
            }
        }
    }
    let other = house.token_of(0b1011_0010_1110_0011).await?;
    let mut client = Client::open(&house.address).await?;
    for (what, token) in [("premier territoire", &house.token), ("suivant", &other)] {
        let (mut times, mut bytes) = (Vec::new(), Vec::new());
        for path in &paths {
            let request = head_of(path, token, "");
            let start = Instant::now();
            let answer = client.ask(&request).await?;
            if answer.status == 200 {
                times.push(start.elapsed());
                bytes.push(answer.body.len());
            }
        }
        times.sort_unstable();
        bytes.sort_unstable();
        let at = |share: f64| (times.len() as f64 * share) as usize;
        println!(
            "{name}, {what} : {} premières tuiles, p50 {:.2} ms, p99 {:.2} ms, au plus {:.2} ms ; \
             {:.1} ko au plus, p99 {:.1} ko",
            times.len(),
            milliseconds(times[at(0.5)]),
            milliseconds(times[at(0.99)]),
            milliseconds(times[times.len() - 1]),
            bytes[bytes.len() - 1] as f64 / 1000.0,
            bytes[at(0.99)] as f64 / 1000.0,
        );
    }
    Ok(())
}

/// 2,000 requests per second for ten seconds, a tenth of them for tiles that nobody asked for.
async fn fixed_rate(zones: u64) -> Done<()> {
    let house = House::open(2_000, zones, 256).await?;
    let mut client = Client::open(&house.address).await?;
    let hot = client.ask(&head(0, &house.token, "")).await?;
    let tile = |at: u32| if at % 10 == 9 { at / 10 } else { 0 };
    let requests = (0..20_000).map(|at| head(tile(at), &house.token, "")).collect();
    let (times, errors) = open_loop(&house.address, 2_000, requests).await?;
    println!(
        "2 000 requêtes/s, 10 % de premières de {:.1} ko : p50 {:.2} ms, p99 {:.2} ms, {errors} erreurs",
        hot.body.len() as f64 / 1000.0,
        milliseconds(times[times.len() / 2]),
        milliseconds(times[times.len() * 99 / 100]),
    );
    Ok(())
}

/// 2,500 stored tiles for forty territories: 100,000 distinct tiles.
async fn memory() -> Done<()> {
    let house = House::open(2_500, 60, 256).await?;
    let mut tokens = Vec::new();
    for bits in 1..=40 {
        tokens.push(house.token_of(bits * 40_503 % 65_536).await?);
    }
    let mut client = Client::open(&house.address).await?;
    client.ask(&head(0, &house.token, "")).await?;
    let before = house.memory()?;
    let (mut bytes, mut count, mut most) = (0, 0, before);
    for token in &tokens {
        for tile in 0..2_500 {
            let answer = client.ask(&head(tile, token, "")).await?;
            bytes += answer.body.len();
            count += u32::from(answer.status == 200);
        }
        most = most.max(house.memory()?);
    }
    println!(
        "{count} tuiles distinctes ({} Mio) par un cache de 256 Mio : mémoire {before} Mio au \
         départ, {} Mio à la fin, {most} Mio au plus",
        bytes >> 20,
        house.memory()?,
    );
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
    let before = house.memory()?;
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
        house.memory()?.saturating_sub(before),
    );
    Ok(())
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
    // That of a register that says nothing of dwellings left out of open data.
    let absent = std::collections::BTreeSet::from([domain::columns::EXEMPT.to_owned()]);
    let catalogue = Catalogue::built_in().without(&absent)?.catalogue;
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
        id: Scale::ADRESSE,
        label: "Adresse".into(),
        minzoom: ZOOM,
        maxzoom: ZOOM,
        zones: 1,
        bounds: [2.0, 48.9, 2.1, 49.0],
        zoning: None,
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

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
