//! Signatures, the form of annex 3 and the follow-up committee, from the operator's shell.

use std::str::FromStr;

use anyhow::anyhow;
use clap::{Args, Subcommand};

use crate::account::{print, say};
use crate::fault::CliError;
use accounts::{Access, Actor, NewConsultation, NewDesignation};
use rights::{Day, NewSignature, Seat, Signatory, Stage, Timestamp};

/// `organisme;Agglo A;Claire Chef, présidente;dpo@agglo-a.fr`
#[derive(Clone)]
struct Party(Signatory);

impl FromStr for Party {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Party> {
        let parts: Vec<&str> = text.split(';').map(str::trim).collect();
        let [party, organisation, representative, dpo] = parts[..] else {
            return Err(anyhow!(
                "écrire partie;organisme;représentant;délégué à la protection des données"
            ));
        };
        Ok(Party(Signatory {
            party: party.parse()?,
            organisation: organisation.to_owned(),
            representative: representative.to_owned(),
            dpo: dpo.to_owned(),
        }))
    }
}

#[derive(Args)]
pub(crate) struct SignatureArguments {
    /// L'identifiant de la convention
    convention: String,
    /// Le jour de la signature, AAAA-MM-JJ
    #[arg(long, value_name = "JOUR")]
    signed_on: Day,
    /// Le lieu
    #[arg(long, value_name = "LIEU")]
    place: String,
    /// Une partie (operateur, association, mandant ou organisme), une fois pour chacune
    #[arg(long, required = true, value_name = "PARTIE;ORGANISME;REPRÉSENTANT;DPO")]
    party: Vec<Party>,
}

#[derive(Args)]
pub(crate) struct DesignationArguments {
    /// L'identifiant du compte de l'administrateur local ou de son suppléant
    account: String,
    /// Son numéro de téléphone
    #[arg(long, value_name = "NUMÉRO")]
    telephone: String,
    /// Le jour de la signature de l'annexe 3, AAAA-MM-JJ
    #[arg(long, value_name = "JOUR")]
    signed_on: Day,
    /// Qui a signé pour l'organisme
    #[arg(long, value_name = "NOM")]
    representative: String,
}

#[derive(Subcommand)]
pub(crate) enum CommitteeCommand {
    /// Ajoute un membre au comité de suivi, et écrit son identifiant
    Add {
        /// L'identifiant de la convention
        convention: String,
        /// bailleur, association, epci ou tiers
        #[arg(long, value_name = "QUALITÉ")]
        seat: Seat,
        /// L'organisme
        #[arg(long, value_name = "NOM")]
        organisation: String,
        /// Qui le représente
        #[arg(long, value_name = "NOM")]
        representative: Option<String>,
    },
    /// Enregistre le départ d'un membre
    Remove {
        /// L'identifiant du membre
        id: String,
    },
    /// Enregistre une consultation du comité, et écrit son identifiant
    Consulted {
        /// L'identifiant de la convention
        convention: String,
        /// etape, analyse ou publication
        #[arg(long, value_name = "OBJET")]
        stage: Stage,
        /// L'analyse ou la publication
        #[arg(long, value_name = "TEXTE")]
        subject: String,
        /// Le jour, AAAA-MM-JJ
        #[arg(long, value_name = "JOUR")]
        held_on: Day,
        /// L'avis du comité
        #[arg(long, value_name = "TEXTE")]
        opinion: String,
    },
    /// Liste les membres et les consultations, séparés par des tabulations
    List {
        /// L'identifiant de la convention
        convention: String,
    },
}

pub(crate) async fn sign(
    access: &Access,
    arguments: SignatureArguments,
    now: Timestamp,
) -> Result<(), CliError> {
    let SignatureArguments { convention, signed_on, place, party } = arguments;
    let parties = party.into_iter().map(|Party(one)| one).collect();
    let new = NewSignature { signed_on, place, parties };
    access.record_signature(Actor::Shell, &convention, &new, now).await?;
    say("signature enregistrée")
}

pub(crate) async fn designate(
    access: &Access,
    arguments: DesignationArguments,
    now: Timestamp,
) -> Result<(), CliError> {
    let DesignationArguments { account, telephone, signed_on, representative } = arguments;
    let new = NewDesignation { telephone, signed_on, representative };
    access.record_designation(Actor::Shell, &account, &new, now).await?;
    say("désignation enregistrée")
}

/// The administrators of a convention as annex 3 names them, tabulations between the columns.
pub(crate) async fn designations(
    access: &Access,
    convention: &str,
    now: Timestamp,
) -> Result<(), CliError> {
    let (_, found) = access.designations(Actor::Shell, convention, now).await?;
    for one in &found {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let fields = [
            one.account.clone(),
            one.role.clone(),
            text(&one.name),
            one.email.clone(),
            text(&one.telephone),
            text(&one.signed_on),
            text(&one.representative),
        ];
        print(&fields.join("\t"))?;
    }
    Ok(())
}

pub(crate) async fn committee(
    access: &Access,
    command: CommitteeCommand,
    now: Timestamp,
) -> Result<(), CliError> {
    match command {
        CommitteeCommand::Add { convention, seat, organisation, representative } => {
            let member = (seat, organisation.as_str(), representative.as_deref());
            print(&access.add_member(Actor::Shell, &convention, member, now).await?)
        }
        CommitteeCommand::Remove { id } => {
            access.remove_member(Actor::Shell, &id, now).await?;
            say("départ enregistré")
        }
        CommitteeCommand::Consulted { convention, stage, subject, held_on, opinion } => {
            let new = NewConsultation { stage, subject, held_on, opinion };
            print(&access.record_consultation(Actor::Shell, &convention, &new, now).await?)
        }
        CommitteeCommand::List { convention } => {
            let committee = access.committee(Actor::Shell, &convention, now).await?;
            for one in &committee.members {
                let left = if one.left_at.is_some() { "parti" } else { "" };
                let representative = one.representative.as_deref().unwrap_or("");
                let fields = ["membre", &one.id, one.seat, &one.organisation, representative, left];
                print(&fields.join("\t"))?;
            }
            for one in &committee.consultations {
                let fields =
                    ["consultation", &one.id, one.stage, &one.subject, &one.held_on, &one.opinion];
                print(&fields.join("\t"))?;
            }
            Ok(())
        }
    }
}
