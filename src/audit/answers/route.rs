//! Which answer a file is, by its path: files are named as the path of their URL.

use domain::Scale;

/// The answer that a path asks for, as the server's routes have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// `/tiles/{edition}/{scale}/{z}/{x}/{y}.mvt`, or without scale every one of the zoom.
    Tile { edition: String, scale: Option<Scale>, at: (u8, u32, u32) },
    /// `/tiles/{edition}/{scale}.labels/{z}/{x}/{y}.mvt`.
    Labels { edition: String, scale: Scale, at: (u8, u32, u32) },
    /// `/tiles/{edition}.json`, `/tiles/{edition}/{scale}.json`.
    TileJson { edition: String, scale: Option<Scale> },
    /// `/tiles/{edition}/{scale}.labels.json`.
    LabelsJson { edition: String, scale: Scale },
    /// `/editions`.
    Editions,
    /// `/editions/{edition}/indicators`.
    Indicators { edition: String },
    /// `/editions/{edition}/certificate`.
    Certificate { edition: String },
    /// `/editions/{edition}/zones?…`.
    Zones { edition: String, asked: Asked },
    /// `/editions/{edition}/search?…`.
    Search { edition: String },
    /// `/export/{edition}/{scale}.csv`, and the other formats.
    Export { edition: String, asked: Asked, ending: String },
    /// `/styles/{name}.json`, of the latest edition or of one that is named.
    Style { name: String, edition: Option<String> },
    /// `/qgis/connections.xml`.
    Qgis,
    /// `/qgis/{name}.qlr`, likewise.
    Layer { name: String, edition: Option<String>, configuration: Option<String> },
    /// `/qgis/features.xml`.
    QgisFeatures,
    /// `/ogc…`.
    Ogc(Ogc),
    /// `/health`, `/ready`.
    Status,
    /// A `GET` of `/api/…`, by its name.
    Own(Own),
    /// `/api/documents/{id}`, `/api/conventions/{id}/annexe-3`.
    Paper(Paper),
    /// `/` and the files of the portal, `/openapi.json` and sprites among them.
    File { path: String },
    /// Refused by its path, or without a body: a tile of no scale, `/auth/scope`.
    Nothing,
}

/// What a page of zones was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    pub scale: Option<Scale>,
    /// Scale and code of the zone that it is narrowed to.
    pub within: Option<(Scale, String)>,
    pub fields: Option<Vec<String>>,
    /// Whether the file has no status of universes: a page of features.
    pub plain: bool,
    pub after: String,
    pub limit: Option<usize>,
    /// Whether each zone is a line of its own.
    pub lines: bool,
}

/// What `/ogc` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ogc {
    Landing,
    Conformance,
    Api,
    Collections,
    Grids,
    Grid,
    /// Of a collection, `2024r1.commune`, with what follows the question mark.
    Of {
        collection: String,
        what: OfCollection,
        query: String,
    },
}

/// What `/ogc/collections/{collection}…` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OfCollection {
    Collection,
    Schema,
    Feature,
    Queryables,
    Items,
    /// The zone of a code.
    Item(String),
    Tilesets,
    Tileset,
}

/// What follows the scale where its label points are asked for.
const LABELS: &str = ".labels";

/// What `/api` says of somebody's own account, and of those that they administer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Own {
    Me,
    Clauses,
    Sessions,
    Tokens,
    Accounts,
    Conventions,
    Journal,
    Demo,
    Organisations,
    Breaches,
    BreachFile,
    Exports,
    Register,
    Committee,
    Designations,
    Destructions,
    Documents,
    Signature,
    Subprocessors,
    Legal,
}

/// What a person gave in, or prints: its ends alone are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paper {
    /// A document of a convention.
    Pdf,
    /// The form of annex 3.
    Form,
}

impl Route {
    /// Whether the answer always has a body.
    pub fn is_document(&self) -> bool {
        match self {
            Route::Zones { asked, .. } => !asked.lines,
            Route::Search { .. } | Route::Export { .. } | Route::Ogc(_) => true,
            _ => false,
        }
    }
}

/// A file in the folder of a collection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The folder of the account; empty where there is none.
    pub account: String,
    /// The token of the path, for clients that show it there.
    pub token: Option<String>,
    pub route: Route,
}

