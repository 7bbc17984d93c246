//! `/export/{edition}/{scale}.{csv,xlsx,geojson,fgb,gpkg,parquet,zip}`: the figures of a territory as a
//! file. It is written while it is read: a reader who leaves, is slow for long or is no longer allowed ends
//! it.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, HeaderValue, Method, Uri, header};
use axum::response::Response;
use bytes::{Bytes, BytesMut};
use futures_util::stream::unfold;
use tokio::runtime::Handle;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::Figures;
use crate::zones::{bad, select};
use accounts::{Area, Credential};
use domain::{Causes, Scale};
use edition::Edition;
use exports::{About, ExportError, Format, Sheet};
use features::{Selection, Within};
use request::identity::{Prefix, credential};
use request::named::Named;
use request::parameters::Parameters;
use request::peer::Peer;
use request::shares::{Full, Share, Shares};
use request::{App, Problem, Reader};
use rights::{Account, Purpose, Purposes, View};

/// Files that are written at once; others wait for their turn, so many in all and for one network.
pub(crate) const MAX_WRITTEN: usize = 8;
const MAX_WAITING: u64 = 64;
const MAX_WAITING_OF_NETWORK: u64 = 8;

/// How long a file waits for its turn.
const MAX_WAIT: Duration = Duration::from_secs(20);

/// Bytes that are handed over at once, and how many such pieces wait for the reader.
const PIECE: usize = 256 << 10;
const PIECES: usize = 4;

/// How long a reader may leave a piece waiting.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often it is asked again whether the reader may still see.
const ASKED_AGAIN: Duration = Duration::from_secs(1);

/// The budget of files that are being written or wait for it.
pub(crate) fn budget() -> Shares {
    Shares::new(MAX_WAITING, MAX_WAITING_OF_NETWORK)
}

/// The format of a file name, and the scale before its ending.
fn named<'a>(file: &'a str, dialect: Option<&str>) -> Result<(&'a str, Format), Problem> {
    let (scale, ending) = file.rsplit_once('.').ok_or_else(Problem::not_found)?;
    let own = Format::ALL.into_iter().find(|format| format.extension() == ending);
    let format = match (own.ok_or_else(Problem::not_found)?, dialect) {
        (format, None) => format,
        (Format::Csv, Some("fr")) => Format::Csv,
        (Format::Csv, Some("rfc4180")) => Format::CsvPlain,
        _ => {
            let detail = "dialect est fr ou rfc4180, pour un fichier .csv.";
            return Err(Problem::bad_request(detail));
        }
    };
    Ok((scale, format))
}

/// The file.
#[expect(clippy::too_many_arguments, reason = "each is a part of the request")]
pub(crate) async fn export(
    State(figures): State<Figures>,
    reader: Reader,
    Named((name, file)): Named<(String, String)>,
    Peer(peer): Peer,
    prefix: Option<Extension<Prefix>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (edition, view) = reader.edition(&name)?;
    let asked = Parameters::read(&uri, &["within", "fields", "but", "dialect"])?;
    let (scale, format) = named(&file, asked.get("dialect"))?;
    let scale = edition.named(scale).ok_or_else(Problem::not_found)?;
    let within = asked.get("within").map(|text| Within::read(text, edition, view)).transpose();
    let within = within.map_err(bad)?;
    // What is asked is judged; then every column is read, since what a status says depends on no choice.
    select(&figures, edition, view, scale, (within.clone(), asked.get("fields"))).await?;
    let selection = select(&figures, edition, view, scale, (within, None)).await?;
    let purposes =
        figures.app.access().declared_purposes(reader.account(), asked.get("but")).await?;
    if format.most_rows().is_some_and(|most| selection.count() > most) {
        let detail = "Trop de zones pour une feuille ; préciser within, ou prendre .csv.";
        return Err(Problem::bad_request(detail));
    }
    let sheet = Sheet::new(selection, asked.get("fields"));
    let response = head(&sheet, format)?;
    if method == Method::HEAD {
        return Ok(response);
    }
    let share = figures.exports.take(peer, 1).map_err(full)?;
    figures.app.rates().exports.take(reader.account().id(), figures.app.now())?;
    let turn =
        tokio::time::timeout(MAX_WAIT, Arc::clone(&figures.export_turns).acquire_owned()).await;
    let turn = turn.ok().and_then(Result::ok).ok_or_else(Problem::unavailable)?;
    tell(&figures, &reader, (edition, scale, view), (&sheet, format, &purposes));
    let about = about(&figures, &reader, &sheet, &purposes);
    let prefix = prefix.map(|Extension(Prefix(token))| token);
    let credential = credential(&headers, prefix.as_ref());
    let app = figures.app.clone();
    let guard = Guard { app, account: Arc::clone(reader.shared_account()), credential };
    let body = stream(guard, format, (sheet, about), (share, turn));
    Ok(response.map(|_| body))
}

/// The headers of the answer.
fn head(sheet: &Sheet, format: Format) -> Result<Response, Problem> {
    let of = sheet.selection();
    let within = of.within().map(|one| format!("-{}", one.text().replace(':', "-")));
    let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    let within: String = within.unwrap_or_default().chars().filter(|it| plain(*it)).collect();
    let (edition, scale, ending) = (of.edition().id(), of.scale(), format.extension());
    let saved = format!("attachment; filename=\"seuil-{edition}-{scale}{within}.{ending}\"");
    let saved = HeaderValue::try_from(saved).map_err(|_| Problem::internal())?;
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(format.media_type()));
    headers.insert(header::CONTENT_DISPOSITION, saved);
    Ok(response)
}

