//! Organisations and the conventions that they signed.

use std::fmt;
use std::str::FromStr;

use super::{Day, Purposes, Right, Role};
use domain::{Audience, Fault, HasFault, Scale, TerritoryName};

/// Named accounts of one convention, at most.
const MAX_SEATS: u32 = 5_000;
/// Rights of one convention, at most: a landlord owns in some hundreds of communes.
const MAX_RIGHTS: usize = 5_000;
/// Characters of a name, a purpose or a reference, at most.
pub const MAX_TEXT: usize = 500;

/// What an organisation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The national operator, and whoever it lets in by its own hand.
    Operateur,
    /// An EPCI (article 1).
    Epci,
    /// An établissement public territorial of Greater Paris.
    Ept,
    /// A commune annexed to the convention of its EPCI (article 4).
    Commune,
    /// A third party mandated by an EPCI (article 5).
    Tiers,
    /// A service of the State.
    Etat,
    /// A landlord (CCH L411-10).
    Bailleur,
    /// A union or federation of landlords (CCH L411-10).
    Union,
    /// ANIL and its departmental agencies (R411-4).
    Adil,
    /// Who holds a contingent of dwellings: a private person with a public mission in housing
    /// (R411-4).
    Reservataire,
    /// The council of a département: a public body (R411-4).
    Departement,
}

/// A text that names no kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "organisation inconnue ; écrire operateur, epci, ept, commune, tiers, etat, bailleur, union, adil, reservataire ou departement"
)]
pub struct UnknownKind;

impl HasFault for UnknownKind {
    fn fault(&self) -> Fault {
        Fault::Usage
    }
}

/// A convention that cannot be made as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each message says what went wrong")]
pub enum BadConvention {
    #[error(
        "le code d'un EPCI s'écrit epci:SIREN, celui d'un EPT ept:SIREN, celui d'une commune commune:CODE, celui d'un département departement:CODE"
    )]
    Code,
    #[error(
        "le code d'une organisation a de 1 à 64 lettres ASCII, chiffres, tirets, deux-points ou soulignés"
    )]
    CodeForm,
    #[error(
        "une commune est annexée à la convention de son EPCI, un tiers est mandaté par un EPCI : donner cette convention"
    )]
    Parent,
    #[error("seuls une commune et un tiers dépendent de la convention d'un EPCI")]
    NoParent,
    #[error(
        "un texte a de 1 à 500 caractères, sans caractère de contrôle ; le nom, l'objet et le délégué à la protection des données sont obligatoires"
    )]
    Text,
    #[error(
        "la référence du marché a de 1 à 500 caractères et ne se donne que pour un tiers mandaté"
    )]
    Contract,
    #[error(
        "l'opérateur, l'association de bailleurs et l'organisme signent la convention d'un EPCI ou d'un EPT, le mandant et l'organisme celle d'un tiers, l'organisme toutes les autres ; chacun une fois"
    )]
    Parties,
    #[error("le comité de suivi est celui de la convention de l'EPCI")]
    Committee,
    #[error("une convention compte de 1 à 5000 comptes nominatifs")]
    Seats,
    #[error("une convention finit après avoir commencé")]
    Days,
    #[error("une convention donne au moins un droit, et au plus 5000")]
    Rights,
    #[error("les droits demandés dépassent ceux de la convention dont celle-ci dépend")]
    Beyond,
    #[error(
        "un service de l'État a un département ou une région ; un bailleur, l'adresse dans ses communes et au plus la commune ailleurs ; une ADIL et un réservataire, au plus la commune pour la France entière ; un EPCI, un EPT, une commune et un département, leur territoire"
    )]
    Territory,
}

impl HasFault for BadConvention {
    fn fault(&self) -> Fault {
        Fault::Usage
    }
}

