//! Zones of a collection: each held against the edition, the page around them made again.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use domain::Scale;

use super::super::super::Finding;
use super::super::super::files::columns::{Kind, columns};
use super::super::super::shown::Union;
use super::super::form::MOST_ZONES;
use super::super::formats::{Table, Words};
use super::super::json::Node;
use super::super::route::{Asked, Named, unescaped};
use super::super::rows::{columns_of, due};
use super::super::shape::Shape;
use super::super::shapes::from_json;
use super::super::tile::Found;
use super::super::{Judge, ONE_MASK};
use super::filter::Filter;
use super::{Collection, Filtered, order};
use crate::mismatch::Mismatch;

/// Zones of a page where no limit was asked for, and at most.
const USUAL: usize = 1_000;
const MOST: usize = 2_000;

/// Bytes after which a page ends before its limit.
const LONG: usize = 16 << 20;

const GEOJSON: &str = "application/geo+json";

impl Judge<'_> {
    /// A page of zones as GeoJSON, or shown without geometries.
    pub(super) fn items(
        &mut self,
        named: &Named,
        (own, query, is_page): (&Collection, &str, bool),
        (root, length): (&Node, usize),
        union: &mut Union,
        findings: &mut Vec<Finding>,
    ) -> Result<Found, Mismatch> {
        let mut found = Found { audiences: [true; 2], ..Found::default() };
        let base = match self.base(named, root) {
            Ok(base) => base,
            Err(problems) => return Ok(Found { problems, ..found }),
        };
        let asked = Query::read(query);
        let mut last = match &asked.cursor {
            Some(cursor) => opened(cursor).map(|(_, code, _)| code).unwrap_or_default(),
            None => String::new(),
        };
        let features = root.get("features").map(Node::items).unwrap_or_default();
        if let Some(code) =
            order::out_of_order(features, &last, asked.is_plain(), asked.cursor.is_none())
        {
            let words = format!("features : {} {code} : deux fois, ou sans ordre", own.scale);
            found.problems.push(words);
        }
        let numbers = self.whole_numbers(own.scale);
        for feature in features {
            let code = feature.get("id").and_then(Node::text).unwrap_or_default().to_owned();
            let shape = of_feature(&code, is_page, None);
            let at = format!("features : {} {code}", own.scale);
            self.kept.give(&named.account, own.scale, &code);
            self.feature(
                (own.scale, &numbers, &at),
                (feature, &shape, &asked),
                &mut found,
                union,
                findings,
            )?;
            last = code;
        }
        let limit = asked.limit.unwrap_or(USUAL).min(MOST);
        let matched = root.get("numberMatched").and_then(Node::whole).unwrap_or(-1);
        let returned = features.len() as i64;
        let has_next = root.get("links").is_some_and(|links| links.items().len() > 4);
        let is_full = features.len() == limit || length > LONG;
        let is_whole = asked.cursor.is_none() && !has_next;
        if is_whole && asked.is_plain() {
            let codes = features.iter().filter_map(|one| one.get("id")?.text());
            let name = format!("{}/ogc/collections/{}/items", named.account, own.id);
            let codes = codes.map(str::to_owned);
            self.kept.whole((&named.account, &name), (own.scale, None), codes);
        }
        if is_whole && matched != returned || matched < returned + i64::from(has_next) {
            found.problems.push("numberMatched : pas le nombre des zones".to_owned());
        }
        if features.len() > limit || has_next && !is_full {
            found.problems.push("features, links : plus ou moins que la page n'en a".to_owned());
        }
        let key = (named.account.clone(), own.id.clone());
        self.counted = true;
        if !asked.is_plain() {
            let codes = features.iter().filter_map(|one| one.get("id")?.text());
            self.filtered.push(Filtered {
                name: format!("{}/ogc/collections/{}/items?{query}", named.account, own.id),
                account: named.account.clone(),
                collection: own.id.clone(),
                scale: own.scale,
                conditions: asked.conditions.clone(),
                matched: Some(matched),
                whole: is_whole.then(|| codes.map(str::to_owned).collect()),
            });
        }
        if asked.is_plain() {
            let known = self.counts.entry(key).or_default();
            if known.0.is_some_and(|known| known != matched) {
                found.problems.push("numberMatched : pas itemCount".to_owned());
            }
            known.0 = known.0.or(Some(matched));
        }
        let links = links(&base, own, query, has_next.then_some(last.as_str()), &asked);
        let page = Shape::object([
            ("type", Shape::Is("FeatureCollection".into())),
            ("numberMatched", Shape::whole("un nombre de zones", 0, MOST_ZONES)),
            ("features", Shape::fits("une liste", |node| matches!(node, Node::List(_)))),
            ("numberReturned", Shape::Is(returned.into())),
            ("links", Shape::Is(links)),
        ]);
        found.problems.extend(page.check(root));
        Ok(found)
    }

    /// One zone with its links.
    pub(super) fn item(
        &mut self,
        named: &Named,
        (own, code, is_page): (&Collection, &str, bool),
        root: &Node,
        union: &mut Union,
        findings: &mut Vec<Finding>,
    ) -> Result<Found, Mismatch> {
        let mut found = Found { audiences: [true; 2], ..Found::default() };
        let base = match self.base(named, root) {
            Ok(base) => base,
            Err(problems) => return Ok(Found { problems, ..found }),
        };
        let of = format!("{base}/ogc/collections/{}", own.id);
        let links = json!([
            { "href": format!("{of}/items/{}", escaped(code)), "rel": "self", "type": GEOJSON },
            { "href": of, "rel": "collection", "type": "application/json" },
        ]);
        let shape = of_feature(code, is_page, Some(links));
        let at = format!("{} {code}", own.scale);
        let asked = Query::default();
        self.kept.give(&named.account, own.scale, code);
        let numbers = self.whole_numbers(own.scale);
        self.feature(
            (own.scale, &numbers, &at),
            (root, &shape, &asked),
            &mut found,
            union,
            findings,
        )?;
        Ok(found)
    }

    /// A feature, as the edition holds its zone.
    fn feature(
        &mut self,
        (scale, numbers, at): (Scale, &HashSet<String>, &str),
        (feature, shape, asked): (&Node, &Shape<'_>, &Query),
        found: &mut Found,
        union: &mut Union,
        findings: &mut Vec<Finding>,
    ) -> Result<(), Mismatch> {
        found.problems.extend(shape.check(feature).iter().map(|words| format!("{at} : {words}")));
        let nothing = Node::Object(Vec::new());
        let zone = &with_whole(numbers, feature.get("properties").unwrap_or(&nothing));
        let code = zone.get("code").and_then(Node::text).unwrap_or_default().to_owned();
        if feature.get("id").and_then(Node::text) != Some(&code) {
            found.problems.push(format!("{at} : id, code : pas les mêmes"));
        }
        let narrowed = Asked::default();
        let Some(stored) = self.stored_zone(at, (scale, &code), &narrowed, found)? else {
            return Ok(());
        };
        let problems = self.reference.parts.each_ref().map(|part| {
            columns_of(at, zone, (&due(part, scale, None), &[]), stored.as_ref(), part)
        });
        for (own, may) in problems.iter().zip(&mut found.audiences) {
            *may &= own.is_empty();
        }
        let [one, two] = problems;
        if !one.is_empty() && !two.is_empty() {
            found.problems.extend(if one.len() <= two.len() { one } else { two });
        }
        let mut told = zone.entries().to_vec();
        if let Some(geometry) = feature.get("geometry") {
            let own = from_json(geometry);
            let is_right = match (&stored, &own) {
                (Some(row), Some(own)) => row.shape == *own,
                (_, own) => own.is_some(),
            };
            if !is_right {
                let keys: Vec<&str> =
                    geometry.entries().iter().map(|(key, _)| key.as_str()).collect();
                found.problems.push(format!(
                    "{at} : géométrie (geometry : type, coordinates) : pas celle de l'édition ; {}",
                    keys.join(", ")
                ));
            }
            told.push(("geometry".to_owned(), Node::Text(hex::encode(own.unwrap_or_default()))));
        }
        let shape = match &stored {
            Some(row) => Some(row.shape.clone()),
            None => feature.get("geometry").and_then(from_json),
        };
        found.problems.extend(asked.conditions.excludes(at, zone, shape.as_deref()));
        for key in self.rows.add(scale, &code, &Node::Object(told)) {
            let words = format!("{scale} {code} : {key} : pas le même partout");
            findings.push(Finding::new(ONE_MASK, words));
        }
        if let Some(seen) = self.row_seen(scale, &code, zone) {
            union.add(scale, seen, findings);
        }
        Ok(())
    }

    /// The names of the columns of whole numbers of a scale.
    fn whole_numbers(&self, scale: Scale) -> HashSet<String> {
        let all = self.reference.parts.iter().flat_map(|part| columns(&part.catalogue, scale));
        all.filter(|column| column.kind == Kind::Integer).map(|column| column.name).collect()
    }

    /// A page of zones as FlatGeobuf.
    pub(super) fn flat_items(
        &mut self,
        named: &Named,
        (collection, query): (&str, &str),
        bytes: &[u8],
        union: &mut Union,
        findings: &mut Vec<Finding>,
    ) -> Result<Found, Mismatch> {
        let scale = collection.split_once('.').and_then(|(_, scale)| self.reference.scale(scale));
        let asked = Asked { scale, plain: true, ..Asked::default() };
        let conditions = Query::read(query).conditions;
        let mut found = self.export(("", named), (&asked, "fgb"), bytes, union, findings)?;
        if let Some(scale) = scale.filter(|_| !conditions.is_empty()) {
            let words = Words::new(&self.reference, scale, &asked);
            let codes = Table::read("fgb", &words, bytes)?.codes();
            for code in codes {
                let at = format!("lignes : {scale} {code}");
                if let Some(Some(row)) =
                    self.stored_zone(&at, (scale, &code), &Asked::default(), &mut found)?
                {
                    let zone = Node::Object(row.columns.clone().into_iter().collect());
                    found.problems.extend(conditions.excludes(&at, &zone, Some(&row.shape)));
                }
            }
        }
        Ok(found)
    }
}

