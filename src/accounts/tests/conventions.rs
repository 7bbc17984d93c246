//! Conventions and people, with the time written down.

use super::*;
use domain::CommuneRow;

pub(super) fn day(text: &str) -> Day {
    text.parse().unwrap()
}

pub(super) fn epci(code: &str, seats: u32, ends: &str) -> NewConvention {
    NewConvention {
        kind: OrganisationKind::Epci,
        code: code.into(),
        name: "Agglomération d'essai".into(),
        parent: None,
        purpose: "Diagnostic local de l'habitat".into(),
        purposes: rights::Purposes::all(),
        contract: None,
        seats,
        starts: day("2020-01-01"),
        ends: day(ends),
        dpo: "dpo@agglo.fr".into(),
        rights: Vec::new(),
    }
}

pub(super) fn person(name: &str) -> NewPerson {
    NewPerson {
        email: email(&format!("{name}@agglo.fr")),
        name: name.parse().unwrap(),
        exception: None,
    }
}

/// The secret of the last letter to an address, as its owner reads it.
pub(super) async fn ticket(house: &House, address: &str) -> Secret {
    let row = sqlx::query("SELECT body FROM mail WHERE recipient = $1 AND body LIKE '%seuilt_%' ORDER BY created_at DESC, next_try_at DESC LIMIT 1")
        .bind(address.to_owned())
        .fetch_one(house.access.database.pool())
        .await
        .unwrap();
    let body: String = sqlx::Row::try_get(&row, "body").unwrap();
    let at = body.find("seuilt_").unwrap();
    Secret::new(&body[at..at + 50])
}

pub(super) async fn prove(house: &House, name: &str, now: Timestamp) -> State {
    let ticket = ticket(house, &format!("{name}@agglo.fr")).await;
    house.access.prove(&ticket, PASSWORD, now).await.unwrap()
}

/// The signed form of annex 3 of an administrator, recorded by the operator.
pub(super) async fn designated(house: &House, account: &str) {
    let form = NewDesignation {
        telephone: "01 30 00 00 00".into(),
        signed_on: day("2027-01-05"),
        representative: "Le président".into(),
    };
    house.access.record_designation(Actor::Shell, account, &form, START).await.unwrap();
}

/// Invited, proved, clauses accepted.
pub(super) async fn invited(
    house: &House,
    convention: &str,
    name: &str,
    now: Timestamp,
) -> Arc<Account> {
    house.access.invite(Actor::Shell, convention, &person(name), now).await.unwrap();
    assert_eq!(prove(house, name, now).await, State::Validated);
    accept(house, name, now).await
}

pub(super) async fn accept(house: &House, name: &str, now: Timestamp) -> Arc<Account> {
    let address = format!("{name}@agglo.fr");
    let signed = house.access.sign_in(&address, PASSWORD, now).await.unwrap().unwrap();
    let account = house.access.identify(&session(&signed), now).await.unwrap().unwrap();
    let version = house.access.clauses().await.unwrap().version;
    let renewed = house.access.accept_clauses(&account, version, Some(&signed), now).await;
    let renewed = renewed.unwrap().unwrap();
    assert!(!house.opens(session(&signed), now).await, "the session before is over");
    house.access.identify(&session(&renewed), now).await.unwrap().unwrap()
}

fn rows(codes: &[&str]) -> Vec<CommuneRow> {
    let row = |code: &&str| CommuneRow {
        code: code.parse().unwrap(),
        nom: String::new(),
        departement: "95".into(),
        region: "11".into(),
        epci: Some("200058519".into()),
        ept: None,
        bounds: None,
    };
    codes.iter().map(row).collect()
}

