//! The configuration: one TOML file, read once at start. Unknown keys stop the program, paths are
//! relative to the file, every default is the safe one.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use domain::{BadScale, Fault, HasFault, Opening, Scale, Zoning};

/// The least threshold there can be (convention; rule R7).
pub const FLOOR: u32 = 11;

/// The most scales that have contours of their own.
const MOST_ZONES: usize = 20;

/// The whole file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// `[build]`; absent where the machine only serves.
    pub build: Option<BuildConfig>,
    /// `[serve]`; absent where the machine only builds.
    pub serve: Option<ServeConfig>,
    /// `[accounts]`: what `serve`, `account`, `convention` and `journal` ask for.
    pub accounts: Option<AccountsConfig>,
    /// `[mail]`; without it letters are files of a folder.
    #[serde(default)]
    pub mail: MailConfig,
    /// `[legal]`: the public pages that the operator fills.
    #[serde(default)]
    pub legal: LegalConfig,
    /// The folder of the file: what its relative paths start from.
    #[serde(skip)]
    root: PathBuf,
}

/// `[build]`: from which inputs an edition is made.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BuildConfig {
    /// The year that the survey speaks of, on 1 January.
    pub vintage: u16,
    /// Which publication of the vintage it is.
    pub revision: u16,
    /// No default: an absent threshold stops the program.
    pub threshold: u32,
    /// The folder of editions; the new one is a folder of it.
    pub out: PathBuf,
    /// The folder of what stays with the build: rejections, certificates, what the mask cost.
    pub record: PathBuf,
    /// Files of the register, or patterns of their names (`rpls/*.csv.gz`).
    pub dwellings: Vec<String>,
    /// Files of the survey, or patterns of their names.
    pub households: Vec<String>,
    /// The table of communes, their EPCI, département and région (DGCL, INSEE).
    pub epci: PathBuf,
    /// The official code of communes (INSEE COG), for names and old codes.
    pub communes: Option<PathBuf>,
    /// INSEE's table of the movements of communes, for codes that the official tables do not know.
    pub communes_mouvements: Option<PathBuf>,
    /// The side of a carreau, in metres.
    #[serde(default = "default_grid")]
    pub grid_m: u32,
    /// A catalogue in place of the built-in one.
    pub indicators: Option<PathBuf>,
    /// Rules in place of the built-in ones.
    pub rules: Option<PathBuf>,
    /// The regimes of the register that the operator opens; nothing by default.
    #[serde(default)]
    pub open: BTreeSet<Opening>,
    /// What becomes of the certificates.
    #[serde(default)]
    pub proofs: Proofs,
    /// Whether the finished edition is served at once, unless it has an alert; `false`, the default,
    /// leaves it to `edition activate`.
    #[serde(default)]
    pub activate: bool,
    /// The edition before, which movements are held against, and from which units of addresses are
    /// maintained.
    pub previous: Option<PreviousConfig>,
    /// Groups of addresses that the operator settles: a table of two columns, `grappe;adresse`.
    pub grappes: Option<PathBuf>,
    /// The share of rejected rows over which the build stops, in %.
    #[serde(default = "default_rejections")]
    pub max_rejected_percent: f64,
    #[serde(default, rename = "zones")]
    sections: BTreeMap<String, ZonesConfig>,
    /// The contours of each scale that has a file, built in or declared by the operator.
    #[serde(skip)]
    pub zones: BTreeMap<Scale, ZonesConfig>,
    /// The scales that divide the zones of another one, where the operator asks for them.
    #[serde(skip)]
    pub derived: BTreeSet<Scale>,
}

/// `previous = { edition = "…", source = "…" }`: the edition before this one.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PreviousConfig {
    /// Its folder.
    pub edition: PathBuf,
    /// The configuration that it was built from.
    pub source: Option<PathBuf>,
}

/// `proofs`: what the build does with the certificates of the protection, which name secret cells.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Proofs {
    /// They are kept as they are, or not written.
    Plain(Plain),
    /// `{ pipe = ["age", "-r", "age1…"] }`: this command encrypts them; they touch no disk before.
    Through {
        /// The program and its arguments.
        pipe: Vec<String>,
    },
}

/// `"keep"` leaves them in the record as they are, `"delete"` does not write them.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Plain {
    /// In the record, as they are.
    Keep,
    /// Not written.
    Delete,
}

