//! What is asked of the zones of a collection.

use axum::http::{HeaderMap, Uri};

use super::format::Format;
use features::{Area, BadFilter, Condition, Expression, Filter, Queryable};
use request::Problem;
use request::parameters::Parameters;

/// Zones of a page, usually and at most; `data/ogc/api.json` says the same.
const USUAL_PAGE: usize = 1_000;
const MOST_PAGE: usize = 2_000;

/// Every parameter.
const KNOWN: [&str; 11] = [
    "limit",
    "cursor",
    "bbox",
    "datetime",
    "filter",
    "filter-lang",
    "filter-crs",
    "code",
    "nom",
    "communes",
    "f",
];

const CRS84: &str = "http://www.opengis.net/def/crs/OGC/1.3/CRS84";

/// Characters of a box or an instant.
const LONGEST: usize = 200;

/// What is asked.
pub(super) struct Question {
    pub(super) limit: usize,
    pub(super) cursor: Option<String>,
    pub(super) filter: Filter,
    pub(super) format: Format,
}

impl Question {
    /// Reads the parameters of an address.
    pub(super) fn read(uri: &Uri, headers: &HeaderMap) -> Result<Question, Problem> {
        let asked = Parameters::read(uri, &KNOWN)?;
        let offered = [Format::Json, Format::Html, Format::Fgb];
        Ok(Question {
            limit: asked.limit(USUAL_PAGE, MOST_PAGE)?,
            cursor: asked.get("cursor").map(str::to_owned),
            filter: filter(&asked)?,
            format: Format::asked(asked.get("f"), headers, &offered)?,
        })
    }
}

/// Everything that zones must be.
fn filter(asked: &Parameters) -> Result<Filter, Problem> {
    let (mut conditions, mut text) = (Vec::new(), String::new());
    let mut add = |name: &str, value: &str, condition: Condition| {
        conditions.push(condition);
        text.push_str(&format!("{name}={}:{value}\n", value.len()));
    };
    if let Some(value) = asked.get("bbox") {
        add("bbox", value, Condition::In(area(value)?));
    }
    if let Some(value) = asked.get("datetime") {
        // Zones have no instant: each is in every interval.
        if !is_interval(value) {
            let detail = "datetime est un instant ou un intervalle (RFC 3339).";
            return Err(Problem::bad_request(detail));
        }
    }
    for column in Queryable::ALL {
        if let Some(value) = asked.get(column.name()) {
            add(column.name(), value, Condition::Is(column, value.to_owned()));
        }
    }
    if asked.get("filter-lang").is_some_and(|lang| lang != "cql2-text") {
        return Err(Problem::bad_request("filter-lang est cql2-text."));
    }
    if asked.get("filter-crs").is_some_and(|crs| crs != CRS84) {
        let detail = "filter-crs est http://www.opengis.net/def/crs/OGC/1.3/CRS84.";
        return Err(Problem::bad_request(detail));
    }
    if let Some(value) = asked.get("filter") {
        add("filter", value, Condition::Cql(Expression::read(value).map_err(bad_filter)?));
    }
    Ok(Filter::new(conditions, text))
}

fn area(text: &str) -> Result<Area, Problem> {
    let detail = "bbox est quatre ou six nombres, ouest, sud, est, nord en degrés.";
    let bad = || Problem::bad_request(detail);
    if text.len() > LONGEST {
        return Err(bad());
    }
    let numbers: Result<Vec<f64>, _> = text.split(',').map(|part| part.trim().parse()).collect();
    Area::new(&numbers.map_err(|_| bad())?).map_err(|_| bad())
}

/// An instant, or two with a stroke between them, one of which may be open (`..` or nothing).
fn is_interval(text: &str) -> bool {
    if text.len() > LONGEST {
        return false;
    }
    let is_open = |part: &str| part.is_empty() || part == "..";
    match text.split_once('/') {
        None => is_instant(text),
        Some((from, to)) => {
            (is_open(from) || is_instant(from))
                && (is_open(to) || is_instant(to))
                && !(is_open(from) && is_open(to))
                && (is_open(from) || is_open(to) || from <= to)
        }
    }
}

