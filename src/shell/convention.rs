//! `seuil convention`: conventions, their people and their dates, from the operator's shell.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::anyhow;
use clap::{Args, Subcommand};

use crate::account::{open, print, read_email, say};
use crate::documents::{self, DocumentCommand};
use crate::fault::{CliError, input, usage};
use crate::parties::{self, CommitteeCommand, DesignationArguments, SignatureArguments};
use crate::runtime::block_on;
use accounts::{
    Access, AccessError, Actor, Convention, NewBreach, NewPerson, csv_of_breach, csv_of_journal,
};
use domain::CommuneRow;
use rights::{Day, NewConvention, OrganisationKind, Purpose, Purposes, Right, Role, Timestamp};

/// Bytes of a table, at most.
const MAX_TABLE: u64 = 64 << 20;

/// `seuil convention …`
#[derive(Args)]
pub struct ConventionArguments {
    /// Le fichier de configuration, qui dit où sont les comptes ([accounts] database)
    #[arg(long, global = true, default_value = "seuil.toml", value_name = "FICHIER")]
    config: PathBuf,
    #[command(subcommand)]
    command: ConventionCommand,
}

#[derive(Subcommand)]
enum ConventionCommand {
    /// Ouvre une convention et écrit son identifiant
    Add(AddArguments),
    /// Liste les conventions, séparées par des tabulations
    List,
    /// Écrit le code qu'une convention donne à ses gens pour demander un compte
    Code {
        /// L'identifiant de la convention
        id: String,
    },
    /// Nomme l'administrateur local d'une convention (annexe 3), ou son suppléant
    Administrator {
        #[command(flatten)]
        person: PersonArguments,
        /// Nomme le suppléant de l'administrateur local
        #[arg(long)]
        deputy: bool,
    },
    /// Invite une personne au titre d'une convention, dans la limite de ses comptes
    Invite(PersonArguments),
    /// Enregistre la demande de l'EPCI de reporter la fin, et reporte la fin comme il le demande
    Extend(ExtendArguments),
    /// Déclare une violation de données, et écrit son identifiant ; l'EPCI en reçoit la lettre
    Breach {
        /// L'identifiant de la convention
        convention: String,
        /// L'instant où elle a été connue, AAAA-MM-JJThh:mm:ssZ
        #[arg(long, value_name = "INSTANT")]
        known: Timestamp,
        /// Le premier jour qu'elle peut concerner, AAAA-MM-JJ
        #[arg(long, value_name = "JOUR")]
        from: Day,
        /// Le dernier, compris
        #[arg(long, value_name = "JOUR")]
        to: Day,
        /// Ce qui s'est passé, sans donnée personnelle
        #[arg(long, value_name = "TEXTE")]
        description: String,
    },
    /// Liste les violations déclarées, séparées par des tabulations
    Breaches,
    /// Écrit en CSV le dossier d'une violation : comptes, éditions, échelles, communes et exports
    BreachFile {
        /// L'identifiant de la violation
        id: String,
    },
    /// Enregistre la notification d'une violation, ou la raison de ne pas la notifier
    BreachNotified {
        /// L'identifiant de la violation
        id: String,
        /// Comment, ou pourquoi pas
        #[arg(long, value_name = "TEXTE")]
        how: String,
    },
    /// Écrit en CSV les exports faits au titre d'une convention, à détruire à la fin de la mission
    Exports {
        /// L'identifiant de la convention
        id: String,
    },
    /// Enregistre l'attestation de destruction des exports
    Destroyed {
        /// L'identifiant de la convention
        id: String,
        /// La référence de l'attestation écrite
        #[arg(long, value_name = "RÉFÉRENCE")]
        reference: String,
    },
    /// Enregistre la demande d'un sous-traitant ultérieur, et écrit son identifiant
    Subprocessor {
        /// L'identifiant de la convention du tiers
        convention: String,
        /// Son nom
        #[arg(long, value_name = "NOM")]
        name: String,
        /// Ce qu'il ferait
        #[arg(long, value_name = "OBJET")]
        purpose: String,
    },
    /// Enregistre l'autorisation écrite de l'EPCI, ou son refus
    SubprocessorAnswer {
        /// L'identifiant de la demande
        id: String,
        /// L'EPCI refuse
        #[arg(long)]
        refused: bool,
        /// La référence de sa lettre
        #[arg(long, value_name = "RÉFÉRENCE")]
        reference: String,
    },
    /// Garde, liste, rend et efface les documents d'une convention ; tient leurs clés
    Document {
        #[command(subcommand)]
        command: DocumentCommand,
    },
    /// Enregistre qui a signé une convention, quand et où
    Signature(SignatureArguments),
    /// Enregistre ce que dit l'annexe 3 signée d'un administrateur local ou de son suppléant
    Designation(DesignationArguments),
    /// Liste les administrateurs d'une convention, comme l'annexe 3 les désigne
    Designations {
        /// L'identifiant de la convention
        id: String,
    },
    /// Tient le comité de suivi d'une convention
    Committee {
        #[command(subcommand)]
        command: CommitteeCommand,
    },
    /// Écrit le registre des activités de traitement, en Markdown
    Register,
    /// Met fin à une convention, avec effet immédiat
    Close {
        /// L'identifiant de la convention
        id: String,
    },
    /// Ouvre les conventions d'un tableau CSV (type;code;nom;parent;objet;comptes;debut;fin;dpo;droits),
    /// et si l'on veut finalites;marche
    Import {
        /// Le tableau ; parent est le code de l'organisation mandante
        file: PathBuf,
    },
    /// Met en vigueur d'autres clauses de confidentialité, que chacun devra accepter
    Clauses {
        /// Le texte, en Markdown
        file: PathBuf,
    },
    /// Lit la table officielle des EPCI : les codes sont dès lors comparés avec elle
    Tables {
        /// La composition des EPCI de l'INSEE (CODGEO;LIBGEO;EPCI;LIBEPCI;DEP;REG;EPT;LIBEPT)
        file: PathBuf,
    },
    /// Lit la table officielle des mouvements de communes : les droits suivent les communes
    Movements {
        /// La table de l'INSEE (v_mvtcommune)
        file: PathBuf,
    },
    /// Liste les droits que les mouvements de communes déplacent dans une édition
    Changes {
        /// Le fichier communes.json de l'édition
        #[arg(long, value_name = "FICHIER")]
        communes: PathBuf,
    },
}

