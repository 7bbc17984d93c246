//! `/ogc`: OGC API Features (a collection for each edition and scale) and what OGC API Tiles says of the
//! tiles that `/tiles` serves.

mod cursor;
mod documents;
mod format;
mod html;
mod items;
mod query;

use std::future::{Ready, ready};
use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use moka::future::Cache;
use serde_json::Value;

use crate::Figures;
use crate::zones::{impossible, select};
use documents::Place;
use domain::{ManifestScale, Scale};
use edition::Edition;
use features::{FeatureError, Lead, Selection};
use format::Format;
use request::answer;
use request::named::Named;
use request::parameters::Parameters;
use request::{Problem, Reader};
use rights::View;

pub(crate) use items::{PageCache, item, items, pages};

/// Where the zones of a collection lie and how many there are, by the digest of what they follow from.
pub(crate) type Extents = Cache<[u8; 32], (Option<[f64; 4]>, usize)>;

/// Which zones come first, by the same digest.
pub(crate) type Leads = Cache<[u8; 32], Lead>;

/// Extents, and leads, that are kept.
const MAX_EXTENTS: u64 = 8_192;

/// No extent yet.
pub(crate) fn extents() -> Extents {
    Cache::new(MAX_EXTENTS)
}

/// No lead yet.
pub(crate) fn leads() -> Leads {
    Cache::new(MAX_EXTENTS)
}

const JSON: &str = "application/json";
const SCHEMA: &str = "application/schema+json";

/// A collection that a path names: an edition, a scale that it has, and what the reader may see of it.
struct Collection<'r> {
    /// As the path names it.
    id: String,
    edition: &'r Arc<Edition>,
    view: &'r View,
    entry: &'r ManifestScale,
}

