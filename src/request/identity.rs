//! Who asks: the one credential of a request.

use axum::http::{HeaderMap, Request, Uri, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cookie::Cookie;

use accounts::{Credential, Secret};

/// The name of the session cookie.
pub const COOKIE: &str = "seuil_session";

/// The token of a path that began with `/k/{token}/`. The path that the routes see has lost it.
#[derive(Clone)]
pub struct Prefix(pub Secret);

/// Takes `/k/{token}` off the path, before any route or log sees it.
pub fn take_prefix<B>(mut request: Request<B>) -> Request<B> {
    if let Some((token, rest)) = split_prefix(request.uri()) {
        *request.uri_mut() = rest;
        request.extensions_mut().insert(Prefix(token));
    }
    request
}

/// The token of a path and the rest of the path; `None` without the prefix.
pub fn split_token(path: &str) -> Option<(&str, &str)> {
    let after = path.strip_prefix("/k/")?;
    let (token, rest) = after.split_at(after.find('/').unwrap_or(after.len()));
    Some((token, if rest.is_empty() { "/" } else { rest }))
}

/// The token of an address and the rest of it; `None` without the prefix.
fn split_prefix(uri: &Uri) -> Option<(Secret, Uri)> {
    let (token, path) = split_token(uri.path())?;
    let text = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    Some((Secret::new(token), text.parse().ok()?))
}

/// The credential of a request. Only the first that is shown counts, in the order path prefix,
/// `Authorization`, cookie: a bad one is never repaired by a good one behind it.
pub fn credential(headers: &HeaderMap, prefix: Option<&Secret>) -> Option<Credential> {
    if let Some(token) = prefix {
        return Some(Credential::Token(token.clone()));
    }
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        return value.to_str().ok().and_then(from_authorization).map(Credential::Token);
    }
    session(headers).map(Credential::Session)
}

/// The session of the cookie.
pub fn session(headers: &HeaderMap) -> Option<Secret> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(Cookie::split_parse)
        .filter_map(Result::ok)
        .find(|cookie| cookie.name() == COOKIE)
        .map(|cookie| Secret::new(cookie.value()))
}

