//! Routes that answer with the figures of zones, row by row: pages of zones, search, exports, and
//! OGC API Features and Tiles.

mod export;
mod harvests;
mod ogc;
mod zones;

use std::ops::Deref;
use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use tokio::sync::Semaphore;

use features::FeatureStore;
use harvests::Harvests;
use ogc::{Extents, Leads, PageCache};
use request::App;
use request::shares::Shares;

/// What these routes share. Cheap to clone.
#[derive(Clone)]
struct Figures {
    parts: Arc<Parts>,
}

struct Parts {
    app: App,
    features: FeatureStore,
    /// Pages of features that were written.
    pages: PageCache,
    /// Where the zones of collections lie.
    extents: Extents,
    /// Which zones come first in collections.
    leads: Leads,
    /// The files that are being written, or wait for it.
    exports: Shares,
    /// The turns of those that are written at once.
    export_turns: Arc<Semaphore>,
    /// What each account exports in a day.
    harvests: Harvests,
}

impl Deref for Figures {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.parts
    }
}

/// Every one of these routes.
pub fn routes(app: &App) -> Router<App> {
    let parts = Parts {
        app: app.clone(),
        features: FeatureStore::new(),
        pages: ogc::pages(),
        extents: ogc::extents(),
        leads: ogc::leads(),
        exports: export::budget(),
        export_turns: Arc::new(Semaphore::new(export::MAX_WRITTEN)),
        harvests: Harvests::default(),
    };
    Router::new()
        .route("/editions/{edition}/zones", get(zones::zones))
        .route("/editions/{edition}/search", get(zones::search))
        .route("/export/{edition}/{file}", get(export::export))
        .route("/ogc", get(ogc::fixed("landing")))
        .route("/ogc/", get(ogc::fixed("landing")))
        .route("/ogc/conformance", get(ogc::fixed("conformance")))
        .route("/ogc/api", get(ogc::api))
        .route("/ogc/collections", get(ogc::collections))
        .route("/ogc/collections/{collection}", get(ogc::collection))
        .route("/ogc/collections/{collection}/schema", get(ogc::schema))
        .route("/ogc/collections/{collection}/schema/feature", get(ogc::feature_schema))
        .route("/ogc/collections/{collection}/queryables", get(ogc::queryables))
        .route("/ogc/collections/{collection}/items", get(ogc::items))
        .route("/ogc/collections/{collection}/items/{id}", get(ogc::item))
        .route("/ogc/collections/{collection}/tiles", get(ogc::tilesets))
        .route("/ogc/collections/{collection}/tiles/WebMercatorQuad", get(ogc::tileset))
        .route("/ogc/tileMatrixSets", get(ogc::fixed("grids")))
        .route("/ogc/tileMatrixSets/WebMercatorQuad", get(ogc::fixed("grid")))
        .with_state(Figures { parts: Arc::new(parts) })
}
