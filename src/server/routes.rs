//! Every route.

use std::convert::Infallible;
use std::task::{Context, Poll};

use axum::Router;
use axum::extract::Request;
use axum::middleware;
use axum::response::Response;
use axum::routing::get;
use tower::Service;

use super::{catalogue, gate, health, legal, limits, portal, qgis, styles, tilejson, tiles};
use listener::Answering;
use request::identity::take_prefix;
use request::{App, Problem};

/// The route that is answered whatever else goes on.
pub(super) const HEALTH: &str = "/health";

/// The server as a router, for whoever puts it into another service.
pub fn router(app: App) -> Router {
    Router::new().fallback_service(entry(app))
}

/// The server as a service, without its listener.
pub(super) fn entry(app: App) -> Entry {
    let routes = Router::new()
        .route("/", get(portal::index))
        .route("/aide", get(portal::index))
        .route("/mentions-legales", get(portal::index))
        .route("/donnees-personnelles", get(portal::index))
        .route("/accessibilite", get(portal::index))
        .route("/api/legal", get(legal::legal))
        .route("/tiles/{edition}", get(tilejson::all_scales))
        .route("/tiles/{edition}/{scale}", get(tilejson::one_scale))
        .route("/tiles/{edition}/{scale}/{z}/{x}", get(tiles::all_scales))
        .route("/tiles/{edition}/{scale}/{z}/{x}/{y}", get(tiles::one_scale))
        .route("/editions", get(catalogue::editions))
        .route("/editions/{edition}/indicators", get(catalogue::indicators))
        .route("/editions/{edition}/certificate", get(catalogue::certificate))
        .route("/styles/{name}", get(styles::style))
        .route("/qgis/connections.xml", get(qgis::connections))
        .route("/qgis/features.xml", get(qgis::features))
        .route("/qgis/{name}", get(qgis::layer))
        .merge(figures::routes(&app))
        .merge(api::routes())
        .route("/api/demo", get(health::demo))
        .route(gate::SCOPE_ROUTE, get(health::scope))
        .route(HEALTH, get(health::health))
        .route("/ready", get(health::ready))
        .fallback(portal::file)
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .layer(middleware::from_fn(limits::name_route))
        .with_state(app.clone());
    Entry { app, routes }
}

/// What every request passes before its route, in this order: the token is taken off the path,
/// the limits, the guard against panics, the gate. One future and no layers: what a layer of the
/// router costs (three allocations) is felt on a tile that is already there.
#[derive(Clone)]
pub(super) struct Entry {
    app: App,
    routes: Router,
}

impl Entry {
    /// The answer to a request.
    pub(super) fn answer(&self, request: Request) -> Answering {
        let Entry { app, routes } = self.clone();
        Box::pin(async move {
            let work = |request| limits::contained(gate::gate(&app, request, routes));
            Ok(limits::limit(&app, take_prefix(request), work).await)
        })
    }
}

impl Service<Request> for Entry {
    type Response = Response;
    type Error = Infallible;
    type Future = Answering;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Answering {
        self.answer(request)
    }
}
