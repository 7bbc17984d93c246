//! `/tiles/{edition}/{scale}/{z}/{x}/{y}.mvt`, of the zones of a scale; `{scale}.labels`, of the points
//! where their names stand; `/tiles/{edition}/{z}/{x}/{y}.mvt`, of every scale.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};

use accounts::Area;
use domain::Causes;
use edition::Edition;
use request::answer::{bytes_answer, no_content, not_modified};
use request::negotiate::{encoding, has};
use request::{App, Problem, Reader};
use rights::View;
use tiles::{Encoding, Tile, TileError, TileId};

const MVT: &str = "application/vnd.mapbox-vector-tile";

/// The deepest zoom whose coordinates fit the world of 32 bits.
const MAX_ZOOM: u8 = 30;

/// The routes, as the router has them.
const ONE_SCALE: &str = "/tiles/{edition}/{scale}/{z}/{x}/{y}";
const ALL_SCALES: &str = "/tiles/{edition}/{scale}/{z}/{x}";

/// What follows the scale where its label points are asked for.
pub(super) const LABELS: &str = ".labels";

type Five = (String, String, String, String, String);
type Four = (String, String, String, String);

/// What the path of a tile says.
#[derive(Clone, Copy, Debug, PartialEq)]
struct TilePath<'a> {
    edition: &'a str,
    /// Without it every scale that belongs to the zoom is asked for.
    scale: Option<&'a str>,
    z: &'a str,
    x: &'a str,
    y: &'a str,
}

/// The tile that a path names, and what its reader may see there.
struct RequestedTile<'r> {
    edition: &'r Arc<Edition>,
    view: &'r View,
    id: TileId,
}

/// The answer to a GET of a tile, without the router. Anything else goes through the router, to the
/// handlers below and the same answer.
pub(super) async fn direct(
    app: &App,
    reader: &Reader,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
) -> Option<Response> {
    if is_escaped(uri.path()) {
        return Some(escaped().into_response());
    }
    if *method != Method::GET {
        return None;
    }
    let path = TilePath::read(uri.path())?;
    Some(tile(app, reader, path, headers).await.into_response())
}

/// The route that [`direct`] would answer.
pub(super) fn route(method: &Method, uri: &Uri) -> Option<&'static str> {
    let TilePath { scale, .. } = TilePath::read(uri.path()).filter(|_| *method == Method::GET)?;
    Some(if scale.is_some() { ONE_SCALE } else { ALL_SCALES })
}

/// One scale's layer.
pub(super) async fn one_scale(
    State(app): State<App>,
    reader: Reader,
    path: Result<Path<Five>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Path((edition, scale, z, x, y)) = path.map_err(|_| bad_path())?;
    let path = TilePath { edition: &edition, scale: Some(&scale), z: &z, x: &x, y: &y };
    tile(&app, &reader, path, &headers).await
}

/// Every scale that belongs to the zoom, one layer each.
pub(super) async fn all_scales(
    State(app): State<App>,
    reader: Reader,
    path: Result<Path<Four>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Path((edition, z, x, y)) = path.map_err(|_| bad_path())?;
    let path = TilePath { edition: &edition, scale: None, z: &z, x: &x, y: &y };
    tile(&app, &reader, path, &headers).await
}

