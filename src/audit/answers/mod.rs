//! What clients received, judged answer by answer: each is made again by the auditor, from the
//! edition or from what is known without it, and held against what was saved.

mod agreement;
mod documents;
mod json;
mod own;
mod packed;
mod problem;
mod reference;
mod route;
mod shape;
mod stored;
mod style;
mod tile;
mod wire;

use std::collections::BTreeMap;

use crate::domain::{Audience, Scale};
use crate::edition::EditionId;

use super::seen::{Columns, Seen, Value};
use super::shown::Union;
use super::{BadCollection, Finding};
use agreement::Agreement;
use json::Node;
use reference::{AUDIENCES, Part, Reference};
use route::{Named, Own, Route};
use tile::Found;

pub use packed::LARGEST;
pub use reference::Known;

/// The rule of what a client should not have received as it is.
pub const UNEXPECTED: &str = "Réponse inattendue";
/// The rule of what is not the same for everybody.
const ONE_MASK: &str = "R4, un seul masque";

/// Characters of a token beside its beginning.
const TOKEN: usize = 43;

/// Judges the answers of one collection, in any order but for `/editions`, which comes first.
pub struct Judge<'a> {
    reference: Reference<'a>,
    columns: Columns,
    /// The number of each account, and the audiences that its answers may still be for.
    accounts: BTreeMap<String, (u32, [bool; 2])>,
    /// The address of the service, as the first answer gives it.
    public: Option<String>,
    agreement: Agreement,
    edition: Option<String>,
    tiles: usize,
    documents: usize,
    written: bool,
}

