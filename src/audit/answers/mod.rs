//! What clients received, judged answer by answer: each is made again by the auditor, from the
//! edition or from what is known without it, and held against what was saved.

mod addresses;
mod agreement;
mod answer;
mod connections;
mod documents;
mod exports;
mod form;
mod formats;
mod geometry;
mod json;
mod kept;
mod layer_definition;
mod ogc;
mod own;
mod packed;
mod problem;
mod reference;
mod route;
mod rows;
mod shape;
mod shapes;
mod stored;
mod stored_rows;
mod style;
mod tile;
mod tiles;
mod wire;

use std::collections::{BTreeMap, HashMap};

use crate::mismatch::Mismatch;
use domain::Scale;

use super::seen::Columns;
use super::shown::Union;
use super::{BadCollection, Finding};
use addresses::Addresses;
use agreement::Agreement;
use kept::Kept;
use reference::Reference;
use route::{Named, Route};
use tile::Found;

pub use packed::LARGEST;
pub use reference::Known;

/// The rule of what a client should not have received as it is.
pub const UNEXPECTED: &str = "Réponse inattendue";
/// The rule of what is not the same for everybody.
const ONE_MASK: &str = "R4, un seul masque";

/// How many zones an account was told that a collection has, and where they lie: by account and collection.
type Counts = HashMap<(String, String), (Option<i64>, Option<String>)>;

/// Judges the answers of one collection, in any order but for `/editions`, which comes first.
pub struct Judge<'a> {
    reference: Reference<'a>,
    columns: Columns,
    /// The number of each account, and the audiences that its answers may still be for.
    accounts: BTreeMap<String, (u32, [bool; 2])>,
    addresses: Addresses,
    agreement: Agreement,
    /// The same of label points.
    labels: Agreement,
    /// What label points call each zone.
    names: HashMap<(Scale, String), String>,
    /// What rows say of each zone.
    rows: rows::Told,
    /// Which zones each account was given, and which files should hold all of them.
    kept: Kept,
    /// Pages that were narrowed by a filter.
    filtered: Vec<ogc::Filtered>,
    /// How many zones each account was told that each collection has, and where they lie.
    counts: Counts,
    edition: Option<String>,
    tiles: usize,
    documents: usize,
    written: bool,
    exported: bool,
    counted: bool,
}

