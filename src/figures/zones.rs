//! `/editions/{edition}/zones`: the published columns of a scale's zones, a page at a time;
//! `/editions/{edition}/search`: zones by name or code.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::Response;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::Figures;
use accounts::Area;
use domain::{Causes, Scale};
use edition::Edition;
use features::{
    BadQuestion, FeatureError, Found, MAX_QUESTION, MIN_QUESTION, Page, PageFormat, Selection,
    Value, Within, is_question,
};
use request::answer::{bytes_answer, not_modified, strong_tag};
use request::named::Named;
use request::negotiate::{encoding, has};
use request::parameters::Parameters;
use request::{Problem, Reader};
use rights::View;
use tiles::{Encoding, gzip};

/// Zones of a page, usually and at most. A zone with every column is about five kilobytes.
const USUAL_PAGE: usize = 1_000;
const MOST_PAGE: usize = 2_000;

/// Zones that a search gives, usually and at most.
const USUAL_FOUND: usize = 20;
const MOST_FOUND: usize = 100;

/// Changes whenever the same question would be answered in other bytes.
const FORMAT: &str = "seuil-zones-1";

/// What an address keeps as it is.
const PLAIN: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b':');

/// `/editions/{edition}/zones?scale=…&within=…&fields=…&after=…&limit=…&f=json|ndjson`.
pub(crate) async fn zones(
    State(figures): State<Figures>,
    reader: Reader,
    Named(name): Named<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (edition, view) = reader.edition(&name)?;
    let asked = Parameters::read(&uri, &["scale", "within", "fields", "after", "limit", "f"])?;
    let scale = asked.get("scale").ok_or_else(|| {
        Problem::bad_request("Dire de quelle échelle : scale=commune, par exemple.")
    })?;
    let scale = edition.named(scale).ok_or_else(Problem::not_found)?;
    let format = match asked.get("f") {
        None | Some("json") => PageFormat::Json,
        Some("ndjson") => PageFormat::NdJson,
        Some(_) => return Err(Problem::bad_request("f est json ou ndjson.")),
    };
    let limit = asked.limit(USUAL_PAGE, MOST_PAGE)?;
    let after = asked.get("after").map(str::to_owned);
    let encoding = encoding(&headers).ok_or_else(Problem::not_acceptable)?;
    let within = asked.get("within").map(|text| Within::read(text, edition, view)).transpose();
    let narrowed = (within.map_err(bad)?, asked.get("fields"));
    let selection = select(&figures, edition, view, scale, narrowed).await?;
    let tag = tag(&selection, after.as_deref(), (limit, format, encoding))?;
    if has(&headers, &tag) {
        if selection.rows(after.as_deref(), 1).has_more() {
            let commune = selection.within().and_then(Within::commune);
            let area = commune.map_or(Area::Territory, Area::Commune);
            consulted(&figures, &reader, edition, (scale, area), view);
        }
        return Ok(not_modified(tag));
    }
    let written = figures.features.work(move || {
        let mut page = Page::write(&selection, after.as_deref(), limit, format)?;
        if encoding == Encoding::Gzip {
            page.bytes = gzip(&page.bytes)?;
        }
        Ok(page)
    });
    let page = written.await.map_err(|error| impossible(&error))?;
    if let Some(bounds) = page.bounds {
        consulted(&figures, &reader, edition, (scale, Area::Box(bounds)), view);
    }
    let kind = match format {
        PageFormat::Json => "application/json",
        PageFormat::NdJson => "application/x-ndjson",
    };
    let mut response = bytes_answer(kind, encoding, tag, page.bytes.into());
    if let Some(code) = page.next {
        response.headers_mut().insert(header::LINK, next_page(&uri, &code)?);
    }
    Ok(response)
}

