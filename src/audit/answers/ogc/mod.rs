//! `/ogc`: documents made again from the same templates, zones held against those of the edition.

mod filter;
mod filtered;
mod items;
mod order;
mod page;
mod place;
mod texts;

use std::f64::consts::PI;

use serde_json::{Map, Value, json};

use domain::{ManifestScale, Scale};
use edition::EditionId;

use super::super::Finding;
use super::super::files::columns::Kind;
use super::super::shown::Union;
use super::form::{self, MOST_ZONES};
use super::json::{self as text, Node};
use super::reference::AudienceReference;
use super::route::{Named, OfCollection, Ogc};
use super::rows::due;
use super::shape::Shape;
use super::tile::Found;
use super::{Judge, problem};
use crate::mismatch::Mismatch;
pub(super) use filtered::Filtered;
use texts::{API, DOCUMENTS, Texts};

/// A collection: its name in the path, and what it stands for.
#[derive(Clone)]
struct Collection {
    id: String,
    edition: String,
    scale: Scale,
}

impl Judge<'_> {
    /// An answer of `/ogc`, as JSON, as a page or as FlatGeobuf.
    pub(super) fn ogc(
        &mut self,
        named: &Named,
        ogc: &Ogc,
        bytes: &[u8],
        union: &mut Union,
        findings: &mut Vec<Finding>,
    ) -> Result<Found, Mismatch> {
        self.number(&named.account);
        if let (Ogc::Of { collection, what: OfCollection::Items, query }, true) =
            (ogc, bytes.starts_with(b"fgb"))
        {
            return self.flat_items(named, (collection, query), bytes, union, findings);
        }
        let is_page = bytes.starts_with(b"<");
        let document = match is_page {
            true => {
                let page = std::str::from_utf8(bytes)
                    .map_err(|_| Mismatch::from("n'est pas de l'UTF-8"))?;
                text::read(
                    page::json(page)
                        .ok_or(Mismatch::from("n'est pas une page du serveur"))?
                        .as_bytes(),
                )?
            }
            false => text::read(bytes)?,
        };
        let root = &document.root;
        if root.get("status").is_some() || root.get("detail").is_some() {
            let mut problems = document.flaws;
            problems.extend(problem::check(root));
            return Ok(Found { problems, audiences: [true; 2] });
        }
        let mut found = match ogc {
            Ogc::Landing => self.fixed(named, "landing", root),
            Ogc::Conformance => self.fixed(named, "conformance", root),
            Ogc::Grids => self.fixed(named, "grids", root),
            Ogc::Grid => self.fixed(named, "grid", root),
            Ogc::Api => self.api(named, root),
            Ogc::Collections => self.collections(named, root),
            Ogc::Of { collection, what, query } => {
                let own = self.collection_of(collection, root);
                let Some(own) = own else {
                    let problems =
                        vec![format!("{collection} : l'édition n'a pas cette collection")];
                    return Ok(Found { problems, audiences: [true; 2] });
                };
                match what {
                    OfCollection::Items => {
                        let of = (&own, query.as_str(), is_page);
                        self.items(named, of, (root, bytes.len()), union, findings)?
                    }
                    OfCollection::Item(code) => {
                        self.item(named, (&own, code, is_page), root, union, findings)?
                    }
                    OfCollection::Collection => self.one_collection(named, &own, root),
                    _ => self.of_collection(named, &own, what, root),
                }
            }
        };
        found.problems.splice(0..0, document.flaws);
        Ok(found)
    }

    /// The collection of a name; `latest` is the edition of the manifest, or what the title says.
    fn collection_of(&self, id: &str, root: &Node) -> Option<Collection> {
        let (edition, scale) = id.split_once('.')?;
        let scale = self.reference.scale(scale)?;
        let manifest = self.reference.parts.iter().find_map(|part| part.manifest.as_ref());
        let edition = match (manifest, edition) {
            (Some((_, manifest)), "latest") => manifest.id.clone(),
            (_, "latest") => {
                let title = root.get("title").and_then(Node::text).unwrap_or_default();
                let told = title.rsplit(" – édition ").next().unwrap_or_default();
                told.parse::<EditionId>().map_or("latest".to_owned(), |id| id.to_string())
            }
            _ => edition.parse::<EditionId>().ok()?.to_string(),
        };
        if let Some((_, manifest)) = manifest.filter(|(_, own)| own.id == edition)
            && manifest.scale(scale).is_none()
        {
            return None;
        }
        Some(Collection { id: id.to_owned(), edition, scale })
    }

    /// What the first address of a document begins with; checked as every address of the service is.
    fn base(&mut self, named: &Named, root: &Node) -> Result<String, Vec<String>> {
        let inside = |list: &str| root.get(list)?.items().first().and_then(first_address);
        let told = first_address(root)
            .or_else(|| inside("collections"))
            .or_else(|| root.get("$id").and_then(Node::text))
            .or_else(|| root.get("servers")?.items().first()?.get("url")?.text());
        let told = told.unwrap_or_default();
        let base = told.split_once("/ogc").map_or("", |(base, _)| base).to_owned();
        let problems =
            self.addresses.check(("links (href, $id, url)", &base), named.token.as_deref(), false);
        if problems.is_empty() { Ok(base) } else { Err(problems) }
    }

    /// A document that depends on nothing but the address of the service.
    fn fixed(&mut self, named: &Named, name: &str, root: &Node) -> Found {
        let base = match name {
            "conformance" | "grid" => String::new(),
            _ => match self.base(named, root) {
                Ok(base) => base,
                Err(problems) => return Found { problems, audiences: [true; 2] },
            },
        };
        let expected = Texts::of(&base).fill(&DOCUMENTS[name]);
        Found { problems: Shape::Is(expected).check(root), audiences: [true; 2] }
    }

    fn api(&mut self, named: &Named, root: &Node) -> Found {
        let base = match self.base(named, root) {
            Ok(base) => base,
            Err(problems) => return Found { problems, audiences: [true; 2] },
        };
        let paths = root.get("paths").map(Node::entries).unwrap_or_default();
        let ids: Vec<&str> = paths
            .iter()
            .filter_map(|(path, _)| path.strip_prefix("/collections/")?.strip_suffix("/items"))
            .collect();
        let mut expected = Texts::of(&base).fill(&API);
        let mut all = Map::new();
        for (path, operations) in API["paths"].as_object().into_iter().flatten() {
            if !path.contains("{collection}") {
                all.insert(path.clone(), operations.clone());
            }
            for id in ids.iter().filter(|_| path.contains("{collection}")) {
                let mut own = operations.clone();
                let name = own["get"]["operationId"].as_str().unwrap_or_default();
                own["get"]["operationId"] = format!("{name}_{id}").into();
                all.insert(path.replace("{collection}", id), own);
            }
        }
        expected["paths"] = all.into();
        let mut problems = self.listed(&ids);
        problems.extend(Shape::Is(expected).check(root));
        Found { problems, audiences: [true; 2] }
    }

    /// Where a list of collections is not that of the active editions, as far as these are known.
    fn listed(&self, ids: &[&str]) -> Vec<String> {
        let manifest = self.reference.parts.iter().find_map(|part| part.manifest.as_ref());
        let mut problems = Vec::new();
        let parsed: Vec<Option<(EditionId, Scale)>> = ids
            .iter()
            .map(|id| {
                let (edition, scale) = id.split_once('.')?;
                Some((edition.parse().ok()?, self.reference.scale(scale)?))
            })
            .collect();
        for (id, _) in ids.iter().zip(&parsed).filter(|(_, parsed)| parsed.is_none()) {
            problems.push(format!("collections : {id:.40} : ni édition, ni échelle"));
        }
        let order: Vec<(u16, u16)> =
            parsed.iter().flatten().map(|(id, _)| (id.vintage(), id.revision())).collect();
        if !order.is_sorted() {
            problems.push("collections : éditions hors de l'ordre".to_owned());
        }
        if let Some((_, manifest)) = manifest {
            let own: Vec<Scale> = parsed
                .iter()
                .flatten()
                .filter(|(id, _)| id.to_string() == manifest.id)
                .map(|(_, scale)| *scale)
                .collect();
            let due: Vec<Scale> = manifest.scales.iter().map(|entry| entry.id).collect();
            if own != due {
                problems.push("collections (paths, id) : pas celles de l'édition".to_owned());
            }
        }
        problems
    }

    fn collections(&mut self, named: &Named, root: &Node) -> Found {
        let base = match self.base(named, root) {
            Ok(base) => base,
            Err(problems) => return Found { problems, audiences: [true; 2] },
        };
        let nodes = root.get("collections").map(Node::items).unwrap_or_default();
        let ids: Vec<&str> =
            nodes.iter().filter_map(|node| node.get("id").and_then(Node::text)).collect();
        let mut problems = self.listed(&ids);
        for (node, id) in nodes.iter().zip(&ids) {
            problems.extend(self.told_count(named, id, node));
        }
        let fixed = Texts::of(&base).fill(&DOCUMENTS["collections"]);
        let mut found = self.by_audience(|part| {
            let rows = nodes.iter().map(|node| {
                let id = node.get("id").and_then(Node::text).unwrap_or_default();
                match self.collection_of(id, node) {
                    Some(own) => self.shape_of(&own, &base, node, part),
                    None => Shape::Is(Value::Null),
                }
            });
            Shape::object([
                ("links", Shape::Is(fixed["links"].clone())),
                ("collections", Shape::Row(rows.collect())),
            ])
            .check(root)
        });
        found.problems.extend(problems);
        found
    }

    fn one_collection(&mut self, named: &Named, own: &Collection, root: &Node) -> Found {
        let base = match self.base(named, root) {
            Ok(base) => base,
            Err(problems) => return Found { problems, audiences: [true; 2] },
        };
        let problems = self.told_count(named, &own.id, root);
        let mut found = self.by_audience(|part| self.shape_of(own, &base, root, part).check(root));
        found.problems.extend(problems);
        found
    }

    /// What a collection must say of itself; how many zones and where is a reader's own.
    fn shape_of<'s>(
        &'s self,
        own: &Collection,
        base: &str,
        node: &Node,
        part: &'s AudienceReference,
    ) -> Shape<'s> {
        let (texts, manifest) = self.texts(own, base, part);
        let template = texts.fill(&DOCUMENTS["collection"]);
        let most = manifest.map_or(MOST_ZONES, |entry| entry.zones as i64);
        let is_empty = node.get("itemCount").and_then(Node::whole) == Some(0);
        // Zones of other editions may lie elsewhere.
        let zones = self.reference.zones.as_ref().filter(|_| manifest.is_some());
        let scale = own.scale;
        let mut keys = Vec::new();
        for (key, value) in template.as_object().into_iter().flatten() {
            let shape = match key.as_str() {
                // Where nothing is visible, nothing lies anywhere.
                "extent" if is_empty => continue,
                "extent" => {
                    let has_sides = Shape::fits("les côtés de zones (bbox)", move |node| {
                        let four: Option<Vec<f64>> =
                            node.items().iter().map(Node::number).collect();
                        let four: Option<[f64; 4]> = four.and_then(|four| four.try_into().ok());
                        let is_box = |four: &[f64; 4]| {
                            four[0] <= four[2]
                                && four[1] <= four[3]
                                && four[0] >= -180.0
                                && four[2] <= 180.0
                                && four[1] >= -90.0
                                && four[3] <= 90.0
                        };
                        four.filter(is_box).is_some_and(|four| {
                            zones.is_none_or(|zones| zones.has_sides(scale, four) == Ok(true))
                        })
                    });
                    let crs = value["spatial"]["crs"].clone();
                    let spatial = [("bbox", Shape::Row(vec![has_sides])), ("crs", Shape::Is(crs))];
                    Shape::object([("spatial", Shape::object(spatial))])
                }
                "itemCount" => Shape::whole("un nombre de zones", 0, most),
                "attribution" if self.reference.attribution(part, &own.edition).is_none() => {
                    form::sentence(&self.reference)
                }
                _ => Shape::Is(value.clone()),
            };
            keys.push((key.clone(), shape));
        }
        Shape::Object(keys)
    }

    /// What the placeholders stand for, and the scale as the manifest of its edition has it.
    fn texts<'p>(
        &self,
        own: &Collection,
        base: &str,
        part: &'p AudienceReference,
    ) -> (Texts, Option<&'p ManifestScale>) {
        let manifest = part.manifest.as_ref().map(|(_, manifest)| manifest);
        let manifest = manifest.filter(|manifest| manifest.id == own.edition);
        let entry = manifest.and_then(|manifest| manifest.scale(own.scale));
        let label = entry.map_or(own.scale.label(), |entry| &entry.label);
        let attribution = self.reference.attribution(part, &own.edition).unwrap_or_default();
        let texts = Texts::of(base)
            .with("{collection}", &own.id)
            .with("{edition}", &own.edition)
            .with("{scale}", own.scale.id())
            .with("{label}", label)
            .with("{attribution}", attribution);
        (texts, entry)
    }

    /// The other documents of a collection.
    fn of_collection(
        &mut self,
        named: &Named,
        own: &Collection,
        what: &OfCollection,
        root: &Node,
    ) -> Found {
        let base = match self.base(named, root) {
            Ok(base) => base,
            Err(problems) => return Found { problems, audiences: [true; 2] },
        };
        self.by_audience(|part| {
            let (texts, entry) = self.texts(own, &base, part);
            let mut expected = match what {
                OfCollection::Schema => texts.fill(&DOCUMENTS["schema"]),
                OfCollection::Feature => texts.fill(&DOCUMENTS["feature"]),
                OfCollection::Queryables => texts.fill(&DOCUMENTS["queryables"]),
                OfCollection::Tileset => texts.fill(&DOCUMENTS["tileset"]),
                _ => texts.fill(&DOCUMENTS["tilesets"]),
            };
            match what {
                OfCollection::Schema => {
                    let mut own_columns = properties(part, own.scale);
                    own_columns["code"]["x-ogc-role"] = "id".into();
                    own_columns.insert("geometry".into(), geometry(own.scale));
                    expected["properties"] = own_columns.into();
                }
                OfCollection::Feature => {
                    let columns = properties(part, own.scale);
                    expected["properties"]["properties"]["properties"] = columns.into();
                }
                OfCollection::Queryables => {
                    let text = |title: &str| json!({ "title": title, "type": "string" });
                    expected["properties"] = json!({
                        "code": text("Code"),
                        "nom": text("Nom"),
                        "communes": text("Communes"),
                        "geometry": geometry(own.scale),
                    });
                }
                OfCollection::Tileset => {
                    let Some(entry) = entry else { return vec![super::answer::no_manifest()] };
                    let zooms = entry.minzoom..=entry.maxzoom;
                    expected["tileMatrixSetLimits"] =
                        zooms.map(|zoom| limits(zoom, entry.bounds)).collect();
                }
                _ => {}
            }
            Shape::Is(expected).check(root)
        })
    }

    /// Notes how many zones a collection is said to have, and where; both are the same in every answer to
    /// an account.
    fn told_count(&mut self, named: &Named, id: &str, node: &Node) -> Vec<String> {
        self.counted = true;
        let count = node.get("itemCount").and_then(Node::whole);
        let extent = node.get("extent").map(|extent| format!("{extent:?}"));
        let key = (named.account.clone(), id.to_owned());
        let known = self.counts.entry(key).or_default();
        let mut problems = Vec::new();
        if known.0.is_some() && known.0 != count {
            problems.push(format!("{id} : itemCount : pas le même partout"));
        }
        if known.1.is_some() && known.1 != extent {
            problems.push(format!("{id} : bbox : pas la même partout"));
        }
        *known = (known.0.or(count), known.1.take().or(extent));
        problems
    }
}