/// The columns of a feature, its whole numbers as the edition has them: they are told with a decimal point.
fn with_whole(numbers: &HashSet<String>, zone: &Node) -> Node {
    let told = |(name, node): &(String, Node)| {
        let node = match node {
            Node::Number(text) if numbers.contains(name) => match text.strip_suffix(".0") {
                Some(whole) => Node::Number(whole.to_owned()),
                None => Node::Text(text.clone()),
            },
            other => other.clone(),
        };
        (name.clone(), node)
    };
    Node::Object(zone.entries().iter().map(told).collect())
}

/// What a query asks of the zones of a collection, as far as it is held against them.
#[derive(Default)]
struct Query {
    limit: Option<usize>,
    cursor: Option<String>,
    /// What zones are to be.
    conditions: Filter,
    /// The filter as the cursor is bound to it.
    filter: String,
}

impl Query {
    fn read(query: &str) -> Query {
        let pairs: Vec<(&str, String)> = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name, unescaped(value)))
            .filter(|(_, value)| !value.is_empty())
            .collect();
        let of = |name: &str| pairs.iter().find(|(own, _)| *own == name).map(|(_, value)| value);
        let mut asked = Query {
            limit: of("limit").and_then(|limit| limit.parse().ok()),
            cursor: of("cursor").cloned(),
            conditions: Filter::new(&pairs),
            ..Query::default()
        };
        for name in ["bbox", "code", "nom", "communes", "filter"] {
            let Some(value) = of(name) else { continue };
            asked.filter.push_str(&format!("{name}={}:{value}\n", value.len()));
        }
        asked
    }

    /// Whether every visible zone is asked for.
    fn is_plain(&self) -> bool {
        self.filter.is_empty()
    }
}

