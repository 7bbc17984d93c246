//! Accounts and the rights they hold.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

use super::{CommuneChanges, Email, Followed, State, Timestamp};
use domain::{Audience, Fault, HasFault, Scale, TerritoryName};

/// What an account is for. A role shows nothing by itself: only rights do. It says what may be
/// administered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// The national operator.
    Operateur,
    /// The local administrator of a convention (article 4, annex 3): one.
    Administrateur,
    /// Who stands in for the local administrator, with the same powers: one at most.
    Suppleant,
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
#[error(
    "rôle inconnu ; écrire operateur, administrateur, suppleant, agent, tiers, etat ou bailleur"
)]
pub struct UnknownRole;

impl HasFault for UnknownRole {
    fn fault(&self) -> Fault {
        Fault::Usage
    }
}

/// A territory and the finest scale that may be seen there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Right {
    territory: TerritoryName,
    finest: Scale,
}

/// A right that cannot be given.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each message says what went wrong")]
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

impl HasFault for BadRight {
    fn fault(&self) -> Fault {
        Fault::Usage
    }
}

/// An account, as found behind a credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    parts: AccountParts,
    digest: [u8; 32],
}

/// What an account is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountParts {
    /// An opaque identifier, never given to another account.
    pub id: Box<str>,
    /// The person who holds it; several accounts may be one person's.
    pub person: Box<str>,
    /// The person's address.
    pub email: Email,
    /// What the account is for.
    pub role: Role,
    /// Which indicators it reads.
    pub audience: Audience,
    /// Where it is in its life.
    pub state: State,
    /// The identifier of the convention that it is under.
    pub convention: Box<str>,
    /// Whether the clauses accepted are those in force.
    pub clauses_accepted: bool,
    /// The first instant of its convention.
    pub from: Option<Timestamp>,
    /// The first instant after it.
    pub until: Option<Timestamp>,
    /// What it may see.
    pub grants: Grants,
}

/// The texts that say what an account may see, from the narrowest outward: its own rights where it has
/// some, those of its convention, those of the convention that this one depends on. Each limits the
/// others, and they are put together for each edition anew, on its table of communes: a right that
/// goes beyond a convention, or a commune that left the EPCI, shows nothing, whatever was stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grants {
    texts: Vec<Text>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Text {
    /// Sorted.
    pub(crate) rights: Vec<Right>,
    pub(crate) followed: Vec<Followed>,
}

impl Grants {
    /// The texts, from the narrowest outward, with the communes that rights follow.
    pub fn new(texts: impl IntoIterator<Item = Vec<Right>>, changes: &CommuneChanges) -> Grants {
        let text = |mut rights: Vec<Right>| {
            rights.sort_unstable();
            let followed = changes.follow(&rights);
            Text { rights, followed }
        };
        Grants { texts: texts.into_iter().map(text).collect() }
    }

    /// The narrowest text.
    pub fn rights(&self) -> &[Right] {
        self.texts.first().map_or(&[], |text| &text.rights)
    }

    pub(crate) fn texts(&self) -> &[Text] {
        &self.texts
    }
}

impl Role {
    /// Every role.
    pub const ALL: [Role; 7] = [
        Role::Operateur,
        Role::Administrateur,
        Role::Suppleant,
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
            Role::Suppleant => "suppleant",
            Role::Agent => "agent",
            Role::Tiers => "tiers",
            Role::Etat => "etat",
            Role::Bailleur => "bailleur",
        }
    }

    /// Whether it decides about the people of its convention: the local administrator and their
    /// deputy.
    pub fn administers(self) -> bool {
        matches!(self, Role::Administrateur | Role::Suppleant)
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
    ///
    /// # Errors
    /// [`BadRight::Arrondissement`].
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
    /// The account of these parts.
    pub fn new(parts: AccountParts) -> Account {
        let mut sha = Sha256::new();
        sha.update(parts.audience.id());
        for text in parts.grants.texts() {
            sha.update("\n");
            for right in &text.rights {
                sha.update(format!("\n{}@{}", right.territory, right.finest.id()));
            }
            for Followed { from, to, finest } in &text.followed {
                sha.update(format!("\n{from}>{to}@{}", finest.id()));
            }
        }
        Account { parts, digest: sha.finalize().into() }
    }

    /// An opaque identifier, never given to another account.
    pub fn id(&self) -> &str {
        &self.parts.id
    }

    /// The identifier of the person, who may hold other accounts.
    pub fn person(&self) -> &str {
        &self.parts.person
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

    /// The identifier of the convention that it is under.
    pub fn convention(&self) -> &str {
        &self.parts.convention
    }

    /// Whether the clauses in force were accepted (convention, article 2).
    pub fn has_accepted(&self) -> bool {
        self.parts.state == State::Active && self.parts.clauses_accepted
    }

    /// The first instant at which its convention is over.
    pub fn until(&self) -> Option<Timestamp> {
        self.parts.until
    }

    /// The narrowest rights that it was given, sorted. What they show is for [`authorize`] to say.
    ///
    /// [`authorize`]: super::authorize
    pub fn rights(&self) -> &[Right] {
        self.parts.grants.rights()
    }

    /// Every text that limits what it may see.
    pub(crate) fn grants(&self) -> &Grants {
        &self.parts.grants
    }

    /// SHA-256 of everything that a territory depends on, but the edition.
    pub fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// Whether the person may come in at all: in service, and within the convention's days.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.parts.state.may_sign_in()
            && self.parts.from.is_none_or(|from| from <= now)
            && self.parts.until.is_none_or(|until| now < until)
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
            let right = Right::new(territory.parse().unwrap(), Scale::ADRESSE);
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
    fn every_role_reads_back_from_its_id() {
        for role in Role::ALL {
            assert_eq!(role.id().parse::<Role>().unwrap(), role);
        }
        assert!("Agent".parse::<Role>().is_err());
    }
}