#[derive(Args)]
struct AddArguments {
    /// operateur, epci, ept, commune, tiers, etat, bailleur, union, adil, reservataire ou departement
    #[arg(long, value_name = "TYPE")]
    kind: OrganisationKind,
    /// Le code de l'organisation : epci:SIREN, ept:SIREN, commune:CODE, departement:CODE, ou un SIREN
    #[arg(long)]
    code: String,
    /// Le nom de l'organisation
    #[arg(long, value_name = "NOM")]
    name: String,
    /// La convention de l'EPCI qui annexe la commune ou mandate le tiers
    #[arg(long, value_name = "ID")]
    parent: Option<String>,
    /// L'objet de la convention
    #[arg(long, value_name = "OBJET")]
    purpose: String,
    /// Les finalités de l'article 1 : politique, programmation, observation, attribution ; toutes par défaut
    #[arg(long, value_delimiter = ',', value_name = "FINALITÉ[,…]")]
    purposes: Vec<Purpose>,
    /// La référence du marché par lequel l'EPCI a commandé les analyses d'un tiers
    #[arg(long, value_name = "RÉFÉRENCE")]
    contract: Option<String>,
    /// Le nombre de comptes nominatifs
    #[arg(long, value_name = "N")]
    seats: u32,
    /// Le premier jour, AAAA-MM-JJ
    #[arg(long, value_name = "JOUR")]
    from: Day,
    /// Le dernier jour, AAAA-MM-JJ, compris
    #[arg(long, value_name = "JOUR")]
    until: Day,
    /// Le délégué à la protection des données
    #[arg(long)]
    dpo: String,
    /// Les droits, territoire@échelle ; par défaut ceux du code ou de l'EPCI mandant
    #[arg(long, value_delimiter = ',', value_name = "T@ÉCHELLE[,…]")]
    rights: Vec<Right>,
}

