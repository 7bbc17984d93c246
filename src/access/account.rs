//! Accounts and the rights they hold.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::{Email, Password};
use crate::domain::{Audience, Scale, TerritoryName};

/// Rights of one account, at most: a landlord owns in some hundreds of communes.
const MAX_RIGHTS: usize = 5_000;

/// What an account is for. In this version a role opens nothing by itself: only rights do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// The national operator.
    Operateur,
    /// The local administrator of an EPCI.
    Administrateur,
    /// An agent of an EPCI, an EPT or a commune.
    Agent,
    /// A third party mandated by an EPCI.
    Tiers,
    /// A State service.
    Etat,
    /// A landlord.
    Bailleur,
}

/// The text names no role.
#[derive(Debug, thiserror::Error)]
#[error("rôle inconnu ; écrire operateur, administrateur, agent, tiers, etat ou bailleur")]
pub struct UnknownRole;

/// A territory and the finest scale that may be seen there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Right {
    territory: TerritoryName,
    finest: Scale,
}

/// A right that cannot be given.
#[derive(Debug, thiserror::Error)]
pub enum BadRight {
    #[error(
        "un arrondissement municipal n'est pas une commune ; donner commune:75056 (Paris), commune:69123 (Lyon) ou commune:13055 (Marseille)"
    )]
    Arrondissement,
    #[error("un compte a au plus 5000 droits")]
    TooMany,
}

/// An account in service, as found behind a credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    id: Box<str>,
    email: Email,
    role: Role,
    audience: Audience,
    rights: Vec<Right>,
}

/// An account to be made.
#[derive(Clone, Debug)]
pub struct NewAccount {
    email: Email,
    role: Role,
    audience: Audience,
    rights: Vec<Right>,
    password: Option<Password>,
}

impl Role {
    /// Every role.
    pub const ALL: [Role; 6] = [
        Role::Operateur,
        Role::Administrateur,
        Role::Agent,
        Role::Tiers,
        Role::Etat,
        Role::Bailleur,
    ];

    /// The identifier used in commands and in the database.
    pub fn id(self) -> &'static str {
        match self {
            Role::Operateur => "operateur",
            Role::Administrateur => "administrateur",
            Role::Agent => "agent",
            Role::Tiers => "tiers",
            Role::Etat => "etat",
            Role::Bailleur => "bailleur",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Role, UnknownRole> {
        Role::ALL.into_iter().find(|role| role.id() == text).ok_or(UnknownRole)
    }
}

impl Right {
    /// The right to see a territory down to a scale. An arrondissement municipal is refused: it
    /// has the form of a commune's code, but editions know Paris, Lyon and Marseille as one
    /// commune each, so such a right would silently give nothing.
    pub fn new(territory: TerritoryName, finest: Scale) -> Result<Right, BadRight> {
        match &territory {
            TerritoryName::Commune(code) if is_arrondissement(code.as_str()) => {
                Err(BadRight::Arrondissement)
            }
            _ => Ok(Right { territory, finest }),
        }
    }

    /// Where.
    pub fn territory(&self) -> &TerritoryName {
        &self.territory
    }

    /// The finest scale that may be seen there.
    pub fn finest(&self) -> Scale {
        self.finest
    }
}

impl Account {
    pub(super) fn new(
        id: Box<str>,
        email: Email,
        role: Role,
        audience: Audience,
        rights: Vec<Right>,
    ) -> Account {
        Account { id, email, role, audience, rights }
    }

    /// An opaque identifier, never given to another account.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The normalised address of the person. It never goes into a log or an error.
    pub fn email(&self) -> &str {
        self.email.as_str()
    }

    /// What the account is for.
    pub fn role(&self) -> Role {
        self.role
    }

    /// Which indicators it reads (CCH R411-4).
    pub fn audience(&self) -> Audience {
        self.audience
    }

    /// Its rights, sorted, one for each territory.
    pub fn rights(&self) -> &[Right] {
        &self.rights
    }
}

impl NewAccount {
    /// An account to be made. Two rights on one territory are one, the finer. Without a password
    /// the account is used with tokens only.
    pub fn new(
        email: Email,
        role: Role,
        audience: Audience,
        rights: impl IntoIterator<Item = Right>,
        password: Option<Password>,
    ) -> Result<NewAccount, BadRight> {
        let mut finest: BTreeMap<TerritoryName, Scale> = BTreeMap::new();
        for Right { territory, finest: scale } in rights {
            finest.entry(territory).and_modify(|kept| *kept = scale.min(*kept)).or_insert(scale);
            if finest.len() > MAX_RIGHTS {
                return Err(BadRight::TooMany);
            }
        }
        let right = |(territory, finest)| Right { territory, finest };
        let rights = finest.into_iter().map(right).collect();
        Ok(NewAccount { email, role, audience, rights, password })
    }

    /// The normalised address of the person.
    pub fn email(&self) -> &Email {
        &self.email
    }

    /// What the account is for.
    pub fn role(&self) -> Role {
        self.role
    }

    /// Which indicators it will read.
    pub fn audience(&self) -> Audience {
        self.audience
    }

    /// Its rights, sorted, one for each territory.
    pub fn rights(&self) -> &[Right] {
        &self.rights
    }

    pub(super) fn password(&self) -> Option<&Password> {
        self.password.as_ref()
    }
}

/// Codes of the arrondissements municipaux of Paris, Marseille and Lyon (COG).
fn is_arrondissement(code: &str) -> bool {
    matches!(code.parse::<u32>(), Ok(75_101..=75_120 | 13_201..=13_216 | 69_381..=69_389))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arrondissement_is_not_a_territory() {
        let check = |territory: &str, given: bool| {
            let right = Right::new(territory.parse().unwrap(), Scale::Adresse);
            assert_eq!(right.is_ok(), given, "{territory}");
        };
        for code in ["75101", "75120", "13201", "13216", "69381", "69389"] {
            check(&format!("commune:{code}"), false);
        }
        for code in ["75056", "13055", "69123", "13200", "13217", "69380", "69390", "2A004"] {
            check(&format!("commune:{code}"), true);
        }
    }

    #[test]
    fn two_rights_on_one_territory_are_the_finer() {
        let right = |scale| Right::new(TerritoryName::France, scale).unwrap();
        let new = |rights: [Right; 2]| {
            let email = "a@b.fr".parse().unwrap();
            NewAccount::new(email, Role::Agent, Audience::Bailleur, rights, None).unwrap()
        };
        let account = new([right(Scale::Iris), right(Scale::Commune)]);
        assert_eq!(account.rights(), [right(Scale::Iris)]);
        assert_eq!(new([right(Scale::Commune), right(Scale::Iris)]).rights(), account.rights());
    }

    #[test]
    fn every_role_reads_back_from_its_id() {
        for role in Role::ALL {
            assert_eq!(role.id().parse::<Role>().unwrap(), role);
        }
        assert!("Agent".parse::<Role>().is_err());
    }
}