/// A convention to be made.
#[derive(Clone, Debug)]
pub struct NewConvention {
    /// What the organisation is.
    pub kind: Kind,
    /// `epci:200058519`, `commune:95018`, or the SIREN of who has no territory.
    pub code: String,
    /// The name of the organisation.
    pub name: String,
    /// The EPCI's convention, for a commune and a third party.
    pub parent: Option<String>,
    /// What it is for, in words.
    pub purpose: String,
    /// The purposes of article 1 that it was signed for.
    pub purposes: Purposes,
    /// The contract by which an EPCI ordered a third party's analyses (article 5).
    pub contract: Option<String>,
    /// N, the named accounts.
    pub seats: u32,
    /// The first day.
    pub starts: Day,
    /// The last one, included.
    pub ends: Day,
    /// Who answers for the protection of data.
    pub dpo: String,
    /// Empty: the territory that the code names or, for a third party, that of the EPCI.
    pub rights: Vec<Right>,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 11] = [
        Kind::Operateur,
        Kind::Epci,
        Kind::Ept,
        Kind::Commune,
        Kind::Tiers,
        Kind::Etat,
        Kind::Bailleur,
        Kind::Union,
        Kind::Adil,
        Kind::Reservataire,
        Kind::Departement,
    ];

    /// The identifier in commands, answers and the database.
    pub fn id(self) -> &'static str {
        match self {
            Kind::Operateur => "operateur",
            Kind::Epci => "epci",
            Kind::Ept => "ept",
            Kind::Commune => "commune",
            Kind::Tiers => "tiers",
            Kind::Etat => "etat",
            Kind::Bailleur => "bailleur",
            Kind::Union => "union",
            Kind::Adil => "adil",
            Kind::Reservataire => "reservataire",
            Kind::Departement => "departement",
        }
    }

    /// The role of its people.
    pub fn role(self) -> Role {
        match self {
            Kind::Operateur => Role::Operateur,
            Kind::Epci
            | Kind::Ept
            | Kind::Commune
            | Kind::Adil
            | Kind::Reservataire
            | Kind::Departement => Role::Agent,
            Kind::Tiers => Role::Tiers,
            Kind::Etat => Role::Etat,
            Kind::Bailleur | Kind::Union => Role::Bailleur,
        }
    }

    /// The role that one of its people may have, given the one that was written: its own, that of
    /// its administrator or of their deputy. Under the operator's own hand every role is.
    pub fn limit(self, role: Role) -> Role {
        if self == Kind::Operateur || role.administers() { role } else { self.role() }
    }

    /// Which indicators its people read (CCH R411-4).
    pub fn audience(self) -> Audience {
        match self {
            Kind::Bailleur | Kind::Union => Audience::Bailleur,
            _ => Audience::PublicMission,
        }
    }

    /// The audience that one of its people may have, given the one that was written: landlords
    /// read what landlords may, whatever an account says (CCH R411-4).
    pub fn limit_audience(self, audience: Audience) -> Audience {
        if self.audience() == Audience::Bailleur { Audience::Bailleur } else { audience }
    }

    /// Whether it depends on the convention of an EPCI or EPT.
    pub fn needs_parent(self) -> bool {
        matches!(self, Kind::Commune | Kind::Tiers)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Kind, UnknownKind> {
        Kind::ALL.into_iter().find(|kind| kind.id() == text).ok_or(UnknownKind)
    }
}

impl NewConvention {
    /// Checks everything that can be said of it alone, and gives the rights that it opens; `None`
    /// where they are those of the parent.
    ///
    /// # Errors
    /// [`BadConvention`] says what its kind does not allow.
    pub fn check(&self) -> Result<Option<Vec<Right>>, BadConvention> {
        let form = |byte: u8| byte.is_ascii_alphanumeric() || b"-_:".contains(&byte);
        if !(1..=64).contains(&self.code.len()) || !self.code.bytes().all(form) {
            return Err(BadConvention::CodeForm);
        }
        if ![&self.name, &self.purpose, &self.dpo].into_iter().all(|text| is_text(text)) {
            return Err(BadConvention::Text);
        }
        if let Some(contract) = &self.contract
            && (self.kind != Kind::Tiers || !is_text(contract))
        {
            return Err(BadConvention::Contract);
        }
        if self.kind.needs_parent() != self.parent.is_some() {
            let needs = self.kind.needs_parent();
            return Err(if needs { BadConvention::Parent } else { BadConvention::NoParent });
        }
        if !(1..=MAX_SEATS).contains(&self.seats) {
            return Err(BadConvention::Seats);
        }
        if self.ends < self.starts {
            return Err(BadConvention::Days);
        }
        self.own_rights()
    }

