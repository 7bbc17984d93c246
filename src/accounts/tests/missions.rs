//! Breaches and their clock, the end of a mission, sub-processors, the register of processing.

use super::conventions::{accept, day, epci, invited, person, prove};
use super::*;

/// An EPCI with its administrator, the third party that it mandates with somebody of it, and a
/// neighbour: identifiers of the conventions, and accounts.
pub(super) async fn mission(house: &House) -> ([String; 3], [Arc<Account>; 3]) {
    let make = async |new: NewConvention| {
        house.access.make_convention(Actor::Shell, &new, START).await.unwrap()
    };
    let one = make(epci("epci:200058519", 5, "2027-12-31")).await;
    let other = make(epci("epci:200058485", 5, "2027-12-31")).await;
    let tiers = make(NewConvention {
        kind: OrganisationKind::Tiers,
        code: "552100554".into(),
        parent: Some(one.clone()),
        ..epci("", 5, "2027-03-31")
    })
    .await;
    for (convention, name) in [(&one, "chef"), (&other, "voisine")] {
        let (who, role) = (person(name), Role::Administrateur);
        house.access.name_administrator(Actor::Shell, convention, &who, role, START).await.unwrap();
        prove(house, name, START).await;
    }
    let chief = accept(house, "chef", START).await;
    let neighbour = accept(house, "voisine", START).await;
    let paul = invited(house, &tiers, "paul", START).await;
    ([one, tiers, other], [chief, paul, neighbour])
}

/// What the recorder would write.
async fn consulted(
    house: &House,
    account: &Account,
    kind: JournalKind,
    detail: &str,
    at: Timestamp,
) {
    let mut change = house.access.database.change().await.unwrap();
    let event = crate::journal::Event { kind, actor: account.id(), subject: account.id(), detail };
    crate::journal::append(&mut change, at, event).await.unwrap();
    change.commit().await.unwrap();
}

async fn letters(house: &House, name: &str, subject: &str) -> i64 {
    sqlx::query_scalar("SELECT COUNT(*) FROM mail WHERE recipient = $1 AND subject LIKE $2")
        .bind(format!("{name}@agglo.fr"))
        .bind(format!("%{subject}%"))
        .fetch_one(house.access.database.pool())
        .await
        .unwrap()
}

