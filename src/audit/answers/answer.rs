//! An answer that is no tile, judged as what its route answers.

use crate::mismatch::Mismatch;
use domain::{Audience, Scale};
use edition::EditionId;

use super::json::{self, Node};
use super::reference::{AUDIENCES, AudienceReference};
use super::route::{Named, Own, Route};
use super::tile::Found;
use super::{Judge, connections, documents, layer_definition, own, problem, shape, style};

impl Judge<'_> {
    /// A file of the portal, byte by byte; or a refusal.
    pub(super) fn file(&self, path: &str, bytes: &[u8]) -> Result<Found, Mismatch> {
        let own = (self.reference.known.file)(path);
        let mut found = Found { audiences: [true; 2], ..Found::default() };
        if own.as_deref() == Some(bytes) {
            return Ok(found);
        }
        found.problems = match json::read(bytes) {
            Ok(document) if problem::is_refusal(&document.root) => {
                let mut problems = document.flaws;
                problems.append(&mut problem::check(&document.root));
                problems
            }
            _ => {
                let own = own.unwrap_or_default();
                let same = own.iter().zip(bytes).take_while(|(one, two)| one == two).count();
                vec![format!("octet {same} : ce n'est pas le fichier du portail")]
            }
        };
        Ok(found)
    }

    pub(super) fn qgis(&mut self, named: &Named, bytes: &[u8]) -> Found {
        let mut found = Found { audiences: [true; 2], ..Found::default() };
        let text = String::from_utf8_lossy(bytes);
        let base = text.split("url=\"").nth(1).and_then(|rest| rest.split("/tiles/latest/").next());
        let base = base.unwrap_or_default().to_owned();
        found.problems = self.addresses.check(("url", &base), named.token.as_deref(), true);
        if !found.problems.is_empty() {
            return found;
        }
        let reference = &self.reference;
        self.by_audience(|part| {
            let problems = connections::check(&base, &text, reference, part);
            problems.unwrap_or_else(|| vec![no_manifest()])
        })
    }

    /// A layer definition of QGIS: with a configuration nobody's token is in it.
    pub(super) fn layer(
        &mut self,
        named: &Named,
        (name, configuration): (&str, Option<&str>),
        bytes: &[u8],
    ) -> Found {
        let text = String::from_utf8_lossy(bytes);
        let base = text.split("&amp;url=").nth(1).and_then(|rest| rest.split("/tiles/").next());
        let base = base.unwrap_or_default().to_owned();
        let token = named.token.as_deref().filter(|_| configuration.is_none());
        let always = configuration.is_none();
        let problems = self.addresses.check(("url", &base), token, always);
        if !problems.is_empty() {
            return Found { problems, audiences: [true; 2] };
        }
        self.by_audience(|part| match layer_definition::layer(name, &base, configuration, part) {
            Some(expected) => documents::lines(&expected, &text),
            None if part.manifest.is_none() => vec![no_manifest()],
            None => vec!["aucune couche n'a ce nom".to_owned()],
        })
    }

    pub(super) fn qgis_features(&mut self, named: &Named, bytes: &[u8]) -> Found {
        let mut found = Found { audiences: [true; 2], ..Found::default() };
        let text = String::from_utf8_lossy(bytes);
        let url = text.split("url=\"").nth(1).and_then(|rest| rest.split('"').next());
        let base = url.and_then(|url| url.strip_suffix("/ogc")).unwrap_or_default().to_owned();
        found.problems = self.addresses.check(("url", &base), named.token.as_deref(), true);
        if found.problems.is_empty() {
            found.problems = documents::lines(&connections::features(&base), &text);
        }
        found
    }

    pub(super) fn document(&mut self, named: &Named, root: &Node) -> Found {
        if problem::is_refusal(root) {
            return Found { problems: problem::check(root), audiences: [true; 2] };
        }
        let reference = &self.reference;
        match &named.route {
            Route::Editions => self.editions(root),
            Route::Indicators { .. } => {
                self.by_audience(|part| shape::Shape::Is(part.indicators.clone()).check(root))
            }
            Route::Certificate { .. } => {
                let check =
                    |part: &AudienceReference| documents::certificate(root, reference, part);
                let found = self.by_audience(check);
                if let Some(audience) = found.audiences.iter().position(|may| *may) {
                    self.reference.take_certificate(&root.value(), audience);
                }
                found
            }
            Route::TileJson { edition, scale } => {
                self.tilejson(named, (edition, *scale, false), root)
            }
            Route::LabelsJson { edition, scale } => {
                self.tilejson(named, (edition, Some(*scale), true), root)
            }
            Route::Style { name, .. } => self.style(named, name, root),
            Route::Status => {
                let expected = serde_json::json!({ "status": "ok" });
                self.by_audience(|_| shape::Shape::Is(expected.clone()).check(root))
            }
            Route::Own(own) => {
                self.written = true;
                let mut found = self.by_audience(|_| own::check(*own, root));
                if *own == Own::Me {
                    let told = root.get("audience").and_then(Node::text);
                    let is_told = |audience: Audience| told == Some(audience.id());
                    found.audiences = AUDIENCES.map(is_told);
                }
                found
            }
            Route::Tile { .. }
            | Route::Labels { .. }
            | Route::Zones { .. }
            | Route::Search { .. }
            | Route::Export { .. }
            | Route::Qgis
            | Route::Layer { .. }
            | Route::QgisFeatures
            | Route::Ogc(_)
            | Route::Nothing
            | Route::Paper(_)
            | Route::File { .. } => Found {
                problems: vec!["un corps, là où le serveur n'en envoie pas".to_owned()],
                audiences: [true; 2],
            },
        }
    }

    fn editions(&mut self, root: &Node) -> Found {
        self.reference.take_others(root.items().iter().map(Node::value));
        let reference = &self.reference;
        let found = self.by_audience(|part| documents::editions(root, reference, part));
        if found.problems.is_empty() && !reference.has_edition() {
            let named = |node: &&Node| {
                let id = node.get("id").and_then(Node::text);
                self.edition.is_none() || id == self.edition.as_deref()
            };
            let entry = root.items().iter().rev().find(named).or(root.items().last());
            if let (Some(entry), Some(audience)) =
                (entry, found.audiences.iter().position(|may| *may))
            {
                self.reference.take_manifest(&entry.value(), audience);
            }
        }
        found
    }

    fn tilejson(
        &mut self,
        named: &Named,
        (edition, scale, is_labels): (&str, Option<Scale>, bool),
        root: &Node,
    ) -> Found {
        let tiles = root.get("tiles").and_then(|list| list.items().first()?.text());
        let tiles = tiles.unwrap_or_default();
        // `latest` is answered with the identifier.
        let (base, rest) = tiles.split_once("/tiles/").unwrap_or_default();
        let told = rest.split('/').next().unwrap_or_default();
        let manifest = self.reference.parts.iter().find_map(|part| part.manifest.as_ref());
        let known = manifest.map(|(_, manifest)| manifest.id.clone());
        let id = match known {
            Some(id) => id,
            None if edition != "latest" => edition.to_owned(),
            None => told.parse::<EditionId>().map_or(String::new(), |id| id.to_string()),
        };
        let problems = self.addresses.check(("tiles[0]", base), named.token.as_deref(), false);
        if !problems.is_empty() {
            return Found { problems, audiences: [true; 2] };
        }
        self.by_audience(|part| documents::tilejson(root, (scale, is_labels), (base, &id), part))
    }

    fn style(&mut self, named: &Named, name: &str, root: &Node) -> Found {
        let sprite = root.get("sprite").and_then(Node::text).unwrap_or_default();
        let base = sprite.strip_suffix("/sprites/seuil").unwrap_or_default();
        let problems = self.addresses.check(("sprite", base), named.token.as_deref(), false);
        if !problems.is_empty() {
            return Found { problems, audiences: [true; 2] };
        }
        self.by_audience(|part| match style::style(name, base, part) {
            Some(style) => shape::Shape::Is(style).check(root),
            None if part.manifest.is_none() => vec![no_manifest()],
            None => vec!["aucun style n'a ce nom".to_owned()],
        })
    }

    /// Judges an answer as each audience's; where it is neither's, says the fewest problems.
    pub(super) fn by_audience(&self, check: impl Fn(&AudienceReference) -> Vec<String>) -> Found {
        let [one, two] = self.reference.parts.each_ref().map(check);
        let audiences = [one.is_empty(), two.is_empty()];
        let problems = match audiences {
            [false, false] if one.len() <= two.len() => one,
            [false, false] => two,
            _ => Vec::new(),
        };
        Found { problems, audiences }
    }
}

pub(super) fn no_manifest() -> String {
    "sans référence : donner l'édition, ou collecter aussi /editions".to_owned()
}