on_both! {
    async fn access_ends_by_itself_at_the_last_instant_of_the_last_day_in_paris() {
        let house = House::new().await;
        let new = epci("epci:200058519", 5, "2027-06-30");
        let id = house.access.make_convention(Actor::Shell, &new, START).await.unwrap();
        let account = invited(&house, &id, "anne", START).await;
        assert_eq!(account.rights().len(), 1);
        let token_made = house.access.add_token(&email("anne@agglo.fr"), None, 3650, START).await;
        let key = token_made.unwrap();
        let end = day("2027-06-30").ends();
        assert!(house.opens(token(&key), end.plus(-1)).await);
        assert!(authorize(&account, &[], end.plus(-1)).is_ok());
        assert!(!house.opens(token(&key), end).await);
        assert_eq!(authorize(&account, &[], end).err(), Some(Refusal::Closed));
        assert!(house.access.sign_in("anne@agglo.fr", PASSWORD, end).await.unwrap().is_none());

        // The date moves only at the recorded request of the EPCI, and only forward.
        let earlier = day("2027-01-01");
        let ask = house.access.ask_extension(Actor::Shell, &id, earlier, "lettre", START).await;
        assert!(ask.is_err());
        let later = day("2027-12-31");
        let asked = house.access.ask_extension(Actor::Shell, &id, later, "lettre du 3 mai", START);
        let asked = asked.await.unwrap();
        assert!(!house.opens(token(&key), end).await, "asking moves nothing");
        house.access.answer_extension(Actor::Shell, &asked, true, START).await.unwrap();
        assert!(house.opens(token(&key), end).await);
        assert!(house.access.answer_extension(Actor::Shell, &asked, true, START).await.is_err());
        house.access.close_convention(Actor::Shell, &id, START.plus(9)).await.unwrap();
        assert!(house.opens(token(&key), START.plus(8)).await);
        assert!(!house.opens(token(&key), START.plus(9)).await);
    }

    async fn a_third_party_sees_its_epci_until_the_sooner_of_both_dates() {
        let house = House::new().await;
        let epci = epci("epci:200058519", 5, "2027-06-30");
        let parent = house.access.make_convention(Actor::Shell, &epci, START).await.unwrap();
        let tiers = NewConvention {
            kind: OrganisationKind::Tiers,
            code: "552100554".into(),
            parent: Some(parent.clone()),
            seats: 2,
            ends: day("2028-01-01"),
            ..epci
        };
        let id = house.access.make_convention(Actor::Shell, &tiers, START).await.unwrap();
        let account = invited(&house, &id, "paul", START).await;
        assert_eq!(account.role(), Role::Tiers);
        assert_eq!(account.rights()[0].territory().to_string(), "epci:200058519");
        assert_eq!(account.until(), Some(day("2027-06-30").ends()));
        house.access.invite(Actor::Shell, &id, &person("jean"), START).await.unwrap();
        let third = house.access.invite(Actor::Shell, &id, &person("luc"), START).await;
        assert!(matches!(third, Err(AccessError::NoSeat)));
        house.access.step_by_email(&email("jean@agglo.fr"), None, Step::Close, "", START).await.unwrap();
        assert!(house.access.invite(Actor::Shell, &id, &person("luc"), START).await.is_ok());
    }

    /// Known or not, an address hears the same of a convention that is full.
    async fn a_full_convention_tells_nobody_which_address_has_an_account() {
        let house = House::new().await;
        let new = epci("epci:200058519", 1, "2027-06-30");
        house.access.make_convention(Actor::Shell, &new, START).await.unwrap();
        house.access.request(&person("anne"), "epci:200058519", None, START).await.unwrap();
        prove(&house, "anne", START).await;
        for name in ["anne", "paul", "anne"] {
            let asked = house.access.request(&person(name), "epci:200058519", None, START).await;
            assert!(asked.is_ok(), "{name}: {asked:?}");
        }
        let listed = house.access.list(None, START).await.unwrap();
        assert_eq!(listed.len(), 1, "one account, one seat");
        let letters: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM mail")
            .fetch_one(house.access.database.pool())
            .await
            .unwrap();
        assert_eq!(letters, 4, "each address is told by a letter");
    }

    /// A convention also ends, or has not begun, by the one that it depends on.
    async fn lists_say_what_is_true_today_of_conventions_and_of_accounts() {
        let house = House::new().await;
        let make = async |new: &NewConvention| house.access.make_convention(Actor::Shell, new, START).await.unwrap();
        let parent = make(&epci("epci:200058519", 5, "2027-06-30")).await;
        let tiers = |code: &str, starts: &str, ends: &str| NewConvention {
            kind: OrganisationKind::Tiers,
            code: code.into(),
            parent: Some(parent.clone()),
            starts: day(starts),
            ..epci("", 2, ends)
        };
        make(&tiers("111111111", "2027-02-01", "2027-12-31")).await;
        make(&tiers("222222222", "2020-01-01", "2027-03-31")).await;
        make(&epci("epci:200058485", 5, "2028-06-30")).await;
        let second = house.access.conventions(Actor::Shell, START).await.unwrap();
        let second = second.iter().find(|one| one.code == "222222222").unwrap().id.clone();
        invited(&house, &second, "paul", START).await;
        let check = async |now: Timestamp, expected: [&str; 4], of_paul: &str| {
            let listed = house.access.conventions(Actor::Shell, now).await.unwrap();
            let codes = ["epci:200058519", "111111111", "222222222", "epci:200058485"];
            let state = |code: &&str| listed.iter().find(|one| one.code == *code).unwrap().state;
            assert_eq!(codes.each_ref().map(state), expected);
            let accounts = house.access.list(None, now).await.unwrap();
            assert_eq!(accounts[0].convention_state(), of_paul);
            // The lists and the door agree.
            let opens = house.access.sign_in("paul@agglo.fr", PASSWORD, now).await.unwrap().is_some();
            assert_eq!(opens, of_paul == "ouverte");
        };
        check(START, ["ouverte", "a_venir", "ouverte", "ouverte"], "ouverte").await;
        let later = day("2027-04-01").begins();
        check(later, ["ouverte", "ouverte", "expiree", "ouverte"], "expiree").await;
        let over = day("2027-07-01").begins();
        check(over, ["expiree", "expiree", "expiree", "ouverte"], "expiree").await;
        house.access.close_convention(Actor::Shell, &parent, START.plus(9)).await.unwrap();
        check(START.plus(9), ["close", "close", "close", "ouverte"], "close").await;
    }

    async fn a_request_is_proved_decided_by_the_administrator_and_sees_after_the_clauses() {
        let house = House::new().await;
        let new = epci("epci:200058519", 5, "2027-06-30");
        let id = house.access.make_convention(Actor::Shell, &new, START).await.unwrap();
        let other = epci("epci:200058485", 5, "2027-06-30");
        let other = house.access.make_convention(Actor::Shell, &other, START).await.unwrap();
        for (convention, name) in [(&id, "chef"), (&other, "voisin")] {
            let who = person(name);
            let named = house.access.name_administrator(Actor::Shell, convention, &who, Role::Administrateur, START);
            named.await.unwrap();
            prove(&house, name, START).await;
        }
        let chief = accept(&house, "chef", START).await;
        let neighbour = accept(&house, "voisin", START).await;
        assert_eq!(chief.role(), Role::Administrateur);
        designated(&house, chief.id()).await;

        house.access.request(&person("anne"), "epci:200058519", None, START).await.unwrap();
        let early = ticket(&house, "anne@agglo.fr").await;
        assert!(house.access.sign_in("anne@agglo.fr", PASSWORD, START).await.unwrap().is_none());
        assert_eq!(prove(&house, "anne", START).await, State::Proved);
        let again = house.access.prove(&early, PASSWORD, START).await;
        assert!(matches!(again, Err(AccessError::BadTicket)), "a link opens once");
        assert!(house.access.sign_in("anne@agglo.fr", PASSWORD, START).await.unwrap().is_none());

        let listed = house.access.list_for(Actor::Account(&chief), None, START).await.unwrap();
        let anne = listed.iter().find(|one| one.email().as_str() == "anne@agglo.fr").unwrap();
        assert_eq!(listed.len(), 2, "an administrator sees their own organisation");
        let decide = async |by: &Account, step| {
            house.access.decide(Actor::Account(by), anne.id(), step, "", START).await
        };
        assert!(matches!(decide(&neighbour, Step::Validate).await, Err(AccessError::NotFound)));
        assert_eq!(decide(&chief, Step::Validate).await.unwrap(), State::Validated);
        assert!(matches!(decide(&chief, Step::Validate).await, Err(AccessError::Step(_))));
        let signed = house.access.sign_in("anne@agglo.fr", PASSWORD, START).await.unwrap().unwrap();
        let before = house.access.identify(&session(&signed), START).await.unwrap().unwrap();
        assert_eq!(authorize(&before, &[], START).err(), Some(Refusal::Clauses));
        let after = accept(&house, "anne", START).await;
        assert!(authorize(&after, &[], START).is_ok());

        // Other clauses are asked again.
        house.access.publish_clauses(Actor::Shell, "autres", START).await.unwrap();
        let asked = house.access.sign_in("anne@agglo.fr", PASSWORD, START).await.unwrap().unwrap();
        let asked = house.access.identify(&session(&asked), START).await.unwrap().unwrap();
        assert_eq!(authorize(&asked, &[], START).err(), Some(Refusal::Clauses));
        let accepted = accept(&house, "anne", START).await;
        assert!(authorize(&accepted, &[], START).is_ok());
    }

    async fn nobody_raises_their_own_rights() {
        let house = House::new().await;
        let new = epci("epci:200058519", 5, "2027-06-30");
        let id = house.access.make_convention(Actor::Shell, &new, START).await.unwrap();
        house.access.name_administrator(Actor::Shell, &id, &person("chef"), Role::Administrateur, START).await.unwrap();
        prove(&house, "chef", START).await;
        let chief = accept(&house, "chef", START).await;
        let agent = invited(&house, &id, "anne", START).await;
        let france = NewConvention {
            kind: OrganisationKind::Operateur,
            code: "moi".into(),
            rights: vec!["france@adresse".parse().unwrap()],
            ..new
        };
        for account in [&chief, &agent] {
            let me = Actor::Account(account);
            let access = &house.access;
            let later = day("2030-01-01");
            let refused = [
                access.make_convention(me, &france, START).await.map(|_| ()),
                access.name_administrator(me, &id, &person("ami"), Role::Administrateur, START).await.map(|_| ()),
                access.close_convention(me, &id, START).await,
                access.publish_clauses(me, "x", START).await.map(|_| ()),
                access.decide(me, chief.id(), Step::Close, "", START).await.map(|_| ()),
                access.decide(me, account.id(), Step::Suspend, "", START).await.map(|_| ()),
                access.answer_extension(me, "x", true, START).await,
                access.read_movements(me, b"MOD,DATE_EFF,TYPECOM_AV,COM_AV,TYPECOM_AP,COM_AP\n", START).await.map(|_| ()),
            ];
            for one in refused {
                assert!(matches!(one, Err(AccessError::NotFound)), "{one:?}");
            }
            let asked = access.ask_extension(me, &id, later, "lettre", START).await;
            assert_eq!(asked.is_ok(), account.id() == chief.id(), "the EPCI asks, an agent does not");
        }
        let invite = house.access.invite(Actor::Account(&agent), &id, &person("ami"), START).await;
        assert!(matches!(invite, Err(AccessError::NotFound)));
        let exception = NewPerson { email: email("contact@agglo.fr"), exception: Some("x".into()), ..person("ami") };
        let invite = house.access.invite(Actor::Account(&chief), &id, &exception, START).await;
        assert!(matches!(invite, Err(AccessError::Email(_))), "the operator alone makes exceptions");
        assert!(house.access.invite(Actor::Shell, &id, &exception, START).await.is_ok());
    }

    /// A request that was let in a moment before its author was stopped changes nothing.
    async fn an_administrator_who_was_stopped_meanwhile_changes_nothing() {
        let house = House::new().await;
        let new = epci("epci:200058519", 9, "2027-06-30");
        let id = house.access.make_convention(Actor::Shell, &new, START).await.unwrap();
        house.access.name_administrator(Actor::Shell, &id, &person("chef"), Role::Administrateur, START).await.unwrap();
        prove(&house, "chef", START).await;
        let chief = accept(&house, "chef", START).await;
        let agent = invited(&house, &id, "anne", START).await;
        let me = Actor::Account(&chief);
        designated(&house, chief.id()).await;
        let other = person("autre");
        assert!(house.access.invite(me, &id, &person("premier"), START).await.is_ok());
        let named = house.access.name_administrator(Actor::Shell, &id, &other, Role::Administrateur, START).await;
        assert!(named.is_ok());
        assert!(house.access.invite(me, &id, &person("tiers"), START).await.is_ok(), "not before the proof");
        prove(&house, "autre", START).await;
        let suspend = house.access.decide(me, agent.id(), Step::Suspend, "", START).await;
        assert!(matches!(suspend, Err(AccessError::Conflict)), "{suspend:?}");
        let invite = house.access.invite(me, &id, &person("second"), START).await;
        assert!(matches!(invite, Err(AccessError::Conflict)), "{invite:?}");
        let ask = house.access.ask_extension(me, &id, day("2029-01-01"), "lettre", START).await;
        assert!(matches!(ask, Err(AccessError::Conflict)), "{ask:?}");
    }

    async fn two_administrators_at_once_take_one_decision_and_one_last_seat() {
        let house = House::new().await;
        let new = epci("epci:200058519", 3, "2027-06-30");
        let id = house.access.make_convention(Actor::Shell, &new, START).await.unwrap();
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..12 {
            let elsewhere = Access::open(&house.url).await.unwrap();
            let id = id.clone();
            tasks.spawn(async move {
                let person = person(&format!("a{number}x"));
                elsewhere.invite(Actor::Shell, &id, &person, START).await.is_ok()
            });
        }
        let done = tasks.join_all().await;
        assert_eq!(done.into_iter().filter(|done| *done).count(), 3);
        let listed = house.access.list(None, START).await.unwrap();
        let one = listed[0].email().clone();
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..6 {
            let (elsewhere, one) = (Access::open(&house.url).await.unwrap(), one.clone());
            tasks.spawn(async move {
                elsewhere.step_by_email(&one, None, Step::Close, "", START).await.is_ok()
            });
        }
        let done = tasks.join_all().await;
        assert_eq!(done.into_iter().filter(|done| *done).count(), 1);
        let proof = house.verify().await.unwrap();
        assert_eq!(proof.broken_at, None);
    }

    async fn a_change_by_another_server_is_seen_within_a_second() {
        let house = House::with_account().await;
        let key = house.token(None, 9).await;
        assert!(house.opens(token(&key), START).await);
        let elsewhere = Access::open(&house.url).await.unwrap();
        elsewhere.disable(&email(EMAIL), START).await.unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(950)).await;
        assert!(!house.opens(token(&key), START).await);
    }

    async fn a_change_by_the_same_server_is_seen_at_once() {
        let house = House::with_account().await;
        let key = house.token(Some("qgis"), 9).await;
        assert!(house.opens(token(&key), START).await);
        let renewed = house.access.rotate_token(Actor::Shell, &house.id().await, "qgis", 9, START).await;
        assert!(!house.opens(token(&key), START).await);
        assert!(house.opens(token(&renewed.unwrap()), START).await);
        let cookie = house.session(START).await;
        assert!(house.opens(session(&cookie), START).await);
        house.access.disable(&email(EMAIL), START).await.unwrap();
        assert!(!house.opens(session(&cookie), START).await);
    }

    async fn rights_follow_a_commune_that_was_merged() {
        let house = House::with_account().await;
        let key = house.token(None, 9).await;
        let shows = async |edition: &[&str], commune: &str| {
            let account = house.access.identify(&token(&key), START).await.unwrap().unwrap();
            let view = authorize(&account, &rows(edition), START).unwrap();
            view.visible().holds(commune.parse().unwrap())
        };
        // The rights of the account: epci:200058519 and commune:95018; another EPCI takes all in.
        let moved = |edition: &[&str]| {
            let mut rows = rows(edition);
            rows.iter_mut().for_each(|row| row.epci = None);
            rows
        };
        assert!(shows(&["95018"], "95018").await);
        let table = b"MOD;DATE_EFF;TYPECOM_AV;COM_AV;TYPECOM_AP;COM_AP\n\
                      32;2025-01-01;COM;95018;COM;95001\n32;2025-01-01;COM;95002;COM;95001\n";
        assert_eq!(house.access.read_movements(Actor::Shell, table, START).await.unwrap(), 2);
        let holds = async |rows: Vec<CommuneRow>, commune: &str| {
            tokio::time::sleep(std::time::Duration::from_millis(850)).await;
            let account = house.access.identify(&token(&key), START).await.unwrap().unwrap();
            let view = authorize(&account, &rows, START).unwrap();
            view.visible().holds(commune.parse().unwrap())
        };
        assert!(holds(moved(&["95001", "95003"]), "95001").await, "into the commune that took it in");
        assert!(!holds(moved(&["95001", "95003"]), "95003").await);
        // The edition still knows the commune: nothing moves.
        assert!(!holds(moved(&["95018", "95001"]), "95001").await);
        let changes = house.access.moved_rights(&moved(&["95001"])).await.unwrap();
        assert_eq!(changes, [format!("{EMAIL}\t95018@adresse\t95001")]);
    }

    async fn a_forgotten_password_is_replaced_by_a_link_that_opens_once() {
        let house = House::with_account().await;
        let cookie = house.session(START).await;
        house.access.ask_reset("inconnu@agglo.fr", START).await.unwrap();
        house.access.ask_reset(EMAIL, START).await.unwrap();
        let link = ticket(&house, EMAIL).await;
        let common = Password::new("password1234").unwrap();
        assert!(house.access.reset(&link, &common, START).await.is_err());
        let new = Password::new("une autre phrase").unwrap();
        let late = house.access.reset(&link, &new, START.plus(HOUR)).await;
        assert!(matches!(late, Err(AccessError::BadTicket)));
        house.access.reset(&link, &new, START.plus(HOUR - 1)).await.unwrap();
        assert!(matches!(house.access.reset(&link, &new, START).await, Err(AccessError::BadTicket)));
        assert!(!house.opens(session(&cookie), START).await, "every session ends");
        assert!(house.access.sign_in(EMAIL, PASSWORD, START).await.unwrap().is_none());
        assert!(house.access.sign_in(EMAIL, "une autre phrase", START).await.unwrap().is_some());
    }
}
