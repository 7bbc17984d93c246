//! Every route.

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::middleware::{self, Next};
use axum::routing::{get, post};
use tower_http::catch_panic::CatchPanicLayer;

use super::identity::take_prefix;
use super::{
    App, Problem, api, catalogue, gate, limits, operation, portal, qgis, session, styles, tilejson,
    tiles,
};

/// The server as a service, without its listener.
pub fn router(app: App) -> Router {
    let routes = Router::new()
        .route("/", get(portal::index))
        .route("/tiles/{edition}", get(tilejson::all_scales))
        .route("/tiles/{edition}/{scale}", get(tilejson::one_scale))
        .route("/tiles/{edition}/{scale}/{z}/{x}", get(tiles::all_scales))
        .route("/tiles/{edition}/{scale}/{z}/{x}/{y}", get(tiles::one_scale))
        .route("/editions", get(catalogue::editions))
        .route("/editions/{edition}/indicators", get(catalogue::indicators))
        .route("/editions/{edition}/certificate", get(catalogue::certificate))
        .route("/styles/{name}", get(styles::style))
        .route("/qgis/connections.xml", get(qgis::connections))
        .route("/session", post(session::sign_in).put(session::rotate).delete(session::sign_out))
        .merge(api::routes())
        .route("/api/demo", get(operation::demo))
        .route(gate::SCOPE_ROUTE, get(operation::scope))
        .route("/health", get(operation::health))
        .route("/ready", get(operation::ready))
        .fallback(portal::file)
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .layer(DefaultBodyLimit::max(limits::MAX_BODY))
        .layer(middleware::from_fn_with_state(app.clone(), gate::gate))
        .layer(CatchPanicLayer::custom(limits::panicked))
        .layer(middleware::from_fn_with_state(app.clone(), limits::limit))
        .with_state(app);
    // Around the routes, so that they see the path without its token.
    Router::new().fallback_service(routes).layer(middleware::from_fn(unprefix))
}

async fn unprefix(request: Request, next: Next) -> axum::response::Response {
    next.run(take_prefix(request)).await
}