on_both! {
    async fn a_breach_is_told_at_once_with_its_clock_and_its_file() {
        let house = House::new().await;
        let ([_, tiers, other], [chief, paul, neighbour]) = mission(&house).await;
        for (detail, at) in [
            ("2024r1 iris 95018 95127", START.plus(60)),
            ("2024r1 iris 95127 95500", START.plus(90)),
            ("2024r1 adresse 95018", START.plus(3 * DAY)),
        ] {
            consulted(&house, &paul, JournalKind::Consultation, detail, at).await;
        }
        consulted(&house, &paul, JournalKind::Export, "2024r1 commune 95:184", START.plus(99)).await;
        consulted(&house, &neighbour, JournalKind::Export, "2024r1 commune 78001", START.plus(99)).await;
        let breach = |known: Timestamp| NewBreach {
            convention: tiers.clone(),
            known_at: known,
            from: day("2027-01-15"),
            to: day("2027-01-16"),
            description: "Un poste volé".into(),
        };
        let (me, epci, beside) = (Actor::Account(&paul), Actor::Account(&chief), Actor::Account(&neighbour));
        let now = START.plus(DAY);
        let stranger = house.access.declare_breach(beside, &breach(START), now).await;
        assert!(matches!(stranger, Err(AccessError::NotFound)));
        let future = house.access.declare_breach(me, &breach(now.plus(1)), now).await;
        assert!(matches!(future, Err(AccessError::Convention(_))));
        let id = house.access.declare_breach(me, &breach(START), now).await.unwrap();
        let late = house.access.declare_breach(me, &breach(START.plus(-1)), now).await.unwrap();
        assert_eq!(letters(&house, "chef", "violation").await, 2, "the EPCI is told by letter");
        assert_eq!(letters(&house, "voisine", "violation").await, 0);
        let listed = house.access.breaches(epci).await.unwrap();
        let of = |id: &str| listed.iter().find(|one| one.id == id).unwrap();
        assert_eq!((of(&id).due_at, of(&id).late), (now.seconds(), false), "24 hours");
        assert!(of(&late).late);
        assert_eq!(house.access.breaches(me).await.unwrap().len(), 2);
        assert!(house.access.breaches(beside).await.unwrap().is_empty());

        let file = house.access.breach_file(epci, &id, now).await.unwrap();
        let lines: Vec<String> = file
            .iter()
            .map(|one| format!("{} {} {} {}", one.kind, one.edition, one.scale, one.communes.join(" ")))
            .collect();
        assert_eq!(lines, ["consultation 2024r1 iris 95018 95127 95500", "export 2024r1 commune 95:184"]);
        assert!(file.iter().all(|one| one.account == paul.id()));
        assert_eq!((file[0].first, file[0].last), (START.plus(60).seconds(), START.plus(90).seconds()));
        assert_eq!(csv_of_breach(&file).lines().count(), 3);
        for who in [me, beside] {
            assert!(matches!(house.access.breach_file(who, &id, now).await, Err(AccessError::NotFound)));
            let noted = house.access.record_notification(who, &id, "téléservice", now).await;
            assert!(matches!(noted, Err(AccessError::NotFound)));
        }
        house.access.record_notification(epci, &id, "Téléservice de la CNIL", now).await.unwrap();
        let twice = house.access.record_notification(Actor::Shell, &id, "encore", now).await;
        assert!(matches!(twice, Err(AccessError::Conflict)));
        assert!(matches!(house.access.exports(me, &other, now).await, Err(AccessError::NotFound)));
        assert_eq!(house.verify().await.unwrap().broken_at, None);
    }

    async fn people_are_reminded_thirty_and_seven_days_before_the_end_and_on_the_day() {
        let house = House::new().await;
        let ([_, tiers, _], [chief, paul, neighbour]) = mission(&house).await;
        consulted(&house, &paul, JournalKind::Export, "2024r1 commune 95018", START).await;
        let at = |text: &str| day(text).begins().plus(12 * HOUR);
        let mut told = Vec::new();
        for (text, expected) in [
            ("2027-02-28", 0), // 31 days left
            ("2027-03-01", 1), // 30
            ("2027-03-02", 0),
            ("2027-03-24", 1), // 7
            ("2027-03-24", 0),
            ("2027-03-30", 0),
            ("2027-03-31", 1), // the day
            ("2027-03-31", 0),
            ("2027-04-01", 0),
        ] {
            let found = house.access.remind_of_ends(at(text)).await.unwrap();
            if found != expected {
                told.push(format!("{text}: {found}, not {expected}"));
            }
        }
        assert!(told.is_empty(), "{told:?}");
        assert_eq!(letters(&house, "paul", "arrive à sa fin").await, 3);
        let body: String = sqlx::query_scalar("SELECT body FROM mail WHERE subject LIKE '%arrive%' LIMIT 1")
            .fetch_one(house.access.database.pool()).await.unwrap();
        assert!(body.contains("2027-03-31") && body.contains("1 exports"), "{body}");

        // The list, and the attestation: its own people, the EPCI, the operator, nobody else.
        let now = at("2027-03-31");
        let list = house.access.exports(Actor::Account(&paul), &tiers, now).await.unwrap();
        assert_eq!(list.len(), 1);
        let attest = async |who: Actor<'_>| {
            house.access.attest_destruction(who, &tiers, "Attestation du 2 avril", now).await
        };
        assert!(matches!(attest(Actor::Account(&neighbour)).await, Err(AccessError::NotFound)));
        attest(Actor::Account(&paul)).await.unwrap();
        attest(Actor::Account(&chief)).await.unwrap();
        assert_eq!(letters(&house, "chef", "destruction").await, 2);
        let conventions = house.access.conventions(Actor::Account(&chief), now).await.unwrap();
        let of = conventions.iter().find(|one| one.id == tiers).unwrap();
        assert_eq!((of.destructions.len(), of.destructions[0].exports), (2, 1));
    }

    async fn a_sub_processor_is_authorised_by_the_epci_alone_and_the_register_says_so() {
        let house = House::new().await;
        let ([one, tiers, _], [chief, paul, neighbour]) = mission(&house).await;
        let (me, epci) = (Actor::Account(&paul), Actor::Account(&chief));
        let access = &house.access;
        let ask = async |who: Actor<'_>, under: &str| {
            access.ask_subprocessor(who, under, "Atelier des cartes", "Mise en page", START).await
        };
        assert!(matches!(ask(epci, &one).await, Err(AccessError::NotFound)), "an EPCI is no processor");
        assert!(matches!(ask(Actor::Account(&neighbour), &tiers).await, Err(AccessError::NotFound)));
        let id = ask(me, &tiers).await.unwrap();
        assert_eq!(letters(&house, "chef", "sous-traitant").await, 1);
        for who in [me, Actor::Account(&neighbour)] {
            let answer = access.answer_subprocessor(who, &id, true, "Courrier", START).await;
            assert!(matches!(answer, Err(AccessError::NotFound)), "the EPCI alone authorises");
        }
        let waiting = access.register(epci, START).await.unwrap();
        assert!(waiting.contains("Atelier des cartes, en attente"), "{waiting}");
        access.answer_subprocessor(epci, &id, true, "Courrier du 4 mars", START).await.unwrap();
        let again = access.answer_subprocessor(epci, &id, false, "Courrier", START).await;
        assert!(matches!(again, Err(AccessError::NotFound)));
        let register = access.register(epci, START).await.unwrap();
        assert!(register.contains("Atelier des cartes, autorisé par écrit (Courrier du 4 mars)"), "{register}");
        assert!(register.contains("365 jours") && register.contains("epci:200058519"));
        assert!(!register.contains("epci:200058485"), "of one's own conventions alone");
        assert!(access.register(Actor::Shell, START).await.unwrap().contains("epci:200058485"));
        assert!(matches!(access.register(me, START).await, Err(AccessError::NotFound)));
    }
    async fn an_end_a_closing_and_a_suspension_are_told_to_those_who_lose_access() {
        let house = House::new().await;
        let ([one, ..], _) = mission(&house).await;
        let later = NewConvention {
            kind: OrganisationKind::Tiers,
            code: "300100200".into(),
            parent: Some(one.clone()),
            ..epci("", 5, "2028-12-31")
        };
        let later = house.access.make_convention(Actor::Shell, &later, START).await.unwrap();
        invited(&house, &later, "rose", START).await;
        // Her own convention ends a year later, and her access with the EPCI's.
        let december = "2027-12-05".parse::<Day>().unwrap().begins();
        house.access.remind_of_ends(december).await.unwrap();
        assert_eq!(letters(&house, "rose", "arrive").await, 1);
        assert_eq!(letters(&house, "chef", "arrive").await, 1);
        assert_eq!(letters(&house, "paul", "arrive").await, 0, "his ended in March");
        house.access.disable(&email("rose@agglo.fr"), december).await.unwrap();
        assert_eq!(letters(&house, "rose", "suspendu").await, 1);
        house.access.close_convention(Actor::Shell, &one, december).await.unwrap();
        assert_eq!(letters(&house, "chef", "termin").await, 1);
        assert_eq!(letters(&house, "rose", "termin").await, 0, "she had no access any more");
    }
}
