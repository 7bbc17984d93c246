//! Documents of conventions: who gives them in and reads them, what an enemy of the database gets.

use super::missions::mission;
use super::*;
use rights::DocumentKind;

const PDF: &[u8] = b"%PDF-1.7\n% canari du document\nstartxref\n9\n%%EOF\n";

/// The house with a key beside it.
async fn house() -> House {
    let mut house = House::new().await;
    let keys = DocumentKeys::of(Some(house.folder.path().join("documents.key")));
    keys.add().unwrap();
    house.access = house.access.clone().with_document_keys(keys);
    house
}

fn new(convention: &str, kind: DocumentKind) -> NewDocument<'_> {
    NewDocument { convention, kind, name: "Convention signée.pdf" }
}

async fn add(
    house: &House,
    actor: Actor<'_>,
    convention: &str,
    kind: DocumentKind,
) -> Result<String, AccessError> {
    let new = new(convention, kind);
    let may = house.access.may_add_document(actor, new, START).await;
    let added = house.access.add_document(actor, new, PDF, START).await;
    assert_eq!(may.is_ok(), added.is_ok(), "what is said before the body is what is done after");
    added
}

async fn read(house: &House, actor: Actor<'_>, id: &str) -> Result<Vec<u8>, AccessError> {
    let document = house.access.document(actor, id, START).await?;
    house.access.content(&document).await
}

async fn run(house: &House, statement: &'static str, values: &[&str]) {
    let mut query = sqlx::query(statement);
    for value in values {
        query = query.bind((*value).to_owned());
    }
    let done = query.execute(house.access.database.pool()).await.unwrap();
    assert!(done.rows_affected() > 0, "{statement}");
}

