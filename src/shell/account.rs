//! `seuil account`: the operator's work on accounts, from a shell.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use clap::{Args, Subcommand};

use crate::fault::{CliError, environment, usage};
use crate::runtime::block_on;
use crate::settings::{document_keys, limits};
use accounts::{Access, Actor, Listed, NewAccount, Password, locate};
use config::Config;
use domain::{Audience, Fault, HasFault, Scale, TerritoryName};
use edition::Editions;
use request::official_of;
use rights::{Day, Email, Official, Right, Role, State, Step, Timestamp};

/// Bytes read from the standard input for a password, at most: 256 characters and a line end.
const PASSWORD_BYTES: u64 = 4 * 256 + 2;

/// `seuil account …`
#[derive(Args)]
pub struct AccountArguments {
    /// Le fichier de configuration, qui dit où sont les comptes ([accounts] database)
    #[arg(long, global = true, default_value = "seuil.toml", value_name = "FICHIER")]
    config: PathBuf,
    #[command(subcommand)]
    command: AccountCommand,
}

#[derive(Subcommand)]
enum AccountCommand {
    /// Crée un compte
    Add(AddArguments),
    /// Crée un jeton d'accès et l'écrit, seul, sur la sortie standard ; il ne sera plus montré
    Token(TokenArguments),
    /// Révoque un jeton, avec effet immédiat
    Revoke(RevokeArguments),
    /// Désactive un compte, ses jetons et ses sessions, avec effet immédiat
    Disable {
        /// L'adresse électronique du compte
        email: String,
    },
    /// Suspend un compte : ses jetons sont révoqués, ses sessions fermées
    Suspend(StepArguments),
    /// Rétablit un compte suspendu ; les clauses lui seront demandées de nouveau
    Resume(StepArguments),
    /// Approuve une demande dont l'adresse est prouvée
    Approve(StepArguments),
    /// Rejette une demande
    Reject(StepArguments),
    /// Ferme un compte pour de bon
    Close(StepArguments),
    /// Crée les comptes d'un tableau CSV, tous ou aucun (adresse;role;public;droits;exception;convention) ;
    /// ceux qui existent déjà comme le tableau le dit restent tels quels
    Import {
        /// Le tableau ; les droits sont des territoire@échelle séparés par des espaces ; la dernière
        /// colonne est facultative
        file: PathBuf,
    },
    /// Libère une adresse : ses comptes sont fermés, la personne est effacée
    Release {
        /// L'adresse électronique
        email: String,
    },
    /// Copie la base SQLite dans un fichier nouveau, pendant que le serveur écrit
    Backup {
        /// Le fichier à écrire
        to: PathBuf,
    },
    /// Liste les comptes : adresse, rôle, public, droits, état, jetons, séparés par des tabulations
    List,
}

#[derive(Args)]
struct StepArguments {
    /// L'adresse électronique du compte
    email: String,
    /// La convention du compte, quand la personne en a plusieurs
    #[arg(long, value_name = "ID")]
    convention: Option<String>,
    /// La raison, qui est enregistrée
    #[arg(long, default_value = "", value_name = "RAISON")]
    reason: String,
}

#[derive(Args)]
struct AddArguments {
    /// L'adresse électronique de la personne
    email: String,
    /// Le territoire : france, region:84, departement:95, epci:200058519, ept:… ou commune:95018 ;
    /// avec @échelle pour une autre échelle que --finest (un bailleur : commune:95018@adresse,france)
    #[arg(long, required = true, value_delimiter = ',', value_name = "T[,T…]")]
    territory: Vec<Ground>,
    /// L'échelle la plus fine qui peut être vue dans ce territoire
    #[arg(long, value_name = "ÉCHELLE")]
    finest: Scale,
    /// Le public : public_mission ou bailleur
    #[arg(long, value_name = "PUBLIC")]
    audience: Audience,
    /// Le rôle : operateur, administrateur, suppleant, agent, tiers, etat ou bailleur
    #[arg(long, default_value = "agent", value_name = "RÔLE")]
    role: Role,
    /// Lit le mot de passe sur l'entrée standard (une ligne) ; sans lui, le compte n'a que des jetons
    #[arg(long)]
    password_stdin: bool,
    /// Admet une adresse générique ou personnelle, pour cette raison, qui est enregistrée
    #[arg(long, value_name = "RAISON")]
    exception: Option<String>,
    /// Fait accepter les clauses à la première connexion ; sans cela, l'opérateur atteste qu'elles
    /// ont été signées
    #[arg(long)]
    ask_clauses: bool,
    /// La convention qui accueille le compte, dans la limite de ses droits et de ses places
    #[arg(long, value_name = "ID", conflicts_with = "until")]
    convention: Option<String>,
    /// Le dernier jour du compte, AAAA-MM-JJ, sous une convention de l'opérateur pour lui seul ;
    /// par défaut un an
    #[arg(long, value_name = "JOUR")]
    until: Option<Day>,
}