#[derive(Args)]
struct PersonArguments {
    /// L'identifiant de la convention
    convention: String,
    /// L'adresse professionnelle de la personne
    email: String,
    /// Son nom
    #[arg(long, value_name = "NOM")]
    name: String,
    /// Admet une adresse générique ou personnelle, pour cette raison, qui est enregistrée
    #[arg(long, value_name = "RAISON")]
    exception: Option<String>,
}

#[derive(Args)]
struct ExtendArguments {
    /// L'identifiant de la convention
    convention: String,
    /// Le nouveau dernier jour, AAAA-MM-JJ
    #[arg(long, value_name = "JOUR")]
    until: Day,
    /// La référence de la demande écrite de l'EPCI
    #[arg(long, value_name = "RÉFÉRENCE")]
    reference: String,
}

/// Runs one command on conventions.
///
/// # Errors
///
/// With the fault that the exit code tells: a question or configuration refused, data that cannot be read, a
/// database that does not answer.
pub fn run(arguments: ConventionArguments) -> Result<(), CliError> {
    block_on(answer(arguments))
}

async fn answer(arguments: ConventionArguments) -> Result<(), CliError> {
    let now = Timestamp::from(SystemTime::now());
    let access = open(&arguments.config).await?;
    match arguments.command {
        ConventionCommand::Add(add) => {
            print(&access.make_convention(Actor::Shell, &convention(add), now).await?)
        }
        ConventionCommand::List => {
            for convention in access.conventions(Actor::Shell, now).await? {
                print(&line(&convention))?;
            }
            Ok(())
        }
        ConventionCommand::Code { id } => {
            let conventions = access.conventions(Actor::Shell, now).await?;
            let found = conventions.into_iter().find(|one| one.id == id);
            print(&found.ok_or(AccessError::NotFound)?.reference)
        }
        ConventionCommand::Administrator { person: arguments, deputy } => {
            let (id, person) = person(arguments)?;
            let role = if deputy { Role::Suppleant } else { Role::Administrateur };
            print(&access.name_administrator(Actor::Shell, &id, &person, role, now).await?)
        }
        ConventionCommand::Invite(arguments) => {
            let (id, person) = person(arguments)?;
            print(&access.invite(Actor::Shell, &id, &person, now).await?)
        }
        ConventionCommand::Extend(ExtendArguments { convention, until, reference }) => {
            let asked = access.ask_extension(Actor::Shell, &convention, until, &reference, now);
            let extension = asked.await?;
            access.answer_extension(Actor::Shell, &extension, true, now).await?;
            say("fin de convention reportée")
        }
        ConventionCommand::Breach { convention, known, from, to, description } => {
            let new = NewBreach { convention, known_at: known, from, to, description };
            print(&access.declare_breach(Actor::Shell, &new, now).await?)
        }
        ConventionCommand::Breaches => {
            for one in access.breaches(Actor::Shell).await? {
                let at = |seconds| Timestamp::from_seconds(seconds).to_rfc3339();
                let notified = one.notified_at.map_or(String::new(), at);
                let (known, due, declared) =
                    (at(one.known_at), at(one.due_at), at(one.declared_at));
                let late = if one.late { "en retard" } else { "" };
                let fields = [
                    one.id.as_str(),
                    &one.convention,
                    &known,
                    &due,
                    &declared,
                    late,
                    &notified,
                    &one.description,
                ];
                print(&fields.join("\t"))?;
            }
            Ok(())
        }
        ConventionCommand::BreachFile { id } => {
            let lines = access.breach_file(Actor::Shell, &id, now).await?;
            print(csv_of_breach(&lines).trim_end())
        }
        ConventionCommand::BreachNotified { id, how } => {
            access.record_notification(Actor::Shell, &id, &how, now).await?;
            say("notification enregistrée")
        }
        ConventionCommand::Exports { id } => {
            let entries = access.exports(Actor::Shell, &id, now).await?;
            print(csv_of_journal(&entries).trim_end())
        }
        ConventionCommand::Destroyed { id, reference } => {
            print(&access.attest_destruction(Actor::Shell, &id, &reference, now).await?)
        }
        ConventionCommand::Subprocessor { convention, name, purpose } => {
            let asked = access.ask_subprocessor(Actor::Shell, &convention, &name, &purpose, now);
            print(&asked.await?)
        }
        ConventionCommand::SubprocessorAnswer { id, refused, reference } => {
            access.answer_subprocessor(Actor::Shell, &id, !refused, &reference, now).await?;
            say("réponse enregistrée")
        }
        ConventionCommand::Document { command } => {
            documents::run(&access, &arguments.config, command, now).await
        }
        ConventionCommand::Signature(signature) => parties::sign(&access, signature, now).await,
        ConventionCommand::Designation(form) => parties::designate(&access, form, now).await,
        ConventionCommand::Designations { id } => parties::designations(&access, &id, now).await,
        ConventionCommand::Committee { command } => parties::committee(&access, command, now).await,
        ConventionCommand::Register => print(access.register(Actor::Shell, now).await?.trim_end()),
        ConventionCommand::Close { id } => {
            access.close_convention(Actor::Shell, &id, now).await?;
            say("convention terminée")
        }
        ConventionCommand::Import { file } => import(&access, &file, now).await,
        ConventionCommand::Clauses { file } => {
            let text = String::from_utf8(read(&file)?).map_err(input)?;
            let version = access.publish_clauses(Actor::Shell, &text, now).await?;
            print(&version.to_string())
        }
        ConventionCommand::Movements { file } => {
            let count = access.read_movements(Actor::Shell, &read(&file)?, now).await?;
            say(&format!("{count} mouvements en vigueur"))
        }
        ConventionCommand::Tables { file } => {
            let count = access.read_official(Actor::Shell, &read(&file)?, now).await?;
            say(&format!("{count} communes en vigueur"))
        }
        ConventionCommand::Changes { communes } => {
            let rows: Vec<CommuneRow> = serde_json::from_slice(&read(&communes)?).map_err(input)?;
            for change in access.moved_rights(&rows).await? {
                print(&change)?;
            }
            Ok(())
        }
    }
}