impl Default for Proofs {
    fn default() -> Proofs {
        Proofs::Plain(Plain::Keep)
    }
}

/// `[build.zones.<scale>]`: the contours of one scale.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ZonesConfig {
    /// A file of any format that `ingest` reads: the content says which. A derived scale has none.
    #[serde(default)]
    pub path: PathBuf,
    /// Whether a derived scale is made; no other has it.
    pub enabled: Option<bool>,
    /// The layer of a GeoPackage that has several.
    pub layer: Option<String>,
    /// The field of the code; the official name of the scale's file when absent.
    pub code: Option<String>,
    /// The field of the name; the official one of the scale's file when absent.
    pub name: Option<String>,
    /// `EPSG:2154`, where the file says none.
    pub crs: Option<String>,
    /// The name of a zoning that the operator declares; a built-in scale has none of these four.
    pub label: Option<String>,
    /// The zoom levels of its tiles; those of the grain where absent.
    pub zooms: Option<(u8, u8)>,
    /// The built-in scale whose place it takes in the order of scales, for rights.
    pub grain: Option<Scale>,
    /// What it costs to hide a contributor of one of its zones; that of an address is 1.
    pub weight: Option<f64>,
    /// `"commune"` cuts the zones of a declared zoning along the borders of communes.
    pub within: Option<Within>,
}

/// What the zones of a zoning are cut by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Within {
    /// Each zone is one for each commune that it lies in.
    Commune,
}

/// `[build.zones.<id>]` names no scale.
#[derive(Debug, thiserror::Error)]
enum BadZones {
    #[error("{0} : l'échelle se calcule et n'a pas de contours à fournir")]
    Computed(Scale),
    #[error("{0} : label, zooms, grain, weight et within ne servent qu'à déclarer un zonage")]
    BuiltIn(Scale),
    #[error("{0} : il manque path, le fichier des contours")]
    NoPath(String),
    #[error(
        "{0} : enabled ne sert qu'aux échelles qui se déduisent des QPV (commune_qpv, epci_qpv)"
    )]
    Enabled(String),
    #[error(
        "{0} : l'échelle se déduit des communes et des QPV ; écrire enabled = true, et rien d'autre"
    )]
    Derived(Scale),
    #[error("{0} : l'échelle se déduit des QPV ; il manque build.zones.qpv")]
    NoQpv(Scale),
    #[error(
        "« {id} » n'est pas une échelle ({known}) ; déclarer un zonage demande label, grain et weight"
    )]
    Unknown { id: String, known: String },
    #[error("{0} : un poids va de 0,001 à 1000000")]
    Weight(String),
    #[error(transparent)]
    Scale(#[from] BadScale),
}

impl ZonesConfig {
    /// The scale that the section `id` speaks of.
    fn scale(&self, id: &str) -> Result<Scale, BadZones> {
        let built_in = id.parse::<Scale>().ok();
        let declares = self.label.is_some() || self.zooms.is_some();
        let declares = declares || self.grain.is_some() || self.weight.is_some();
        let declares = declares || self.within.is_some();
        let has_path = !self.path.as_os_str().is_empty();
        if let Some(scale) = built_in.filter(|scale| scale.whole().is_some()) {
            let reads = self.layer.is_some() || self.code.is_some() || self.name.is_some();
            let is_plain = !(declares || has_path || reads || self.crs.is_some());
            return if is_plain && self.enabled.is_some() {
                Ok(scale)
            } else {
                Err(BadZones::Derived(scale))
            };
        }
        if self.enabled.is_some() {
            return Err(BadZones::Enabled(id.to_owned()));
        }
        if !has_path && !built_in.is_some_and(Scale::is_computed) {
            return Err(BadZones::NoPath(id.to_owned()));
        }
        if let Some(scale) = built_in {
            return match declares {
                _ if scale.is_computed() => Err(BadZones::Computed(scale)),
                true => Err(BadZones::BuiltIn(scale)),
                false => Ok(scale),
            };
        }
        let (Some(label), Some(grain), Some(weight)) = (&self.label, self.grain, self.weight)
        else {
            let known = Scale::built_in().filter(|scale| !scale.is_computed());
            let known = known.map(Scale::id).collect::<Vec<_>>().join(", ");
            return Err(BadZones::Unknown { id: id.to_owned(), known });
        };
        if !(0.001..=1e6).contains(&weight) {
            return Err(BadZones::Weight(id.to_owned()));
        }
        let zooms = grain.default_zooms();
        Ok(Scale::declare(&Zoning {
            id: id.to_owned(),
            label: label.clone(),
            zooms: self.zooms.unwrap_or((*zooms.start(), *zooms.end())),
            grain,
            weight: (weight * 1000.0).round() as u64,
        })?)
    }
}

