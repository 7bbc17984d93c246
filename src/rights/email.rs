//! E-mail addresses of accounts.

use std::fmt;
use std::str::FromStr;

use email_address::{EmailAddress, Options};

use domain::{Fault, HasFault};

/// The text is not an address that an account can have. The message never quotes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each message says what went wrong")]
pub enum BadEmail {
    #[error("adresse électronique illisible ; écrire prenom.nom@organisme.fr, en ASCII")]
    Form,
    #[error(
        "adresse de service : un compte est nominatif (convention, article 4) ; donner l'adresse professionnelle d'une personne"
    )]
    Generic,
    #[error(
        "messagerie personnelle : un compte demande une adresse professionnelle (convention, article 4)"
    )]
    Free,
}

impl HasFault for BadEmail {
    fn fault(&self) -> Fault {
        Fault::Usage
    }
}

/// What the local part of an address of a service begins with, or is.
const SERVICES: &[&str] = &[
    "accueil",
    "adjoint",
    "admin",
    "administration",
    "agence",
    "bonjour",
    "bureau",
    "cabinet",
    "collectivite",
    "communaute",
    "communication",
    "commune",
    "compta",
    "comptabilite",
    "contact",
    "courrier",
    "data",
    "dga",
    "dgs",
    "direction",
    "donnees",
    "dpo",
    "elus",
    "epci",
    "equipe",
    "etudes",
    "foncier",
    "gestion",
    "habitat",
    "hello",
    "hotel-de-ville",
    "info",
    "informatique",
    "infos",
    "interco",
    "logement",
    "mail",
    "mairie",
    "metropole",
    "no-reply",
    "noreply",
    "observatoire",
    "office",
    "postmaster",
    "president",
    "presidence",
    "rh",
    "secretariat",
    "service",
    "services",
    "sig",
    "support",
    "technique",
    "urba",
    "urbanisme",
    "ville",
    "webmaster",
];

/// Domains, with or without their ending, where anybody may open a box.
const FREE: &[&str] = &[
    "9online.fr",
    "aliceadsl.fr",
    "aol",
    "bbox.fr",
    "cegetel.net",
    "club-internet.fr",
    "duck.com",
    "fastmail",
    "free.fr",
    "freesbee.fr",
    "gmail",
    "gmx",
    "googlemail",
    "hotmail",
    "hushmail",
    "icloud.com",
    "laposte.net",
    "libertysurf.fr",
    "live",
    "mac.com",
    "mail.com",
    "mail.ru",
    "mailinator.com",
    "mailo.com",
    "me.com",
    "msn.com",
    "netcourrier.com",
    "neuf.fr",
    "noos.fr",
    "numericable.fr",
    "orange.fr",
    "outlook",
    "pm.me",
    "posteo",
    "proton.me",
    "protonmail",
    "rocketmail.com",
    "sfr.fr",
    "skynet.be",
    "tele2.fr",
    "tutanota",
    "tutamail.com",
    "voila.fr",
    "wanadoo.fr",
    "yahoo",
    "yandex",
    "ymail.com",
    "yopmail",
    "zoho",
];

/// The normalised address of an account: trimmed, lower case, `local@domain`, ASCII, at most 254
/// bytes. An address is personal: `Debug` hides it and there is no `Display`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Email(Box<str>);

impl Email {
    /// The normalised address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is the named professional address of a person (convention, article 4).
    ///
    /// # Errors
    /// [`BadEmail::Generic`] for the box of a service, [`BadEmail::Free`] for one that anybody may
    /// open.
    pub fn check_named(&self) -> Result<(), BadEmail> {
        let (local, domain) = self.0.split_once('@').ok_or(BadEmail::Form)?;
        let ending = |name: &&&str| {
            if name.contains('.') {
                domain == **name
            } else {
                domain.split('.').next() == Some(**name) && domain.matches('.').count() <= 2
            }
        };
        if FREE.iter().any(|name| ending(&name)) {
            return Err(BadEmail::Free);
        }
        // `mairie-pontoise`, `contact2` and `service.habitat` are services, `marie.mairieux` is
        // not: what follows the name must not be a letter.
        let generic = |name: &&&str| {
            local
                .strip_prefix(**name)
                .is_some_and(|rest| !rest.starts_with(|next: char| next.is_ascii_alphabetic()))
        };
        if SERVICES.iter().any(|name| generic(&name)) { Err(BadEmail::Generic) } else { Ok(()) }
    }
}

impl FromStr for Email {
    type Err = BadEmail;

    fn from_str(text: &str) -> Result<Email, BadEmail> {
        let text = text.trim();
        if text.len() > 254 || !text.is_ascii() {
            return Err(BadEmail::Form);
        }
        let text = text.to_ascii_lowercase();
        let options =
            Options::default().with_required_tld().without_domain_literal().without_display_text();
        let address =
            EmailAddress::parse_with_options(&text, options).map_err(|_| BadEmail::Form)?;
        // The standard lets a local part be quoted text; no organisation gives one to a person.
        let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
        if address.local_part().starts_with('"') || !address.domain().bytes().all(is_host) {
            return Err(BadEmail::Form);
        }
        Ok(Email(text.into()))
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(text.parse::<Email>().ok().as_ref().map(Email::as_str), expected, "{text:?}");
    }

    #[test]
    fn addresses_are_trimmed_and_lowered() {
        check(" Anne.Le-Goff+ops@Agglo.FR\n", Some("anne.le-goff+ops@agglo.fr"));
        check("o'neil@a-b.c.fr", Some("o'neil@a-b.c.fr"));
    }

    #[test]
    fn an_account_has_the_named_professional_address_of_a_person() {
        let check = |text: &str, expected: Result<(), BadEmail>| {
            assert_eq!(text.parse::<Email>().unwrap().check_named(), expected, "{text}");
        };
        for text in [
            "anne.le-goff@agglo.fr",
            "a.mairieux@agglo.fr",
            "marie.info@agglo.fr",
            "jean@live-agglo.fr",
            "infante@agglo.fr",
            "sigrid@agglo.fr",
            "paul@habitat.gmail-agglo.fr",
        ] {
            check(text, Ok(()));
        }
        for text in [
            "contact@agglo.fr",
            "mairie@pontoise.fr",
            "mairie-pontoise@agglo.fr",
            "info@agglo.fr",
            "service.habitat@agglo.fr",
            "contact2@agglo.fr",
            "no-reply@agglo.fr",
        ] {
            check(text, Err(BadEmail::Generic));
        }
        for text in [
            "anne@gmail.com",
            "anne@hotmail.fr",
            "anne@yahoo.co.uk",
            "anne@wanadoo.fr",
            "mairie@orange.fr",
            "anne@laposte.net",
            "anne@protonmail.ch",
        ] {
            check(text, Err(BadEmail::Free));
        }
    }

    #[test]
    fn what_is_not_an_address_is_refused() {
        for text in [
            "",
            "@",
            "a@",
            "@b.fr",
            "a@b",
            "a@b@c.fr",
            "a b@c.fr",
            "a@b..fr",
            ".a@b.fr",
            "a.@b.fr",
            "a..b@c.fr",
            "a@-b.fr",
            "a@b-.fr",
            "é@b.fr",
            "a@b_c.fr",
            "a@b.fr\0",
            "\"a\"@b.fr",
        ] {
            check(text, None);
        }
        check(&format!("{}@b.fr", "a".repeat(65)), None);
        check(&format!("a@{}.fr", "b.".repeat(130)), None);
    }
}