fn convention(add: AddArguments) -> NewConvention {
    NewConvention {
        kind: add.kind,
        code: add.code,
        name: add.name,
        parent: add.parent,
        purpose: add.purpose,
        purposes: Purposes::new(add.purposes).unwrap_or_else(|_| Purposes::all()),
        contract: add.contract,
        seats: add.seats,
        starts: add.from,
        ends: add.until,
        dpo: add.dpo,
        rights: add.rights,
    }
}

fn person(arguments: PersonArguments) -> Result<(String, NewPerson), CliError> {
    let email = read_email(&arguments.email)?;
    let PersonArguments { convention, name, exception, .. } = arguments;
    let name = name.parse()?;
    Ok((convention, NewPerson { email, name, exception }))
}

/// Each line is a change of its own: those before a bad one stay, and its number is said.
async fn import(access: &Access, file: &Path, now: Timestamp) -> Result<(), CliError> {
    let mut count = 0;
    for (line, cells) in table(file, 10..=12)? {
        let at = |error: anyhow::Error| {
            let place = format!("{}, ligne {line} ({count} conventions ouvertes)", file.display());
            input(error.context(place))
        };
        let mut new = imported(&cells).map_err(at)?;
        let mandating = cells.get(3).map_or("", String::as_str);
        if !mandating.is_empty() {
            let conventions = access.conventions(Actor::Shell, now).await?;
            let found = conventions.into_iter().find(|one| one.code == mandating && !one.closed);
            let missing = || at(anyhow!("aucune convention de l'organisation mandante"));
            new.parent = Some(found.ok_or_else(missing)?.id);
        }
        let made = access.make_convention(Actor::Shell, &new, now).await;
        print(&made.map_err(|error| at(error.into()))?)?;
        count += 1;
    }
    say(&format!("{count} conventions ouvertes"))
}

