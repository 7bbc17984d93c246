//! The papers of conventions: given in as they are (`application/pdf`), and handed out to be saved.

use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::json;

use accounts::{Document, MAX_DOCUMENT, NewDocument};
use request::caller::SignedIn;
use request::json_body::{created, ok};
use request::peer::Peer;
use request::shares::Full;
use request::{App, Problem, uploads};

/// What a document may do in a browser that opens it in spite of everything: nothing.
const POLICY: &str = "sandbox; default-src 'none'; frame-ancestors 'none'";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct About {
    kind: String,
    name: String,
}

/// `POST /api/conventions/{id}/documents?kind=…&name=…`: the body is the PDF. Nothing of it is read
/// before it is known that the caller may give it in.
pub(crate) async fn add(
    State(app): State<App>,
    who: SignedIn,
    Peer(peer): Peer,
    Path(id): Path<String>,
    about: Result<Query<About>, QueryRejection>,
    request: Request,
) -> Result<Response, Problem> {
    let bad = || Problem::bad_request("Donner kind et name, et le PDF comme corps de la requête.");
    let Query(About { kind, name }) = about.map_err(|_| bad())?;
    let new = NewDocument { convention: &id, kind: kind.parse()?, name: &name };
    app.access().may_add_document(who.actor(), new, app.now()).await?;
    if !is_pdf(request.headers()) {
        return Err(Problem::pdf_needed());
    }
    let file = uploads::read(app.files(), peer, request.into_body(), MAX_DOCUMENT).await?;
    let (content, _share) = file.into_parts();
    let made = app.access().add_document(who.actor(), new, content, app.now()).await?;
    Ok(created(&json!({ "id": made })))
}

/// `GET /api/conventions/{id}/documents`: those that the caller may read.
pub(crate) async fn list(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let documents = app.access().documents(who.actor(), &id, app.now()).await?;
    Ok(ok(&json!({ "documents": documents })))
}

/// `GET /api/documents/{id}`: the PDF, to be saved.
pub(crate) async fn read(
    State(app): State<App>,
    who: SignedIn,
    Peer(peer): Peer,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let document = app.access().document(who.actor(), &id, app.now()).await?;
    let _share = app.files().take(peer, 1).map_err(|full| match full {
        Full::Network => Problem::too_many_unread(),
        Full::Everybody => Problem::unavailable(),
    })?;
    let content = app.access().content(&document).await?;
    let mut response = Body::from(content).into_response();
    let headers = response.headers_mut();
    let disposition =
        HeaderValue::try_from(disposition(document.about())).map_err(|_| Problem::internal())?;
    headers.insert(header::CONTENT_DISPOSITION, disposition);
    for (name, value) in [
        (header::CONTENT_TYPE, "application/pdf"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    Ok(response)
}

/// `DELETE /api/documents/{id}`.
pub(crate) async fn delete(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    app.access().delete_document(who.actor(), &id, app.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn is_pdf(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = kind.and_then(|text| text.split(';').next());
    kind.is_some_and(|text| text.trim().eq_ignore_ascii_case("application/pdf"))
}

/// The name that its file is saved under (RFC 6266): every byte that is not a letter or a digit is
/// escaped, so that no name ends a header or leaves a folder.
fn disposition(document: &Document) -> String {
    let name = document.name.strip_suffix(".pdf").unwrap_or(&document.name);
    let name = utf8_percent_encode(name, NON_ALPHANUMERIC);
    format!("attachment; filename=\"{}.pdf\"; filename*=UTF-8''{name}.pdf", document.kind)
}
