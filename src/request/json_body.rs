//! The JSON of a request, and the JSON of an answer that no cache keeps.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Problem;

/// The body of a request, read as JSON. What is none is refused in our words (400, 413, 415).
pub struct JsonBody<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<JsonBody<T>, Problem> {
        let Json(body) = Json::<T>::from_request(request, state).await?;
        Ok(JsonBody(body))
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Problem {
        match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large(),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Problem::unsupported_media_type(),
            _ => Problem::bad_request("Le corps n'est pas le JSON attendu : voir /openapi.json."),
        }
    }
}

/// 200 with what somebody administers or owns.
pub fn ok(document: &impl Serialize) -> Response {
    uncached(StatusCode::OK, document)
}

/// 201 with what names or holds the thing that was made.
pub fn created(document: &impl Serialize) -> Response {
    uncached(StatusCode::CREATED, document)
}

/// 202 with what happens next.
pub fn accepted(document: &impl Serialize) -> Response {
    uncached(StatusCode::ACCEPTED, document)
}

fn uncached(status: StatusCode, document: &impl Serialize) -> Response {
    let mut response = (status, Json(document)).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