/// `[serve]`: where and what to serve.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServeConfig {
    /// Address and port of HTTP; port 0 takes a free one.
    #[serde(default = "default_listen")]
    pub listen: SocketAddr,
    /// Those of the metrics, a listener of its own; none by default.
    pub metrics: Option<SocketAddr>,
    /// What absolute URLs and the links of letters start with, without a final slash. Without it, the
    /// address that is listened on, which must be a loopback one then.
    pub public_url: Option<String>,
    /// The folder of editions, with the list of active ones and the ledger.
    pub editions: PathBuf,
    /// Bytes of tiles kept in memory, in MiB.
    #[serde(default = "default_cache")]
    pub cache_mib: u64,
    /// Origins of the web pages elsewhere that may read answers with a token. None by default.
    #[serde(default)]
    pub cors: Vec<String>,
    /// Addresses of the proxies whose `X-Forwarded-For` names the client. None by default.
    #[serde(default)]
    pub trusted_proxies: Vec<IpAddr>,
}

/// `[accounts]`: where accounts are kept.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountsConfig {
    /// `sqlite:seuil.db`, or `postgres://user@host/base` (its password in `PGPASSWORD`).
    pub database: String,
    /// A session ends so many hours after its last use.
    #[serde(default = "default_idle")]
    pub session_idle_hours: u16,
    /// It ends so many days after its start, however much it is used.
    #[serde(default = "default_days")]
    pub session_days: u16,
    /// Months that the journal is kept (CNIL 2021-122: six to twelve).
    #[serde(default = "default_months")]
    pub journal_months: u32,
    /// The key that signs purges of the journal; made where it is missing.
    #[serde(default = "default_key")]
    pub journal_key: PathBuf,
    /// The keys that documents are encrypted with (`seuil convention document new-key`). Without it
    /// documents are refused.
    pub documents_key: Option<PathBuf>,
    /// Days after the end of their last account for which people's names and addresses are kept.
    #[serde(default = "default_retention")]
    pub retention_days: u32,
}

/// `[mail]`: how letters leave.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailConfig {
    /// `smtps://host:465`, or `smtp://host:587?tls=required`. Without it letters go to `outbox`.
    pub smtp: Option<String>,
    /// The account on the SMTP server; none where it asks for none.
    pub user: Option<String>,
    /// A file that holds the password of `user` on its first line.
    pub password_file: Option<PathBuf>,
    /// The sender.
    pub from: Option<String>,
    /// A folder that receives letters, one file each; `outbox` where nothing is said.
    pub outbox: Option<PathBuf>,
}

/// `[legal]`: files of text, with titles (`#`), lists (`-`) and paragraphs.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LegalConfig {
    /// Who publishes and hosts the service (law of 21 June 2004, article 1-1).
    pub mentions_legales: Option<PathBuf>,
    /// What becomes of the data of people who have an account (GDPR 13).
    pub donnees_personnelles: Option<PathBuf>,
    /// The declaration of accessibility (law of 11 February 2005, article 47).
    pub accessibilite: Option<PathBuf>,
}

fn default_idle() -> u16 {
    12
}

fn default_days() -> u16 {
    7
}

fn default_months() -> u32 {
    12
}

fn default_retention() -> u32 {
    365
}

fn default_key() -> PathBuf {
    "journal.key".into()
}

fn default_grid() -> u32 {
    200
}

fn default_rejections() -> f64 {
    1.0
}

fn default_listen() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 3000))
}

fn default_cache() -> u64 {
    256
}