impl<'a> Judge<'a> {
    pub fn new(known: Known<'a>) -> Result<Judge<'a>, BadCollection> {
        let reference = Reference::new(known)?;
        Ok(Judge {
            columns: Columns::new(known.catalogue),
            agreement: Agreement::new(&reference.parts),
            labels: Agreement::new(&reference.parts),
            names: HashMap::new(),
            counts: HashMap::new(),
            filtered: Vec::new(),
            kept: Kept::default(),
            rows: rows::Told::new(known.edition.is_some()),
            reference,
            accounts: BTreeMap::new(),
            addresses: Addresses::default(),
            edition: None,
            tiles: 0,
            documents: 0,
            written: false,
            exported: false,
            counted: false,
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
        if self.kept.has_whole() {
            checked.push(
                "territoires demandés (within) : aucune zone d'ailleurs, et toutes celles que le même \
                 compte reçoit d'une autre réponse"
                    .to_owned(),
            );
        }
        if self.exported {
            checked.push(
                "exports collectés : lignes et colonnes, puis le fichier entier, refait à partir d'elles \
                 (csv, xlsx, parquet, zip), relu octet par octet (fgb) ou table par table (gpkg, sans les \
                 octets que SQLite laisse libres dans ses pages) ; qui exporte, sous quelle convention et \
                 pourquoi n'est comparé à rien"
                    .to_owned(),
            );
        }
        if self.counted {
            checked.push(
                "collections OGC : itemCount et numberMatched disent combien de zones un compte voit ; \
                 ils ne sont comparés qu'entre eux, l'emprise aux côtés des zones"
                    .to_owned(),
            );
        }
        if !self.filtered.is_empty() {
            checked.push(
                "filtres OGC : refaits sur chaque zone reçue ; sur un nombre (numberMatched) et sur ce qui \
                 manque, avec l'édition et aux zones que le même compte reçoit ailleurs ; une zone dont le \
                 bord touche l'emprise n'est pas jugée"
                    .to_owned(),
            );
        }
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
        let is_file = |file: &str| (self.reference.known.file)(file).is_some();
        route::read(path, &is_file, &|id| self.reference.scale(id))
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
        let content = |problem: Mismatch| BadCollection::Content {
            path: path.into(),
            problem: problem.to_string(),
        };
        let Some(named) = self.named(path) else {
            let words = format!("{path} : aucune route du serveur ne répond à ce chemin");
            findings.push(Finding::new(UNEXPECTED, words));
            return Ok(());
        };
        self.same_edition(path, &named.route)?;
        match named.route {
            Route::Tile { .. } | Route::Labels { .. } => self.tiles += 1,
            _ => self.documents += 1,
        }
        let mut problems = Vec::new();
        let bytes = packed::unpack(bytes, path.ends_with(".gz"), &mut problems).map_err(content)?;
        let mut found = match &named.route {
            // A 204 saved as it is: nothing is visible there.
            _ if bytes.is_empty() && !named.route.is_document() => {
                Found { audiences: [true; 2], ..Found::default() }
            }
            Route::Tile { scale, at, .. } if !bytes.starts_with(b"{") => {
                let at = (*scale, *at);
                self.tile((path, &named.account), at, &bytes, union, findings)?
            }
            Route::Labels { scale, at, .. } if !bytes.starts_with(b"{") => {
                self.labels((path, &named.account), (*scale, *at), &bytes, findings)?
            }
            Route::Zones { asked, .. } => {
                let found = self.zones((path, &named.account), asked, &bytes, union, findings);
                found.map_err(content)?
            }
            Route::Export { asked, ending, .. }
                if !bytes.starts_with(b"{\"type\":\"about:blank\"") =>
            {
                let of = (asked, ending.as_str());
                self.export((path, &named), of, &bytes, union, findings).map_err(content)?
            }
            Route::Search { .. } => self.search(&bytes).map_err(content)?,
            Route::File { path } => self.file(path, &bytes).map_err(content)?,
            Route::Qgis if !bytes.starts_with(b"{") => self.qgis(&named, &bytes),
            Route::Layer { name, configuration, .. } if !bytes.starts_with(b"{") => {
                self.layer(&named, (name, configuration.as_deref()), &bytes)
            }
            Route::QgisFeatures if !bytes.starts_with(b"{") => self.qgis_features(&named, &bytes),
            Route::Ogc(ogc) => self.ogc(&named, ogc, &bytes, union, findings).map_err(content)?,
            Route::Paper(paper) if !bytes.starts_with(b"{") => {
                self.written = true;
                let problem = own::paper(*paper, &bytes);
                let problems = problem.map(str::to_owned).into_iter().collect();
                Found { problems, audiences: [true; 2] }
            }
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
        if let Route::Ogc(route::Ogc::Of { collection, .. }) = route {
            let edition = collection.split('.').next().unwrap_or_default();
            return self.one_edition(path, edition);
        }
        let (Route::Tile { edition, .. }
        | Route::Labels { edition, .. }
        | Route::TileJson { edition, .. }
        | Route::LabelsJson { edition, .. }
        | Route::Indicators { edition }
        | Route::Zones { edition, .. }
        | Route::Export { edition, .. }
        | Route::Search { edition }
        | Route::Style { edition: Some(edition), .. }
        | Route::Layer { edition: Some(edition), .. }
        | Route::Certificate { edition }) = route
        else {
            return Ok(());
        };
        self.one_edition(path, edition)
    }

    fn one_edition(&mut self, path: &str, edition: &str) -> Result<(), BadCollection> {
        match &self.edition {
            Some(known) if known != edition && known != "latest" && edition != "latest" => {
                Err(BadCollection::TwoEditions {
                    path: path.into(),
                    one: known.clone(),
                    two: edition.to_owned(),
                })
            }
            Some(known) if known != "latest" => Ok(()),
            _ => {
                self.edition = Some(edition.to_owned());
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
        for words in self.agreement.end(&audience).into_iter().chain(self.labels.end(&audience)) {
            findings.push(Finding::new(ONE_MASK, words));
        }
        for words in self.kept.missing(self.reference.zones.as_ref()) {
            findings.push(Finding::new(UNEXPECTED, words));
        }
        if let Some(zones) = &self.reference.zones {
            for one in &self.filtered {
                let problems = one.problems(self.kept.given(), &self.counts, zones);
                findings.extend(problems.into_iter().map(|words| Finding::new(UNEXPECTED, words)));
            }
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
}
