//! `seuil demo`: a fictive territory, its edition, three accounts, and the server.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context, anyhow};
use serde::{Deserialize, Serialize};

use accounts::{self, Access, NewAccount, Password};
use config::Config;
use domain::{Audience, Scale, TerritoryName};
use rights::{Right, Role, Timestamp};
use server::DemoAccount;

use super::serve;
use shell::block_on;
use shell::{CliError, environment, usage};

/// The file that says how to enter.
const FILE_NAME: &str = "demo.json";

/// The same file before the server listens: its accounts exist already.
const STAGED: &str = ".demo.json.partial";

/// Days that the demonstration's tokens live.
const TOKEN_DAYS: u32 = 365;

/// Bâtit un territoire fictif, son édition et trois comptes, puis les sert.
#[derive(clap::Args)]
pub struct DemoArguments {
    /// Le dossier de la démonstration ; s'il existe, ce qu'il contient est repris
    #[arg(long, default_value = "demo", value_name = "DOSSIER")]
    dir: PathBuf,
    /// Le port d'écoute sur 127.0.0.1 ; 0 pour un port libre
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// La graine du hasard
    #[arg(long, default_value_t = synth::DEFAULT_SEED, value_name = "GRAINE")]
    seed: u64,
    /// Le nombre de ménages, environ
    #[arg(long, value_name = "N")]
    households: Option<u64>,
}

/// `demo.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Demo {
    url: String,
    accounts: Vec<Entry>,
    /// The EPCI account's token.
    token: String,
    qgis_url: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    email: String,
    password: String,
    label: String,
    territory: String,
    token: String,
}

/// Makes what is missing, then serves until told to stop.
pub fn run(arguments: &DemoArguments) -> Result<(), CliError> {
    let input = arguments.dir.join("input");
    let path = input.join("seuil.toml");
    if !path.exists() {
        invent(arguments, &input)?;
    }
    let mut config = Config::read(&path)?;
    let build = config
        .build
        .as_ref()
        .ok_or_else(|| usage(anyhow!("{} : il manque la section [build]", path.display())))?;
    let edition = format!("{}r{}", build.vintage, build.revision);
    if !config.resolve(&build.out).join(&edition).exists() {
        build_apart(&path)?;
    }
    let keys = config.accounts.as_ref().and_then(|accounts| accounts.documents_key.as_deref());
    if keys.is_some_and(|path| !config.resolve(path).exists()) {
        shell::document_keys(&config).add()?;
    }
    let entries = accounts(&arguments.dir, &input, &config)?;
    let served = config
        .serve
        .as_mut()
        .ok_or_else(|| usage(anyhow!("{} : il manque la section [serve]", path.display())))?;
    served.listen.set_port(arguments.port);
    let shown = entries
        .iter()
        .map(|entry| DemoAccount {
            email: entry.email.clone(),
            password: entry.password.clone(),
            label: entry.label.clone(),
        })
        .collect();
    let dir = arguments.dir.clone();
    serve::serve(&config, &path, shown, &move |url| announce(&dir, url, &entries))
}

fn invent(arguments: &DemoArguments, input: &Path) -> Result<(), CliError> {
    let options = synth::Options {
        out: input.to_owned(),
        households: arguments.households,
        seed: arguments.seed,
        points: None,
        geometry: synth::Geometry::Easy,
    };
    eprintln!("territoire fictif : {}", input.display());
    synth::run(&options, &mut |_, _| {})?;
    Ok(())
}

/// The process that will answer HTTP must not read microdata: another one builds.
fn build_apart(config: &Path) -> Result<(), CliError> {
    let program = std::env::current_exe().map_err(environment)?;
    // The child's only line for scripts, the edition's path, is not the demonstration's.
    let status = Command::new(program)
        .arg("build")
        .arg(config)
        .stdout(std::process::Stdio::null())
        .status()
        .map_err(environment)?;
    if status.success() {
        return Ok(());
    }
    Err(environment(anyhow!("la construction de l'édition a échoué")))
}