impl<'a> TilePath<'a> {
    fn read(path: &'a str) -> Option<TilePath<'a>> {
        let parts = path.strip_prefix("/tiles/")?;
        let mut parts = parts.split('/');
        let (edition, one, two, three) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let path = match (parts.next(), parts.next()) {
            (Some(y), None) => TilePath { edition, scale: Some(one), z: two, x: three, y },
            (None, _) => TilePath { edition, scale: None, z: one, x: two, y: three },
            _ => return None,
        };
        // The router has its own opinion of a part without a character.
        let whole = [edition, one, two, three, path.y].iter().all(|part| !part.is_empty());
        whole.then_some(path)
    }

    /// The tile, where the edition may hold one.
    fn requested<'r>(&self, reader: &'r Reader) -> Result<RequestedTile<'r>, Problem> {
        let at = coordinates(self.z, self.x, self.y)?;
        let (edition, view) = reader.edition(self.edition)?;
        let id = match self.scale.map(|id| (id, id.strip_suffix(LABELS))) {
            Some((_, Some(id))) => {
                edition.named(id).and_then(|scale| TileId::labels(edition, scale, at))
            }
            Some((id, None)) => edition.named(id).and_then(|scale| TileId::one(edition, scale, at)),
            None => TileId::all(edition, at),
        };
        Ok(RequestedTile { edition, view, id: id.ok_or_else(Problem::not_found)? })
    }
}

/// Notes the tile of a path that a proxy reports: it may answer from its own store. What is no tile
/// is the proxy's affair.
///
/// # Errors
/// 400 for a tile that is not written as it should: the proxy has no answer to it, or an old one.
pub(super) fn reported(app: &App, reader: &Reader, path: &str) -> Result<(), Problem> {
    if is_escaped(path) {
        return Err(escaped());
    }
    let Some(path) = TilePath::read(path) else { return Ok(()) };
    coordinates(path.z, path.x, path.y)?;
    if let Ok(RequestedTile { edition, view, id }) = path.requested(reader) {
        consulted(app, reader, edition, view, &id);
    }
    Ok(())
}

async fn tile(
    app: &App,
    reader: &Reader,
    path: TilePath<'_>,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let RequestedTile { edition, view, id } = path.requested(reader)?;
    let encoding = encoding(headers).ok_or_else(Problem::not_acceptable)?;
    let response = answer(app, reader, &id, view, encoding, headers).await?;
    if response.status() != StatusCode::NO_CONTENT {
        consulted(app, reader, edition, view, &id);
    }
    Ok(response)
}

/// Leaves word that scales of a tile were consulted.
fn consulted(app: &App, reader: &Reader, edition: &Arc<Edition>, view: &View, id: &TileId) {
    let (account, now, at) = (reader.shared_account(), app.now(), id.at());
    for scale in id.scales() {
        if app.deduplicator().is_news((account.id(), edition.digest(), scale.id(), at), now) {
            let area = Area::Box(corners(at));
            app.recorder().consulted(account, Arc::clone(edition) as _, scale, area, view);
        }
    }
}

/// West, south, east, north in degrees.
fn corners((z, x, y): (u8, u32, u32)) -> [f64; 4] {
    let side = f64::from(2_u32.pow(u32::from(z)));
    let longitude = |x: u32| f64::from(x) / side * 360.0 - 180.0;
    let latitude = |y: u32| {
        let turn = std::f64::consts::PI * (1.0 - 2.0 * f64::from(y) / side);
        turn.sinh().atan().to_degrees()
    };
    [longitude(x), latitude(y + 1), longitude(x + 1), latitude(y)]
}

/// A client that has the tile costs no tile. One that is kept is not counted against the account:
/// to refuse it would cost as much.
async fn answer(
    app: &App,
    reader: &Reader,
    id: &TileId,
    view: &View,
    encoding: Encoding,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let variant = app.tiles().variant(id, view).await.map_err(impossible)?;
    let tag = HeaderValue::from_maybe_shared(variant.tag(encoding).clone());
    let tag = tag.map_err(|_| Problem::internal())?;
    if has(headers, &tag) {
        return Ok(not_modified(tag));
    }
    let tile = match app.tiles().kept(&variant, encoding).await {
        Some(tile) => tile,
        None => {
            let account = reader.account().id();
            app.rates().tokens.take(account, app.now())?;
            app.tiles().tile(&variant, encoding).await.map_err(impossible)?
        }
    };
    match tile {
        Tile::Empty => Ok(no_content(tag)),
        Tile::Bytes(bytes) => Ok(bytes_answer(MVT, encoding, tag, bytes)),
    }
}

