//! What is written to people, in French: plain text, and the same in simple HTML.

/// A letter and its occasion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Letter {
    Proof,
    Invitation,
    AlreadyKnown,
    NoSeat,
    ToDecide,
    Welcome,
    Rejected,
    Suspended,
    Reset,
}

/// A letter ready to be sent.
pub(super) struct Written {
    pub(super) subject: &'static str,
    pub(super) body: String,
}

const SIGNATURE: &str = "Cartographie de l'occupation du parc social\n\
                         Ce message est automatique ; il ne faut pas y répondre.";

impl Letter {
    /// The letter with the links that it needs. A link holds the secret after `#`, which browsers
    /// do not send to servers.
    pub(super) fn write(self, public_url: &str, secret: &str) -> Written {
        let (subject, text) = match self {
            Letter::Proof => (
                "Confirmer votre adresse",
                format!(
                    "Une demande de compte a été faite avec votre adresse.\n\nPour la confirmer \
                     et choisir un mot de passe, ouvrir ce lien dans les 48 heures :\n\n\
                     {public_url}/#preuve={secret}\n\nSi vous n'êtes pas à l'origine de cette \
                     demande, il n'y a rien à faire."
                ),
            ),
            Letter::Invitation => (
                "Un compte vous est ouvert",
                format!(
                    "Un compte nominatif vous est ouvert au titre d'une convention de votre \
                     organisme.\n\nPour l'activer et choisir un mot de passe, ouvrir ce lien dans \
                     les 48 heures :\n\n{public_url}/#preuve={secret}"
                ),
            ),
            Letter::AlreadyKnown => (
                "Vous avez déjà un compte",
                format!(
                    "Une demande de compte a été faite avec votre adresse, qui en a déjà un ou \
                     qui en a eu un.\n\nSi le mot de passe est oublié, en demander un autre sur \
                     {public_url}/"
                ),
            ),
            Letter::NoSeat => (
                "Votre demande de compte n'a pas abouti",
                "Une demande de compte a été faite avec votre adresse, mais tous les comptes de la \
                 convention de votre organisme sont pris.\n\nS'adresser à l'administrateur local \
                 de votre territoire."
                    .to_owned(),
            ),
            Letter::ToDecide => (
                "Une demande de compte est à examiner",
                format!(
                    "Une personne de votre territoire a confirmé sa demande de compte. Vous êtes \
                     l'administrateur local : l'approuver ou la rejeter sur {public_url}/"
                ),
            ),
            Letter::Welcome => (
                "Votre compte est ouvert",
                format!(
                    "Votre compte est approuvé.\n\nPour commencer, se connecter sur {public_url}/ \
                     et accepter les clauses de confidentialité."
                ),
            ),
            Letter::Rejected => (
                "Votre demande de compte est rejetée",
                "L'administrateur local de votre territoire a rejeté votre demande de compte. \
                 S'adresser à lui pour en connaître la raison."
                    .to_owned(),
            ),
            Letter::Suspended => (
                "Votre compte est suspendu",
                "Votre compte est suspendu. Vos sessions et vos jetons ne donnent plus accès aux \
                 données."
                    .to_owned(),
            ),
            Letter::Reset => (
                "Choisir un nouveau mot de passe",
                format!(
                    "Pour choisir un nouveau mot de passe, ouvrir ce lien dans l'heure :\n\n\
                     {public_url}/#mot-de-passe={secret}\n\nSi vous ne l'avez pas demandé, il n'y \
                     a rien à faire : votre mot de passe ne change pas."
                ),
            ),
        };
        Written { subject, body: format!("Bonjour,\n\n{text}\n\n{SIGNATURE}\n") }
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
        let letter = Letter::Proof.write("https://carto.example.fr", "seuilt_x");
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