/// The three accounts: those of `demo.json`, or new ones.
fn accounts(dir: &Path, input: &Path, config: &Config) -> Result<Vec<Entry>, CliError> {
    let known = [FILE_NAME, STAGED].map(|name| dir.join(name));
    if let Some(path) = known.into_iter().find(|path| path.exists()) {
        let text = std::fs::read(&path).map_err(environment)?;
        let demo: Demo = serde_json::from_slice(&text)
            .with_context(|| {
                format!("{} : illisible ; effacer le dossier pour recommencer", path.display())
            })
            .map_err(usage)?;
        return Ok(demo.accounts);
    }
    let (town, epci) = main_town(&input.join("communes.csv"), &input.join("epci_composition.csv"))
        .map_err(environment)?;
    let people = [
        (
            "operatrice@demo.seuil.example",
            "Opératrice nationale",
            Role::Operateur,
            "france".to_owned(),
        ),
        ("agent.epci@demo.seuil.example", "Agent de l'EPCI", Role::Agent, format!("epci:{epci}")),
        (
            "agent.commune@demo.seuil.example",
            "Agent de la commune",
            Role::Agent,
            format!("commune:{town}"),
        ),
    ];
    block_on(async {
        let database = accounts::locate(config)?;
        let access = Access::open(&database).await?;
        let now = Timestamp::from(SystemTime::now());
        let mut entries = Vec::new();
        for (email, label, role, territory) in people {
            let password = new_password().map_err(environment)?;
            let name: TerritoryName = territory.parse()?;
            let right = Right::new(name, Scale::ADRESSE)?;
            let secret = Password::new(&password)?;
            let address: rights::Email = email.parse()?;
            let account = NewAccount::new(
                address.clone(),
                role,
                Audience::PublicMission,
                [right],
                Some(secret),
            )?;
            access.add_account(&account, now).await?;
            let token = access.add_token(&address, Some("démonstration"), TOKEN_DAYS, now).await?;
            entries.push(Entry {
                email: email.to_owned(),
                password,
                label: label.to_owned(),
                territory,
                token: token.expose().to_owned(),
            });
        }
        // Nobody knows these passwords again if the server cannot start: its port may be taken.
        let demo = Demo {
            url: String::new(),
            accounts: entries.clone(),
            token: String::new(),
            qgis_url: String::new(),
        };
        let text = serde_json::to_vec_pretty(&demo).map_err(environment)?;
        write_private(&dir.join(STAGED), &text).map_err(environment)?;
        Ok(entries)
    })
}

/// The most populated commune of the fictive table, and its EPCI.
fn main_town(communes: &Path, epci: &Path) -> anyhow::Result<(String, String)> {
    let rows = |path: &Path| -> anyhow::Result<Vec<csv::StringRecord>> {
        let mut reader = csv::ReaderBuilder::new().delimiter(b';').from_path(path)?;
        Ok(reader.records().collect::<Result<_, _>>()?)
    };
    // CODE is the first column and POPULATION the tenth; CODGEO the first and EPCI the third.
    let population = |row: &csv::StringRecord| row.get(9).and_then(|text| text.parse::<u64>().ok());
    let town = rows(communes)?
        .iter()
        .max_by_key(|row| population(row))
        .and_then(|row| row.get(0).map(str::to_owned))
        .with_context(|| format!("{} : aucune commune", communes.display()))?;
    let siren = rows(epci)?
        .iter()
        .find(|row| row.get(0) == Some(&town))
        .and_then(|row| row.get(2).map(str::to_owned))
        .with_context(|| format!("{} : la commune {town} n'y est pas", epci.display()))?;
    Ok((town, siren))
}

fn new_password() -> anyhow::Result<String> {
    let mut bytes = [0; 9];
    getrandom::fill(&mut bytes)?;
    Ok(format!("demo-{}", hex::encode(bytes)))
}

/// Says how to enter, on the terminal and in `demo.json`.
fn announce(dir: &Path, url: &str, entries: &[Entry]) -> std::io::Result<()> {
    let token = entries.get(1).map(|entry| entry.token.clone()).unwrap_or_default();
    let qgis_url = format!("{url}/k/{token}/tiles/latest/{{z}}/{{x}}/{{y}}.mvt");
    let mut out = std::io::stdout().lock();
    writeln!(out, "\nCarte        {url}/")?;
    for entry in entries {
        writeln!(out, "{:<22} {}   mot de passe {}", entry.label, entry.email, entry.password)?;
    }
    writeln!(out, "Jeton (EPCI)  {token}")?;
    writeln!(
        out,
        "QGIS          Couche > Tuiles vectorielles > Nouvelle connexion générique, URL :"
    )?;
    writeln!(out, "              {qgis_url}\n")?;
    out.flush()?;
    let demo = Demo { url: url.to_owned(), accounts: entries.to_vec(), token, qgis_url };
    let text = serde_json::to_vec_pretty(&demo)?;
    let staged = dir.join(STAGED);
    write_private(&staged, &text)?;
    std::fs::rename(staged, dir.join(FILE_NAME))
}

/// The file holds passwords: its owner alone reads it.
fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    options.open(path)?.write_all(bytes)
}
