//! People with several mandates, who takes over from whom, and what strangers try.

pub(super) use super::conventions::invited;
use super::conventions::{accept, day, designated, epci, person, prove, ticket};
use super::*;
use domain::CommuneRow;

const CODE: &str = "epci:200058519";
const OTHER: &str = "epci:200058485";

/// Conventions of two EPCI, with so many seats each.
pub(super) async fn two(house: &House, seats: u32) -> [String; 2] {
    let mut ids = [String::new(), String::new()];
    for (id, code) in ids.iter_mut().zip([CODE, OTHER]) {
        let new = epci(code, seats, "2027-06-30");
        *id = house.access.make_convention(Actor::Shell, &new, START).await.unwrap();
    }
    ids
}

/// The administrator of a convention, in service, with the form of annex 3 recorded.
pub(super) async fn administrator(house: &House, convention: &str, name: &str) -> Arc<Account> {
    let (who, role) = (person(name), Role::Administrateur);
    let named = house.access.name_administrator(Actor::Shell, convention, &who, role, START);
    designated(house, &named.await.unwrap()).await;
    prove(house, name, START).await;
    accept(house, name, START).await
}

fn tiers(parent: &str, code: &str, rights: &[&str]) -> NewConvention {
    NewConvention {
        kind: OrganisationKind::Tiers,
        code: code.into(),
        parent: Some(parent.into()),
        rights: rights.iter().map(|right| right.parse().unwrap()).collect(),
        ..epci(CODE, 5, "2027-03-31")
    }
}

/// A commune of each EPCI.
fn communes() -> Vec<CommuneRow> {
    let row = |code: &str, epci: &str| CommuneRow {
        code: code.parse().unwrap(),
        nom: code.into(),
        departement: "95".into(),
        region: "11".into(),
        epci: Some(epci.into()),
        ept: None,
        bounds: None,
    };
    vec![row("95018", "200058485"), row("95127", "200058519")]
}

fn sees(account: &Account, rows: &[CommuneRow], code: &str) -> bool {
    let view = authorize(account, rows, START).unwrap();
    view.visible().shows(Scale::ADRESSE, "x", [code])
}

async fn letters(house: &House, address: &str) -> i64 {
    sqlx::query_scalar("SELECT COUNT(*) FROM mail WHERE recipient = $1")
        .bind(address.to_owned())
        .fetch_one(house.access.database.pool())
        .await
        .unwrap()
}