/// What a file is, by its path from the folder given: `<account>/<path of the URL>`. `None` for a
/// path that is no route's. `scale_of` knows scales by their identifiers.
pub fn read(
    path: &str,
    is_file: &dyn Fn(&str) -> bool,
    scale_of: &dyn Fn(&str) -> Option<Scale>,
) -> Option<Named> {
    let parts: Vec<&str> = path.split('/').collect();
    let named = |account: &str, parts: &[&str]| {
        let (token, parts) = match parts {
            ["k", token, rest @ ..] => (Some((*token).to_owned()), rest),
            _ => (None, parts),
        };
        let route = route(parts, is_file, scale_of)?;
        Some(Named { account: account.to_owned(), token, route })
    };
    let (account, rest) = parts.split_first()?;
    named(account, rest).or_else(|| named("", &parts))
}

/// A path that is also a folder is saved as `….json`, or `index.json` inside it.
fn route(
    parts: &[&str],
    is_file: &dyn Fn(&str) -> bool,
    scale_of: &dyn Fn(&str) -> Option<Scale>,
) -> Option<Route> {
    let (last, folders) = parts.split_last()?;
    let last = last.strip_suffix(".gz").unwrap_or(last);
    let (last, query) = last.split_once('?').unwrap_or((last, ""));
    let stem = last.strip_suffix(".json").unwrap_or(last);
    let named = |edition: &&str| (*edition).to_owned();
    Some(match (folders, stem) {
        (["tiles", edition, scale, z, x], _) => tile(edition, Some(scale), [z, x, last], scale_of),
        (["tiles", edition, z, x], _) => tile(edition, None, [z, x, last], scale_of),
        (["tiles"], edition) if stem != last => {
            Route::TileJson { edition: edition.to_owned(), scale: None }
        }
        (["tiles", edition], scale) if stem != last => {
            let edition = named(edition);
            match (scale.strip_suffix(LABELS).map(scale_of), scale_of(scale)) {
                (Some(Some(scale)), _) => Route::LabelsJson { edition, scale },
                (None, Some(scale)) => Route::TileJson { edition, scale: Some(scale) },
                _ => Route::Nothing,
            }
        }
        ([], "editions") | (["editions"], "index") => Route::Editions,
        (["editions", edition], "indicators") => Route::Indicators { edition: named(edition) },
        (["editions", edition], "certificate") => Route::Certificate { edition: named(edition) },
        (["editions", edition], "zones") => {
            Route::Zones { edition: named(edition), asked: asked(query, scale_of) }
        }
        (["editions", edition], "search") => Route::Search { edition: named(edition) },
        (["export", edition], file) => {
            let file = if stem == last { file } else { last };
            let (scale, ending) = file.rsplit_once('.')?;
            let asked = Asked { scale: scale_of(scale), ..asked(query, scale_of) };
            Route::Export { edition: named(edition), asked, ending: ending.to_owned() }
        }
        (["styles"], name) if stem != last => {
            let edition = query.strip_prefix("edition=").map(str::to_owned);
            Route::Style { name: name.to_owned(), edition }
        }
        (["qgis"], "connections.xml") => Route::Qgis,
        (["qgis"], "features.xml") => Route::QgisFeatures,
        ([], "ogc") => Route::Ogc(Ogc::Landing),
        (["ogc", rest @ ..], _) => Route::Ogc(ogc(rest, stem, query)?),
        (["qgis"], file) => {
            let asked = |name| query.split('&').find_map(|pair| pair.strip_prefix(name));
            Route::Layer {
                name: file.strip_suffix(".qlr")?.to_owned(),
                edition: asked("edition=").map(str::to_owned),
                configuration: asked("authcfg=").map(str::to_owned),
            }
        }
        ([], "health" | "ready") => Route::Status,
        (["auth"], "scope") => Route::Nothing,
        (["api", "requests"], "organisations") => Route::Own(Own::Organisations),
        (["api", "breaches", _], "file") => Route::Own(Own::BreachFile),
        (["api", "conventions", _], "annexe-3") => Route::Paper(Paper::Form),
        (["api", "conventions", _], name) => Route::Own(of_convention(name)?),
        (["api", "documents"], _) => Route::Paper(Paper::Pdf),
        // Pages of the portal: its shell answers each of them.
        ([], "aide" | "mentions-legales" | "donnees-personnelles" | "accessibilite") => {
            Route::File { path: "/index.html".to_owned() }
        }
        (["api"], name) => Route::Own(own(name)?),
        (["api", name], "index") => Route::Own(own(name)?),
        _ => {
            let inside: Vec<&str> = folders.iter().copied().chain([last]).collect();
            let path = format!("/{}", inside.join("/"));
            is_file(&path).then_some(())?;
            Route::File { path }
        }
    })
}

