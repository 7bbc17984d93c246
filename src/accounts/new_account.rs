//! Accounts to be made.

use std::collections::BTreeMap;

use domain::{Audience, Scale, TerritoryName};

use super::Password;
use rights::{BadEmail, BadRight, Day, Email, Right, Role, State};

/// Rights of one account, at most: a landlord owns in some hundreds of communes.
const MAX_RIGHTS: usize = 5_000;

/// An account to be made by the operator's own hand.
#[derive(Clone, Debug)]
pub struct NewAccount {
    email: Email,
    role: Role,
    audience: Audience,
    rights: Vec<Right>,
    password: Option<Password>,
    asks_clauses: bool,
    exception: Option<String>,
    convention: Option<String>,
    until: Option<Day>,
}

impl NewAccount {
    /// An account to be made. Two rights on one territory are one, the finer. Without a password
    /// the account is used with tokens only.
    ///
    /// # Errors
    ///
    /// [`BadRight::TooMany`] over 5,000 territories.
    pub fn new(
        email: Email,
        role: Role,
        audience: Audience,
        rights: impl IntoIterator<Item = Right>,
        password: Option<Password>,
    ) -> Result<NewAccount, BadRight> {
        let mut finest: BTreeMap<TerritoryName, Scale> = BTreeMap::new();
        for right in rights {
            let scale = right.finest();
            let kept = finest.entry(right.territory().clone());
            kept.and_modify(|kept| *kept = scale.min(*kept)).or_insert(scale);
            if finest.len() > MAX_RIGHTS {
                return Err(BadRight::TooMany);
            }
        }
        let right = |(territory, finest)| Right::new(territory, finest);
        let rights = finest.into_iter().map(right).collect::<Result<_, _>>()?;
        Ok(NewAccount {
            email,
            role,
            audience,
            rights,
            password,
            asks_clauses: false,
            exception: None,
            convention: None,
            until: None,
        })
    }

    /// The same under a convention that there is, within its rights and its seats.
    pub fn under(self, convention: String) -> NewAccount {
        NewAccount { convention: Some(convention), ..self }
    }

    /// The same until the end of a day, under a convention of the operator's for it alone; without
    /// this, for a year.
    pub fn until_day(self, day: Day) -> NewAccount {
        NewAccount { until: Some(day), ..self }
    }

    /// Leaves the clauses to the person, who accepts them at the first sign-in. Without this the
    /// operator vouches that they were signed.
    pub fn asking_clauses(self) -> NewAccount {
        NewAccount { asks_clauses: true, ..self }
    }

    /// The same for a named professional address (convention, article 4); any other needs a reason
    /// that is recorded.
    ///
    /// # Errors
    ///
    /// [`BadEmail`] says which rule refuses the address.
    pub fn named(self, exception: Option<String>) -> Result<NewAccount, BadEmail> {
        if exception.is_none() {
            self.email.check_named()?;
        }
        Ok(NewAccount { exception, ..self })
    }

    pub(super) fn state(&self) -> State {
        if self.asks_clauses { State::Validated } else { State::Active }
    }

    pub(super) fn asks_clauses(&self) -> bool {
        self.asks_clauses
    }

    pub(super) fn convention(&self) -> Option<&str> {
        self.convention.as_deref()
    }

    pub(super) fn until(&self) -> Option<Day> {
        self.until
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_rights_on_one_territory_are_the_finer() {
        let right = |scale| Right::new(TerritoryName::France, scale).unwrap();
        let new = |rights: [Right; 2]| {
            let email = "a@b.fr".parse().unwrap();
            NewAccount::new(email, Role::Agent, Audience::Bailleur, rights, None).unwrap()
        };
        let account = new([right(Scale::IRIS), right(Scale::COMMUNE)]);
        assert_eq!(account.rights(), [right(Scale::IRIS)]);
        assert_eq!(new([right(Scale::COMMUNE), right(Scale::IRIS)]).rights(), account.rights());
    }
}
