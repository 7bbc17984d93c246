//! The one function from an account to what it may see.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

use sha2::{Digest, Sha256};

use super::account::Text;
use super::commune_changes::Followed;
use super::{Account, Right, Timestamp, Visible};
use domain::{Audience, CommuneCode, CommuneRow, TerritoryName};

/// The proof that somebody was authorised, and for what: a territory in one edition and an
/// audience. Only [`authorize`] makes one.
#[derive(Clone, Debug)]
pub struct View {
    visible: Arc<Visible>,
    audience: Audience,
    scope: Arc<str>,
}

/// Why an account that is known may see nothing now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The convention is over, has not begun, or the account is out of service.
    Closed,
    /// The clauses in force are not accepted (convention, article 2).
    Clauses,
}

/// What an account may see among the communes of an edition at an instant. Every route of data
/// takes the [`View`] that this gives, and nothing else gives one. It reads no clock and no
/// database.
///
/// ```
/// use domain::{Audience, CommuneRow};
/// use rights::{Account, AccountParts, CommuneChanges, Day, Grants, Refusal, Role, State, authorize};
///
/// let commune = |code: &str, epci: &str| CommuneRow {
///     code: code.parse().unwrap(),
///     nom: code.into(),
///     departement: "95".into(),
///     region: "11".into(),
///     epci: Some(epci.into()),
///     ept: None,
///     bounds: None,
/// };
/// let edition = [commune("95018", "200058485"), commune("95127", "249500109")];
/// // A third party whose convention says more than the EPCI that mandates it may give.
/// let texts = ["france@adresse", "epci:249500109@iris"].map(|right| vec![right.parse().unwrap()]);
/// let end: Day = "2027-03-31".parse().unwrap();
/// let account = Account::new(AccountParts {
///     id: "a1".into(),
///     person: "p1".into(),
///     email: "paul.etude@bureau.fr".parse().unwrap(),
///     role: Role::Tiers,
///     audience: Audience::PublicMission,
///     state: State::Active,
///     convention: "c1".into(),
///     clauses_accepted: true,
///     from: None,
///     until: Some(end.ends()),
///     grants: Grants::new(texts, &CommuneChanges::default()),
/// });
/// let view = authorize(&account, &edition, end.begins()).unwrap();
/// assert!(view.visible().shows("iris".parse().unwrap(), "951270101", ["95127"]));
/// assert!(!view.visible().shows("adresse".parse().unwrap(), "95127-x", ["95127"]));
/// assert!(!view.visible().shows("iris".parse().unwrap(), "950180101", ["95018"]));
/// // The last day ends at midnight in Paris, and access with it.
/// assert_eq!(authorize(&account, &edition, end.ends()).unwrap_err(), Refusal::Closed);
/// ```
///
/// # Errors
///
/// [`Refusal::Closed`] outside the days of the convention or out of service, [`Refusal::Clauses`]
/// where the clauses in force are not accepted.
pub fn authorize(
    account: &Account,
    communes: &[CommuneRow],
    now: Timestamp,
) -> Result<View, Refusal> {
    account.may_see(now)?;
    let known: HashSet<CommuneCode> = communes.iter().map(|row| row.code).collect();
    let texts: Vec<Cow<'_, [Right]>> =
        account.grants().texts().iter().map(|text| rights_in(text, &known)).collect();
    let visible = Visible::within(texts.iter().map(|text| &**text), communes);
    let audience = account.audience();
    let scope = hex::encode(Sha256::digest(format!("{}/{}", visible.digest(), audience.id())));
    Ok(View { visible: Arc::new(visible), audience, scope: scope.into() })
}

impl Account {
    /// Whether the account may see anything at an instant.
    ///
    /// # Errors
    /// As [`authorize`].
    pub fn may_see(&self, now: Timestamp) -> Result<(), Refusal> {
        if !self.is_open(now) {
            return Err(Refusal::Closed);
        }
        if self.has_accepted() { Ok(()) } else { Err(Refusal::Clauses) }
    }
}

/// The rights as they read in an edition: those on communes that it does not know follow the
/// official movements to communes that it knows.
fn rights_in<'a>(text: &'a Text, known: &HashSet<CommuneCode>) -> Cow<'a, [Right]> {
    let follows = |one: &&Followed| !known.contains(&one.from) && known.contains(&one.to);
    let right = |one: &Followed| Right::new(TerritoryName::Commune(one.to), one.finest).ok();
    let followed: Vec<Right> = text.followed.iter().filter(follows).filter_map(right).collect();
    if followed.is_empty() {
        return Cow::Borrowed(&text.rights);
    }
    Cow::Owned(text.rights.iter().cloned().chain(followed).collect())
}

/// The digest of an edition, and the view of it.
type Kept = (Box<str>, View);

/// Views kept computed, one for each edition and set of rights. The largest, France at 35,000
/// communes, is about 200 kB, and accounts with equal rights share one.
#[derive(Default)]
pub struct Views {
    kept: RwLock<HashMap<[u8; 32], Vec<Kept>>>,
}

/// Views kept at once; when there are more, all are forgotten.
const MAX_VIEWS: usize = 512;

impl Views {
    /// The answer of [`authorize`], remembered under everything that it depends on: the rights,
    /// the audience, the movements (the account's digest), and the edition, named by the digest of
    /// its manifest. The instant is judged every time.
    ///
    /// # Errors
    /// As [`authorize`].
    pub fn get(
        &self,
        account: &Account,
        edition: &str,
        communes: &[CommuneRow],
        now: Timestamp,
    ) -> Result<View, Refusal> {
        account.may_see(now)?;
        {
            let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
            let of_rights = kept.get(account.digest()).into_iter().flatten();
            if let Some((_, view)) = of_rights.into_iter().find(|(name, _)| **name == *edition) {
                return Ok(view.clone());
            }
        }
        let view = authorize(account, communes, now)?;
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if kept.values().map(Vec::len).sum::<usize>() >= MAX_VIEWS {
            kept.clear();
        }
        let of_rights = kept.entry(*account.digest()).or_default();
        if of_rights.iter().all(|(name, _)| **name != *edition) {
            of_rights.push((edition.into(), view.clone()));
        }
        Ok(view)
    }
}

impl View {
    /// The territory.
    pub fn visible(&self) -> &Arc<Visible> {
        &self.visible
    }

    /// Whose indicators are read.
    pub fn audience(&self) -> Audience {
        self.audience
    }

    /// Lower-case hexadecimal SHA-256 of (territory, audience): equal for accounts with equal
    /// rights, and silent about who they are.
    pub fn scope(&self) -> &str {
        &self.scope
    }
}