impl<'a> Judge<'a> {
    pub fn new(known: Known<'a>) -> Result<Judge<'a>, BadCollection> {
        let reference = Reference::new(known)?;
        Ok(Judge {
            columns: Columns::new(known.catalogue),
            agreement: Agreement::new(&reference.parts),
            reference,
            accounts: BTreeMap::new(),
            public: None,
            edition: None,
            tiles: 0,
            documents: 0,
            written: false,
        })
    }

    /// Whether a path is that of an answer, and whether the answer is `/editions`, which others
    /// are held against.
    pub fn knows(&self, path: &str) -> Option<bool> {
        Some(self.named(path)?.route == Route::Editions)
    }

    /// The edition that answers name.
    pub fn edition(&self) -> Option<&str> {
        self.edition.as_deref()
    }

    /// What was checked and how far.
    pub fn checked(&self) -> Vec<String> {
        let Judge { tiles, documents, .. } = self;
        let mut checked = vec![match self.reference.has_edition() {
            true => format!(
                "réponses collectées : {tiles} tuiles et {documents} autres, refaites à partir de \
                 l'édition et comparées octet par octet"
            ),
            false => format!(
                "réponses collectées : {tiles} tuiles et {documents} autres, sans édition : \
                 identifiant, nom, situation et géométrie des zones ne sont comparés qu'entre \
                 réponses, les documents qu'au catalogue et entre eux"
            ),
        }];
        if self.written {
            checked.push(
                "réponses collectées : des comptes et conventions (/api) la forme seule est \
                 vérifiée ; les textes que des personnes ont écrits (noms, objets, clauses), les \
                 instants, identifiants et emprises ne le sont pas"
                    .to_owned(),
            );
        }
        checked
    }

    fn named(&self, path: &str) -> Option<Named> {
        route::read(path, &|file| (self.reference.known.file)(file).is_some())
    }

    /// Judges one file: what it says of zones goes to `union`.
    ///
    /// # Errors
    /// A file that cannot be read as what its path says, or of another edition.
    pub fn judge(
        &mut self,
        path: &str,
        bytes: Vec<u8>,
        union: &mut Union,
        findings: &mut Vec<Finding>,
    ) -> Result<(), BadCollection> {
        let content = |problem: String| BadCollection::Content { path: path.into(), problem };
        let Some(named) = self.named(path) else {
            let words = format!("{path} : aucune route du serveur ne répond à ce chemin");
            findings.push(Finding::new(UNEXPECTED, words));
            return Ok(());
        };
        self.same_edition(path, &named.route)?;
        match named.route {
            Route::Tile { .. } => self.tiles += 1,
            _ => self.documents += 1,
        }
        let mut problems = Vec::new();
        let bytes = packed::unpack(bytes, path.ends_with(".gz"), &mut problems).map_err(content)?;
        let mut found = match &named.route {
            // A 204 saved as it is: nothing is visible there.
            _ if bytes.is_empty() => Found { audiences: [true; 2], ..Found::default() },
            Route::Tile { scale, at, .. } if !bytes.starts_with(b"{") => {
                let at = (*scale, *at);
                self.tile((path, &named.account), at, &bytes, union, findings)?
            }
            Route::File { path } => self.file(path, &bytes).map_err(content)?,
            Route::Qgis if !bytes.starts_with(b"{") => self.qgis(&named, &bytes),
            _ => {
                let mut document = json::read(&bytes).map_err(content)?;
                problems.append(&mut document.flaws);
                self.document(&named, &document.root)
            }
        };
        found.problems.splice(0..0, problems);
        self.audience(&named.account, &mut found);
        findings.extend(
            found.problems.iter().map(|it| Finding::new(UNEXPECTED, format!("{path} : {it}"))),
        );
        Ok(())
    }

    /// All answers are of one edition; `latest` is whichever that is.
    fn same_edition(&mut self, path: &str, route: &Route) -> Result<(), BadCollection> {
        let (Route::Tile { edition, .. }
        | Route::TileJson { edition, .. }
        | Route::Indicators { edition }
        | Route::Certificate { edition }) = route
        else {
            return Ok(());
        };
        match &self.edition {
            Some(known) if known != edition && known != "latest" && edition != "latest" => {
                Err(BadCollection::TwoEditions {
                    path: path.into(),
                    one: known.clone(),
                    two: edition.clone(),
                })
            }
            Some(known) if known != "latest" => Ok(()),
            _ => {
                self.edition = Some(edition.clone());
                Ok(())
            }
        }
    }

    /// The number of an account, a new one where it was not met.
    fn number(&mut self, account: &str) -> u32 {
        let next = self.accounts.len() as u32;
        self.accounts.entry(account.to_owned()).or_insert((next, [true; 2])).0
    }

    /// What only all answers together tell.
    pub fn end(&self, findings: &mut Vec<Finding>) {
        let audience = |number: u32| {
            let found = self.accounts.values().find(|(own, _)| *own == number);
            found.map_or([true; 2], |(_, allowed)| *allowed)
        };
        for words in self.agreement.end(&audience) {
            findings.push(Finding::new(ONE_MASK, words));
        }
    }

    /// The answers of an account are for one audience.
    fn audience(&mut self, account: &str, found: &mut Found) {
        if !found.problems.is_empty() {
            return;
        }
        self.number(account);
        let Some((_, allowed)) = self.accounts.get_mut(account) else { return };
        let both = [0, 1].map(|at| allowed[at] && found.audiences[at]);
        if both == [false; 2] {
            let words = "public : ce n'est pas celui des autres réponses de ce compte";
            found.problems.push(words.to_owned());
        } else {
            *allowed = both;
        }
    }

    fn tile(
        &mut self,
        (path, account): (&str, &str),
        (scale, at): (Option<Scale>, (u8, u32, u32)),
        bytes: &[u8],
        union: &mut Union,
        findings: &mut Vec<Finding>,
    ) -> Result<Found, BadCollection> {
        let number = self.number(account);
        let content = |problem: String| BadCollection::Content { path: path.into(), problem };
        let mut found = Found { audiences: [true; 2], ..Found::default() };
        let layers = tile::layers(bytes, scale, &mut found.problems).map_err(content)?;
        let parts = &self.reference.parts;
        for (own, layer) in &layers {
            match &self.reference.stored {
                Some(stored) => {
                    let manifest = parts[0].manifest.as_ref().map(|(_, manifest)| manifest);
                    let entry = manifest.and_then(|manifest| manifest.scale(*own));
                    let within =
                        entry.is_some_and(|entry| (entry.minzoom..=entry.maxzoom).contains(&at.0));
                    let stored = if within { stored.tile(*own, at)? } else { None };
                    let mut ignored = Vec::new();
                    let stored = stored.unwrap_or_default();
                    let stored = tile::layers(&stored, None, &mut ignored).map_err(content)?;
                    match stored.first() {
                        Some((_, stored)) => tile::against(layer, stored, parts, &mut found),
                        None => found
                            .problems
                            .push(format!("couche {own} : l'édition n'a pas cette tuile")),
                    }
                }
                None => tile::alone(*own, layer, parts, &mut found),
            }
            for words in self.agreement.add(number, *own, at, layer) {
                findings.push(Finding::new(ONE_MASK, format!("{path} : {words}")));
            }
            for feature in &layer.features {
                if let Some(seen) = self.seen(layer, feature) {
                    union.add(*own, seen, findings);
                }
            }
        }
        if found.problems.is_empty() && found.audiences == [false; 2] {
            found.problems.push("public : des colonnes de deux publics dans une tuile".to_owned());
        }
        Ok(found)
    }

    /// What a feature says, as far as the catalogue has columns for it; the rest was named.
    fn seen(&self, layer: &wire::Layer<'_>, feature: &wire::Feature<'_>) -> Option<Seen> {
        let mut seen = self.columns.blank();
        for (key, value) in layer.properties(feature) {
            let value = match value {
                wire::Value::Text(text) => Value::Text(text),
                wire::Value::Truth(truth) => Value::Truth(truth),
                wire::Value::Unsigned(number) => Value::Integer(i64::try_from(number).ok()?),
                wire::Value::Double(number) => Value::Number(number),
                wire::Value::Other => continue,
            };
            // A column of no catalogue was named already.
            let _ = self.columns.put(&mut seen, key, &value);
        }
        (!seen.code.is_empty()).then_some(seen)
    }

    /// A file of the portal, byte by byte; or a refusal.
    fn file(&self, path: &str, bytes: &[u8]) -> Result<Found, String> {
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

    fn qgis(&mut self, named: &Named, bytes: &[u8]) -> Found {
        let mut found = Found { audiences: [true; 2], ..Found::default() };
        let text = String::from_utf8_lossy(bytes);
        let base = text.split("url=\"").nth(1).and_then(|rest| rest.split("/tiles/latest/").next());
        let base = base.unwrap_or_default().to_owned();
        found.problems = self.check_base(("url", &base), named, true);
        if !found.problems.is_empty() {
            return found;
        }
        self.by_audience(|part| match documents::connections(&base, part) {
            Some(expected) => lines(&expected, &text),
            None => vec![no_manifest()],
        })
    }

    fn document(&mut self, named: &Named, root: &Node) -> Found {
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
                let check = |part: &Part| documents::certificate(root, reference, part);
                let found = self.by_audience(check);
                if let Some(audience) = found.audiences.iter().position(|may| *may) {
                    self.reference.take_certificate(&root.value(), audience);
                }
                found
            }
            Route::TileJson { edition, scale } => self.tilejson(named, (edition, *scale), root),
            Route::Style { name } => self.style(named, name, root),
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
            Route::Tile { .. } | Route::Qgis | Route::Nothing | Route::File { .. } => Found {
                problems: vec!["un corps, là où le serveur n'en envoie pas".to_owned()],
                audiences: [true; 2],
            },
        }
    }