/// The configuration cannot be used.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each message says what went wrong")]
pub enum BadConfig {
    #[error("{path} : illisible")]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{path} : configuration refusée\n{message}")]
    Toml { path: PathBuf, message: String },
    #[error("{path} : il manque la section [{section}]")]
    Section { path: PathBuf, section: &'static str },
    #[error("{path} : {key} : {problem}")]
    Value { path: PathBuf, key: &'static str, problem: String },
}

impl HasFault for BadConfig {
    fn fault(&self) -> Fault {
        Fault::Usage
    }
}

impl Config {
    /// Reads and checks the file.
    ///
    /// # Errors
    /// [`BadConfig`] for a file that cannot be read, an unknown key, or a value out of its range; its message
    /// names the file and the key.
    pub fn read(path: &Path) -> Result<Config, BadConfig> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| BadConfig::Read { path: path.into(), source })?;
        Config::parse(&text, path)
    }

    /// Checks a text that stands for the file at `path`.
    ///
    /// # Errors
    /// As [`Config::read`].
    pub fn parse(text: &str, path: &Path) -> Result<Config, BadConfig> {
        let mut config: Config = toml::from_str(text)
            .map_err(|error| BadConfig::Toml { path: path.into(), message: error.to_string() })?;
        config.root = path.parent().unwrap_or(Path::new("")).to_owned();
        if let Some(build) = &mut config.build {
            for (id, section) in &build.sections {
                let scale = section.scale(id).map_err(|problem| BadConfig::Value {
                    path: path.into(),
                    key: "build.zones",
                    problem: problem.to_string(),
                })?;
                if scale.whole().is_none() {
                    build.zones.insert(scale, section.clone());
                } else if section.enabled == Some(true) {
                    build.derived.insert(scale);
                }
            }
            if let Some(scale) = build.derived.first()
                && !build.zones.contains_key(&Scale::QPV)
            {
                return Err(BadConfig::Value {
                    path: path.into(),
                    key: "build.zones",
                    problem: BadZones::NoQpv(*scale).to_string(),
                });
            }
        }
        config.check(path)?;
        Ok(config)
    }

    /// The folder that the paths of the file start from.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A path of the file, as the process can open it.
    pub fn resolve(&self, path: &Path) -> PathBuf {
        self.root.join(path)
    }

    fn check(&self, path: &Path) -> Result<(), BadConfig> {
        let bad = |key, problem: &str| {
            Err(BadConfig::Value { path: path.into(), key, problem: problem.into() })
        };
        if let Some(serve) = &self.serve {
            let is_url = |url: &String| url.starts_with("https://") || url.starts_with("http://");
            if !serve.public_url.as_ref().is_none_or(is_url) {
                return bad("serve.public_url", "écrire https://hôte, ou http://hôte");
            }
            // Letters and documents lead there; the address that is listened on is nobody's.
            if serve.public_url.is_none() && !serve.listen.ip().is_loopback() {
                return bad(
                    "serve.public_url",
                    "à écrire quand serve.listen n'est pas une adresse de boucle locale : les \
                     liens des lettres et des documents en partent",
                );
            }
        }
        if let Some(accounts) = &self.accounts {
            if !(1..=48).contains(&accounts.session_idle_hours) {
                return bad("accounts.session_idle_hours", "de 1 à 48 heures");
            }
            if !(1..=30).contains(&accounts.session_days) {
                return bad("accounts.session_days", "de 1 à 30 jours");
            }
            if !(6..=36).contains(&accounts.journal_months) {
                return bad("accounts.journal_months", "de 6 à 36 mois");
            }
            if accounts.retention_days > 1_095 {
                return bad("accounts.retention_days", "de 0 à 1095 jours");
            }
        }
        if self.mail.smtp.is_some() && self.mail.from.is_none() {
            return bad("mail.from", "un envoi par SMTP demande l'adresse de l'expéditeur");
        }
        if let Some(build) = &self.build {
            if build.threshold < FLOOR {
                return bad("build.threshold", "le seuil ne descend jamais sous 11");
            }
            if build.grid_m == 0 || build.grid_m > 100_000 {
                return bad("build.grid_m", "le pas de la grille va de 1 à 100000 mètres");
            }
            if !(0.0..=100.0).contains(&build.max_rejected_percent) {
                return bad("build.max_rejected_percent", "une part va de 0 à 100");
            }
            if build.dwellings.is_empty() {
                return bad("build.dwellings", "il faut au moins un fichier de logements");
            }
            if build.zones.len() > MOST_ZONES {
                return bad("build.zones", "plus de 20 échelles");
            }
        }
        Ok(())
    }
}