/// `/editions/{edition}/search?q=…&scale=…&limit=…`.
pub(crate) async fn search(
    State(figures): State<Figures>,
    reader: Reader,
    Named(name): Named<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (edition, view) = reader.edition(&name)?;
    let asked = Parameters::read(&uri, &["q", "scale", "limit"])?;
    let limit = asked.limit(USUAL_FOUND, MOST_FOUND)?;
    let question = asked.get("q").unwrap_or_default();
    let scale = match asked.get("scale") {
        Some(scale) => Some(edition.named(scale).ok_or_else(Problem::not_found)?),
        None => None,
    };
    if question.chars().count() > MAX_QUESTION {
        return Err(Problem::bad_request("q est trop long : au plus 100 caractères."));
    }
    let encoding = encoding(&headers).ok_or_else(Problem::not_acceptable)?;
    let mut hash = Sha256::new();
    hash.update(format!(
        "{FORMAT}\nsearch\n{}\n{}\n{limit}\n{}\n{encoding:?}\n{question}",
        edition.digest(),
        view.visible().digest(),
        scale.map_or("", Scale::id),
    ));
    let tag = strong_tag(&hex::encode(hash.finalize()))?;
    if !is_question(question) {
        return Err(Problem::bad_request("q a au moins deux lettres ou chiffres."));
    }
    if has(&headers, &tag) {
        return Ok(not_modified(tag));
    }
    figures.app.rates().lookups.take(reader.account().id(), figures.app.now())?;
    let found = figures.features.search(edition, view, (question, scale), limit).await;
    let found = found.map_err(|error| impossible(&error))?;
    told(&figures, &reader, edition, view, &found);
    let zones: Vec<_> = found.iter().map(described).collect();
    let document = json!({ "edition": edition.id().to_string(), "zones": zones });
    let bytes = document.to_string().into_bytes();
    let bytes = match encoding {
        Encoding::Identity => bytes,
        Encoding::Gzip => gzip(&bytes).map_err(|_| Problem::internal())?,
    };
    Ok(bytes_answer("application/json", encoding, tag, bytes.into()))
}

/// The zones that a question is about.
pub(crate) async fn select(
    figures: &Figures,
    edition: &Arc<Edition>,
    view: &View,
    scale: Scale,
    narrowed: (Option<Within>, Option<&str>),
) -> Result<Selection, Problem> {
    let selection = figures.features.select(edition, scale, view, narrowed).await;
    selection.map_err(|error| impossible(&error))?.map_err(bad)
}

/// What the bytes of a page follow from: a client that has it costs no row.
fn tag(
    selection: &Selection,
    after: Option<&str>,
    (limit, format, encoding): (usize, PageFormat, Encoding),
) -> Result<HeaderValue, Problem> {
    let mut hash = Sha256::new();
    hash.update(selection.digest());
    hash.update(format!("{FORMAT}\n{limit}\n{format:?}\n{encoding:?}\n"));
    hash.update(after.unwrap_or_default());
    strong_tag(&hex::encode(hash.finalize()))
}

/// The address of the page that follows, from this one's: no token, no host.
fn next_page(uri: &Uri, code: &str) -> Result<HeaderValue, Problem> {
    let kept = uri.query().unwrap_or_default().split('&');
    let mut query: Vec<&str> = kept.filter(|pair| !pair.starts_with("after=")).collect();
    let after = format!("after={}", utf8_percent_encode(code, &PLAIN));
    query.push(&after);
    let link = format!("<?{}>; rel=\"next\"", query.join("&"));
    HeaderValue::try_from(link).map_err(|_| Problem::internal())
}

/// A zone that was found, in a few words.
fn described(found: &Found) -> serde_json::Value {
    let row = &found.row;
    let nom = match row.value(1) {
        Some(Value::Text(nom)) => Some(nom),
        _ => None,
    };
    let [x, y] = row.point().map_or([None, None], |point| point.map(Some));
    json!({
        "scale": found.scale,
        "code": row.code(),
        "nom": nom,
        "x": x,
        "y": y,
        "bounds": row.bounds(),
    })
}

/// Leaves word of the zones whose names were given.
fn told(figures: &Figures, reader: &Reader, edition: &Arc<Edition>, view: &View, found: &[Found]) {
    for zone in found {
        let area = (zone.scale, Area::Box(zone.row.bounds()));
        consulted(figures, reader, edition, area, view);
    }
}

/// Leaves word that zones of a scale were consulted.
pub(crate) fn consulted(
    figures: &Figures,
    reader: &Reader,
    edition: &Arc<Edition>,
    (scale, area): (Scale, Area),
    view: &View,
) {
    let account = reader.shared_account();
    figures.app.recorder().consulted(account, Arc::clone(edition) as _, scale, area, view);
}

/// What a client is told of a question that has no answer.
pub(crate) fn bad(question: BadQuestion) -> Problem {
    match question {
        BadQuestion::Field => Problem::bad_request(
            "fields nomme des colonnes de cette échelle, séparées par des virgules ; \
             /editions/{edition}/indicators les décrit.",
        ),
        BadQuestion::Within => Problem::bad_request(
            "within s'écrit échelle:code, par exemple commune:95018 ou departement:95.",
        ),
        BadQuestion::WithinScale => Problem::bad_request(
            "within nomme une commune, ou une zone faite de communes entières.",
        ),
        BadQuestion::WithinUnknown => Problem::not_found(),
    }
}

/// What a client is told when the edition does not give its zones.
pub(crate) fn impossible(error: &FeatureError) -> Problem {
    if error.was_said() {
        return Problem::unavailable();
    }
    tracing::error!("zones impossibles : {}", Causes(error));
    Problem::internal()
}

const _: () = assert!(MIN_QUESTION == 2 && MAX_QUESTION == 100, "refusals say so");