    fn editions(&mut self, root: &Node) -> Found {
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
        (edition, scale): (&str, Option<Scale>),
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
        let problems = self.check_base(("tiles[0]", base), named, false);
        if !problems.is_empty() {
            return Found { problems, audiences: [true; 2] };
        }
        let reference = &self.reference;
        self.by_audience(|part| documents::tilejson(root, scale, (base, &id), reference, part))
    }

    fn style(&mut self, named: &Named, name: &str, root: &Node) -> Found {
        let sprite = root.get("sprite").and_then(Node::text).unwrap_or_default();
        let base = sprite.strip_suffix("/sprites/seuil").unwrap_or_default();
        let problems = self.check_base(("sprite", base), named, false);
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
    fn by_audience(&self, check: impl Fn(&Part) -> Vec<String>) -> Found {
        let [one, two] = self.reference.parts.each_ref().map(check);
        let audiences = [one.is_empty(), two.is_empty()];
        let problems = match audiences {
            [false, false] if one.len() <= two.len() => one,
            [false, false] => two,
            _ => Vec::new(),
        };
        Found { problems, audiences }
    }

    /// What addresses of an answer begin with: the address of the service, the same for everybody,
    /// and the reader's own token where the path of the request had it.
    fn check_base(
        &mut self,
        (field, base): (&str, &str),
        named: &Named,
        always: bool,
    ) -> Vec<String> {
        let (public, token) = match base.split_once("/k/") {
            Some((public, token)) => (public, Some(token)),
            None => (base, None),
        };
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b":/.-_[]".contains(&byte);
        let is_address = public.starts_with("http://") || public.starts_with("https://");
        if !is_address || !public.bytes().all(plain) {
            return vec![format!("{field} : adresse du service illisible")];
        }
        let known = self.public.get_or_insert_with(|| public.to_owned());
        if known != public {
            return vec![format!("{field} : l'adresse du service n'est pas la même partout")];
        }
        let expected = named.token.as_deref();
        let fits = match token {
            None => expected.is_none() && !always,
            Some(token) => is_token(token) && expected.map_or(always, |own| own == token),
        };
        if fits {
            Vec::new()
        } else {
            vec![format!("{field} : le jeton n'est pas celui du chemin")]
        }
    }
}

fn is_token(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    text.strip_prefix("seuil_").is_some_and(|rest| rest.len() == TOKEN && rest.bytes().all(plain))
}

fn no_manifest() -> String {
    "sans référence : donner l'édition, ou collecter aussi /editions".to_owned()
}

/// Where two texts differ: the line, and the attribute of it.
fn lines(expected: &str, found: &str) -> Vec<String> {
    let (mut own, mut other) = (expected.split('\n'), found.split('\n'));
    let mut problems = Vec::new();
    for number in 1.. {
        let (one, two) = match (own.next(), other.next()) {
            (None, None) => break,
            (one, two) => (one.unwrap_or_default(), two.unwrap_or_default()),
        };
        if one != two {
            let mut pairs = one.split("\" ").zip(two.split("\" "));
            let differs = pairs.find(|(one, two)| one != two);
            let name = differs.map_or("", |(one, _)| one.split('=').next().unwrap_or_default());
            problems.push(format!("ligne {number} : {} : autre texte", name.trim()));
        }
    }
    problems
}
