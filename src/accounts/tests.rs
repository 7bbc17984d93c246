//! The life of tokens, sessions and accounts, with the time written down.

mod conventions;
mod documents;
mod journal_reader;
mod mandates;
mod missions;
pub(crate) mod postgres;
mod statements;
mod storage;

use std::sync::Arc;

use tempfile::TempDir;

use super::*;
use domain::{Audience, Scale};
use rights::{
    Account, Day, Email, NewConvention, OrganisationKind, Refusal, Right, Role, State, Step,
    Timestamp, authorize,
};

const START: Timestamp = Timestamp::from_seconds(1_800_000_000);
const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
const PASSWORD: &str = "canari-mot-de-passe";
const EMAIL: &str = "canari@agglo.fr";

tokio::task_local! {
    /// The database that the houses of a test are on: SQLite without it.
    static POSTGRES: String;
}

/// Each test once on SQLite and once on PostgreSQL.
macro_rules! on_both {
    ($($(#[$doc:meta])* async fn $name:ident() $body:block)*) => {
        mod on_sqlite {
            use super::*;
            $($(#[$doc])* #[tokio::test] async fn $name() $body)*
        }
        mod on_postgresql {
            use super::*;
            $($(#[$doc])* #[tokio::test] async fn $name() {
                let Some(url) = postgres::new_database().await else { return };
                POSTGRES.scope(url, async $body).await
            })*
        }
    };
}
use on_both;

struct House {
    access: Access,
    url: String,
    folder: TempDir,
}

impl House {
    async fn new() -> House {
        let folder = tempfile::tempdir().unwrap();
        let url = POSTGRES.try_with(String::clone).unwrap_or_else(|_| database(&folder));
        House { access: Access::open(&url).await.unwrap(), url, folder }
    }

    async fn with_account() -> House {
        let house = House::new().await;
        house.access.add_account(&account(EMAIL, Some(PASSWORD)), START).await.unwrap();
        house
    }

    async fn token(&self, name: Option<&str>, days: u32) -> Secret {
        self.access.add_token(&email(EMAIL), name, days, START).await.unwrap()
    }

    async fn session(&self, now: Timestamp) -> Secret {
        self.access.sign_in(EMAIL, PASSWORD, now).await.unwrap().unwrap()
    }

    /// The identifier of the account.
    async fn id(&self) -> String {
        self.access.account_in_service(&email(EMAIL), None).await.unwrap()
    }

    /// The chain, walked with the key of the house.
    async fn verify(&self) -> Result<ChainCheck, AccessError> {
        self.access.verify_journal(&self.folder.path().join("journal.key"), None).await
    }

    async fn opens(&self, credential: Credential, now: Timestamp) -> bool {
        self.access.identify(&credential, now).await.unwrap().is_some()
    }
}

fn database(folder: &TempDir) -> String {
    format!("sqlite:{}", folder.path().join("comptes.db").display())
}

fn email(text: &str) -> Email {
    text.parse().unwrap()
}

fn account(address: &str, password: Option<&str>) -> NewAccount {
    let rights = ["epci:200058519", "commune:95018"]
        .map(|territory| Right::new(territory.parse().unwrap(), Scale::ADRESSE).unwrap());
    let password = password.map(|text| Password::new(text).unwrap());
    NewAccount::new(email(address), Role::Agent, Audience::PublicMission, rights, password).unwrap()
}

fn token(secret: &Secret) -> Credential {
    Credential::Token(secret.clone())
}

fn session(secret: &Secret) -> Credential {
    Credential::Session(secret.clone())
}

on_both! {
    async fn a_token_gives_its_account_back_as_it_was_made() {
        let house = House::with_account().await;
        let secret = house.token(None, 365).await;
        let found = house.access.identify(&token(&secret), START).await.unwrap().unwrap();
        assert_eq!((found.email(), found.role()), (EMAIL, Role::Agent));
        assert_eq!(found.audience(), Audience::PublicMission);
        assert_eq!(found.rights(), account(EMAIL, None).rights());
    }

    async fn an_account_without_a_right_is_found_with_none() {
        let house = House::new().await;
        let new = NewAccount::new(email(EMAIL), Role::Tiers, Audience::Bailleur, [], None).unwrap();
        let id = house.access.add_account(&new, START).await.unwrap();
        let secret = house.token(None, 1).await;
        let found = house.access.identify(&token(&secret), START).await.unwrap().unwrap();
        assert_eq!(found.id(), id);
        assert!(found.rights().is_empty());
    }

    async fn a_token_opens_until_the_second_it_expires() {
        let house = House::with_account().await;
        let secret = house.token(None, 2).await;
        assert!(house.opens(token(&secret), START).await);
        assert!(house.opens(token(&secret), START.plus(2 * DAY - 1)).await);
        assert!(!house.opens(token(&secret), START.plus(2 * DAY)).await);
    }

    async fn a_revoked_token_opens_nothing_at_once_and_its_name_is_free() {
        let house = House::with_account().await;
        let (one, other) = (house.token(Some("qgis"), 9).await, house.token(Some("lot"), 9).await);
        let again = house.access.add_token(&email(EMAIL), Some("qgis"), 9, START).await;
        assert!(matches!(again, Err(AccessError::TokenNameTaken)));
        // Another process revokes: nothing of this one is told.
        let elsewhere = Access::open(&house.url).await.unwrap();
        elsewhere.revoke_token(&email(EMAIL), "qgis", START).await.unwrap();
        assert!(!house.opens(token(&one), START).await);
        assert!(house.opens(token(&other), START).await);
        let twice = elsewhere.revoke_token(&email(EMAIL), "qgis", START).await;
        assert!(matches!(twice, Err(AccessError::NoToken)));
        let renewed = house.token(Some("qgis"), 9).await;
        assert!(house.opens(token(&renewed), START).await && !house.opens(token(&one), START).await);
    }

    async fn the_name_of_an_expired_token_is_free() {
        let house = House::with_account().await;
        house.token(Some("qgis"), 1).await;
        let later = START.plus(DAY);
        assert!(house.access.add_token(&email(EMAIL), Some("qgis"), 1, later).await.is_ok());
        let revoked = house.access.revoke_token(&email(EMAIL), "qgis", later.plus(DAY)).await;
        assert!(matches!(revoked, Err(AccessError::NoToken)));
    }

    async fn unnamed_tokens_are_numbered_up_to_fifty() {
        let house = House::with_account().await;
        for _ in 0..3 {
            house.token(None, 1).await;
        }
        house.access.revoke_token(&email(EMAIL), "jeton-2", START).await.unwrap();
        let names = async || house.access.list(None, START).await.unwrap()[0].tokens().to_vec();
        assert_eq!(names().await, ["jeton", "jeton-3"]);
        for _ in 2..50 {
            house.token(None, 1).await;
        }
        assert_eq!(names().await.len(), 50);
        let one_more = house.access.add_token(&email(EMAIL), None, 1, START).await;
        assert!(matches!(one_more, Err(AccessError::TooManyTokens)));
    }

    async fn names_and_durations_of_tokens_have_limits() {
        let house = House::with_account().await;
        let add = async |name: &str, days| {
            house.access.add_token(&email(EMAIL), Some(name), days, START).await.map(|_| ())
        };
        let long = "é".repeat(65);
        for name in ["", " a", "a\nb", &long] {
            assert!(matches!(add(name, 1).await, Err(AccessError::BadTokenName)), "{name:?}");
        }
        for days in [0, 3651, u32::MAX] {
            assert!(matches!(add("a", days).await, Err(AccessError::BadTokenDays)));
        }
        assert!(add(&long[2..], 3650).await.is_ok());
    }

    async fn a_session_ends_twelve_hours_after_its_last_use() {
        let house = House::with_account().await;
        let secret = house.session(START).await;
        let used = START.plus(11 * HOUR);
        assert!(house.opens(session(&secret), used).await);
        assert!(house.opens(session(&secret), used.plus(12 * HOUR - 1)).await);
        assert!(!house.opens(session(&secret), used.plus(24 * HOUR)).await);
        let unused = house.session(START).await;
        assert!(!house.opens(session(&unused), START.plus(12 * HOUR)).await);
    }

    async fn a_session_in_constant_use_ends_after_seven_days() {
        let house = House::with_account().await;
        let secret = house.session(START).await;
        for hours in (0..7 * 24).step_by(6) {
            assert!(house.opens(session(&secret), START.plus(hours * HOUR)).await, "{hours} h");
        }
        assert!(house.opens(session(&secret), START.plus(7 * DAY - 1)).await);
        assert!(!house.opens(session(&secret), START.plus(7 * DAY)).await);
    }

    async fn signing_out_ends_one_session_and_twice_is_the_same() {
        let house = House::with_account().await;
        let (one, other) = (house.session(START).await, house.session(START).await);
        house.access.sign_out(&one, START).await.unwrap();
        house.access.sign_out(&one, START).await.unwrap();
        assert!(!house.opens(session(&one), START).await);
        assert!(house.opens(session(&other), START).await);
    }

    async fn the_twenty_first_session_ends_the_oldest() {
        let house = House::with_account().await;
        let first = house.session(START).await;
        let mut latest = first.clone();
        for second in 1..=20 {
            assert!(house.opens(session(&first), START.plus(second)).await);
            latest = house.session(START.plus(second)).await;
        }
        assert!(!house.opens(session(&first), START.plus(20)).await);
        assert!(house.opens(session(&latest), START.plus(20)).await);
    }

    async fn a_secret_of_one_kind_does_not_open_as_the_other() {
        let house = House::with_account().await;
        let (key, cookie) = (house.token(None, 1).await, house.session(START).await);
        assert!(!house.opens(session(&key), START).await);
        assert!(!house.opens(token(&cookie), START).await);
        assert!(!house.opens(token(&Secret::new("' OR 1=1 --")), START).await);
        assert!(!house.opens(token(&Secret::new(key.expose().to_uppercase())), START).await);
    }

    async fn sign_in_says_no_alike_whatever_is_wrong() {
        let house = House::with_account().await;
        let sign_in = async |address: &str, password: &str| {
            house.access.sign_in(address, password, START).await.unwrap().is_some()
        };
        house.access.add_account(&account("jetons@agglo.fr", None), START).await.unwrap();
        house.access.add_account(&account("parti@agglo.fr", Some(PASSWORD)), START).await.unwrap();
        house.access.disable(&email("parti@agglo.fr"), START).await.unwrap();
        assert!(sign_in(" Canari@Agglo.FR ", PASSWORD).await);
        for (address, password) in [
            (EMAIL, "canari-mot-de-pass"),
            (EMAIL, ""),
            (EMAIL, "court"),
            ("inconnu@agglo.fr", PASSWORD),
            ("jetons@agglo.fr", PASSWORD),
            ("jetons@agglo.fr", ""),
            ("parti@agglo.fr", PASSWORD),
            ("pas une adresse", PASSWORD),
            ("", ""),
        ] {
            assert!(!sign_in(address, password).await);
        }
    }

    async fn an_unknown_address_takes_the_time_of_a_wrong_password() {
        let house = House::with_account().await;
        // In turn, so that what else the machine does slows both.
        let (mut known, mut unknown) = (std::time::Duration::MAX, std::time::Duration::MAX);
        for _ in 0..9 {
            for (address, fastest) in [(EMAIL, &mut known), ("inconnu@agglo.fr", &mut unknown)] {
                let start = std::time::Instant::now();
                house.access.sign_in(address, "canari-faux-mot", START).await.unwrap();
                *fastest = start.elapsed().min(*fastest);
            }
        }
        // Without the hash of nobody the ratio is over a hundred.
        assert!(unknown * 3 > known && known * 3 > unknown, "{known:?} and {unknown:?}");
    }

    async fn a_disabled_account_opens_nothing_at_once() {
        let house = House::with_account().await;
        let (key, cookie) = (house.token(None, 1).await, house.session(START).await);
        let elsewhere = Access::open(&house.url).await.unwrap();
        elsewhere.disable(&email(EMAIL), START).await.unwrap();
        assert!(!house.opens(token(&key), START).await);
        assert!(!house.opens(session(&cookie), START).await);
        let add = house.access.add_token(&email(EMAIL), None, 1, START).await;
        assert!(matches!(add, Err(AccessError::NoAccount)));
        let twice = house.access.disable(&email(EMAIL), START).await;
        assert!(matches!(twice, Err(AccessError::NoAccount)));
        assert!(house.access.list(None, START).await.unwrap()[0].state() == State::Suspended);
    }

    async fn an_address_has_one_account() {
        let house = House::with_account().await;
        let again = house.access.add_account(&account(" CANARI@agglo.fr", None), START).await;
        assert!(matches!(again, Err(AccessError::EmailTaken)));
        assert_eq!(house.access.list(None, START).await.unwrap().len(), 1);
    }

    async fn a_list_goes_on_after_an_address() {
        let house = House::new().await;
        for address in ["c@x.fr", "a@x.fr", "b@x.fr"] {
            house.access.add_account(&account(address, None), START).await.unwrap();
        }
        let addresses = async |after: Option<&Email>| {
            let page = house.access.list(after, START).await.unwrap();
            page.iter().map(|listed| listed.email().as_str().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(addresses(None).await, ["a@x.fr", "b@x.fr", "c@x.fr"]);
        assert_eq!(addresses(Some(&email("a@x.fr"))).await, ["b@x.fr", "c@x.fr"]);
    }
}