on_both! {
    /// What used to open 66 communes to a consultant: `france@adresse` under an EPCI.
    async fn a_convention_gives_no_more_than_the_one_that_it_depends_on() {
        let house = House::new().await;
        let [one, _] = two(&house, 5).await;
        let official = Arc::new(rights::Official::new(communes(), []));
        let access = house.access.clone().with_official(move || official.clone());
        let make = async |new: &NewConvention| access.make_convention(Actor::Shell, new, START).await;
        for rights in [["france@adresse"], ["departement:95@adresse"], ["commune:95018@adresse"], ["epci:200058485@iris"]] {
            let refused = make(&tiers(&one, "552100554", &rights)).await;
            let beyond = matches!(refused, Err(AccessError::Convention(rights::BadConvention::Beyond)));
            assert!(beyond, "{rights:?}: {refused:?}");
        }
        let commune = NewConvention {
            kind: OrganisationKind::Commune,
            code: "commune:95018".into(),
            ..tiers(&one, "", &[])
        };
        assert!(make(&commune).await.is_err(), "a commune of another EPCI");
        assert!(make(&NewConvention { code: "commune:95127".into(), ..commune }).await.is_ok());
        assert!(make(&tiers(&one, "552100554", &["commune:95127@iris"])).await.is_ok());
        let unknown = make(&epci("epci:243300316", 5, "2027-06-30")).await.unwrap_err();
        assert!(unknown.to_string().contains("epci:243300316"), "{unknown}");
        // Without any table codes alone decide, and each request puts the texts together.
        let whole = tiers(&one, "9", &["france@adresse"]);
        assert!(house.access.make_convention(Actor::Shell, &whole, START).await.is_err());
    }

    /// Also where the database says more, by whatever hand, and when the tables change.
    async fn rights_are_judged_again_at_each_request() {
        let house = House::new().await;
        let [one, _] = two(&house, 5).await;
        let new = tiers(&one, "552100554", &[]);
        let id = house.access.make_convention(Actor::Shell, &new, START).await.unwrap();
        invited(&house, &id, "paul", START).await;
        let account = accept(&house, "paul", START).await;
        assert!(sees(&account, &communes(), "95127") && !sees(&account, &communes(), "95018"));
        // The commune leaves the EPCI: the edition's table says so.
        let mut moved = communes();
        moved[1].epci = Some("200058485".into());
        assert!(!sees(&account, &moved, "95127"));
        for text in [
            format!("INSERT INTO convention_right VALUES ('{id}', 'france', 'adresse')"),
            format!("INSERT INTO account_right VALUES ('{}', 'france', 'adresse')", account.id()),
            format!("UPDATE account SET role = 'operateur' WHERE id = '{}'", account.id()),
        ] {
            let text = sqlx::AssertSqlSafe(text);
            sqlx::query(text).execute(house.access.database.pool()).await.unwrap();
        }
        let account = accept(&house, "paul", START).await;
        assert!(sees(&account, &communes(), "95127") && !sees(&account, &communes(), "95018"));
        assert_eq!(account.role(), Role::Tiers, "a role that the convention does not give");
    }

    async fn one_person_holds_two_mandates_and_each_ends_by_itself() {
        let house = House::new().await;
        let [one, two] = two(&house, 5).await;
        let first = house.access.make_convention(Actor::Shell, &tiers(&one, "111111111", &[]), START).await.unwrap();
        let longer = NewConvention { ends: day("2027-06-30"), ..tiers(&two, "222222222", &[]) };
        let second = house.access.make_convention(Actor::Shell, &longer, START).await.unwrap();
        let account = invited(&house, &first, "paul", START).await;
        house.access.invite(Actor::Shell, &second, &person("paul"), START.plus(1)).await.unwrap();
        let link = ticket(&house, "paul@agglo.fr").await;
        let wrong = house.access.prove(&link, "une tout autre phrase", START).await;
        assert!(matches!(wrong, Err(AccessError::WrongPassword)), "the person's own password: {wrong:?}");
        assert_eq!(house.access.prove(&link, PASSWORD, START).await.unwrap(), State::Validated);
        let own = house.access.add_token(&email("paul@agglo.fr"), None, 9, START).await;
        assert!(matches!(own, Err(AccessError::ManyAccounts)), "a token is of one mandate");
        let of_first = house.access.account_in_service(&email("paul@agglo.fr"), Some(&first)).await.unwrap();
        assert_eq!(of_first, account.id());
        let key = house.access.make_token(Actor::Shell, &of_first, None, 99, START).await.unwrap();

        let cookie = house.access.sign_in("paul@agglo.fr", PASSWORD, START).await.unwrap().unwrap();
        let used = house.access.identify(&session(&cookie), START).await.unwrap().unwrap();
        assert_eq!(used.id(), account.id(), "the one that was used last");
        let mandates = house.access.mandates(&used, START).await.unwrap();
        assert_eq!(mandates.len(), 2);
        let other = mandates.iter().find(|one| !one.current).unwrap();
        let renewed = house.access.use_mandate(&used, &cookie, &other.id, START).await.unwrap().unwrap();
        assert!(!house.opens(session(&cookie), START).await);
        let used = house.access.identify(&session(&renewed), START).await.unwrap().unwrap();
        assert_eq!(used.convention(), second);
        let stranger = invited(&house, &two, "eve", START).await;
        let stolen = house.access.use_mandate(&used, &renewed, stranger.id(), START).await;
        assert!(matches!(stolen, Err(AccessError::NotFound)), "not somebody else's account");

        // The first mission is over; the second goes on.
        let end = day("2027-03-31").ends();
        assert!(!house.opens(token(&key), end).await);
        let cookie = house.access.sign_in("paul@agglo.fr", PASSWORD, end).await.unwrap().unwrap();
        let used = house.access.identify(&session(&cookie), end).await.unwrap().unwrap();
        assert_eq!(used.convention(), second);
    }

    async fn a_closed_person_comes_back_and_a_forgotten_one_leaves_a_pseudonym() {
        let house = House::new().await;
        let [one, _] = two(&house, 2).await;
        administrator(&house, &one, "chef").await;
        let before = invited(&house, &one, "anne", START).await;
        let close = async |now| house.access.step_by_email(&email("anne@agglo.fr"), None, Step::Close, "", now).await;
        close(START).await.unwrap();
        assert!(house.access.sign_in("anne@agglo.fr", PASSWORD, START).await.unwrap().is_none());
        house.access.request(&person("anne"), CODE, None, START.plus(1)).await.unwrap();
        assert_eq!(prove(&house, "anne", START.plus(1)).await, State::Proved);
        house.access.step_by_email(&email("anne@agglo.fr"), None, Step::Validate, "", START).await.unwrap();
        let after = accept(&house, "anne", START).await;
        assert_ne!(after.id(), before.id());
        // The convention ends; a month later the account is closed, a year later nothing is known.
        let end = day("2027-06-30").ends();
        assert_eq!(house.access.remove_ended(365, end.plus(29 * DAY)).await.unwrap(), (0, 0));
        assert_eq!(house.access.remove_ended(365, end.plus(31 * DAY)).await.unwrap(), (2, 0));
        assert_eq!(house.access.remove_ended(365, end.plus(300 * DAY)).await.unwrap(), (0, 0));
        let later = end.plus(400 * DAY);
        assert_eq!(house.access.remove_ended(365, later).await.unwrap(), (0, 2));
        for table in ["person", "mail", "request", "token", "session"] {
            let text = sqlx::AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}"));
            let left: i64 = sqlx::query_scalar(text).fetch_one(house.access.database.pool()).await.unwrap();
            assert_eq!(left, 0, "{table}");
        }
        let all = house.access.journal_page(0, day("2020-01-01"), day("2030-01-01")).await.unwrap();
        assert!(all.iter().any(|entry| entry.actor == after.id()), "the journal keeps the pseudonym");
        assert!(all.iter().all(|entry| !format!("{entry:?}").contains('@')));
        assert_eq!(house.verify().await.unwrap().broken_at, None);
    }

    /// A stranger asks at EPCI A in somebody's name; the person asks at B and proves that.
    async fn a_stranger_takes_no_name_and_no_seat() {
        let house = House::new().await;
        let [one, two] = two(&house, 2).await;
        let forged = NewPerson { name: "Nom Inventé".parse().unwrap(), ..person("anne") };
        house.access.request(&forged, CODE, None, START).await.unwrap();
        house.access.request(&person("anne"), OTHER, None, START.plus(1)).await.unwrap();
        let body: String = sqlx::query_scalar("SELECT body FROM mail ORDER BY created_at LIMIT 1")
            .fetch_one(house.access.database.pool()).await.unwrap();
        assert!(body.contains("Nom Inventé") && body.contains("Agglomération d'essai"), "{body}");
        assert_eq!(prove(&house, "anne", START.plus(2)).await, State::Proved);
        let listed = house.access.list(None, START).await.unwrap();
        assert_eq!((listed.len(), listed[0].convention(), listed[0].name()), (1, two.as_str(), Some("anne")));
        // Ten more of them: no seat, no account, and the administrator still invites two people.
        for number in 0..10 {
            let who = person(&format!("x{number}y"));
            house.access.request(&who, CODE, None, START).await.unwrap();
        }
        for name in ["claire", "bruno"] {
            house.access.invite(Actor::Shell, &one, &person(name), START).await.unwrap();
        }
        let full = house.access.invite(Actor::Shell, &one, &person("luc"), START).await;
        assert!(matches!(full, Err(AccessError::NoSeat)));
        // Unanswered, a request is gone after 72 hours.
        let link = ticket(&house, "x1y@agglo.fr").await;
        let late = house.access.prove(&link, PASSWORD, START.plus(72 * HOUR)).await;
        assert!(matches!(late, Err(AccessError::BadTicket)));
        house.access.remove_ended(365, START.plus(73 * HOUR)).await.unwrap();
        let left: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM request")
            .fetch_one(house.access.database.pool()).await.unwrap();
        assert_eq!(left, 0);
    }

    /// Proved strangers wait; they never keep who decides from deciding.
    async fn whoever_waits_keeps_no_seat_from_who_decides() {
        let house = House::new().await;
        let [one, _] = two(&house, 3).await;
        administrator(&house, &one, "chef").await;
        for name in ["eva", "max"] {
            house.access.request(&person(name), CODE, None, START).await.unwrap();
            prove(&house, name, START).await;
        }
        assert!(house.access.request(&person("anne"), CODE, None, START).await.is_ok());
        let none = sqlx::query("SELECT digest FROM request").fetch_all(house.access.database.pool()).await;
        assert!(none.unwrap().is_empty(), "the convention is full for requests: a letter says so");
        let invited = house.access.invite(Actor::Shell, &one, &person("claire"), START).await;
        assert!(invited.is_ok());
        let step = async |name: &str, step| {
            let of = email(&format!("{name}@agglo.fr"));
            house.access.step_by_email(&of, None, step, "", START).await
        };
        assert!(step("eva", Step::Validate).await.is_ok());
        assert!(matches!(step("max", Step::Validate).await, Err(AccessError::NoSeat)));
        assert!(step("max", Step::Reject).await.is_ok());
    }

    async fn an_address_is_not_flooded_and_a_link_is_not_taken_back_by_asking_again() {
        let house = House::with_account().await;
        two(&house, 5).await;
        for _ in 0..6 {
            house.access.request(&person("anne"), CODE, None, START).await.unwrap();
            house.access.ask_reset(EMAIL, START).await.unwrap();
        }
        assert_eq!(letters(&house, "anne@agglo.fr").await, 3);
        assert_eq!(letters(&house, EMAIL).await, 3);
        let first: String = sqlx::query_scalar("SELECT body FROM mail WHERE recipient = $1 ORDER BY id LIMIT 1")
            .bind(EMAIL).fetch_one(house.access.database.pool()).await.unwrap();
        let at = first.find("seuilt_").unwrap();
        let link = Secret::new(&first[at..at + 50]);
        let new = Password::new("une autre phrase").unwrap();
        house.access.reset(&link, &new, START.plus(9)).await.unwrap();
    }

    /// Whoever had the password before may have made a token.
    async fn a_reset_revokes_tokens_and_a_change_does_when_asked() {
        let house = House::with_account().await;
        let account = |key: &Secret| {
            let key = token(key);
            let access = house.access.clone();
            async move { access.identify(&key, START).await.unwrap() }
        };
        let key = house.token(None, 9).await;
        let own = account(&key).await.unwrap();
        let one = Password::new("une autre phrase").unwrap();
        house.access.change_password(&own, PASSWORD, &one, false, START).await.unwrap().unwrap();
        assert!(account(&key).await.is_some());
        let two = Password::new("encore une phrase").unwrap();
        house.access.change_password(&own, "une autre phrase", &two, true, START).await.unwrap().unwrap();
        assert!(account(&key).await.is_none());
        let key = house.token(None, 9).await;
        house.access.ask_reset(EMAIL, START).await.unwrap();
        let link = ticket(&house, EMAIL).await;
        house.access.reset(&link, &one, START).await.unwrap();
        assert!(account(&key).await.is_none());
        assert_eq!(letters(&house, EMAIL).await, 4, "one of the link, one of each change");
    }

    async fn a_successor_takes_over_with_the_proof_and_a_rejected_address_demotes_nobody() {
        let house = House::new().await;
        let [one, _] = two(&house, 9).await;
        let name = async |who: &str, role| {
            house.access.name_administrator(Actor::Shell, &one, &person(who), role, START).await
        };
        let role = async |who: &str| {
            let listed = house.access.list(None, START).await.unwrap();
            let living = listed.iter().filter(|one| one.email().as_str() == format!("{who}@agglo.fr"));
            living.filter(|one| !one.state().is_over()).map(Listed::role).next_back()
        };
        administrator(&house, &one, "chef").await;
        name("adele", Role::Suppleant).await.unwrap();
        prove(&house, "adele", START).await;
        let deputy = accept(&house, "adele", START).await;
        assert!(house.access.invite(Actor::Account(&deputy), &one, &person("agent"), START).await.is_ok());
        // A rejected address is named: it is invited like anybody.
        house.access.request(&person("rejet"), CODE, None, START).await.unwrap();
        prove(&house, "rejet", START).await;
        house.access.step_by_email(&email("rejet@agglo.fr"), None, Step::Reject, "", START).await.unwrap();
        name("rejet", Role::Administrateur).await.unwrap();
        assert_eq!(role("chef").await, Some(Role::Administrateur), "nobody proved anything");
        // Another successor instead, who proves.
        name("nouveau", Role::Administrateur).await.unwrap();
        assert_eq!(role("rejet").await, Some(Role::Agent), "not expected any more");
        prove(&house, "nouveau", START).await;
        assert_eq!(role("chef").await, Some(Role::Agent));
        assert_eq!(role("nouveau").await, Some(Role::Administrateur));
        assert_eq!(role("adele").await, Some(Role::Suppleant));
        // Somebody in service takes over at once.
        name("chef", Role::Administrateur).await.unwrap();
        assert_eq!(role("nouveau").await, Some(Role::Agent));
        let mut conventions = house.access.conventions(Actor::Shell, START).await.unwrap();
        conventions.retain(|found| found.id == one);
        assert!(conventions[0].administrator.is_some() && conventions[0].deputy.is_some());
    }

    async fn third_parties_ask_by_the_code_of_their_convention_or_the_name_of_the_epci() {
        let house = House::new().await;
        let [one, two] = two(&house, 5).await;
        let table = b"CODGEO;LIBGEO;EPCI;LIBEPCI;DEP;REG\n95127;Cergy;200058519;CA de Cergy;95;11\n\
                      95018;Argenteuil;200058485;EPCI d'Argenteuil;95;11\n";
        assert_eq!(house.access.read_official(Actor::Shell, table, START).await.unwrap(), 2);
        for parent in [&one, &two] {
            let new = tiers(parent, "552100554", &[]);
            house.access.make_convention(Actor::Shell, &new, START).await.unwrap();
        }
        let conventions = house.access.conventions(Actor::Shell, START).await.unwrap();
        let of = |parent: &str| conventions.iter().find(|found| found.parent.as_deref() == Some(parent)).unwrap();
        let ask = async |name: &str, organisation: &str, epci: Option<&str>| {
            house.access.request(&person(name), organisation, epci, START).await?;
            prove(&house, name, START).await;
            let listed = house.access.list(None, START).await.unwrap();
            let address = format!("{name}@agglo.fr");
            let found = listed.iter().find(|one| one.email().as_str() == address).unwrap();
            Ok::<String, AccessError>(found.convention().to_owned())
        };
        assert_eq!(ask("anne", "ca de cergy", None).await.unwrap(), one, "an agent, by the EPCI's name");
        assert_eq!(ask("paul", &of(&one).reference.to_lowercase(), None).await.unwrap(), of(&one).id);
        assert_eq!(ask("rose", "552100554", Some("EPCI d’Argenteuil")).await.unwrap(), of(&two).id);
        let both = ask("luc", "552100554", None).await;
        assert!(matches!(both, Err(AccessError::ManyConventions)), "{both:?}");
        let none = ask("luc", "Cergy", None).await;
        assert!(matches!(none, Err(AccessError::NoConvention)), "a commune without a convention");
        assert!(ask("luc", "AGGLOMÉRATION D'ESSAI", None).await.is_err(), "conventions have no names");
    }

    async fn every_account_is_under_a_convention_and_within_it() {
        let house = House::new().await;
        let [one, _] = two(&house, 1).await;
        let new = |name: &str, role, audience, right: &str| {
            let of = email(&format!("{name}@agglo.fr"));
            NewAccount::new(of, role, audience, [right.parse().unwrap()], None).unwrap()
        };
        let agent = |name: &str, right: &str| new(name, Role::Agent, Audience::PublicMission, right);
        let add = async |account: NewAccount| house.access.add_account(&account, START).await;
        let refused = add(agent("a1", "france@adresse").under(one.clone())).await;
        assert!(matches!(refused, Err(AccessError::Convention(_))), "{refused:?}");
        let role = new("a1", Role::Operateur, Audience::PublicMission, "epci:200058519@iris");
        assert!(matches!(add(role.under(one.clone())).await, Err(AccessError::BadRole)));
        add(agent("a1", "epci:200058519@iris").under(one.clone())).await.unwrap();
        let full = add(agent("a2", "epci:200058519@iris").under(one.clone())).await;
        assert!(matches!(full, Err(AccessError::NoSeat)), "{full:?}");
        let unknown = add(agent("a2", "epci:200058519@iris").under("x".into())).await;
        assert!(matches!(unknown, Err(AccessError::NotFound)), "{unknown:?}");
        // Without one: a convention of the operator's, for a year, clauses attested.
        let of = email("a3@agglo.fr");
        add(agent("a3", "france@commune")).await.unwrap();
        let key = house.access.add_token(&of, None, 3650, START).await.unwrap();
        assert!(house.opens(token(&key), START.plus(364 * DAY)).await);
        assert!(!house.opens(token(&key), START.plus(367 * DAY)).await);
        let told = house.access.journal_of(Actor::Shell, &of, day("2027-01-15"), day("2027-01-15"), START);
        assert!(told.await.unwrap().iter().any(|entry| entry.kind == "clauses.attestees"));
        let until = agent("a4", "france@commune").until_day(day("2027-02-01"));
        add(until).await.unwrap();
        let key = house.access.add_token(&email("a4@agglo.fr"), None, 3650, START).await.unwrap();
        assert!(!house.opens(token(&key), day("2027-02-01").ends()).await);
    }

    /// Whoever forges a purge writes the key and the signature that its head names.
    async fn a_forged_purge_and_a_journal_cut_short_are_seen() {
        let house = House::with_account().await;
        for days in 0..4 {
            house.session(START.plus(days * DAY)).await;
        }
        let noted = house.verify().await.unwrap();
        let noted: Noted = format!("{}:{}", noted.last, noted.hash).parse().unwrap();
        let key = house.folder.path().join("journal.key");
        let other = house.folder.path().join("forge.key");
        house.access.purge_journal(Actor::Shell, day("2027-01-17"), &other, START.plus(9 * DAY)).await.unwrap();
        let found = house.access.verify_journal(&key, Some(&noted)).await.unwrap();
        assert_eq!((found.broken_at, found.bad_heads, found.holds_expected), (None, 1, true));
        assert_eq!(house.access.verify_journal(&other, None).await.unwrap().bad_heads, 0);
        sqlx::query("DELETE FROM journal WHERE seq > 6").execute(house.access.database.pool()).await.unwrap();
        let found = house.access.verify_journal(&other, Some(&noted)).await.unwrap();
        assert_eq!((found.broken_at, found.holds_expected), (None, false), "the end was taken off");
        assert!("7:xyz".parse::<Noted>().is_err() && "0:aa".parse::<Noted>().is_err());
    }

    /// Article 4: the form of annex 3 precedes any request, for the EPCI and for what depends on it.
    async fn nobody_is_let_in_at_their_request_before_annex_3() {
        let house = House::new().await;
        let [one, two] = two(&house, 9).await;
        let study = house.access.make_convention(Actor::Shell, &tiers(&one, "552100554", &[]), START).await.unwrap();
        let landlord = NewConvention {
            kind: OrganisationKind::Etat,
            code: "ddt-95".into(),
            rights: vec!["departement:95@commune".parse().unwrap()],
            ..epci(CODE, 5, "2027-06-30")
        };
        house.access.make_convention(Actor::Shell, &landlord, START).await.unwrap();
        for (name, code) in [("anne", CODE), ("paul", "552100554"), ("lea", "ddt-95"), ("zoe", OTHER)] {
            house.access.request(&person(name), code, None, START).await.unwrap();
            assert_eq!(prove(&house, name, START).await, State::Proved, "{name}");
        }
        // The form of another EPCI is not this one's.
        administrator(&house, &two, "voisin").await;
        let name = async |who: &str, role| {
            let named = person(who);
            let named = house.access.name_administrator(Actor::Shell, &one, &named, role, START).await;
            let id = named.unwrap();
            prove(&house, who, START).await;
            id
        };
        let chief_id = name("chef", Role::Administrateur).await;
        let (chief, listed) = (accept(&house, "chef", START).await, house.access.list(None, START).await.unwrap());
        let id = |name: &str| {
            let of = format!("{name}@agglo.fr");
            listed.iter().find(|one| one.email().as_str() == of).unwrap().id().to_owned()
        };
        let access = &house.access;
        let approve = async |actor, name: &str| access.decide(actor, &id(name), Step::Validate, "", START).await;
        let missing = |found: Result<State, AccessError>| assert!(matches!(found, Err(AccessError::NoDesignation)), "{found:?}");
        let me = Actor::Account(&chief);
        for actor in [me, Actor::Shell] {
            missing(approve(actor, "anne").await);
            missing(approve(actor, "paul").await);
        }
        let ami = person("ami");
        for convention in [&one, &study] {
            missing(access.invite(me, convention, &ami, START).await.map(|_| State::Invited));
        }
        assert!(approve(Actor::Shell, "lea").await.is_ok() && approve(Actor::Shell, "zoe").await.is_ok());
        // A request can be refused without it.
        assert_eq!(access.decide(me, &id("paul"), Step::Reject, "", START).await.unwrap(), State::Rejected);
        let deputy = name("adele", Role::Suppleant).await;
        designated(&house, &deputy).await;
        missing(approve(me, "anne").await);
        designated(&house, &chief_id).await;
        assert!(access.invite(me, &study, &ami, START).await.is_ok());
        // A successor's form is asked anew.
        let successor = name("claire", Role::Administrateur).await;
        missing(approve(Actor::Shell, "anne").await);
        designated(&house, &successor).await;
        assert_eq!(approve(Actor::Shell, "anne").await.unwrap(), State::Validated);
    }

    async fn a_question_about_an_unknown_address_leaves_the_trace_of_one_about_a_stranger() {
        let house = House::new().await;
        let [one, two] = two(&house, 5).await;
        invited(&house, &two, "voisin", START).await;
        let agent = invited(&house, &one, "anne", START).await;
        let count = async || house.verify().await.unwrap().entries;
        let mut written = Vec::new();
        for address in ["voisin@agglo.fr", "inconnu@agglo.fr"] {
            let before = count().await;
            let of = email(address);
            let asked = house.access.journal_of(Actor::Account(&agent), &of, day("2027-01-01"), day("2027-01-31"), START);
            assert!(matches!(asked.await, Err(AccessError::NotFound)));
            written.push(count().await - before);
        }
        assert_eq!(written, [1, 1]);
    }

    async fn an_operator_releases_an_address() {
        let house = House::new().await;
        let [one, _] = two(&house, 5).await;
        let agent = invited(&house, &one, "anne", START).await;
        let of = email("anne@agglo.fr");
        let refused = house.access.release(Actor::Account(&agent), &of, START).await;
        assert!(matches!(refused, Err(AccessError::NotFound)));
        house.access.release(Actor::Shell, &of, START).await.unwrap();
        assert!(house.access.list(None, START).await.unwrap().is_empty());
        assert!(matches!(house.access.release(Actor::Shell, &of, START).await, Err(AccessError::NotFound)));
        house.access.invite(Actor::Shell, &one, &person("anne"), START).await.unwrap();
    }

    async fn a_table_of_accounts_is_read_whole_or_not_at_all_and_again() {
        let house = House::new().await;
        let accounts = ["a1@agglo.fr", "a2@agglo.fr"].map(|of| account(of, None));
        let bad = account("a3@agglo.fr", None).under("inconnue".into());
        let with_bad = [accounts[0].clone(), bad];
        let failed = house.access.import_accounts(&with_bad, START).await;
        assert!(matches!(failed, Err((1, AccessError::NotFound))), "{failed:?}");
        assert!(house.access.list(None, START).await.unwrap().is_empty());
        assert_eq!(house.access.import_accounts(&accounts, START).await.unwrap(), 2);
        assert_eq!(house.access.import_accounts(&accounts, START).await.unwrap(), 0);
    }
}

#[test]
fn a_token_is_not_named_like_a_folder() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let house = House::with_account().await;
        for name in [".", "..", "..."] {
            let made = house.access.add_token(&email(EMAIL), Some(name), 1, START).await;
            assert!(matches!(made, Err(AccessError::BadTokenName)), "{name}");
        }
        assert!(house.access.add_token(&email(EMAIL), Some("a.b"), 1, START).await.is_ok());
    });
}