fn from_authorization(value: &str) -> Option<Secret> {
    let (scheme, rest) = value.split_once(' ')?;
    let rest = rest.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(Secret::new(rest));
    }
    if scheme.eq_ignore_ascii_case("basic") {
        // The name says nothing, in whatever encoding the client wrote it (RFC 7617 lets it be
        // Latin-1); a token is ASCII.
        let decoded = STANDARD.decode(rest).ok()?;
        let colon = decoded.iter().position(|byte| *byte == b':')?;
        return std::str::from_utf8(&decoded[colon + 1..]).ok().map(Secret::new);
    }
    None
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn shown(headers: &[(header::HeaderName, &str)], prefix: Option<&str>) -> Option<String> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name, HeaderValue::from_str(value).unwrap());
        }
        let prefix = prefix.map(Secret::new);
        credential(&map, prefix.as_ref()).map(|credential| match credential {
            Credential::Token(secret) => format!("token {}", secret.expose()),
            Credential::Session(secret) => format!("session {}", secret.expose()),
        })
    }

    #[test]
    fn the_first_credential_shown_is_the_only_one() {
        let cookie = (header::COOKIE, "a=b; seuil_session=s");
        let bearer = (header::AUTHORIZATION, "bearer t");
        // base64 of "anyone:b:c": a password may hold a colon.
        let basic = (header::AUTHORIZATION, "Basic YW55b25lOmI6Yw==");
        // base64 of "Zoé:t" in Latin-1.
        let latin = (header::AUTHORIZATION, "Basic Wm/pOnQ=");
        assert_eq!(shown(&[latin], None).as_deref(), Some("token t"));
        let broken = (header::AUTHORIZATION, "Basic !");
        assert_eq!(shown(&[], None), None);
        assert_eq!(shown(std::slice::from_ref(&cookie), None).as_deref(), Some("session s"));
        assert_eq!(shown(&[cookie.clone(), bearer.clone()], None).as_deref(), Some("token t"));
        assert_eq!(shown(&[basic], None).as_deref(), Some("token b:c"));
        assert_eq!(shown(&[cookie, broken], None), None);
        assert_eq!(shown(&[bearer], Some("p")).as_deref(), Some("token p"));
    }

    #[test]
    fn a_prefix_is_taken_off_and_the_query_stays() {
        let check = |text: &str, expected: Option<(&str, &str)>| {
            let found = split_prefix(&text.parse().unwrap());
            let found = found.map(|(token, rest)| (token.expose().to_owned(), rest.to_string()));
            let expected = expected.map(|(token, rest)| (token.into(), rest.into()));
            assert_eq!(found, expected, "{text}");
        };
        check("/k/abc/editions?a=b", Some(("abc", "/editions?a=b")));
        check("/k/abc/", Some(("abc", "/")));
        check("/k/abc", Some(("abc", "/")));
        check("/k//editions", Some(("", "/editions")));
        check("/kk/abc", None);
        check("/editions", None);
    }

    /// The first pair of that name, by RFC 6265 (section 5.2: spaces around both do not count).
    fn cookie_by_hand(text: &str) -> Option<String> {
        let mut rest = text;
        loop {
            let (pair, after) = match rest.find(';') {
                Some(at) => (&rest[..at], Some(&rest[at + 1..])),
                None => (rest, None),
            };
            if let Some(value) = pair.trim_start().strip_prefix("seuil_session")
                && let Some(value) = value.trim_start().strip_prefix('=')
            {
                return Some(value.trim().to_owned());
            }
            rest = after?;
        }
    }

    proptest! {
        #[test]
        fn a_path_loses_its_token_and_nothing_else(path in "(/k)?(/[ -~&&[^#? ]]{0,12}){0,5}(\\?[a-z=&]{0,9})?") {
            let Ok(uri) = path.parse::<Uri>() else { return Ok(()) };
            match split_prefix(&uri) {
                Some((token, rest)) => {
                    prop_assert!(!token.expose().contains('/'));
                    prop_assert!(rest.path().starts_with('/'));
                    let whole = format!("/k/{}{}", token.expose(), rest.path());
                    let longer = format!("{}/", uri.path());
                    prop_assert!(whole == uri.path() || whole == longer);
                    prop_assert_eq!(rest.query(), uri.query());
                }
                // What is not split has no prefix, or what is left is no path.
                None => prop_assert!(!uri.path().starts_with("/k/") || uri.path().contains("//")),
            }
        }

        #[test]
        fn a_cookie_is_the_first_of_its_name_whatever_stands_around(
            pairs in proptest::collection::vec(
                "( ?seuil_session|seuil_sessio|Seuil_Session|seuil_session2| ?[a-z]{0,4})(=|==|)[ -~&&[^;]]{0,9}",
                0..6,
            ),
        ) {
            let text = pairs.join(";");
            let mut headers = HeaderMap::new();
            headers.insert(header::COOKIE, HeaderValue::from_str(&text).unwrap());
            let found = session(&headers).map(|secret| secret.expose().to_owned());
            prop_assert_eq!(found, cookie_by_hand(&text));
        }

        #[test]
        fn no_bytes_of_a_header_or_path_open_anything_or_break_the_reader(
            authorization in proptest::option::of(proptest::collection::vec(any::<u8>(), 0..90)),
            encoded in any::<bool>(),
            scheme in "(|[Bb]earer |[Bb]asic |BASIC  |Digest )",
            cookie in proptest::collection::vec(any::<u8>(), 0..90),
            prefix in proptest::option::of(any::<String>()),
        ) {
            let mut headers = HeaderMap::new();
            if let Some(bytes) = &authorization {
                let text = if encoded { STANDARD.encode(bytes).into_bytes() } else { bytes.clone() };
                let whole = [scheme.as_bytes(), &text].concat();
                if let Ok(value) = HeaderValue::from_bytes(&whole) {
                    headers.insert(header::AUTHORIZATION, value);
                }
            }
            if let Ok(value) = HeaderValue::from_bytes(&cookie) {
                headers.insert(header::COOKIE, value);
            }
            let prefix = prefix.map(Secret::new);
            match credential(&headers, prefix.as_ref()) {
                // Random bytes have no form that is looked up: a token has a prefix and 43 letters.
                Some(found) => prop_assert!(!found.is_well_formed()),
                None => prop_assert!(prefix.is_none()),
            }
        }
    }
}
