//! Accounts and the rights they hold.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

use super::movement::Followed;
use super::{BadEmail, Email, Password, State, Timestamp};
use domain::{Audience, Scale, TerritoryName};

/// Rights of one account, at most: a landlord owns in some hundreds of communes.
const MAX_RIGHTS: usize = 5_000;

/// What an account is for. A role shows nothing by itself: only rights do. It says what may be
/// administered.
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
    #[error("droit illisible ; écrire territoire@échelle, comme commune:95018@adresse")]
    Form,
    #[error("un compte a au plus 5000 droits")]
    TooMany,
}

/// An account, as found behind a credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    parts: AccountParts,
    digest: [u8; 32],
}

/// What an account is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AccountParts {
    pub(super) id: Box<str>,
    pub(super) email: Email,
    pub(super) role: Role,
    pub(super) audience: Audience,
    pub(super) state: State,
    pub(super) convention: Option<Box<str>>,
    pub(super) clauses_accepted: bool,
    /// The first instant of its convention, and the first after it.
    pub(super) from: Option<Timestamp>,
    pub(super) until: Option<Timestamp>,
    /// Sorted.
    pub(super) rights: Vec<Right>,
    pub(super) followed: Vec<Followed>,
}

/// An account to be made.
#[derive(Clone, Debug)]
pub struct NewAccount {
    email: Email,
    role: Role,
    audience: Audience,
    rights: Vec<Right>,
    password: Option<Password>,
    asks_clauses: bool,
    exception: Option<String>,
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

impl FromStr for Right {
    type Err = BadRight;

    /// `commune:95018@adresse`.
    fn from_str(text: &str) -> Result<Right, BadRight> {
        let (territory, finest) = text.split_once('@').ok_or(BadRight::Form)?;
        let territory = territory.parse().map_err(|_| BadRight::Form)?;
        Right::new(territory, finest.parse().map_err(|_| BadRight::Form)?)
    }
}

impl Account {
    pub(super) fn new(parts: AccountParts) -> Account {
        let mut sha = Sha256::new();
        sha.update(parts.audience.id());
        for right in &parts.rights {
            sha.update(format!("\n{}@{}", right.territory, right.finest.id()));
        }
        for Followed { from, to, finest } in &parts.followed {
            sha.update(format!("\n{from}>{to}@{}", finest.id()));
        }
        Account { parts, digest: sha.finalize().into() }
    }

    /// An opaque identifier, never given to another account.
    pub fn id(&self) -> &str {
        &self.parts.id
    }

    /// The normalised address of the person. It never goes into a log or an error.
    pub fn email(&self) -> &str {
        self.parts.email.as_str()
    }

    /// What the account is for.
    pub fn role(&self) -> Role {
        self.parts.role
    }

    /// Which indicators it reads (CCH R411-4).
    pub fn audience(&self) -> Audience {
        self.parts.audience
    }

    /// Where it is in its life.
    pub fn state(&self) -> State {
        self.parts.state
    }

    /// The identifier of its convention; `None` for accounts that the operator made by hand.
    pub fn convention(&self) -> Option<&str> {
        self.parts.convention.as_deref()
    }

    /// Whether the clauses in force were accepted (convention, article 2).
    pub fn has_accepted(&self) -> bool {
        self.parts.state == State::Active && self.parts.clauses_accepted
    }

    /// The first instant at which its convention is over.
    pub fn until(&self) -> Option<Timestamp> {
        self.parts.until
    }

    /// Its rights, sorted.
    pub fn rights(&self) -> &[Right] {
        &self.parts.rights
    }

    /// Rights on communes that an edition may know under other codes.
    pub(super) fn followed(&self) -> &[Followed] {
        &self.parts.followed
    }

    /// SHA-256 of everything that a territory depends on, but the edition.
    pub(super) fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// Whether the person may come in at all: in service, and within the convention's days.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.parts.state.may_sign_in()
            && self.parts.from.is_none_or(|from| from <= now)
            && self.parts.until.is_none_or(|until| now < until)
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
        let (asks_clauses, exception) = (false, None);
        Ok(NewAccount { email, role, audience, rights, password, asks_clauses, exception })
    }

    /// Leaves the clauses to the person, who accepts them at the first sign-in. Without this the
    /// operator vouches that they were signed.
    pub fn asking_clauses(self) -> NewAccount {
        NewAccount { asks_clauses: true, ..self }
    }

    /// The same for a named professional address (convention, article 4); any other needs a reason
    /// that is recorded.
    pub fn named(self, exception: Option<String>) -> Result<NewAccount, BadEmail> {
        if exception.is_none() {
            self.email.check_named()?;
        }
        Ok(NewAccount { exception, ..self })
    }

    pub(super) fn state(&self) -> State {
        if self.asks_clauses { State::Validated } else { State::Active }
    }

    pub(super) fn exception(&self) -> Option<&str> {
        self.exception.as_deref()
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
