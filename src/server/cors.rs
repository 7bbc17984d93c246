//! Which pages of other sites may read answers (CORS, Fetch standard).

use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, Method, header};
use tower_http::cors::{AllowOrigin, CorsLayer};

use domain::{Fault, HasFault};

/// How long a browser may remember what a preflight said.
const PREFLIGHT: Duration = Duration::from_secs(600);

/// The origins whose pages may read answers. By default there is none.
#[derive(Clone, Debug, Default)]
pub struct CorsPolicy {
    origins: Vec<HeaderValue>,
}

/// An origin that no browser would send.
#[derive(Debug, thiserror::Error)]
#[error("une origine s'écrit https://hôte[:port], sans chemin ni barre finale")]
pub struct BadOrigin;

impl HasFault for BadOrigin {
    fn fault(&self) -> Fault {
        Fault::Usage
    }
}

impl CorsPolicy {
    /// A policy for origins as browsers write them (`https://host[:port]`).
    ///
    /// # Errors
    ///
    /// One of them has another form, or is a pattern.
    pub fn new(origins: &[String]) -> Result<CorsPolicy, BadOrigin> {
        let origins = origins.iter().map(|text| origin(text)).collect::<Result<_, _>>()?;
        Ok(CorsPolicy { origins })
    }

    /// The layer around the routes: a preflight needs no identity, and says yes to these origins
    /// alone. Pages elsewhere show a token; a cookie is never accepted from them. `None` without an
    /// origin: then [`gate`](super::gate) answers preflights, with nothing.
    pub(super) fn layer(&self) -> Option<CorsLayer> {
        if self.origins.is_empty() {
            return None;
        }
        let cors = CorsLayer::new()
            .allow_origin(AllowOrigin::list(self.origins.clone()))
            .allow_methods([Method::GET, Method::HEAD])
            .allow_headers([
                header::AUTHORIZATION,
                header::IF_NONE_MATCH,
                HeaderName::from_static("x-requested-with"),
            ])
            .expose_headers([header::ETAG, HeaderName::from_static("x-seuil-scope")])
            .max_age(PREFLIGHT);
        Some(cors)
    }
}

fn origin(text: &str) -> Result<HeaderValue, BadOrigin> {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let host = host.filter(|host| !host.is_empty() && !host.contains(['/', '?', '#', '*', '@']));
    host.and_then(|_| HeaderValue::from_str(text).ok()).ok_or(BadOrigin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_a_scheme_and_a_host() {
        for good in ["https://carte.example.fr", "http://localhost:8080"] {
            assert!(origin(good).is_ok(), "{good}");
        }
        for bad in ["*", "null", "carte.example.fr", "https://", "https://a/", "https://*.a", ""] {
            assert!(origin(bad).is_err(), "{bad}");
        }
    }
}