/// A territory, and its finest scale where it has its own.
#[derive(Clone)]
struct Ground(TerritoryName, Option<Scale>);

impl std::str::FromStr for Ground {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Ground> {
        match text.split_once('@') {
            Some((territory, finest)) => Ok(Ground(territory.parse()?, Some(finest.parse()?))),
            None => Ok(Ground(text.parse()?, None)),
        }
    }
}

#[derive(Args)]
struct TokenArguments {
    /// L'adresse électronique du compte
    email: String,
    /// Le nom du jeton ; par défaut jeton, jeton-2, jeton-3…
    #[arg(long, value_name = "NOM")]
    name: Option<String>,
    /// La durée du jeton, de 1 à 3650 jours
    #[arg(long, default_value_t = 365, value_name = "JOURS")]
    days: u32,
    /// La convention du compte, quand la personne en a plusieurs
    #[arg(long, value_name = "ID")]
    convention: Option<String>,
}

#[derive(Args)]
struct RevokeArguments {
    /// L'adresse électronique du compte
    email: String,
    /// Le nom du jeton
    #[arg(long, value_name = "NOM")]
    name: String,
    /// La convention du compte, quand la personne en a plusieurs
    #[arg(long, value_name = "ID")]
    convention: Option<String>,
}

/// Runs one command on accounts. Fault: 2 for a refused question or configuration, 4 for a
/// database that does not answer.
///
/// # Errors
///
/// With the fault that the exit code tells: a question or configuration refused, data that cannot be read, a
/// database that does not answer.
pub fn run(arguments: AccountArguments) -> Result<(), CliError> {
    block_on(answer(arguments))
}

async fn answer(arguments: AccountArguments) -> Result<(), CliError> {
    let now = Timestamp::from(SystemTime::now());
    match arguments.command {
        AccountCommand::Add(add) => {
            // Everything typed is checked before the database is made.
            let account = new_account(add)?;
            open(&arguments.config).await?.add_account(&account, now).await?;
            say("compte créé")
        }
        AccountCommand::Token(TokenArguments { email, name, days, convention }) => {
            let email = read_email(&email)?;
            let access = open(&arguments.config).await?;
            let account = access.account_in_service(&email, convention.as_deref()).await?;
            let token = access.make_token(Actor::Shell, &account, name.as_deref(), days, now);
            print(token.await?.expose())
        }
        AccountCommand::Revoke(RevokeArguments { email, name, convention }) => {
            let email = read_email(&email)?;
            let access = open(&arguments.config).await?;
            let account = access.account_in_service(&email, convention.as_deref()).await?;
            access.end_token(Actor::Shell, &account, &name, now).await?;
            say("jeton révoqué")
        }
        AccountCommand::Disable { email } => {
            let email = read_email(&email)?;
            open(&arguments.config).await?.disable(&email, now).await?;
            say("compte désactivé")
        }
        AccountCommand::Release { email } => {
            let email = read_email(&email)?;
            open(&arguments.config).await?.release(Actor::Shell, &email, now).await?;
            say("adresse libérée")
        }
        AccountCommand::Suspend(of) => step(&arguments.config, of, Step::Suspend, now).await,
        AccountCommand::Resume(of) => step(&arguments.config, of, Step::Resume, now).await,
        AccountCommand::Approve(of) => step(&arguments.config, of, Step::Validate, now).await,
        AccountCommand::Reject(of) => step(&arguments.config, of, Step::Reject, now).await,
        AccountCommand::Close(of) => step(&arguments.config, of, Step::Close, now).await,
        AccountCommand::Import { file } => {
            import(&open(&arguments.config).await?, &file, now).await
        }
        AccountCommand::Backup { to } => {
            open(&arguments.config).await?.backup(&to).await?;
            say("base copiée")
        }
        AccountCommand::List => list(&open(&arguments.config).await?, now).await,
    }
}

async fn step(
    config: &Path,
    of: StepArguments,
    step: Step,
    now: Timestamp,
) -> Result<(), CliError> {
    let email = read_email(&of.email)?;
    let access = open(config).await?;
    let convention = of.convention.as_deref();
    let state = access.step_by_email(&email, convention, step, &of.reason, now).await?;
    say(&format!("compte « {state} »"))
}

/// One change for the whole table: a bad line is named, and nothing is made.
async fn import(access: &Access, file: &Path, now: Timestamp) -> Result<(), CliError> {
    let (mut accounts, mut lines) = (Vec::new(), Vec::new());
    let at = |line: u64, error: anyhow::Error| {
        let place = format!("{}, ligne {line} (aucun compte créé)", file.display());
        CliError::new(Fault::Input, error.context(place))
    };
    for (line, cells) in crate::convention::table(file, 5..=6)? {
        accounts.push(imported(&cells).map_err(|error| at(line, error))?);
        lines.push(line);
    }
    let made =
        access.import_accounts(&accounts, now).await.map_err(|(place, error)| {
            match lines.get(place).filter(|_| error.fault() == Fault::Usage) {
                Some(line) => at(*line, error.into()),
                None => error.into(),
            }
        })?;
    say(&format!("{made} comptes créés"))
}

