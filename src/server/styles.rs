//! `/styles/{name}.json?edition=…`: the map of an edition, for clients that draw it themselves.

use axum::http::{HeaderMap, Uri};
use axum::response::Response;

use style::StyleContext;

use request::named::Named;
use request::parameters::Parameters;
use request::{Problem, Reader, answer};

/// The style of a name. Its sources are of the edition that is asked for, without one of that which is the
/// latest now, and its addresses keep the reader's prefix.
pub(super) async fn style(
    reader: Reader,
    Named(name): Named<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let name = name.strip_suffix(".json").ok_or_else(Problem::not_found)?;
    let asked = Parameters::read(&uri, &["edition"])?;
    let (edition, view) = reader.edition(asked.get("edition").unwrap_or("latest"))?;
    let context = StyleContext {
        base_url: reader.base(),
        edition: edition.manifest(view.audience()),
        catalogue: edition.catalogue(view.audience()),
    };
    let document = style::style(name, &context).ok_or_else(Problem::not_found)?;
    answer::json(&headers, &document)
}
