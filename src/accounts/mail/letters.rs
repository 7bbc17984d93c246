//! What is written to people, in French: plain text, and the same in simple HTML.

/// A letter and its occasion, with what it says of it. Names and organisations come from people:
/// they stand in the text alone, never in the subject.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Letter<'a> {
    Proof { secret: &'a str, name: &'a str, organisation: &'a str },
    Invitation { secret: &'a str, name: &'a str, organisation: &'a str, known: bool },
    AlreadyKnown { organisation: &'a str },
    NoSeat { organisation: &'a str },
    ToDecide { organisation: &'a str },
    Welcome { organisation: &'a str },
    Rejected { organisation: &'a str },
    Suspended { organisation: &'a str },
    Closed { organisation: &'a str },
    ConventionClosed { organisation: &'a str },
    Reset { secret: &'a str },
    PasswordChanged { revoked: bool },
    ClausesChanged,
    Extended { organisation: &'a str, end: &'a str },
    NotExtended { organisation: &'a str, end: &'a str },
    EndComes { organisation: &'a str, end: &'a str, exports: i64 },
    Breach { organisation: &'a str, description: &'a str, due: &'a str, id: &'a str },
    Destroyed { organisation: &'a str, reference: &'a str },
    SubprocessorAsked { organisation: &'a str, name: &'a str },
}

/// A letter ready to be sent.
pub(crate) struct Written {
    pub(super) subject: String,
    pub(super) body: String,
}

const SIGNATURE: &str = "Cartographie de l'occupation du parc social\n\
                         Ce message est automatique ; il ne faut pas y répondre.";

impl Letter<'_> {
    /// The letter with the links that it needs, under `public_url`. A link holds the secret after
    /// `#`, which browsers do not send to servers.
    pub(crate) fn write(self, public_url: &str) -> Written {
        let (subject, text) = self.content(public_url);
        let body = format!("Bonjour,\n\n{text}\n\n{SIGNATURE}\n");
        Written { subject: subject.to_owned(), body }
    }

    fn content(self, public_url: &str) -> (&'static str, String) {
        match self {
            Letter::Proof { secret, name, organisation } => (
                "Confirmer votre adresse",
                format!(
                    "Une demande de compte a été faite avec votre adresse, au nom de :\n\n{name}\n\n\
                     pour l'organisme :\n\n{organisation}\n\nPour la confirmer et donner un mot de \
                     passe (le vôtre, si vous avez déjà un compte), ouvrir ce lien dans les 72 \
                     heures :\n\n{public_url}/#preuve={secret}\n\nSi vous n'êtes pas à l'origine de \
                     cette demande, ou si ce nom ou cet organisme ne sont pas les vôtres, il n'y a \
                     rien à faire : sans ce lien, rien n'est créé."
                ),
            ),
            Letter::Invitation { secret, name, organisation, known } => {
                let password = match known {
                    true => "donner votre mot de passe",
                    false => "choisir un mot de passe",
                };
                (
                    "Un compte vous est ouvert",
                    format!(
                        "Un compte nominatif est ouvert à :\n\n{name}\n\nau titre de la convention \
                         de :\n\n{organisation}\n\nPour l'activer et {password}, ouvrir ce lien \
                         dans les 72 heures :\n\n{public_url}/#preuve={secret}"
                    ),
                )
            }
            Letter::AlreadyKnown { organisation } => (
                "Vous avez déjà un compte",
                format!(
                    "Une demande de compte a été faite avec votre adresse, qui en a déjà un au titre \
                     de la convention de :\n\n{organisation}\n\nSi le mot de passe est oublié, en \
                     demander un autre sur {public_url}/"
                ),
            ),
            Letter::NoSeat { organisation } => (
                "Votre demande de compte n'a pas abouti",
                format!(
                    "Une demande de compte a été faite avec votre adresse, mais tous les comptes de \
                     cette convention sont pris :\n\n{organisation}\n\nS'adresser à \
                     l'administrateur local de votre territoire."
                ),
            ),
            Letter::ToDecide { organisation } => (
                "Une demande de compte est à examiner",
                format!(
                    "Une personne a confirmé sa demande de compte au titre de la convention \
                     de :\n\n{organisation}\n\nVous en êtes l'administrateur local : l'approuver ou \
                     la rejeter sur {public_url}/"
                ),
            ),
            Letter::Welcome { organisation } => (
                "Votre compte est ouvert",
                format!(
                    "Votre compte est approuvé, au titre de la convention de :\n\n{organisation}\n\n\
                     Pour commencer, se connecter sur {public_url}/ et accepter les clauses de \
                     confidentialité."
                ),
            ),
            Letter::Rejected { organisation } => (
                "Votre demande de compte est rejetée",
                format!(
                    "L'administrateur local a rejeté votre demande de compte au titre de la \
                     convention de :\n\n{organisation}\n\nS'adresser à lui pour en connaître la \
                     raison."
                ),
            ),
            Letter::Suspended { organisation } => (
                "Votre compte est suspendu",
                format!(
                    "Votre compte au titre de cette convention est suspendu :\n\n{organisation}\n\n\
                     Ses sessions et ses jetons ne donnent plus accès aux données."
                ),
            ),
            Letter::Closed { organisation } => (
                "Votre compte est fermé",
                format!(
                    "Votre compte au titre de cette convention est fermé :\n\n{organisation}\n\nLes \
                     données exportées au titre de cette convention sont à détruire à la fin de la \
                     mission."
                ),
            ),
            Letter::ConventionClosed { organisation } => (
                "Une convention est terminée",
                format!(
                    "L'opérateur a mis fin à la convention de :\n\n{organisation}\n\nVos comptes à \
                     ce titre ne donnent plus accès aux données. Celles qui ont été exportées sont \
                     à détruire, et leur destruction à justifier par écrit."
                ),
            ),
            Letter::Reset { secret } => (
                "Choisir un nouveau mot de passe",
                format!(
                    "Pour choisir un nouveau mot de passe, ouvrir ce lien dans l'heure :\n\n\
                     {public_url}/#mot-de-passe={secret}\n\nVos sessions seront fermées et vos jetons \
                     révoqués. Si vous ne l'avez pas demandé, il n'y a rien à faire : votre mot de \
                     passe ne change pas."
                ),
            ),
            Letter::PasswordChanged { revoked } => (
                "Votre mot de passe a changé",
                format!(
                    "Le mot de passe de votre compte vient de changer ; vos autres sessions sont \
                     fermées{}.\n\nSi ce n'est pas vous, en demander un autre sur {public_url}/ et \
                     prévenir l'administrateur local.",
                    if revoked { " et vos jetons révoqués" } else { "" }
                ),
            ),
            Letter::ClausesChanged => (
                "Les clauses de confidentialité ont changé",
                format!(
                    "Les clauses de confidentialité ont changé. Vos jetons et vos sessions ne \
                     donnent plus accès aux données tant que vous ne les avez pas acceptées sur \
                     {public_url}/"
                ),
            ),
            Letter::Extended { organisation, end } => (
                "Une convention est prolongée",
                format!(
                    "La convention de :\n\n{organisation}\n\nest prolongée, comme l'EPCI l'a \
                     demandé. Son dernier jour est le {end}."
                ),
            ),
            Letter::NotExtended { organisation, end } => (
                "Une convention n'est pas prolongée",
                format!(
                    "L'opérateur n'a pas accordé la prolongation demandée de la convention \
                     de :\n\n{organisation}\n\nSon dernier jour reste le {end}."
                ),
            ),
            Letter::EndComes { organisation, end, exports } => (
                "Une convention arrive à sa fin",
                format!(
                    "La convention de :\n\n{organisation}\n\na pour dernier jour le {end}. L'accès \
                     cesse de lui-même ce jour-là, à minuit.\n\nVous avez fait {exports} exports : \
                     les données exportées sont à détruire à la fin de la mission, et leur \
                     destruction à justifier par écrit. La liste est sur {public_url}/"
                ),
            ),
            Letter::Breach { organisation, description, due, id } => (
                "Une violation de données est déclarée",
                format!(
                    "Une violation de données est déclarée au titre de la convention \
                     de :\n\n{organisation}\n\n{description}\n\nElle devait vous être notifiée avant \
                     le {due}. Le dossier des consultations et des exports qu'elle peut concerner, \
                     et l'enregistrement de votre notification à la CNIL, sont sur {public_url}/ \
                     (violation {id})."
                ),
            ),
            Letter::Destroyed { organisation, reference } => (
                "Une destruction de données est attestée",
                format!(
                    "La destruction des données exportées au titre de la convention \
                     de :\n\n{organisation}\n\nest attestée : {reference}."
                ),
            ),
            Letter::SubprocessorAsked { organisation, name } => (
                "Un sous-traitant est à autoriser",
                format!(
                    "Le tiers que vous mandatez :\n\n{organisation}\n\ndemande à faire appel \
                     à :\n\n{name}\n\nIl ne le peut qu'avec votre autorisation écrite, à \
                     enregistrer sur {public_url}/"
                ),
            ),
        }
    }
}

/// A plain text as simple HTML: paragraphs, and links where a line is one.
pub(super) fn html(text: &str) -> String {
    let mut page = String::from("<!doctype html><html lang=\"fr\"><meta charset=\"utf-8\"><body>");
    for paragraph in text.split("\n\n") {
        let escaped = paragraph
            .trim()
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('"', "&quot;");
        let is_link = ["https://", "http://"].iter().any(|start| escaped.starts_with(start));
        if is_link && !escaped.contains(char::is_whitespace) {
            page += &format!("<p><a href=\"{escaped}\">{escaped}</a></p>");
        } else {
            page += &format!("<p>{}</p>", escaped.replace('\n', "<br>"));
        }
    }
    page + "</body></html>"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_is_french_has_its_link_and_the_same_in_html() {
        let (name, organisation) = ("Anne <b>", "Agglo & Cie");
        let letter = Letter::Proof { secret: "seuilt_x", name, organisation };
        let letter = letter.write("https://carto.example.fr");
        assert!(letter.body.contains("Anne <b>") && html(&letter.body).contains("Anne &lt;b&gt;"));
        assert!(letter.body.starts_with("Bonjour,\n\nUne demande"));
        let link = "https://carto.example.fr/#preuve=seuilt_x";
        assert!(letter.body.contains(link));
        assert!(html(&letter.body).contains(&format!("<a href=\"{link}\">{link}</a>")));
        assert_eq!(
            html("a <b>\n\nc & \"d\"")
                .matches("<p>a &lt;b&gt;</p><p>c &amp; &quot;d&quot;</p>")
                .count(),
            1
        );
    }
}