    fn own_rights(&self) -> Result<Option<Vec<Right>>, BadConvention> {
        let given = &self.rights;
        if given.len() > MAX_RIGHTS {
            return Err(BadConvention::Rights);
        }
        let named = match self.kind {
            Kind::Epci | Kind::Ept | Kind::Commune | Kind::Departement => {
                let name: TerritoryName = self.code.parse().map_err(|_| BadConvention::Code)?;
                let fits = matches!(
                    (self.kind, &name),
                    (Kind::Epci, TerritoryName::Epci(_))
                        | (Kind::Ept, TerritoryName::Ept(_))
                        | (Kind::Commune, TerritoryName::Commune(_))
                        | (Kind::Departement, TerritoryName::Departement(_))
                );
                if !fits {
                    return Err(BadConvention::Code);
                }
                let own = Right::new(name, Scale::ADRESSE).map_err(|_| BadConvention::Code)?;
                if !given.is_empty() && *given != [own.clone()] {
                    return Err(BadConvention::Territory);
                }
                Some(vec![own])
            }
            Kind::Tiers if given.is_empty() => None,
            _ if given.is_empty() => return Err(BadConvention::Rights),
            _ => Some(given.clone()),
        };
        let allowed = |right: &Right| match (self.kind, right.territory()) {
            (Kind::Etat, TerritoryName::Departement(_) | TerritoryName::Region(_)) => true,
            (Kind::Etat, _) => false,
            // Its tenants' addresses where it owns; elsewhere no finer than the commune.
            (Kind::Bailleur, TerritoryName::Commune(_)) => true,
            (Kind::Bailleur | Kind::Union, _) => right.finest() >= Scale::COMMUNE,
            // For their mission, in the territory that it has; the country from afar.
            (Kind::Adil | Kind::Reservataire, TerritoryName::France) => {
                right.finest() >= Scale::COMMUNE
            }
            _ => true,
        };
        if !named.iter().flatten().all(allowed) {
            return Err(BadConvention::Territory);
        }
        Ok(named)
    }
}

