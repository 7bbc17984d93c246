//! Reading what a client accepts and what it already has (RFC 9110).

use axum::http::{HeaderMap, HeaderValue, header};

use tiles::Encoding;

/// The encoding of an answer, or `None` when the client refuses both gzip and identity. A client
/// that says nothing gets identity.
pub fn encoding(headers: &HeaderMap) -> Option<Encoding> {
    let mut accepted = Accepted::default();
    for value in headers.get_all(header::ACCEPT_ENCODING) {
        // A header that is not text names no coding.
        for item in value.to_str().unwrap_or_default().split(',') {
            accepted.read(item);
        }
    }
    accepted.choose()
}

/// Qualities in thousandths.
#[derive(Default)]
struct Accepted {
    gzip: Option<u16>,
    identity: Option<u16>,
    any: Option<u16>,
}

impl Accepted {
    fn read(&mut self, item: &str) {
        let mut parts = item.split(';');
        let coding = parts.next().unwrap_or_default().trim();
        let mut quality = 1000;
        for parameter in parts {
            if let Some((name, value)) = parameter.split_once('=')
                && name.trim().eq_ignore_ascii_case("q")
            {
                quality = thousandths(value.trim());
            }
        }
        let named = |name: &str| coding.eq_ignore_ascii_case(name);
        if named("gzip") || named("x-gzip") {
            self.gzip = Some(quality);
        } else if named("identity") {
            self.identity = Some(quality);
        } else if coding == "*" {
            self.any = Some(quality);
        }
    }

    fn choose(&self) -> Option<Encoding> {
        let gzip = self.gzip.or(self.any).unwrap_or(0);
        // Identity is acceptable unless it is refused by name, or by `*` without being named.
        let identity = match (self.identity, self.any) {
            (Some(quality), _) => quality,
            (None, Some(0)) => 0,
            (None, _) => 1,
        };
        if gzip > 0 && gzip >= identity {
            Some(Encoding::Gzip)
        } else if identity > 0 {
            Some(Encoding::Identity)
        } else {
            None
        }
    }
}

/// `0.25` is 250. What is not a quality is a refusal.
fn thousandths(text: &str) -> u16 {
    match text.parse::<f32>() {
        Ok(value) if (0.0..=1.0).contains(&value) => (value * 1000.0).round() as u16,
        _ => 0,
    }
}

/// Whether the client already has the answer of this strong tag.
pub fn has(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    headers.get_all(header::IF_NONE_MATCH).iter().any(|value| {
        value.to_str().unwrap_or_default().split(',').any(|item| {
            let item = item.trim();
            item == "*" || item.strip_prefix("W/").unwrap_or(item) == tag
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(accept: Option<&str>, expected: Option<Encoding>) {
        let mut headers = HeaderMap::new();
        if let Some(accept) = accept {
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_str(accept).unwrap());
        }
        assert_eq!(encoding(&headers), expected, "{accept:?}");
    }

    #[test]
    fn the_preferred_encoding_is_chosen() {
        let (gzip, identity) = (Some(Encoding::Gzip), Some(Encoding::Identity));
        check(None, identity);
        check(Some(""), identity);
        check(Some("gzip"), gzip);
        check(Some("GZip, deflate, br"), gzip);
        check(Some("*"), gzip);
        check(Some("br"), identity);
        check(Some("gzip;q=0"), identity);
        check(Some("gzip;q=0.5, identity"), identity);
        check(Some("gzip;q=0.5, identity;q=0.5"), gzip);
        check(Some("gzip; q=0.001"), gzip);
        check(Some("identity;q=0"), None);
        check(Some("*;q=0"), None);
        check(Some("gzip, *;q=0"), gzip);
        check(Some("gzip;q=0, identity;q=0"), None);
        check(Some("gzip;q=nan, *;q=0"), None);
    }

    #[test]
    fn a_tag_is_found_in_a_list_and_however_it_is_compared() {
        let check = |sent: &str, expected: bool| {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_NONE_MATCH, HeaderValue::from_str(sent).unwrap());
            let tag = HeaderValue::from_static("\"ab\"");
            assert_eq!(has(&headers, &tag), expected, "{sent}");
        };
        for sent in ["\"ab\"", "W/\"ab\"", "\"x\", \"ab\"", "*"] {
            check(sent, true);
        }
        for sent in ["", "ab", "\"abc\"", "\"ab", "\""] {
            check(sent, false);
        }
    }
}