/// The first address of the links of a document.
fn first_address(node: &Node) -> Option<&str> {
    node.get("links")?.items().first()?.get("href")?.text()
}

/// What a schema says of each column.
fn properties(part: &AudienceReference, scale: Scale) -> Map<String, Value> {
    let described = due(part, scale, None).into_iter().map(|column| {
        let kind = match column.kind {
            Kind::Text => "string",
            Kind::Truth => "boolean",
            Kind::Integer => "integer",
            Kind::Number => "number",
        };
        let own = json!({ "title": column.title, "description": column.description, "type": kind });
        (column.name, own)
    });
    described.collect()
}

fn geometry(scale: Scale) -> Value {
    let kind = if scale.is_point() { "point" } else { "multipolygon" };
    json!({ "title": "Géométrie", "format": format!("geometry-{kind}"), "x-ogc-role": "primary-geometry" })
}

/// The tiles of a zoom that a box touches.
fn limits(zoom: u8, bounds: [f64; 4]) -> Value {
    let side = 2_f64.powi(i32::from(zoom));
    let place = |part: f64| (part * side).floor().clamp(0.0, side - 1.0) as u32;
    let across = |degrees: f64| place((degrees + 180.0) / 360.0);
    let down = |degrees: f64| {
        let angle = degrees.clamp(-85.0511, 85.0511).to_radians();
        place((1.0 - angle.tan().asinh() / PI) / 2.0)
    };
    json!({
        "tileMatrix": zoom.to_string(),
        "minTileRow": down(bounds[3]),
        "maxTileRow": down(bounds[1]),
        "minTileCol": across(bounds[0]),
        "maxTileCol": across(bounds[2]),
    })
}