/// The convention of a line: kind, code, name, the code of the mandating organisation, purpose,
/// seats, first and last day, delegate, rights; purposes of article 1 and contract, where said.
fn imported(cells: &[String]) -> anyhow::Result<NewConvention> {
    let cell = |at: usize| cells.get(at).map_or("", String::as_str);
    let rights = cell(9).split_whitespace().map(str::parse::<Right>);
    Ok(NewConvention {
        kind: cell(0).parse()?,
        code: cell(1).to_owned(),
        name: cell(2).to_owned(),
        parent: None,
        purpose: cell(4).to_owned(),
        purposes: match cell(10) {
            "" => Purposes::all(),
            said => said.parse()?,
        },
        contract: Some(cell(11)).filter(|text| !text.is_empty()).map(str::to_owned),
        seats: cell(5).parse().map_err(|_| anyhow!("nombre de comptes illisible"))?,
        starts: cell(6).parse()?,
        ends: cell(7).parse()?,
        dpo: cell(8).to_owned(),
        rights: rights.collect::<Result<_, _>>()?,
    })
}

/// The rows of a table with so many columns, semicolons or commas between them, after a header
/// line; with their numbers.
pub(crate) fn table(
    file: &Path,
    columns: RangeInclusive<usize>,
) -> Result<Vec<(u64, Vec<String>)>, CliError> {
    let bytes = read(file)?;
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let header = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let delimiter = if header.contains(&b';') { b';' } else { b',' };
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(text);
    let mut rows = Vec::new();
    for (number, record) in reader.records().enumerate() {
        let line = number as u64 + 2;
        let bad = |problem: &str| input(anyhow!("{}, ligne {line} : {problem}", file.display()));
        let record = record.map_err(|_| bad("ligne illisible"))?;
        let cells: Vec<String> = record.iter().map(|cell| cell.trim().to_owned()).collect();
        if !columns.contains(&cells.len()) {
            let (least, most) = (columns.start(), columns.end());
            return Err(bad(&format!("il faut de {least} à {most} colonnes")));
        }
        rows.push((line, cells));
    }
    Ok(rows)
}

fn read(file: &Path) -> Result<Vec<u8>, CliError> {
    use std::io::Read;
    let named = |error| usage(anyhow::Error::new(error).context(format!("{}", file.display())));
    let mut bytes = Vec::new();
    let opened = std::fs::File::open(file).map_err(named)?;
    opened.take(MAX_TABLE + 1).read_to_end(&mut bytes).map_err(named)?;
    if bytes.len() as u64 > MAX_TABLE {
        return Err(input(anyhow!("{} : fichier trop long", file.display())));
    }
    Ok(bytes)
}

fn line(convention: &Convention) -> String {
    let state = match convention.state {
        "close" => "close",
        "expiree" => "expirée",
        "a_venir" => "à venir",
        _ => "ouverte",
    };
    [
        convention.id.as_str(),
        convention.kind,
        &convention.code,
        &convention.name,
        convention.parent.as_deref().unwrap_or(""),
        &format!("{}/{}", convention.seats_taken, convention.seats),
        &convention.starts_on,
        &convention.ends_on,
        state,
        &convention.rights.join(","),
    ]
    .join("\t")
}
