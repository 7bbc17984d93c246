//! What follows the question mark of an address, read strictly: what is not known is refused, so that a
//! slip of the pen is no answer to another question.

use axum::http::Uri;
use percent_encoding::percent_decode_str;

use crate::Problem;

/// Parameters of one address, at most.
const MOST: usize = 32;

/// The parameters of an address, each once.
pub struct Parameters {
    pairs: Vec<(String, String)>,
}

impl Parameters {
    /// Reads those of an address, all of which must be known.
    ///
    /// # Errors
    /// 400 for an unknown one, one that stands twice, or what is no UTF-8.
    pub fn read(uri: &Uri, known: &[&str]) -> Result<Parameters, Problem> {
        let mut pairs: Vec<(String, String)> = Vec::new();
        for pair in uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (decoded(name)?, decoded(value)?);
            if !known.contains(&name.as_str()) {
                let detail = "Un paramètre de l'adresse est inconnu ; /openapi.json les décrit.";
                return Err(Problem::bad_request(detail));
            }
            if pairs.len() == MOST || pairs.iter().any(|(own, _)| *own == name) {
                let detail = "Un paramètre de l'adresse y est deux fois.";
                return Err(Problem::bad_request(detail));
            }
            pairs.push((name, value));
        }
        Ok(Parameters { pairs })
    }

    /// The value of a parameter, where it is there and not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.pairs.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// `limit`: `usual` where it is absent, `most` where it is more.
    ///
    /// # Errors
    /// 400 for 0 and for what is no whole number.
    pub fn limit(&self, usual: usize, most: usize) -> Result<usize, Problem> {
        let Some((_, text)) = self.pairs.iter().find(|(own, _)| own == "limit") else {
            return Ok(usual);
        };
        let bad = || Problem::bad_request("limit est un nombre entier, de 1 au plus grand admis.");
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(bad());
        }
        // What does not fit is more than any limit.
        match text.parse().unwrap_or(usize::MAX) {
            0 => Err(bad()),
            limit => Ok(limit.min(most)),
        }
    }
}

/// `+` is a space, as forms write it.
fn decoded(text: &str) -> Result<String, Problem> {
    let bad = |_| Problem::bad_request("Un paramètre de l'adresse n'est pas du texte UTF-8.");
    let spaced = text.replace('+', " ");
    Ok(percent_decode_str(&spaced).decode_utf8().map_err(bad)?.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<Parameters, Problem> {
        let uri: Uri = format!("/x?{query}").parse().unwrap();
        Parameters::read(&uri, &["q", "limit", "within"])
    }

    #[test]
    fn what_is_known_is_read_once_and_anything_else_refused() {
        let found = read("q=saint+ouen%20l%27aum%C3%B4ne&within=commune:95018&limit=").unwrap();
        assert_eq!(found.get("q"), Some("saint ouen l'aumône"));
        assert_eq!(found.get("within"), Some("commune:95018"));
        assert_eq!(found.get("limit"), None);
        assert!(read("").unwrap().get("q").is_none());
        for query in ["Q=a", "q=a&q=b", "q=%ff", "token=x", "q[]=1", "%71%00=1"] {
            assert!(read(query).is_err(), "{query}");
        }
    }

    #[test]
    fn a_limit_is_at_least_one_and_at_most_the_most() {
        let limit = |query: &str| read(query).unwrap().limit(20, 100).ok();
        assert_eq!(limit(""), Some(20));
        assert_eq!(limit("limit=7"), Some(7));
        assert_eq!(limit("limit=99999999999999999999999"), Some(100));
        for query in ["limit=0", "limit=", "limit=-1", "limit=1e3", "limit=+5", "limit=%311x"] {
            assert_eq!(limit(query), None, "{query}");
        }
    }
}