/// The account of a line: address, role, audience, rights, exception and, where there is one,
/// convention.
fn imported(cells: &[String]) -> anyhow::Result<NewAccount> {
    let cell = |at: usize| cells.get(at).map_or("", String::as_str);
    let rights = cell(3).split_whitespace().map(str::parse::<Right>);
    let rights = rights.collect::<Result<Vec<_>, _>>()?;
    let audience = cell(2).parse::<Audience>()?;
    let account = NewAccount::new(cell(0).parse()?, cell(1).parse()?, audience, rights, None)?;
    let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let account = account.named(given(cell(4)))?;
    Ok(match given(cell(5)) {
        Some(convention) => account.under(convention),
        None => account,
    })
}

fn new_account(arguments: AddArguments) -> Result<NewAccount, CliError> {
    let email = read_email(&arguments.email)?;
    let rights = arguments
        .territory
        .into_iter()
        .map(|Ground(territory, finest)| Right::new(territory, finest.unwrap_or(arguments.finest)))
        .collect::<Result<Vec<_>, _>>()?;
    let password = if arguments.password_stdin { Some(read_password()?) } else { None };
    let account = NewAccount::new(email, arguments.role, arguments.audience, rights, password)?
        .named(arguments.exception)?;
    let account = if arguments.ask_clauses { account.asking_clauses() } else { account };
    Ok(match (arguments.convention, arguments.until) {
        (Some(convention), _) => account.under(convention),
        (None, Some(day)) => account.until_day(day),
        (None, None) => account,
    })
}

pub(crate) fn read_email(text: &str) -> Result<Email, CliError> {
    Ok(text.parse::<Email>()?)
}

/// One line of the standard input, without its end.
fn read_password() -> Result<Password, CliError> {
    let mut bytes = Vec::new();
    std::io::stdin()
        .lock()
        // One byte more than allowed, so that a longer input is seen as too long.
        .take(PASSWORD_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(environment)?;
    let text = str::from_utf8(&bytes)
        .map_err(|_| refuse("le mot de passe lu sur l'entrée standard n'est pas en UTF-8"))?;
    let line = text.strip_suffix('\n').unwrap_or(text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.contains('\n') {
        return Err(refuse("l'entrée standard a plus d'une ligne ; le mot de passe en est une"));
    }
    let password = Password::new(line)?;
    password.check_uncommon()?;
    Ok(password)
}

pub(crate) async fn open(config: &Path) -> Result<Access, CliError> {
    let config = Config::read(config)?;
    let access = Access::open(&locate(&config)?).await?;
    let access = access.with_limits(limits(&config));
    let access = access.with_document_keys(document_keys(&config));
    Ok(access.with_official(move || official(&config)))
}

/// The official tables of the editions that the same configuration serves; none where it serves
/// none, or they cannot be read: codes are then compared at each request alone.
fn official(config: &Config) -> Arc<Official> {
    let folder = config.serve.as_ref().map(|serve| config.resolve(&serve.editions));
    let editions = folder.and_then(|folder| Editions::open(&folder).ok());
    editions.map_or_else(Arc::default, |editions| official_of(editions)())
}

async fn list(access: &Access, now: Timestamp) -> Result<(), CliError> {
    let mut after: Option<Email> = None;
    loop {
        let page = access.list(after.as_ref(), now).await?;
        for account in &page {
            print(&line(account))?;
        }
        match page.last() {
            Some(last) => after = Some(last.email().clone()),
            None => return Ok(()),
        }
    }
}

fn line(account: &Listed) -> String {
    let right = |right: &Right| format!("{}@{}", right.territory(), right.finest());
    let rights: Vec<String> = account.rights().iter().map(right).collect();
    // What is true today: an account lets nobody in where its convention does not.
    let state = match (account.state(), account.convention_state()) {
        (State::Active | State::Validated, "close") => "convention close",
        (State::Active | State::Validated, "expiree") => "convention expirée",
        (State::Active | State::Validated, "a_venir") => "convention à venir",
        (State::Active, _) => "en service",
        (State::Suspended, _) => "désactivé",
        (other, _) => other.id(),
    };
    [
        account.email().as_str(),
        account.role().id(),
        account.audience().id(),
        &rights.join(","),
        state,
        &account.tokens().join(","),
    ]
    .join("\t")
}

/// One line on the standard output: what a script reads.
pub(crate) fn print(line: &str) -> Result<(), CliError> {
    writeln!(std::io::stdout(), "{line}").map_err(environment)
}

/// One line on the standard error: what a person reads.
pub(crate) fn say(line: &str) -> Result<(), CliError> {
    writeln!(std::io::stderr(), "{line}").map_err(environment)
}

fn refuse(problem: &'static str) -> CliError {
    usage(anyhow::Error::msg(problem))
}