impl<'r> Collection<'r> {
    /// The collection of a name, `2024r1.commune` or `latest.commune`.
    fn named(reader: &'r Reader, id: String) -> Result<Collection<'r>, Problem> {
        let (name, scale) = id.split_once('.').ok_or_else(Problem::not_found)?;
        let (edition, view) = reader.edition(name)?;
        let scale = edition.named(scale).ok_or_else(Problem::not_found)?;
        let entry = edition.manifest(view.audience()).scale(scale);
        Ok(Collection { entry: entry.ok_or_else(Problem::not_found)?, id, edition, view })
    }

    /// Every one of the active editions, the oldest edition and the finest scale first.
    fn all(reader: &'r Reader) -> Result<Vec<Collection<'r>>, Problem> {
        let mut all = Vec::new();
        for edition in reader.editions() {
            let (edition, view) = reader.edition(&edition.id().to_string())?;
            for entry in &edition.manifest(view.audience()).scales {
                let id = format!("{}.{}", edition.id(), entry.id);
                all.push(Collection { id, edition, view, entry });
            }
        }
        Ok(all)
    }

    fn scale(&self) -> Scale {
        self.entry.id
    }

    /// What the placeholders of documents stand for.
    fn place<'p>(&'p self, reader: &'p Reader) -> Place<'p> {
        let attribution = &self.edition.manifest(self.view.audience()).attribution;
        Place::of_collection(reader.base(), &self.id, self.edition.id(), self.entry, attribution)
    }

    async fn selection(&self, figures: &Figures) -> Result<Selection, Problem> {
        select(figures, self.edition, self.view, self.scale(), (None, None)).await
    }

    /// Its zones as pages of them begin: first a few that show what the columns hold.
    async fn led(&self, figures: &Figures) -> Result<Selection, Problem> {
        let selection = self.selection(figures).await?;
        let own = selection.clone();
        let look = figures.features.work(move || Lead::of(&own));
        let lead = figures.leads.try_get_with(*selection.digest(), look).await;
        let lead = lead.map_err(|error: Arc<FeatureError>| impossible(error.as_ref()))?;
        Ok(selection.led_by(lead))
    }

    /// The document that describes it: where its visible zones lie, and how many they are.
    async fn document(&self, figures: &Figures, reader: &Reader) -> Result<Value, Problem> {
        let selection = self.selection(figures).await?;
        // Every visible zone is looked at once; `/ogc/collections` would do so for each scale each time.
        let seen = figures.extents.try_get_with(
            *selection.digest(),
            figures.features.work(move || Ok((selection.bounds(), selection.count()))),
        );
        let (bounds, count) =
            seen.await.map_err(|error: Arc<FeatureError>| impossible(error.as_ref()))?;
        Ok(documents::collection(&self.place(reader), bounds, count))
    }
}

/// A document that is the same for every collection: `/ogc`, what it conforms to, its grid of tiles.
pub(crate) fn fixed(
    name: &'static str,
) -> impl Fn(Reader, Uri, HeaderMap) -> Ready<Result<Response, Problem>> + Clone {
    move |reader, uri, headers| {
        let document = documents::filled(name, &Place::of(reader.base()));
        ready(answered(&uri, &headers, JSON, &document))
    }
}

/// `/ogc/api`: OpenAPI 3.0, each collection by its own path.
pub(crate) async fn api(reader: Reader, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    let ids: Vec<String> = Collection::all(&reader)?.into_iter().map(|own| own.id).collect();
    let document = documents::api(&Place::of(reader.base()), &ids);
    answered(&uri, &headers, "application/vnd.oai.openapi+json;version=3.0", &document)
}

/// `/ogc/collections`.
pub(crate) async fn collections(
    State(figures): State<Figures>,
    reader: Reader,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let mut all = Vec::new();
    for collection in Collection::all(&reader)? {
        all.push(collection.document(&figures, &reader).await?);
    }
    let mut document = documents::filled("collections", &Place::of(reader.base()));
    document["collections"] = all.into();
    answered(&uri, &headers, JSON, &document)
}

/// `/ogc/collections/{collection}`.
pub(crate) async fn collection(
    State(figures): State<Figures>,
    reader: Reader,
    Named(name): Named<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let document = Collection::named(&reader, name)?.document(&figures, &reader).await?;
    answered(&uri, &headers, JSON, &document)
}

/// `/ogc/collections/{collection}/schema`: the type of each property (Part 5).
pub(crate) async fn schema(
    State(figures): State<Figures>,
    reader: Reader,
    Named(name): Named<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let collection = Collection::named(&reader, name)?;
    let selection = collection.selection(&figures).await?;
    let document = documents::schema(&collection.place(&reader), &selection);
    answered(&uri, &headers, SCHEMA, &document)
}

/// `/ogc/collections/{collection}/schema/feature`: the same of a whole feature, as GDAL reads it.
pub(crate) async fn feature_schema(
    State(figures): State<Figures>,
    reader: Reader,
    Named(name): Named<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let collection = Collection::named(&reader, name)?;
    let selection = collection.selection(&figures).await?;
    let document = documents::feature_schema(&collection.place(&reader), &selection);
    answered(&uri, &headers, SCHEMA, &document)
}

/// `/ogc/collections/{collection}/queryables`: what a filter may read.
pub(crate) async fn queryables(
    reader: Reader,
    Named(name): Named<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let collection = Collection::named(&reader, name)?;
    let document = documents::queryables(&collection.place(&reader), collection.scale());
    answered(&uri, &headers, SCHEMA, &document)
}

/// `/ogc/collections/{collection}/tiles`.
pub(crate) async fn tilesets(
    reader: Reader,
    Named(name): Named<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let collection = Collection::named(&reader, name)?;
    let document = documents::filled("tilesets", &collection.place(&reader));
    answered(&uri, &headers, JSON, &document)
}

/// `/ogc/collections/{collection}/tiles/WebMercatorQuad`.
pub(crate) async fn tileset(
    reader: Reader,
    Named(name): Named<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let collection = Collection::named(&reader, name)?;
    let document = documents::tileset(&collection.place(&reader), collection.entry);
    answered(&uri, &headers, JSON, &document)
}

/// A document as JSON of a type, or as a page.
fn answered(
    uri: &Uri,
    headers: &HeaderMap,
    kind: &'static str,
    document: &Value,
) -> Result<Response, Problem> {
    let asked = Parameters::read(uri, &["f"])?;
    match Format::asked(asked.get("f"), headers, &[Format::Json, Format::Html])? {
        Format::Html => answer::document(headers, html::KIND, html::page(document).into_bytes()),
        _ => answer::document(headers, kind, document.to_string().into_bytes()),
    }
}