/// What the file says of itself.
fn about(figures: &Figures, reader: &Reader, sheet: &Sheet, purposes: &Purposes) -> About {
    let of: &Selection = sheet.selection();
    let (edition, account) = (of.edition(), reader.account());
    let manifest = edition.manifest(of.audience());
    let purposes: Vec<&str> = purposes.iter().map(Purpose::label).collect();
    About::new(vec![
        ("Édition", edition.id().to_string()),
        ("Échelle", of.scale().label().to_owned()),
        ("Territoire", of.within().map_or("tout celui du compte".to_owned(), Within::text)),
        ("Exporté le", figures.app.now().to_rfc3339()),
        ("Par", account.email().to_string()),
        ("Convention", account.convention().to_owned()),
        ("Finalités", purposes.join(" ; ")),
        ("Sources", manifest.attribution.clone()),
        (
            "Secret statistique",
            format!(
                "aucun chiffre ne porte sur moins de {} ménages ; un chiffre absent est secret ou ne \
                 porte sur personne, les colonnes statut_… le disent",
                manifest.threshold
            ),
        ),
        ("Empreinte de l'édition", edition.digest().to_owned()),
    ])
}

/// Leaves word of the export, and of one who exports far more than others do.
fn tell(
    figures: &Figures,
    reader: &Reader,
    (edition, scale, view): (&Arc<Edition>, Scale, &View),
    (sheet, format, purposes): (&Sheet, Format, &Purposes),
) {
    let account = reader.shared_account();
    let within = sheet.selection().within();
    let area = match (within, within.and_then(Within::commune)) {
        (None, _) => Area::Territory,
        (Some(_), Some(commune)) => Area::Commune(commune),
        (Some(within), None) => Area::Communes(within.communes().copied().collect()),
    };
    let said =
        format!("format={} but={}", format.extension(), purposes.to_string().replace(' ', ","));
    let of = || Arc::clone(edition) as _;
    figures.app.recorder().exported(account, of(), scale, area, (view, &said));
    let rows = sheet.selection().count() as u64;
    if figures.harvests.add(account.id(), rows, figures.app.now()) {
        tracing::warn!(
            "un compte exporte bien plus que les autres : voir export.alerte au journal"
        );
        figures.app.recorder().harvested(account, of(), scale, view);
    }
}

fn full(full: Full) -> Problem {
    match full {
        Full::Network => Problem::too_many_exports(),
        Full::Everybody => Problem::unavailable(),
    }
}

/// Whoever the file is for, and whether they still may have it.
struct Guard {
    app: App,
    account: Arc<Account>,
    credential: Option<Credential>,
}

impl Guard {
    /// Whether the credential still stands for the same rights.
    async fn holds(&self) -> bool {
        let now = self.app.now();
        let Some(credential) = &self.credential else { return false };
        match self.app.access().identify(credential, now).await {
            Ok(Some(account)) => {
                account.digest() == self.account.digest() && account.may_see(now).is_ok()
            }
            _ => false,
        }
    }
}

type Piece = Result<Bytes, io::Error>;

/// The file as a body, written on a thread of its own.
fn stream(
    guard: Guard,
    format: Format,
    (sheet, about): (Sheet, About),
    held: (Share, OwnedSemaphorePermit),
) -> Body {
    let (sender, receiver) = channel::<Piece>(PIECES);
    tokio::task::spawn_blocking(move || {
        let _held = held;
        let mut out = Pieces { sender, waiting: BytesMut::new() };
        let mut written = exports::write(format, &sheet, &about, &mut out);
        if written.is_ok() {
            written = out.hand_over().map_err(ExportError::Io);
        }
        if let Err(error) = written {
            if !out.sender.is_closed() && !is_slow(&error) {
                tracing::error!("export impossible : {}", Causes(&error));
            }
            out.abort();
        }
    });
    let checked = Instant::now();
    Body::from_stream(unfold((receiver, guard, checked, false), next))
}

type Sending = (Receiver<Piece>, Guard, Instant, bool);

/// The next piece, while its reader may have it.
async fn next((mut receiver, guard, mut checked, over): Sending) -> Option<(Piece, Sending)> {
    if over {
        return None;
    }
    let piece = receiver.recv().await?;
    if checked.elapsed() >= ASKED_AGAIN {
        if !guard.holds().await {
            let ended = Err(io::Error::other("plus autorisé"));
            return Some((ended, (receiver, guard, checked, true)));
        }
        checked = Instant::now();
    }
    let over = piece.is_err();
    Some((piece, (receiver, guard, checked, over)))
}

fn is_slow(error: &ExportError) -> bool {
    matches!(error, ExportError::Io(error) if error.kind() == io::ErrorKind::TimedOut)
}

/// Gathers what is written into pieces, and waits for a reader no longer than [`PATIENCE`].
struct Pieces {
    sender: Sender<Piece>,
    waiting: BytesMut,
}

impl Pieces {
    fn hand_over(&mut self) -> io::Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let piece = self.waiting.split().freeze();
        self.send(Ok(piece))
    }

    /// Ends the answer so that nobody takes it for whole.
    fn abort(&mut self) {
        let _ = self.send(Err(io::Error::other("export interrompu")));
    }

    fn send(&self, piece: Piece) -> io::Result<()> {
        let sent = tokio::time::timeout(PATIENCE, self.sender.send(piece));
        match Handle::current().block_on(sent) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(io::ErrorKind::BrokenPipe.into()),
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.waiting.extend_from_slice(bytes);
        if self.waiting.len() >= PIECE {
            self.hand_over()?;
        }
        Ok(bytes.len())
    }

    /// Pieces have one size: only the end hands over less.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
