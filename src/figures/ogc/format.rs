//! Which format a client asks for: by `f`, else by `Accept` (RFC 9110, 12.5.1).

use axum::http::{HeaderMap, header};

use request::Problem;

/// A format of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// JSON, of whatever media type the resource has.
    Json,
    /// A page for people.
    Html,
    /// FlatGeobuf.
    Fgb,
}

/// The media types of each format, as clients name them.
const TYPES: [(&str, Format); 7] = [
    ("application/geo+json", Format::Json),
    ("application/json", Format::Json),
    ("application/schema+json", Format::Json),
    ("application/vnd.oai.openapi+json", Format::Json),
    ("application/openapi+json", Format::Json),
    ("text/html", Format::Html),
    ("application/flatgeobuf", Format::Fgb),
];

impl Format {
    /// The format that is asked for, of those that are offered, the usual first.
    pub(super) fn asked(
        f: Option<&str>,
        headers: &HeaderMap,
        offered: &[Format],
    ) -> Result<Format, Problem> {
        let Some(f) = f else { return accepted(headers, offered) };
        let named = match f {
            "json" => Some(Format::Json),
            "html" => Some(Format::Html),
            "fgb" => Some(Format::Fgb),
            _ => None,
        };
        named
            .filter(|own| offered.contains(own))
            .ok_or_else(|| Problem::bad_request("f est json, html ou, pour des zones, fgb."))
    }
}

/// The format of the greatest quality; of equals the first named. The usual one without the header.
fn accepted(headers: &HeaderMap, offered: &[Format]) -> Result<Format, Problem> {
    let mut best: Option<(f32, Format)> = None;
    let mut says = false;
    for value in headers.get_all(header::ACCEPT) {
        for item in value.to_str().unwrap_or_default().split(',') {
            let mut parts = item.split(';');
            let name = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
            says |= !name.is_empty();
            let quality = parts.find_map(|part| part.trim().strip_prefix("q="));
            let quality = quality.map_or(1.0, |text| text.trim().parse::<f32>().unwrap_or(0.0));
            let found = format_of(&name, offered);
            if let Some(format) = found.filter(|_| quality > best.map_or(0.0, |own| own.0)) {
                best = Some((quality, format));
            }
        }
    }
    match best {
        Some((_, format)) => Ok(format),
        None if !says => offered.first().copied().ok_or_else(Problem::internal),
        None => Err(Problem::no_such_format()),
    }
}

fn format_of(name: &str, offered: &[Format]) -> Option<Format> {
    let fits = |own: &str| {
        name == own
            || name == "*/*"
            || name.strip_suffix("/*").is_some_and(|family| own.split('/').next() == Some(family))
    };
    let named = TYPES.into_iter().filter(|(own, format)| fits(own) && offered.contains(format));
    named.map(|(_, format)| format).next()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn f_wins_over_accept_and_the_greatest_quality_over_the_others() {
        use Format::{Fgb, Html, Json};
        let check = |f: Option<&str>, accept: &str, expected: Option<Format>| {
            let mut headers = HeaderMap::new();
            if !accept.is_empty() {
                headers.insert(header::ACCEPT, HeaderValue::from_str(accept).unwrap());
            }
            let found = Format::asked(f, &headers, &[Json, Html, Fgb]).ok();
            assert_eq!(found, expected, "{f:?} {accept}");
        };
        check(None, "", Some(Json));
        check(None, "*/*", Some(Json));
        check(None, "application/geo+json, application/json", Some(Json));
        let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        check(None, browser, Some(Html));
        check(None, "application/json;q=0.5, text/html;q=0.9", Some(Html));
        check(None, "text/*", Some(Html));
        check(None, "application/flatgeobuf, application/geo+json;q=0.9", Some(Fgb));
        check(None, "application/vnd.oai.openapi+json;version=3.0", Some(Json));
        check(None, "image/png", None);
        check(None, "application/json;q=0", None);
        check(None, "application/json;q=nan", None);
        check(Some("html"), "application/json", Some(Html));
        check(Some("fgb"), "", Some(Fgb));
        check(Some("xml"), "", None);
        let headers = HeaderMap::new();
        assert!(Format::asked(Some("fgb"), &headers, &[Json, Html]).is_err());
    }
}
