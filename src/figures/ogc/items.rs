//! `/ogc/collections/{collection}/items`: zones with their geometries, a page at a time, and
//! `/items/{id}`: one.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri, header};
use axum::response::Response;
use bytes::Bytes;
use moka::future::Cache;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::cursor;
use super::format::Format;
use super::query::{Question, changed};
use super::{Collection, html};
use crate::Figures;
use crate::zones::{consulted, impossible};
use accounts::Area;
use domain::Causes;
use exports::{About, Sheet};
use features::{FeatureError, ItemPage, PageSpan, Selection, item as one_item};
use request::answer::{bytes_answer, not_modified, strong_tag};
use request::named::Named;
use request::negotiate::{encoding, has};
use request::parameters::Parameters;
use request::{Problem, Reader};
use tiles::{Encoding, gzip};

const GEOJSON: &str = "application/geo+json";
const FLATGEOBUF: &str = "application/flatgeobuf";

/// Changes whenever the same question would be answered in other bytes.
const FORMAT: &str = "seuil-items-2";

const MATCHED: HeaderName = HeaderName::from_static("ogc-numbermatched");
const RETURNED: HeaderName = HeaderName::from_static("ogc-numberreturned");

/// What the path of an item keeps as it is.
const PLAIN: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// Bytes of pages that are kept.
const MAX_KEPT: u64 = 128 << 20;

/// Pages by the digest that their tag is: of everything that their bytes follow from, the reader's view too.
pub(crate) type PageCache = Cache<[u8; 32], Arc<Written>>;

/// No page yet.
pub(crate) fn pages() -> PageCache {
    let weight = |_: &[u8; 32], page: &Arc<Written>| {
        u32::try_from(page.bytes.len() + 256).unwrap_or(u32::MAX)
    };
    Cache::builder().max_capacity(MAX_KEPT).weigher(weight).build()
}

/// A page that was written.
pub(crate) struct Written {
    bytes: Bytes,
    matched: usize,
    returned: usize,
    next: Option<String>,
    bounds: Option<[f64; 4]>,
}

/// A page of zones.
pub(crate) async fn items(
    State(figures): State<Figures>,
    reader: Reader,
    Named(name): Named<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let collection = Collection::named(&reader, name)?;
    let Question { limit, cursor, filter, format } = Question::read(&uri, &headers)?;
    let (edition, scale) = (collection.edition, collection.scale());
    let filter_text = filter.text().to_owned();
    let question = cursor::Question { edition: edition.id(), scale, filter: &filter_text };
    let after = cursor.map(|cursor| {
        let detail = "cursor n'est pas d'une page de cette question ; reprendre à la première.";
        question.code(&cursor).ok_or_else(|| Problem::bad_request(detail))
    });
    let after = after.transpose()?;
    let encoding = encoding(&headers).ok_or_else(Problem::not_acceptable)?;
    // What a filter keeps is in the order of codes: to know more, all of it would be read each time.
    let selection = match filter.is_empty() {
        true => collection.led(&figures).await?,
        false => collection.selection(&figures).await?,
    };
    let address = format!("{}/ogc/collections/{}/items", reader.base(), collection.id);
    let mut hash = Sha256::new();
    hash.update(selection.digest());
    hash.update(format!("{FORMAT}\n{limit}\n{format:?}\n{encoding:?}\n{address}\n{after:?}\n"));
    hash.update(uri.query().unwrap_or_default());
    let key: [u8; 32] = hash.finalize().into();
    let tag = strong_tag(&hex::encode(key))?;
    let told = |area: Area| consulted(&figures, &reader, edition, (scale, area), collection.view);
    if has(&headers, &tag) {
        if selection.rows(after.as_deref(), 1).has_more() {
            told(Area::Territory);
        }
        return Ok(not_modified(tag));
    }
    if !filter.is_empty() {
        // Every visible zone is looked at, as for a search.
        figures.app.rates().lookups.take(reader.account().id(), figures.app.now())?;
    }
    let page_links = links(&address, &uri);
    let next_query = {
        let (id, filter, uri) = (edition.id(), filter_text.clone(), uri.clone());
        move |code: &str| {
            let question = cursor::Question { edition: id, scale, filter: &filter };
            changed(&uri, &["cursor"], Some(("cursor", &question.cursor(code))))
        }
    };
    let next_address = {
        let address = address.clone();
        move |code: &str| format!("{address}{}", next_query(code))
    };
    let kind = match format {
        Format::Json => GEOJSON,
        Format::Html => html::KIND,
        Format::Fgb => FLATGEOBUF,
    };
    let write = figures.features.work(move || {
        let selection = match filter.is_empty() {
            true => selection,
            false => selection.filtered(&filter)?,
        };
        let matched = selection.count();
        if format == Format::Fgb {
            let PageSpan { next, returned, bounds } =
                PageSpan::measure(&selection, (after.as_deref(), limit))?;
            let mut bytes = flatgeobuf(selection, after.as_deref(), returned)?;
            if encoding == Encoding::Gzip {
                bytes = gzip(&bytes)?;
            }
            let next = next.as_deref().map(&next_address);
            return Ok(Arc::new(Written { bytes: bytes.into(), matched, returned, next, bounds }));
        }
        let page = ItemPage::write(&selection, (after.as_deref(), limit), matched, |next| {
            let next = next.map(&next_address);
            let next = next.map(|href| json!({ "href": href, "rel": "next", "type": GEOJSON }));
            page_links.into_iter().chain(next).collect()
        })?;
        let next = page.next.as_deref().map(&next_address);
        let mut bytes = shaped(page.bytes, format)?;
        if encoding == Encoding::Gzip {
            bytes = gzip(&bytes)?;
        }
        let ItemPage { returned, bounds, .. } = page;
        Ok(Arc::new(Written { bytes: bytes.into(), matched, returned, next, bounds }))
    });
    let page = figures.pages.try_get_with(key, write).await;
    let page = page.map_err(|error: Arc<FeatureError>| impossible(&error))?;
    if let Some(bounds) = page.bounds {
        told(Area::Box(bounds));
    }
    let mut response = bytes_answer(kind, encoding, tag, page.bytes.clone());
    let own = response.headers_mut();
    own.insert(MATCHED, page.matched.into());
    own.insert(RETURNED, page.returned.into());
    if let Some(next) = &page.next {
        let next = next.replace('<', "%3C").replace('>', "%3E");
        let link = format!("<{next}>; rel=\"next\"; type=\"{kind}\"");
        own.insert(header::LINK, HeaderValue::try_from(link).map_err(|_| Problem::internal())?);
    }
    Ok(response)
}