/// The frame of a feature.
fn of_feature<'a>(code: &str, is_page: bool, links: Option<Value>) -> Shape<'a> {
    let is_object = |node: &Node| matches!(node, Node::Object(_));
    let mut keys = vec![
        ("type".to_owned(), Shape::Is("Feature".into())),
        ("id".to_owned(), Shape::Is(code.into())),
        ("properties".to_owned(), Shape::fits("un objet", is_object)),
    ];
    if !is_page {
        keys.push(("geometry".to_owned(), Shape::fits("un objet", is_object)));
    }
    keys.extend(links.map(|links| ("links".to_owned(), Shape::Is(links))));
    Shape::Object(keys)
}

/// The links of a page, the one to the next behind a code.
fn links(base: &str, own: &Collection, query: &str, last: Option<&str>, asked: &Query) -> Value {
    let of = format!("{base}/ogc/collections/{}", own.id);
    let with = |without: &str, more: Option<String>| {
        let kept = query.split('&').filter(|pair| {
            !pair.is_empty() && (without.is_empty() || pair.split('=').next() != Some(without))
        });
        let all: Vec<String> = kept.map(str::to_owned).chain(more).collect();
        let sign = if all.is_empty() { "" } else { "?" };
        format!("{of}/items{sign}{}", all.join("&"))
    };
    let link =
        |href: String, rel: &str, kind: &str| json!({ "href": href, "rel": rel, "type": kind });
    let mut links = vec![
        link(with("", None), "self", GEOJSON),
        link(with("f", Some("f=html".to_owned())), "alternate", "text/html"),
        link(with("f", Some("f=fgb".to_owned())), "alternate", "application/flatgeobuf"),
        link(of.clone(), "collection", "application/json"),
    ];
    if let Some(code) = last {
        let cursor = cursor(&own.edition, own.scale, code, &asked.filter);
        links.push(link(with("cursor", Some(format!("cursor={cursor}"))), "next", GEOJSON));
    }
    links.into()
}

/// The cursor behind a code.
fn cursor(edition: &str, scale: Scale, code: &str, filter: &str) -> String {
    let digest = Sha256::digest(format!("seuil-cursor-1\n{edition}.{scale}\n{code}\n{filter}"));
    let short = &hex::encode(digest)[..16];
    URL_SAFE_NO_PAD.encode(format!("{edition}.{scale}\n{code}\n{short}"))
}

/// The collection, the code and the digest of a cursor.
fn opened(cursor: &str) -> Option<(String, String, String)> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    let mut parts = text.split('\n').map(str::to_owned);
    Some((parts.next()?, parts.next()?, parts.next()?))
}

/// A code as the path of its zone has it.
fn escaped(code: &str) -> String {
    let mut path = String::new();
    for byte in code.bytes() {
        match byte.is_ascii_alphanumeric() || b"-_.".contains(&byte) {
            true => path.push(byte.into()),
            false => path.push_str(&format!("%{byte:02X}")),
        }
    }
    path
}