/// What a client is told when the edition does not give the tile. An archive that vanished or
/// changed says so once in the log (`edition`), not at each request.
fn impossible(error: Arc<TileError>) -> Problem {
    if error.was_said() {
        return Problem::unavailable();
    }
    tracing::error!("tuile impossible : {}", Causes(error.as_ref()));
    Problem::internal()
}

fn coordinates(z: &str, x: &str, y: &str) -> Result<(u8, u32, u32), Problem> {
    let y = y
        .strip_suffix(".mvt")
        .or_else(|| y.strip_suffix(".pbf"))
        .ok_or_else(|| Problem::bad_request("Une tuile se termine par .mvt ou .pbf."))?;
    let z = number(z)?;
    let z = u8::try_from(z)
        .ok()
        .filter(|z| *z <= MAX_ZOOM)
        .ok_or_else(|| Problem::bad_request("Le zoom va de 0 à 30."))?;
    let (x, y) = (number(x)?, number(y)?);
    let side = 1_u32 << z;
    if x >= side || y >= side {
        let detail = "La tuile est hors du monde : x et y sont inférieurs à 2 puissance z.";
        return Err(Problem::bad_request(detail));
    }
    Ok((z, x, y))
}

fn number(text: &str) -> Result<u32, Problem> {
    let bad = || Problem::bad_request("z, x et y sont des nombres entiers, en chiffres.");
    // `parse` would take a sign, and zeros before the number, which a proxy keeps as another tile.
    if text.is_empty()
        || (text.len() > 1 && text.starts_with('0'))
        || !text.bytes().all(|byte| byte.is_ascii_digit())
    {
        return Err(bad());
    }
    text.parse().map_err(|_| bad())
}

/// Whether a path about tiles has escaped characters: a proxy would keep each spelling as another
/// tile, and nothing in it needs one.
fn is_escaped(path: &str) -> bool {
    path.starts_with("/tiles/") && path.contains('%')
}

fn escaped() -> Problem {
    Problem::bad_request("L'adresse d'une tuile s'écrit sans caractère échappé (%).")
}

fn bad_path() -> Problem {
    Problem::bad_request("L'adresse n'est pas du texte UTF-8.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(uri: &Uri) -> Option<TilePath<'_>> {
        TilePath::read(uri.path())
    }

    #[test]
    fn a_million_query_strings_are_one_address() {
        let first: Uri = "/tiles/latest/commune/8/129/87.mvt".parse().unwrap();
        for number in 0..1_000_000 {
            let uri = format!("/tiles/latest/commune/8/129/87.mvt?v={number}").parse().unwrap();
            assert_eq!(read(&uri), read(&first));
        }
        assert!(read(&first).is_some());
    }

    #[test]
    fn what_is_not_plainly_a_tile_is_left_to_the_router() {
        for path in [
            "/tiles/latest/commune.json",
            "/tiles/latest/8/129",
            "/tiles//8/129/87.mvt",
            "/tiles/latest/commune/8/129/87.mvt/",
            "/tiles/latest/commune/8/129/87/1.mvt",
            "/tile/latest/commune/8/129/87.mvt",
        ] {
            assert_eq!(read(&path.parse().unwrap()), None, "{path}");
        }
        let uri = "/tiles/latest/8/129/87.mvt".parse().unwrap();
        assert_eq!(read(&uri).map(|path| (path.scale, path.y)), Some((None, "87.mvt")));
        assert_eq!(
            (route(&Method::HEAD, &uri), route(&Method::GET, &uri)),
            (None, Some(ALL_SCALES))
        );
    }

    #[test]
    fn a_number_has_one_spelling() {
        for text in ["0", "7", "129"] {
            assert!(number(text).is_ok(), "{text}");
        }
        for text in ["", "00", "011", "+1", "-1", "1e1", "%31", "４"] {
            assert!(number(text).is_err(), "{text}");
        }
    }
}