/// One zone.
pub(crate) async fn item(
    State(figures): State<Figures>,
    reader: Reader,
    Named((name, code)): Named<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let collection = Collection::named(&reader, name)?;
    let asked = Parameters::read(&uri, &["f"])?;
    let format = Format::asked(asked.get("f"), &headers, &[Format::Json, Format::Html])?;
    let selection: Selection = collection.selection(&figures).await?;
    let of = format!("{}/ogc/collections/{}", reader.base(), collection.id);
    let links = json!([
        { "href": format!("{of}/items/{}", utf8_percent_encode(&code, &PLAIN)), "rel": "self", "type": GEOJSON },
        { "href": of, "rel": "collection", "type": "application/json" },
    ]);
    let read = figures.features.work(move || {
        let Some(row) = selection.zone(&code)? else { return Ok(None) };
        Ok(Some((shaped(one_item(&selection, &row, &links), format)?, row.bounds())))
    });
    let found = read.await.map_err(|error: FeatureError| impossible(&error))?;
    let (bytes, bounds) = found.ok_or_else(Problem::not_found)?;
    let area = (collection.scale(), Area::Box(bounds));
    consulted(&figures, &reader, collection.edition, area, collection.view);
    let kind = if format == Format::Html { html::KIND } else { GEOJSON };
    super::answer::document(&headers, kind, bytes)
}

/// The links of a page beside the one to the next.
fn links(address: &str, uri: &Uri) -> Vec<Value> {
    let link = |query: String, rel: &str, kind: &str| json!({ "href": format!("{address}{query}"), "rel": rel, "type": kind });
    let of = address.strip_suffix("/items").unwrap_or(address);
    vec![
        link(changed(uri, &[], None), "self", GEOJSON),
        link(changed(uri, &["f"], Some(("f", "html"))), "alternate", "text/html"),
        link(changed(uri, &["f"], Some(("f", "fgb"))), "alternate", FLATGEOBUF),
        json!({ "href": of, "rel": "collection", "type": "application/json" }),
    ]
}

/// A page as FlatGeobuf, with its spatial index.
fn flatgeobuf(
    selection: Selection,
    after: Option<&str>,
    rows: usize,
) -> Result<Vec<u8>, FeatureError> {
    let manifest = selection.edition().manifest(selection.audience());
    let about = About::new(vec![
        ("Édition", selection.edition().id().to_string()),
        ("Échelle", selection.scale().label().to_owned()),
        ("Sources", manifest.attribution.clone()),
    ]);
    let mut bytes = Vec::new();
    let sheet = Sheet::page(selection, after, rows);
    exports::write(exports::Format::Fgb, &sheet, &about, &mut bytes)
        .map_err(|error| interrupted(&error))?;
    Ok(bytes)
}

/// A document of features as it is asked for.
fn shaped(bytes: Vec<u8>, format: Format) -> Result<Vec<u8>, FeatureError> {
    if format != Format::Html {
        return Ok(bytes);
    }
    let document = serde_json::from_slice(&bytes).map_err(|error| interrupted(&error))?;
    Ok(html::page(&html::without_geometry(document)).into_bytes())
}

/// A page that could not be written; the log says why.
fn interrupted(error: &dyn std::error::Error) -> FeatureError {
    tracing::error!("page impossible : {}", Causes(error));
    FeatureError::Interrupted
}