/// A text that a person may read: 1 to 500 characters, none of control or that hides another.
pub fn is_text(text: &str) -> bool {
    text.len() <= 4 * MAX_TEXT
        && (1..=MAX_TEXT).contains(&text.chars().count())
        && !text.trim().is_empty()
        && !text.chars().any(super::name::hides)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn convention(kind: Kind, code: &str, parent: Option<&str>, rights: &[&str]) -> NewConvention {
        let right = |text: &&str| {
            let (territory, finest) = text.split_once('@').unwrap();
            Right::new(territory.parse().unwrap(), finest.parse().unwrap()).unwrap()
        };
        NewConvention {
            kind,
            code: code.into(),
            name: "Essai".into(),
            parent: parent.map(Into::into),
            purpose: "diagnostic".into(),
            purposes: Purposes::all(),
            contract: None,
            seats: 2,
            starts: "2026-01-01".parse().unwrap(),
            ends: "2026-12-31".parse().unwrap(),
            dpo: "dpo".into(),
            rights: rights.iter().map(right).collect(),
        }
    }

    #[test]
    fn each_kind_opens_what_the_table_of_rights_says() {
        let check =
            |kind, code: &str, parent, rights: &[&str], expected: Result<&str, BadConvention>| {
                let found = convention(kind, code, parent, rights).check().map(|rights| {
                    let texts = rights
                        .iter()
                        .flatten()
                        .map(|one| format!("{}@{}", one.territory(), one.finest()));
                    texts.collect::<Vec<_>>().join(" ")
                });
                assert_eq!(found, expected.map(str::to_owned), "{kind} {code} {rights:?}");
            };
        check(Kind::Epci, "epci:200058519", None, &[], Ok("epci:200058519@adresse"));
        check(Kind::Epci, "ept:200058519", None, &[], Err(BadConvention::Code));
        check(
            Kind::Epci,
            "epci:200058519",
            None,
            &["france@adresse"],
            Err(BadConvention::Territory),
        );
        check(Kind::Commune, "commune:95018", Some("c"), &[], Ok("commune:95018@adresse"));
        check(Kind::Commune, "commune:95018", None, &[], Err(BadConvention::Parent));
        check(Kind::Commune, "commune:75101", Some("c"), &[], Err(BadConvention::Code));
        check(Kind::Tiers, "552100554", Some("c"), &[], Ok(""));
        check(Kind::Tiers, "552100554", None, &[], Err(BadConvention::Parent));
        check(
            Kind::Etat,
            "ddt-95",
            None,
            &["departement:95@adresse"],
            Ok("departement:95@adresse"),
        );
        check(Kind::Etat, "ddt-95", None, &["france@adresse"], Err(BadConvention::Territory));
        check(
            Kind::Etat,
            "ddt-95",
            Some("c"),
            &["departement:95@adresse"],
            Err(BadConvention::NoParent),
        );
        let landlord = ["commune:95018@adresse", "france@commune"];
        check(
            Kind::Bailleur,
            "552100554",
            None,
            &landlord,
            Ok("commune:95018@adresse france@commune"),
        );
        check(Kind::Bailleur, "552100554", None, &["france@iris"], Err(BadConvention::Territory));
        check(Kind::Bailleur, "552100554", None, &[], Err(BadConvention::Rights));
        check(Kind::Union, "552100554", None, &["region:11@commune"], Ok("region:11@commune"));
        let adil = ["departement:95@adresse"];
        check(Kind::Adil, "adil-95", None, &adil, Ok("departement:95@adresse"));
        check(Kind::Adil, "anil", None, &["france@commune"], Ok("france@commune"));
        check(Kind::Adil, "anil", None, &["france@iris"], Err(BadConvention::Territory));
        check(Kind::Reservataire, "al", None, &["region:11@iris"], Ok("region:11@iris"));
        check(Kind::Reservataire, "al", None, &["france@iris"], Err(BadConvention::Territory));
        check(Kind::Departement, "departement:95", None, &[], Ok("departement:95@adresse"));
        check(Kind::Departement, "epci:200058519", None, &[], Err(BadConvention::Code));
        check(
            Kind::Departement,
            "departement:95",
            None,
            &["france@commune"],
            Err(BadConvention::Territory),
        );
        check(Kind::Operateur, "gip", None, &["france@adresse"], Ok("france@adresse"));
    }

    #[test]
    fn a_convention_has_a_purpose_a_delegate_seats_and_an_end() {
        let good = convention(Kind::Epci, "epci:200058519", None, &[]);
        let check = |bad: NewConvention, error| assert_eq!(bad.check(), Err(error));
        check(NewConvention { purpose: " ".into(), ..good.clone() }, BadConvention::Text);
        check(NewConvention { dpo: String::new(), ..good.clone() }, BadConvention::Text);
        check(NewConvention { seats: 0, ..good.clone() }, BadConvention::Seats);
        let ends = "2025-12-31".parse().unwrap();
        check(NewConvention { ends, ..good.clone() }, BadConvention::Days);
        check(NewConvention { code: "epci 1".into(), ..good }, BadConvention::CodeForm);
    }
}
