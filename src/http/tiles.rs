//! `/tiles/{edition}/{scale}/{z}/{x}/{y}.mvt` and `/tiles/{edition}/{z}/{x}/{y}.mvt`.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::answer::{bytes_answer, no_content, not_modified};
use super::negotiate::{encoding, has};
use super::{App, Problem, Reader};
use crate::access::{Area, View};
use crate::domain::Scale;
use crate::edition::Edition;
use crate::tiles::{Encoding, Place, Tile, TileError};

const MVT: &str = "application/vnd.mapbox-vector-tile";

/// The deepest zoom whose coordinates fit the world of 32 bits.
const MAX_ZOOM: u8 = 30;

type Five = (String, String, String, String, String);
type Four = (String, String, String, String);

/// One scale's layer.
pub(super) async fn one_scale(
    State(app): State<App>,
    reader: Reader,
    path: Result<Path<Five>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Path((name, scale, z, x, y)) = path.map_err(|_| bad_path())?;
    let at = coordinates(&z, &x, &y)?;
    let (edition, view) = reader.edition(&name)?;
    let scale: Scale = scale.parse().map_err(|_| Problem::not_found())?;
    let encoding = encoding(&headers).ok_or_else(Problem::not_acceptable)?;
    let place = Place::one(edition, scale, at).ok_or_else(Problem::not_found)?;
    let response = answer(&app, &place, view, encoding, &headers).await?;
    note(&app, &reader, edition, view, &[scale], at, &response);
    Ok(response)
}

/// Every scale that belongs to the zoom, one layer each.
pub(super) async fn all_scales(
    State(app): State<App>,
    reader: Reader,
    path: Result<Path<Four>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Path((name, z, x, y)) = path.map_err(|_| bad_path())?;
    let at = coordinates(&z, &x, &y)?;
    let (edition, view) = reader.edition(&name)?;
    let encoding = encoding(&headers).ok_or_else(Problem::not_acceptable)?;
    let place = Place::all(edition, at).ok_or_else(Problem::not_found)?;
    let response = answer(&app, &place, view, encoding, &headers).await?;
    note(&app, &reader, edition, view, &edition.scales_at(at.0), at, &response);
    Ok(response)
}

/// Leaves word that the tile was consulted, unless it was empty.
fn note(
    app: &App,
    reader: &Reader,
    edition: &Arc<Edition>,
    view: &View,
    scales: &[Scale],
    at: (u8, u32, u32),
    response: &Response,
) {
    if response.status() != StatusCode::NO_CONTENT {
        consulted(app, reader, edition, view, scales, at);
    }
}

/// Leaves word that scales of a tile were consulted.
pub(super) fn consulted(
    app: &App,
    reader: &Reader,
    edition: &Arc<Edition>,
    view: &View,
    scales: &[Scale],
    (z, x, y): (u8, u32, u32),
) {
    let side = f64::from(2_u32.pow(u32::from(z)));
    let longitude = |x: u32| f64::from(x) / side * 360.0 - 180.0;
    let latitude = |y: u32| {
        let turn = std::f64::consts::PI * (1.0 - 2.0 * f64::from(y) / side);
        turn.sinh().atan().to_degrees()
    };
    let corners = [longitude(x), latitude(y + 1), longitude(x + 1), latitude(y)];
    for scale in scales {
        let (account, area) = (reader.shared_account(), Area::Box(corners));
        app.recorder().consulted(account, Arc::clone(edition) as _, *scale, area, view);
    }
}

/// A client that has the tile costs no tile.
async fn answer(
    app: &App,
    place: &Place,
    view: &View,
    encoding: Encoding,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let variant = app.tiles().variant(place, view).await.map_err(impossible)?;
    let tag = variant.tag(encoding);
    if has(headers, tag) {
        return Ok(not_modified(tag));
    }
    match app.tiles().tile(&variant, encoding).await.map_err(impossible)? {
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
    let source = std::error::Error::source(error.as_ref()).map(ToString::to_string);
    tracing::error!("tuile impossible : {error} : {}", source.unwrap_or_default());
    Problem::internal()
}

pub(super) fn coordinates(z: &str, x: &str, y: &str) -> Result<(u8, u32, u32), Problem> {
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
    // `parse` would take a sign.
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(bad());
    }
    text.parse().map_err(|_| bad())
}

fn bad_path() -> Problem {
    Problem::bad_request("L'adresse n'est pas du texte UTF-8.")
}