/// What `/ogc/…` says.
fn ogc(folders: &[&str], last: &str, query: &str) -> Option<Ogc> {
    let mut parts = folders.to_vec();
    if last != "index" {
        parts.push(last);
    }
    let (collection, what) = match parts[..] {
        [] => return Some(Ogc::Landing),
        ["conformance"] => return Some(Ogc::Conformance),
        ["api"] => return Some(Ogc::Api),
        ["collections"] => return Some(Ogc::Collections),
        ["tileMatrixSets"] => return Some(Ogc::Grids),
        ["tileMatrixSets", "WebMercatorQuad"] => return Some(Ogc::Grid),
        ["collections", collection] => (collection, OfCollection::Collection),
        ["collections", collection, "schema"] => (collection, OfCollection::Schema),
        ["collections", collection, "schema", "feature"] => (collection, OfCollection::Feature),
        ["collections", collection, "queryables"] => (collection, OfCollection::Queryables),
        ["collections", collection, "items"] => (collection, OfCollection::Items),
        ["collections", collection, "items", code] => {
            (collection, OfCollection::Item(unescaped(code)))
        }
        ["collections", collection, "tiles"] => (collection, OfCollection::Tilesets),
        ["collections", collection, "tiles", "WebMercatorQuad"] => {
            (collection, OfCollection::Tileset)
        }
        _ => return None,
    };
    Some(Ogc::Of { collection: collection.to_owned(), what, query: query.to_owned() })
}

/// What `/api/conventions/{id}/…` says.
fn of_convention(name: &str) -> Option<Own> {
    Some(match name {
        "exports" => Own::Exports,
        "committee" => Own::Committee,
        "designations" => Own::Designations,
        "destruction" => Own::Destructions,
        "documents" => Own::Documents,
        "signature" => Own::Signature,
        "subprocessors" => Own::Subprocessors,
        _ => return None,
    })
}

/// What a query asks of a page of zones, as far as it is understood.
fn asked(query: &str, scale_of: &dyn Fn(&str) -> Option<Scale>) -> Asked {
    let mut asked = Asked::default();
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = unescaped(value);
        match name {
            "scale" => asked.scale = scale_of(&value),
            "within" => {
                let parts = value.split_once(':');
                asked.within =
                    parts.and_then(|(scale, code)| Some((scale_of(scale)?, code.to_owned())));
            }
            "fields" if !value.is_empty() => {
                asked.fields = Some(value.split(',').map(str::to_owned).collect());
            }
            "after" => asked.after = value,
            "limit" => asked.limit = value.parse().ok(),
            "f" => asked.lines = value == "ndjson",
            _ => {}
        }
    }
    asked
}

