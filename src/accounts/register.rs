//! The register of processing (GDPR 30.1) and the processors' record (GDPR 30.2; convention, annex 2,
//! article 3), printed from the data, in French and in Markdown.

use std::fmt::Write;

use super::conventions::Convention;
use super::{Access, AccessError, Actor};
use rights::{Day, Purpose, Timestamp};

impl Access {
    /// The register of the operator, with every convention and third party; for a local
    /// administrator, that of their own convention and of those that depend on it. Durations are
    /// those of [`Limits`](super::Limits).
    ///
    /// # Errors
    ///
    /// [`AccessError::NotFound`] for who administers nothing.
    pub async fn register(&self, actor: Actor<'_>, now: Timestamp) -> Result<String, AccessError> {
        if !actor.is_operator() && actor.local().is_none() {
            let change = self.change_by(actor).await?;
            return self.refuse(change, actor, "registre", now).await;
        }
        let conventions = self.conventions(actor, now).await?;
        Ok(write(&conventions, self.limits.retention_days, self.limits.journal_months, now))
    }
}

fn write(conventions: &[Convention], retention: u32, months: u32, now: Timestamp) -> String {
    let mut text =
        format!("# Registre des activités de traitement\n\nÉtabli le {}.\n\n", Day::of(now));
    text += &treatment(retention, months);
    text += "## Conventions\n\n";
    let is_tiers = |one: &&Convention| one.kind == "tiers";
    let shown = |one: &&Convention| one.kind != "operateur";
    for one in conventions.iter().filter(shown).filter(|one| !is_tiers(one)) {
        section(&mut text, one, conventions);
    }
    text += "## Registre des sous-traitants\n\n";
    for one in conventions.iter().filter(is_tiers) {
        section(&mut text, one, conventions);
    }
    text
}

/// What is the same for every convention.
fn treatment(retention: u32, months: u32) -> String {
    format!(
        "## Traitement\n\n\
         - Finalités : aider à définir la politique de l'habitat, programmer le logement social, \
         observer et mettre en œuvre la politique locale de l'habitat, définir la politique \
         intercommunale d'attribution (convention, article 1).\n\
         - Personnes concernées : les ménages du parc social, par des statistiques d'au moins onze \
         ménages (CCH L442-5) ; les professionnels qui ont un compte.\n\
         - Données : statistiques d'occupation (OPS) et du répertoire des logements locatifs des \
         bailleurs sociaux (RPLS), sans donnée individuelle ; nom et adresse électronique \
         professionnelle des comptes, connexions, consultations et exports.\n\
         - Destinataires : les comptes nominatifs des conventions ci-dessous, dans leur territoire.\n\
         - Transfert hors de l'Union européenne : aucun.\n\
         - Durées : une personne est effacée {retention} jours après la fin de son dernier compte, le \
         journal est détruit après {months} mois et ne connaît les comptes que par un identifiant.\n\
         - Sécurité : chiffrement des échanges, mots de passe sous Argon2id, jetons et sessions gardés \
         par leur empreinte, droits jugés à chaque requête, journal chaîné.\n\n"
    )
}

fn section(text: &mut String, one: &Convention, all: &[Convention]) {
    let name = |id: &Option<String>| {
        let found = all.iter().find(|other| Some(&other.id) == id.as_ref());
        found.map_or("", |other| other.name.as_str()).to_owned()
    };
    let mut line = |label: &str, value: &str| {
        if !value.is_empty() {
            // A list item is one line: names hold no control character.
            writeln!(text, "- {label} : {value}").unwrap_or_default();
        }
    };
    line("Organisme", &format!("{} ({}, {})", one.name, one.kind, one.code));
    line("Pour le compte de", &name(&one.parent));
    line("Objet", &one.purpose);
    let purposes = one.purposes.iter().filter_map(|id| id.parse::<Purpose>().ok());
    line("Finalités", &purposes.map(Purpose::label).collect::<Vec<_>>().join(" ; "));
    line("Marché", one.contract.as_deref().unwrap_or(""));
    if let Some(signature) = &one.signature {
        line("Signée", &format!("le {} à {}", signature.signed_on, signature.place));
        for party in &signature.parties {
            line(
                "Partie",
                &format!(
                    "{} ({}), représenté par {} ; délégué à la protection des données : {}",
                    party.organisation, party.party, party.representative, party.dpo
                ),
            );
        }
    }
    line("Délégué à la protection des données", &one.dpo);
    line("Durée", &format!("{} à {}, {}", one.starts_on, one.ends_on, one.state));
    line("Territoire", &one.rights.join(", "));
    line("Comptes", &format!("{} sur {}", one.seats_taken, one.seats));
    for other in &one.subprocessors {
        let answer = match other.authorised {
            Some(true) => "autorisé par écrit",
            Some(false) => "refusé",
            None => "en attente",
        };
        let reference = other.reference.as_deref().unwrap_or("-");
        line("Sous-traitant ultérieur", &format!("{}, {answer} ({reference})", other.name));
    }
    for done in &one.destructions {
        let day = Day::of(Timestamp::from_seconds(done.attested_at));
        line(
            "Destruction attestée",
            &format!("{day}, {} ({} exports)", done.reference, done.exports),
        );
    }
    text.push('\n');
}