on_both! {
    async fn a_document_is_given_in_and_read_by_those_concerned_alone() {
        let house = house().await;
        let ([one, tiers, other], [chief, paul, neighbour]) = mission(&house).await;
        let (chief, paul) = (Actor::Account(&chief), Actor::Account(&paul));
        let neighbour = Actor::Account(&neighbour);
        use DocumentKind::{Attestation, Autorisation, Convention, ConventionTiers, DemandeCommune};
        for (actor, convention, kind, given) in [
            (chief, &one, Convention, true),
            (chief, &tiers, ConventionTiers, true),
            (chief, &tiers, Autorisation, true),
            (paul, &tiers, Attestation, true),
            (Actor::Shell, &other, Convention, true),
            // The third party does not give in what the EPCI writes, and nobody what is elsewhere.
            (paul, &tiers, ConventionTiers, false),
            (paul, &tiers, Autorisation, false),
            (paul, &one, Attestation, false),
            (neighbour, &one, Convention, false),
            (neighbour, &tiers, Attestation, false),
            (chief, &other, Convention, false),
            (chief, &one, ConventionTiers, false),
            (chief, &tiers, DemandeCommune, false),
        ] {
            let added = add(&house, actor, convention, kind).await;
            assert_eq!(added.is_ok(), given, "{actor:?} {kind}: {added:?}");
        }
        let list = async |actor, convention: &str| match house.access.documents(actor, convention, START).await {
            Ok(found) => found.into_iter().map(|one| one.kind).collect::<Vec<_>>(),
            Err(error) => {
                assert!(matches!(error, AccessError::NotFound));
                vec!["-"]
            }
        };
        let sorted = |mut list: Vec<&'static str>| {
            list.sort_unstable();
            list.join(" ")
        };
        assert_eq!(sorted(list(chief, &one).await), "convention");
        assert_eq!(sorted(list(chief, &tiers).await), "attestation autorisation convention-tiers");
        assert_eq!(sorted(list(paul, &tiers).await), "attestation autorisation convention-tiers");
        assert_eq!(sorted(list(paul, &one).await), "-");
        assert_eq!(sorted(list(neighbour, &tiers).await), "-");
        let id = house.access.documents(Actor::Shell, &one, START).await.unwrap()[0].id.clone();
        assert_eq!(read(&house, chief, &id).await.unwrap(), PDF);
        for actor in [paul, neighbour] {
            assert!(matches!(read(&house, actor, &id).await, Err(AccessError::NotFound)));
            let deleted = house.access.delete_document(actor, &id, START).await;
            assert!(matches!(deleted, Err(AccessError::NotFound)));
        }
        assert!(house.access.delete_document(chief, &id, START).await.is_err());
        house.access.delete_document(Actor::Shell, &id, START).await.unwrap();
        assert!(matches!(read(&house, chief, &id).await, Err(AccessError::NotFound)));
        // Everything of it stands in the journal, refusals included.
        let day = |text: &str| text.parse::<Day>().unwrap();
        let page = house.access.journal_page(0, day("2020-01-01"), day("2199-12-31")).await.unwrap();
        let count = |kind: &str| page.iter().filter(|entry| entry.kind == kind).count();
        assert_eq!(count("document.ajoute"), 5);
        assert_eq!(count("document.efface"), 1);
        assert!(count("document.lu") == 1 && count("administration.refusee") >= 10);
        assert!(page.iter().all(|entry| !entry.detail.contains("signée.pdf")));
    }

    async fn whoever_holds_the_database_reads_nothing_and_moves_nothing() {
        let house = house().await;
        let ([one, tiers, _], _) = mission(&house).await;
        let first = add(&house, Actor::Shell, &one, DocumentKind::Convention).await.unwrap();
        let second = add(&house, Actor::Shell, &tiers, DocumentKind::Attestation).await.unwrap();
        let sealed: Vec<u8> =
            sqlx::query_scalar("SELECT sealed FROM document_content WHERE document_id = $1")
                .bind(first.clone())
                .fetch_one(house.access.database.pool())
                .await
                .unwrap();
        assert!(sealed.len() == PDF.len() + 28);
        assert!(memchr::memmem::find(&sealed, b"canari").is_none());
        let altered = async |id: &str| {
            let found = read(&house, Actor::Shell, id).await;
            assert!(matches!(found, Err(AccessError::DocumentAltered)), "{found:?}");
        };
        // The ciphertext of one document under the name of another.
        run(
            &house,
            "UPDATE document_content SET sealed = (SELECT sealed FROM document_content \
             WHERE document_id = $2) WHERE document_id = $1",
            &[&second, &first],
        )
        .await;
        altered(&second).await;
        assert_eq!(read(&house, Actor::Shell, &first).await.unwrap(), PDF);
        // A document moved to another convention, or called something that more people read.
        run(&house, "UPDATE document SET convention_id = $2 WHERE id = $1", &[&first, &tiers]).await;
        altered(&first).await;
        run(&house, "UPDATE document SET convention_id = $2 WHERE id = $1", &[&first, &one]).await;
        run(&house, "UPDATE document SET kind = $2 WHERE id = $1", &[&first, "attestation"]).await;
        altered(&first).await;
        run(&house, "UPDATE document SET kind = $2 WHERE id = $1", &[&first, "convention"]).await;
        assert_eq!(read(&house, Actor::Shell, &first).await.unwrap(), PDF);
        // A row cut short, an empty one, none at all.
        for cut in [PDF.len() + 27, 28, 12, 3, 0] {
            sqlx::query("UPDATE document_content SET sealed = $2 WHERE document_id = $1")
                .bind(first.clone())
                .bind(sealed[..cut].to_vec())
                .execute(house.access.database.pool())
                .await
                .unwrap();
            altered(&first).await;
        }
        run(&house, "DELETE FROM document_content WHERE document_id = $1", &[&first]).await;
        altered(&first).await;
    }

    async fn without_its_key_nothing_is_kept_or_shown() {
        let house = house().await;
        let ([one, ..], _) = mission(&house).await;
        let id = add(&house, Actor::Shell, &one, DocumentKind::Convention).await.unwrap();
        let path = house.folder.path().join("documents.key");
        let key = std::fs::read(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        let kind = DocumentKind::Convention;
        for refused in [
            add(&house, Actor::Shell, &one, kind).await.map(|_| ()),
            read(&house, Actor::Shell, &id).await.map(|_| ()),
        ] {
            assert!(matches!(refused, Err(AccessError::NoDocumentKey)), "{refused:?}");
        }
        // Another key is not the one.
        DocumentKeys::of(Some(path.clone())).add().unwrap();
        let lost = read(&house, Actor::Shell, &id).await;
        assert!(matches!(lost, Err(AccessError::LostDocumentKey)), "{lost:?}");
        let refused = house.access.reseal_documents().await;
        assert!(matches!(refused, Err(AccessError::LostDocumentKey)), "{refused:?}");
        assert_eq!(house.access.documents(Actor::Shell, &one, START).await.unwrap().len(), 1);
        // The old key beside the new one: read again, encrypted anew, and the old one may go.
        let fresh = std::fs::read(&path).unwrap();
        std::fs::write(&path, [&key[..], &fresh[..]].concat()).unwrap();
        assert_eq!(read(&house, Actor::Shell, &id).await.unwrap(), PDF);
        assert_eq!(house.access.reseal_documents().await.unwrap(), 1);
        assert_eq!(house.access.reseal_documents().await.unwrap(), 0);
        std::fs::write(&path, fresh).unwrap();
        assert_eq!(read(&house, Actor::Shell, &id).await.unwrap(), PDF);
    }

    async fn what_is_no_pdf_too_long_or_badly_named_is_refused() {
        let house = house().await;
        let ([one, ..], _) = mission(&house).await;
        let new = new(&one, DocumentKind::Convention);
        for content in ["", "<html>%PDF-1.7\nstartxref\n9\n%%EOF", "%PDF-1.7 x"] {
            let refused =
                house.access.add_document(Actor::Shell, new, content.as_bytes(), START).await;
            assert!(matches!(refused, Err(AccessError::NotPdf)), "{content}");
        }
        for name in ["", "a\r\nSet-Cookie: x", "a\nb.pdf", "\u{202e}fdp.exe", &"x".repeat(501)] {
            let new = NewDocument { name, ..new };
            let refused = house.access.add_document(Actor::Shell, new, PDF, START).await;
            assert!(matches!(refused, Err(AccessError::Convention(_))), "{name:?}");
        }
        let mut long = PDF.to_vec();
        long.splice(9..9, std::iter::repeat_n(b' ', MAX_DOCUMENT));
        let refused = house.access.add_document(Actor::Shell, new, long.clone(), START).await;
        assert!(matches!(refused, Err(AccessError::DocumentTooLong)));
        let exact = &mut long;
        exact.drain(9..9 + PDF.len());
        assert_eq!(exact.len(), MAX_DOCUMENT);
        let id = house.access.add_document(Actor::Shell, new, exact.clone(), START).await.unwrap();
        assert_eq!(read(&house, Actor::Shell, &id).await.unwrap(), *exact);
    }

    async fn a_convention_has_room_for_fifty_and_they_go_when_it_is_long_over() {
        let house = house().await;
        let ([one, tiers, _], _) = mission(&house).await;
        for _ in 0..50 {
            add(&house, Actor::Shell, &one, DocumentKind::Convention).await.unwrap();
        }
        let refused = add(&house, Actor::Shell, &one, DocumentKind::Convention).await;
        assert!(matches!(refused, Err(AccessError::TooManyDocuments)), "{refused:?}");
        add(&house, Actor::Shell, &tiers, DocumentKind::Attestation).await.unwrap();
        let count = async || {
            sqlx::query_scalar::<_, i64>("SELECT COUNT(*) FROM document_content")
                .fetch_one(house.access.database.pool())
                .await
                .unwrap()
        };
        // The third party's convention ends on 2027-03-31, the EPCI's on 2027-12-31.
        let after = |day: &str, days: i64| day.parse::<Day>().unwrap().ends().plus(days * DAY);
        let remove = async |now| house.access.remove_documents(365, now).await.unwrap();
        assert_eq!(remove(after("2027-03-31", 364)).await, 0);
        assert_eq!(remove(after("2027-03-31", 366)).await, 1);
        assert_eq!(count().await, 50);
        assert_eq!(remove(after("2027-12-31", 366)).await, 50);
        assert_eq!(count().await, 0);
    }

    async fn signatures_forms_and_committees_are_recorded_by_those_who_may() {
        let house = house().await;
        let ([one, tiers, other], [chief, paul, neighbour]) = mission(&house).await;
        let id = chief.id().to_owned();
        let (chief, paul) = (Actor::Account(&chief), Actor::Account(&paul));
        let neighbour = Actor::Account(&neighbour);
        let party = |party: &str| rights::Signatory {
            party: party.parse().unwrap(),
            organisation: format!("Organisme {party}"),
            representative: "Claire Chef, présidente".into(),
            dpo: format!("dpo@{party}.fr"),
        };
        let signature = |parties: &[&str]| rights::NewSignature {
            signed_on: "2026-12-01".parse().unwrap(),
            place: "Cergy".into(),
            parties: parties.iter().map(|one| party(one)).collect(),
        };
        let three = signature(&["operateur", "association", "organisme"]);
        let two = signature(&["mandant", "organisme"]);
        let sign = async |actor, convention: &str, new| {
            house.access.record_signature(actor, convention, new, START).await
        };
        for actor in [chief, paul, neighbour] {
            assert!(matches!(sign(actor, &one, &three).await, Err(AccessError::NotFound)));
        }
        assert!(sign(Actor::Shell, &one, &two).await.is_err());
        for _ in 0..2 {
            sign(Actor::Shell, &one, &three).await.unwrap();
        }
        sign(chief, &tiers, &two).await.unwrap();
        let late = rights::NewSignature { signed_on: "2099-01-01".parse().unwrap(), ..two.clone() };
        assert!(sign(chief, &tiers, &late).await.is_err());
        let read = house.access.signature(paul, &tiers, START).await.unwrap().unwrap();
        assert_eq!(read.parties.iter().map(|one| one.party).collect::<Vec<_>>(), ["mandant", "organisme"]);
        assert!(house.access.signature(paul, &one, START).await.is_err());
        assert!(house.access.signature(neighbour, &other, START).await.unwrap().is_none());
        let register = house.access.register(chief, START).await.unwrap();
        assert!(register.contains("dpo@association.fr") && register.contains("Finalités : aider"));

        // Annex 3, which goes with the person.
        let form = |telephone: &str| NewDesignation {
            telephone: telephone.into(),
            signed_on: "2026-12-01".parse().unwrap(),
            representative: "Le président".into(),
        };
        let good = form("+33 1 34 25 30 30");
        for actor in [chief, paul, neighbour] {
            let refused = house.access.record_designation(actor, &id, &good, START).await;
            assert!(matches!(refused, Err(AccessError::NotFound)));
        }
        for bad in ["", "12", "un deux trois", "01\n34253030", "<b>0134253030"] {
            let refused = house.access.record_designation(Actor::Shell, &id, &form(bad), START).await;
            assert!(matches!(refused, Err(AccessError::BadTelephone)), "{bad:?}");
        }
        let refused = house.access.record_designation(Actor::Shell, paul.id(), &good, START).await;
        assert!(matches!(refused, Err(AccessError::NotFound)), "paul administers nothing");
        house.access.record_designation(Actor::Shell, &id, &good, START).await.unwrap();
        let (_, told) = house.access.designations(chief, &one, START).await.unwrap();
        assert_eq!(told[0].telephone.as_deref(), Some("+33 1 34 25 30 30"));
        assert!(house.access.designations(paul, &one, START).await.is_err());
        house.access.release(Actor::Shell, &email("chef@agglo.fr"), START).await.unwrap();
        let left: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM designation")
            .fetch_one(house.access.database.pool())
            .await
            .unwrap();
        assert_eq!(left, 0);

        // The committee of the neighbour.
        use rights::{Seat, Stage};
        let member = (Seat::Bailleur, "Val Habitat", Some("Anne Bail"));
        let add = async |actor, convention: &str| {
            house.access.add_member(actor, convention, member, START).await
        };
        assert!(add(paul, &other).await.is_err() && add(neighbour, &one).await.is_err());
        assert!(matches!(add(Actor::Shell, &tiers).await, Err(AccessError::Convention(_))));
        let seat = add(neighbour, &other).await.unwrap();
        let new = NewConsultation {
            stage: Stage::Publication,
            subject: "Portrait 2024".into(),
            held_on: "2026-12-01".parse().unwrap(),
            opinion: "Favorable".into(),
        };
        house.access.record_consultation(neighbour, &other, &new, START).await.unwrap();
        let committee = house.access.committee(neighbour, &other, START).await.unwrap();
        assert_eq!(committee.members[0].representative.as_deref(), Some("Anne Bail"));
        assert_eq!(committee.consultations[0].stage, "publication");
        house.access.remove_member(neighbour, &seat, START).await.unwrap();
        assert!(house.access.remove_member(neighbour, &seat, START).await.is_err());
        let committee = house.access.committee(neighbour, &other, START).await.unwrap();
        assert!(committee.members[0].left_at.is_some());
        assert_eq!(committee.members[0].representative, None, "a name is not kept for nothing");
    }

    async fn the_purposes_of_a_convention_bound_what_is_declared() {
        let house = house().await;
        let new = NewConvention {
            purposes: "observation attribution".parse().unwrap(),
            ..super::conventions::epci("epci:200058519", 5, "2027-12-31")
        };
        let one = house.access.make_convention(Actor::Shell, &new, START).await.unwrap();
        let account = super::conventions::invited(&house, &one, "anne", START).await;
        let declared = async |said: Option<&str>| {
            house.access.declared_purposes(&account, said).await.map(|all| all.to_string())
        };
        assert_eq!(declared(None).await.unwrap(), "observation attribution");
        assert_eq!(declared(Some("attribution")).await.unwrap(), "attribution");
        for bad in ["politique", "revente", ""] {
            assert!(matches!(declared(Some(bad)).await, Err(AccessError::Purpose(_))), "{bad}");
        }
    }
}