/// `2024-01-01`, or a date and a time with its offset.
fn is_instant(text: &str) -> bool {
    let number = |part: Option<&str>, low: u32, high: u32| {
        let digits = part.filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
        digits.and_then(|part| part.parse().ok()).is_some_and(|own| (low..=high).contains(&own))
    };
    if !text.is_ascii() {
        return false;
    }
    let (date, time) = match text.split_once(['T', 't']) {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let is_date = date.len() == 10
        && date.as_bytes()[4] == b'-'
        && date.as_bytes()[7] == b'-'
        && number(date.get(..4), 0, 9_999)
        && number(date.get(5..7), 1, 12)
        && number(date.get(8..), 1, 31);
    let Some(time) = time else { return is_date };
    let signs = time.len() >= 9 && time.as_bytes()[2] == b':' && time.as_bytes()[5] == b':';
    let is_time = signs
        && number(time.get(..2), 0, 23)
        && number(time.get(3..5), 0, 59)
        && number(time.get(6..8), 0, 60);
    let rest = time.get(8..).unwrap_or_default();
    let rest = match rest.strip_prefix('.') {
        Some(part) => {
            let after = part.trim_start_matches(|digit: char| digit.is_ascii_digit());
            if after.len() == part.len() { "" } else { after }
        }
        None => rest,
    };
    let offset = rest.strip_prefix(['+', '-']).is_some_and(|offset| {
        offset.len() == 5
            && offset.as_bytes()[2] == b':'
            && number(offset.get(..2), 0, 23)
            && number(offset.get(3..), 0, 59)
    });
    is_date && is_time && (rest.eq_ignore_ascii_case("z") || offset)
}

fn bad_filter(bad: BadFilter) -> Problem {
    Problem::bad_request(match bad {
        BadFilter::Long => "Un filtre a au plus 2048 octets.",
        BadFilter::Deep => "Un filtre a au plus 24 parenthèses imbriquées.",
        BadFilter::Costly => "Un filtre a au plus huit LIKE, CASEI et S_INTERSECTS.",
        BadFilter::Syntax => "Un filtre s'écrit en CQL2 (texte).",
        BadFilter::Property => "Un filtre ne lit que code, nom, communes et geometry.",
        BadFilter::Type => "Un filtre ne compare que des textes, et un lieu à BBOX ou POINT.",
    })
}

/// The query of an address without some parameters, and with another.
pub(super) fn changed(uri: &Uri, without: &[&str], with: Option<(&str, &str)>) -> String {
    let is_kept = |pair: &&str| {
        let name = pair.split('=').next().unwrap_or_default();
        !pair.is_empty() && !without.contains(&name)
    };
    let mut query: Vec<String> =
        uri.query().unwrap_or_default().split('&').filter(is_kept).map(str::to_owned).collect();
    query.extend(with.map(|(name, value)| format!("{name}={value}")));
    if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_or_an_interval_is_accepted_and_nothing_else() {
        for text in [
            "2024-01-01",
            "2024-01-01T00:00:00Z",
            "2024-01-01t00:00:00.123+01:00",
            "../2024-01-01",
            "2024-01-01/..",
            "2024-01-01/",
            "2023-01-01/2024-01-01T00:00:00Z",
        ] {
            assert!(is_interval(text), "{text}");
        }
        for text in [
            "..",
            "/",
            "../..",
            "2024",
            "2024-13-01",
            "2024-01-01T00:00:00",
            "2024-01-01T25:00:00Z",
            "2024-01-01T00:00:00.Z",
            "2024-01-01T00:00:00é",
            "2024-01-01/2023-01-01",
            "hier",
            "2024-01-01/2024-02-01/2024-03-01",
        ] {
            assert!(!is_interval(text), "{text}");
        }
    }

    #[test]
    fn a_query_loses_what_it_must_and_keeps_the_rest_as_it_is_written() {
        let uri: Uri = "/x?limit=2&filter=code%3D'1'&cursor=a&f=html".parse().unwrap();
        assert_eq!(
            changed(&uri, &["cursor"], Some(("cursor", "b"))),
            "?limit=2&filter=code%3D'1'&f=html&cursor=b"
        );
        let plain: Uri = "/x".parse().unwrap();
        assert_eq!(changed(&plain, &["cursor"], None), "");
    }
}
