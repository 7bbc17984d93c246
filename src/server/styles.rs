//! `/styles/{name}.json`: the map of the latest edition, for clients that draw it themselves.

use axum::http::HeaderMap;
use axum::response::Response;

use style::StyleContext;

use request::named::Named;
use request::{Problem, Reader, answer};

/// The style of a name. Its sources are of the edition that is the latest now, and its addresses
/// keep the reader's prefix.
pub(super) async fn style(
    reader: Reader,
    Named(name): Named<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let name = name.strip_suffix(".json").ok_or_else(Problem::not_found)?;
    let (edition, view) = reader.edition("latest")?;
    let context = StyleContext {
        base_url: reader.base(),
        edition: edition.manifest(view.audience()),
        catalogue: edition.catalogue(view.audience()),
    };
    let document = style::style(name, &context).ok_or_else(Problem::not_found)?;
    answer::json(&headers, &document)
}