/// The text of a value of a query.
pub fn unescaped(value: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = value.as_bytes();
    while let Some((first, others)) = rest.split_first() {
        rest = others;
        let digit = |at: usize| char::from(*others.get(at)?).to_digit(16);
        match (*first, digit(0).zip(digit(1))) {
            (b'%', Some((high, low))) => {
                bytes.push((16 * high + low) as u8);
                rest = &others[2..];
            }
            (b'+', _) => bytes.push(b' '),
            (byte, _) => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn tile(
    edition: &str,
    scale: Option<&str>,
    at: [&str; 3],
    scale_of: &dyn Fn(&str) -> Option<Scale>,
) -> Route {
    let labels = scale.and_then(|scale| scale.strip_suffix(LABELS));
    let read = || {
        let scale = match labels.or(scale) {
            Some(id) => Some(scale_of(id)?),
            None => None,
        };
        let [z, x, y] = at;
        let y = y.strip_suffix(".mvt").or_else(|| y.strip_suffix(".pbf"))?;
        let z = number(z).and_then(|z| u8::try_from(z).ok()).filter(|z| *z <= 30)?;
        let (x, y) = (number(x)?, number(y)?);
        let side = 1_u32 << z;
        (x < side && y < side).then_some((scale, (z, x, y)))
    };
    match read() {
        Some((Some(scale), at)) if labels.is_some() => {
            Route::Labels { edition: edition.to_owned(), scale, at }
        }
        Some((scale, at)) => Route::Tile { edition: edition.to_owned(), scale, at },
        None => Route::Nothing,
    }
}

/// A number in digits alone, without a zero before it: one tile has one address.
fn number(text: &str) -> Option<u32> {
    let number: u32 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

fn own(name: &str) -> Option<Own> {
    Some(match name {
        "me" => Own::Me,
        "clauses" => Own::Clauses,
        "sessions" => Own::Sessions,
        "tokens" => Own::Tokens,
        "accounts" => Own::Accounts,
        "conventions" => Own::Conventions,
        "journal" => Own::Journal,
        "demo" => Own::Demo,
        "breaches" => Own::Breaches,
        "register" => Own::Register,
        "legal" => Own::Legal,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, expected: Option<(&str, Option<&str>, Route)>) {
        let is_file = |path: &str| ["/index.html", "/sprites/seuil.json"].contains(&path);
        let named = expected.map(|(account, token, route)| Named {
            account: account.into(),
            token: token.map(str::to_owned),
            route,
        });
        assert_eq!(read(path, &is_file, &|id| id.parse().ok()), named, "{path}");
    }

    #[test]
    fn a_file_is_the_answer_that_its_path_names() {
        let edition = || "2024r1".to_owned();
        let tile = |scale, at| Route::Tile { edition: edition(), scale, at };
        let one = tile(Some(Scale::IRIS), (11, 3, 4));
        check("a/tiles/2024r1/iris/11/3/4.mvt", Some(("a", None, one.clone())));
        check("a/k/T/tiles/2024r1/iris/11/3/4.pbf.gz", Some(("a", Some("T"), one.clone())));
        check("tiles/2024r1/iris/11/3/4.mvt", Some(("", None, one)));
        let labels = Route::Labels { edition: edition(), scale: Scale::IRIS, at: (11, 3, 4) };
        check("a/tiles/2024r1/iris.labels/11/3/4.mvt", Some(("a", None, labels)));
        let about = Route::LabelsJson { edition: edition(), scale: Scale::IRIS };
        check("a/tiles/2024r1/iris.labels.json", Some(("a", None, about)));
        check("a/tiles/2024r1/.labels/11/3/4.mvt", Some(("a", None, Route::Nothing)));
        check("a/tiles/2024r1/3/1/2.mvt", Some(("a", None, tile(None, (3, 1, 2)))));
        check("a/tiles/2024r1/rue/3/1/2.mvt", Some(("a", None, Route::Nothing)));
        check("a/tiles/2024r1/3/1/9.mvt", Some(("a", None, Route::Nothing)));
        let about = Route::TileJson { edition: edition(), scale: None };
        check("a/tiles/2024r1.json", Some(("a", None, about)));
        for path in ["a/editions", "a/editions.json", "a/editions/index.json"] {
            check(path, Some(("a", None, Route::Editions)));
        }
        let asked = Asked {
            scale: Some(Scale::IRIS),
            within: Some((Scale::COMMUNE, "95018".into())),
            fields: Some(vec!["nom".into(), "n_menages".into()]),
            plain: false,
            after: "95018 é".into(),
            limit: Some(3),
            lines: true,
        };
        let zones = Route::Zones { edition: edition(), asked };
        let query = "scale=iris&within=commune%3A95018&fields=nom,n_menages&after=95018+%C3%A9";
        let path = format!("a/editions/2024r1/zones?{query}&limit=3&f=ndjson");
        check(&path, Some(("a", None, zones)));
        let search = Route::Search { edition: edition() };
        check("a/editions/2024r1/search?q=a", Some(("a", None, search)));
        check("a/api/journal?from=2024-01-01", Some(("a", None, Route::Own(Own::Journal))));
        let of = |what, query: &str| {
            let collection = "2024r1.iris".to_owned();
            Some(("a", None, Route::Ogc(Ogc::Of { collection, what, query: query.into() })))
        };
        let items = "a/ogc/collections/2024r1.iris/items";
        check("a/ogc.json", Some(("a", None, Route::Ogc(Ogc::Landing))));
        check("a/ogc/index.json", Some(("a", None, Route::Ogc(Ogc::Landing))));
        check(&format!("{items}?code=1"), of(OfCollection::Items, "code=1"));
        check(&format!("{items}/index.json"), of(OfCollection::Items, ""));
        check(&format!("{items}/1%202"), of(OfCollection::Item("1 2".into()), ""));
        check("a/ogc/collections/2024r1.iris/shapes", None);
        let sprite = Route::File { path: "/sprites/seuil.json".into() };
        check("a/sprites/seuil.json", Some(("a", None, sprite)));
        for path in ["a/notes.txt", "a/tiles/2024r1", "a/b/editions", "a/api/secrets"] {
            check(path, None);
        }
    }
}
