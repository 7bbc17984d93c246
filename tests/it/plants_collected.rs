//! What could be planted in what clients received: every answer is collected as two accounts of
//! public bodies and a landlord receive it, the auditor agrees, then each field of each kind of
//! answer says something else and the auditor names it.

mod documents;
mod harvest;
mod tiles;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use audit::{Collected, Known};
use domain::Catalogue;
use serde_json::Value;
use server::portal_file;
use seuil::cli::with_extremes;

use super::audit::audit;
use harvest::{Harvest, LANDLORD, LOCAL, NATIONAL, harvest};

/// One answer that says something else than the server said.
struct Plant {
    /// The file, from the folder of the collection.
    name: String,
    /// The field, as the auditor must name it.
    field: String,
    /// Whether the field holds a value of another type.
    is_other_type: bool,
    bytes: Vec<u8>,
}

impl Plant {
    fn new(name: &str, field: &str, bytes: impl Into<Vec<u8>>) -> Plant {
        let (name, field) = (name.to_owned(), field.to_owned());
        Plant { name, field, is_other_type: false, bytes: bytes.into() }
    }
}

/// What answers about accounts may say freely: what people wrote, instants, identifiers, numbers of
/// accounts. A value of another type is found; another of the same type is not, as the audit
/// announces. No figure of the edition belongs there.
const FREE: [&str; 118] = [
    "/api/accounts : accounts",
    "/api/accounts : convention",
    "/api/accounts : email",
    "/api/accounts : id",
    "/api/accounts : name",
    "/api/accounts : rights",
    "/api/accounts : tokens",
    "/api/breaches : breaches",
    "/api/breaches : convention",
    "/api/breaches : declared_at",
    "/api/breaches : declared_by",
    "/api/breaches : description",
    "/api/breaches : due_at",
    "/api/breaches : id",
    "/api/breaches : known_at",
    "/api/breaches : late",
    "/api/breaches : notification (autre type)",
    "/api/breaches : organisation",
    "/api/breaches/{id}/file : account",
    "/api/breaches/{id}/file : communes",
    "/api/breaches/{id}/file : edition",
    "/api/breaches/{id}/file : first",
    "/api/breaches/{id}/file : last",
    "/api/breaches/{id}/file : lines",
    "/api/clauses : body",
    "/api/clauses : version",
    "/api/conventions : administrator",
    "/api/conventions : closed",
    "/api/conventions : code",
    "/api/conventions : conventions",
    "/api/conventions : dpo",
    "/api/conventions : id",
    "/api/conventions : name",
    "/api/conventions : purpose",
    "/api/conventions : reference",
    "/api/conventions : rights",
    "/api/conventions : seats",
    "/api/conventions : seats_taken",
    "/api/conventions : contract (autre type)",
    "/api/conventions : purposes",
    "/api/conventions/{id}/committee : consultations",
    "/api/conventions/{id}/committee : id",
    "/api/conventions/{id}/committee : members",
    "/api/conventions/{id}/committee : opinion",
    "/api/conventions/{id}/committee : organisation",
    "/api/conventions/{id}/committee : representative",
    "/api/conventions/{id}/committee : since",
    "/api/conventions/{id}/committee : subject",
    "/api/conventions/{id}/designations : account",
    "/api/conventions/{id}/designations : designations",
    "/api/conventions/{id}/designations : email",
    "/api/conventions/{id}/designations : name",
    "/api/conventions/{id}/designations : organisation",
    "/api/conventions/{id}/designations : representative (autre type)",
    "/api/conventions/{id}/designations : telephone",
    "/api/conventions/{id}/destruction : attested_at",
    "/api/conventions/{id}/destruction : attested_by",
    "/api/conventions/{id}/destruction : convention",
    "/api/conventions/{id}/destruction : destructions",
    "/api/conventions/{id}/destruction : exports",
    "/api/conventions/{id}/destruction : id",
    "/api/conventions/{id}/destruction : reference",
    "/api/conventions/{id}/documents : added_at",
    "/api/conventions/{id}/documents : added_by",
    "/api/conventions/{id}/documents : convention",
    "/api/conventions/{id}/documents : documents",
    "/api/conventions/{id}/documents : id",
    "/api/conventions/{id}/documents : name",
    "/api/conventions/{id}/signature : dpo",
    "/api/conventions/{id}/signature : organisation",
    "/api/conventions/{id}/signature : parties",
    "/api/conventions/{id}/signature : place",
    "/api/conventions/{id}/signature : representative",
    "/api/conventions/{id}/subprocessors : asked_at",
    "/api/conventions/{id}/subprocessors : id",
    "/api/conventions/{id}/subprocessors : name",
    "/api/conventions/{id}/subprocessors : purpose",
    "/api/conventions/{id}/subprocessors : reference (autre type)",
    "/api/conventions/{id}/subprocessors : subprocessors",
    "/api/legal : body (autre type)",
    "/api/legal : pages",
    "/api/demo : accounts",
    "/api/demo : email",
    "/api/demo : label",
    "/api/demo : password",
    "/api/journal : actor",
    "/api/journal : at",
    "/api/journal : detail",
    "/api/journal : entries",
    "/api/journal : seq",
    "/api/journal : subject",
    "/api/me : bounds",
    "/api/me : clauses_accepted",
    "/api/me : convention",
    "/api/me : current",
    "/api/me : email",
    "/api/me : id",
    "/api/me : mandates",
    "/api/me : open",
    "/api/me : organisation",
    "/api/me : territories",
    "/api/me : until",
    "/api/register : register",
    "/api/requests/organisations : name",
    "/api/requests/organisations : organisations",
    "/api/sessions : created_at",
    "/api/sessions : current",
    "/api/sessions : id",
    "/api/sessions : seen_at",
    "/api/sessions : sessions",
    "/api/tokens : created_at",
    "/api/tokens : expires_at",
    "/api/tokens : name",
    "/api/tokens : tokens",
    "/export/{edition}/{file} : Convention",
    "/export/{edition}/{file} : Finalités",
    "/export/{edition}/{file} : Par",
    "/ogc/collections/{collection} : itemCount",
];

/// What the edition alone tells: where the visible zones of one account lie, as nobody else is told.
const OF_EDITION: [&str; 2] = ["/ogc/collections : bbox", "/ogc/collections/{collection} : bbox"];

#[test]
fn what_three_accounts_received_is_what_the_auditor_makes_again() {
    let harvest = harvest();
    let whole = harvest.territory.edition();
    let (first, others): (Vec<_>, Vec<_>) = harvest
        .answers
        .iter()
        .map(|(name, bytes)| (name.clone(), bytes.clone()))
        .partition(|(name, _)| name.ends_with("editions/index.json"));
    for edition in [Some(&*whole), None] {
        let answers = first.iter().chain(&others).cloned();
        assert_eq!(judged(&harvest, edition, answers), Vec::<String>::new());
    }

    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in &harvest.answers {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let flags: [&Path; 2] = ["--collected".as_ref(), folder.path()];
    let (edition, config) = (harvest.territory.edition(), harvest.territory.config());
    let source: [&Path; 2] = ["--source".as_ref(), &config];
    for arguments in [
        &[&edition, flags[0], flags[1]][..],
        &[&edition, flags[0], flags[1], source[0], source[1]],
        &flags,
    ] {
        let (code, said, log) = audit(arguments);
        assert_eq!(code, 0, "{said}{log}");
        let announced = said.lines().find(|line| line.contains("réponses collectées")).unwrap();
        assert_eq!(announced.contains("sans édition"), arguments.len() == 2, "{announced}");
        assert!(said.contains("textes que des personnes ont écrits"), "{said}");
    }
    fs::write(folder.path().join(NATIONAL).join("notes.txt"), "7 ménages").unwrap();
    let (code, said, _) = audit(&flags);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("Réponse inattendue : ope/notes.txt"), "{said}");
}

/// A file that leaves out a zone of its territory tells by that what the zone would not say.
#[test]
fn a_zone_that_a_narrowed_answer_leaves_out_is_named() {
    let harvest = harvest();
    let edition = harvest.territory.edition();
    let of_local = || harvest.answers.iter().filter(|(name, _)| name.starts_with(LOCAL));
    let narrowed = ".csv?within=epci:200901080";
    for end in [narrowed.to_owned(), format!("{narrowed}&dialect=rfc4180&fields=nom,res_inf40")] {
        let (name, bytes) = of_local().find(|(name, _)| name.ends_with(&end)).unwrap();
        let text = std::str::from_utf8(bytes).unwrap();
        let last = text.trim_end().rfind('\n').unwrap() + 1;
        let others = || of_local().filter(|(own, _)| *own != name);
        let planted = |bytes: &str| {
            let first = others().filter(|(own, _)| own.ends_with("editions/index.json"));
            let answers =
                first.chain(others().filter(|(own, _)| !own.ends_with("editions/index.json")));
            let answers: Vec<(String, Vec<u8>)> =
                answers.map(|(name, bytes)| (name.clone(), bytes.clone())).collect();
            let own = (name.clone(), bytes.as_bytes().to_vec());
            judged(&harvest, Some(&edition), answers.into_iter().chain([own]))
        };
        assert_eq!(planted(text), Vec::<String>::new());
        let found = planted(&text[..last]);
        let is_named = |words: &String| words.contains(name) && words.contains("within : commune");
        assert_eq!(found.iter().filter(|words| is_named(words)).count(), 1, "{end}: {found:?}");
    }
}

/// What a filter keeps is known: another zone in its page, one that is left out or another number is named.
#[test]
fn a_page_that_is_not_what_its_filter_keeps_is_named() {
    let harvest = harvest();
    let edition = harvest.territory.edition();
    let of_local = || harvest.answers.iter().filter(|(name, _)| name.starts_with(LOCAL));
    let page = |part: &str| {
        let found = of_local().find(|(name, _)| name.contains(part)).unwrap();
        (found.0.clone(), String::from_utf8(found.1.clone()).unwrap())
    };
    let with_all = |name: &str, own: (String, String)| {
        let is_first = |other: &&String| other.ends_with("editions/index.json");
        let mut answers: Vec<(String, Vec<u8>)> = of_local()
            .filter(|(other, _)| *other != name)
            .map(|(name, bytes)| (name.clone(), bytes.clone()))
            .collect();
        answers.sort_by_key(|(other, _)| !is_first(&other));
        judged(&harvest, Some(&edition), answers.into_iter().chain([(own.0, own.1.into_bytes())]))
    };
    #[track_caller]
    fn named(found: &[String], name: &str, word: &str) {
        assert!(
            found.iter().any(|words| words.contains(name) && words.contains(word)),
            "{found:?}"
        );
    }

    // The page of one commune, as if another had been asked for.
    let (name, text) = page("commune/items?code=");
    let code = name.split("code=").nth(1).unwrap().to_owned();
    let [other, text] = [name, text].map(|it| it.replace(&format!("code={code}"), "code=99999"));
    let found = judged(&harvest, Some(&edition), [(other.clone(), text.clone().into_bytes())]);
    named(&found, &other, "de celles qui sont demandées");
    named(&judged(&harvest, None, [(other.clone(), text.into_bytes())]), &other, "de celles qui");

    // The communes of an EPCI, as if all but these had been asked for; and those of a box, of one elsewhere.
    let (name, text) = page("commune/items?limit=901&");
    let [other, text] = [name, text].map(|it| it.replace("code%20IN", "code%20NOT%20IN"));
    let found = judged(&harvest, Some(&edition), [(other.clone(), text.into_bytes())]);
    named(&found, &other, "de celles qui sont demandées");
    let (name, text) = page("commune/items?limit=900&");
    let sides = name.split("bbox=").nth(1).unwrap().to_owned();
    let [other, text] = [name, text].map(|it| it.replace(&sides, "60,60,61,61"));
    let found = judged(&harvest, Some(&edition), [(other.clone(), text.into_bytes())]);
    named(&found, &other, "de celles qui sont demandées");

    let (name, bytes) = of_local().find(|(name, _)| name.contains(")&f=fgb")).unwrap();
    let other = name.replace("code%20IN", "code%20NOT%20IN");
    let found = judged(&harvest, Some(&edition), [(other.clone(), bytes.clone())]);
    named(&found, &other, "de celles qui sont demandées");

    // What all answers together tell is said without the token.
    let of = |name: &str| name.split_once("/ogc/").unwrap().1.to_owned();

    // One commune less, with its number.
    for part in ["commune/items?limit=900&", "commune/items?limit=901&"] {
        let (name, text) = page(part);
        let mut document: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(with_all(&name, (name.clone(), text)), Vec::<String>::new());
        let features = document["features"].as_array_mut().unwrap();
        features.pop().unwrap();
        let left = features.len();
        for key in ["numberMatched", "numberReturned"] {
            document[key] = left.into();
        }
        let found = with_all(&name, (name.clone(), document.to_string()));
        if part.contains("901") {
            named(&found, &of(&name), "y manque");
            named(
                &found,
                &of(&name),
                "numberMatched : pas le nombre des zones que le filtre garde",
            );
        }
    }

    // A first page that says of all the others one more, or one less.
    let (name, text) = page(")&limit=2");
    let document: Value = serde_json::from_str(&text).unwrap();
    let matched = document["numberMatched"].as_i64().unwrap();
    assert!(matched > 2, "{matched}");
    for wrong in [matched - 1, matched + 1] {
        let changed = text.replace(
            &format!("\"numberMatched\":{matched}"),
            &format!("\"numberMatched\":{wrong}"),
        );
        assert_ne!(changed, text);
        let found = with_all(&name, (name.clone(), changed));
        named(&found, &of(&name), "numberMatched : pas le nombre des zones que le filtre garde");
    }
}

#[test]
fn each_field_of_each_answer_that_says_something_else_is_named() {
    let harvest = harvest();
    let mut plants = documents::plants(&harvest);
    plants.append(&mut tiles::plants(&harvest));
    check_routes(&harvest, &plants);
    let whole = harvest.territory.edition();
    let halves = plants.split_at(plants.len() / 2);
    let verdicts: Vec<Verdict> = std::thread::scope(|scope| {
        let threads = [halves.0, halves.1].map(|half| {
            let (harvest, whole) = (&harvest, &whole);
            scope.spawn(move || {
                half.iter().map(|plant| try_out(harvest, whole, plant)).collect::<Vec<_>>()
            })
        });
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let mut unseen = BTreeSet::new();
    let mut wrong = Vec::new();
    for verdict in verdicts {
        match verdict {
            Verdict::Named => {}
            Verdict::Unseen(field) => {
                unseen.insert(field);
            }
            Verdict::Wrong(words) => wrong.push(words),
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}: {:#?}",
        wrong.len(),
        plants.len(),
        &wrong[..wrong.len().min(40)]
    );
    let expected: BTreeSet<String> = FREE.iter().map(|field| (*field).to_owned()).collect();
    let differ: Vec<&String> = unseen.symmetric_difference(&expected).collect();
    assert!(differ.is_empty(), "{differ:#?}");
}

/// What became of a plant.
enum Verdict {
    /// It was named, with the edition and without.
    Named,
    /// With the edition nothing is found in this field.
    Unseen(String),
    Wrong(String),
}

/// Judges a plant with the edition and without.
fn try_out(harvest: &Harvest, edition: &Path, plant: &Plant) -> Verdict {
    let Plant { name, field, is_other_type, bytes } = plant;
    let with = judged(harvest, Some(edition), [(name.clone(), bytes.clone())]);
    if with.is_empty() {
        let note = if *is_other_type { " (autre type)" } else { "" };
        return Verdict::Unseen(format!("{} : {field}{note}", harvest::route(name)));
    }
    if !with.iter().any(|words| words.contains(name) && words.contains(field)) {
        return Verdict::Wrong(format!("not named : {name} : {field} : {with:?}"));
    }
    // Without the edition, what another account received of the same address tells.
    let mut answers: Vec<(String, Vec<u8>)> = Vec::new();
    for other in [harvest::sibling("editions/index.json"), harvest::sibling(name)] {
        if let Some(bytes) = harvest.answers.get(&other)
            && answers.iter().all(|(known, _)| *known != other)
        {
            answers.push((other, bytes.clone()));
        }
    }
    answers.push((name.clone(), bytes.clone()));
    if OF_EDITION.contains(&format!("{} : {field}", harvest::route(name)).as_str()) {
        return Verdict::Named;
    }
    if judged(harvest, None, answers).is_empty() {
        return Verdict::Wrong(format!("not seen without the edition : {name} : {field}"));
    }
    Verdict::Named
}

/// What the auditor finds in answers; a file that it cannot read is found too.
fn judged(
    harvest: &Harvest,
    edition: Option<&Path>,
    answers: impl IntoIterator<Item = (String, Vec<u8>)>,
) -> Vec<String> {
    // The register of the harvest says nothing of dwellings that are not open data.
    let absent = BTreeSet::from([domain::columns::EXEMPT.to_owned()]);
    let catalogue = Catalogue::built_in().without(&absent).unwrap().catalogue;
    let catalogue = with_extremes(catalogue, None).unwrap();
    let known =
        Known { catalogue: &catalogue, edition, sentences: &harvest.sentences, file: &portal_file };
    match Collected::of(answers, known) {
        Ok(collected) => collected.findings().iter().map(|found| found.words.clone()).collect(),
        Err(error) => vec![error.to_string()],
    }
}

/// Every route that answers a `GET` was collected, and something was planted in its answer.
fn check_routes(harvest: &Harvest, plants: &[Plant]) {
    let table = include_str!("../../docs/droits.md");
    let routes: BTreeSet<&str> = table
        .lines()
        .filter_map(|line| line.strip_prefix("| `GET ")?.split('`').next())
        .filter(|route| *route != "*")
        .collect();
    assert!(routes.len() > 15, "{routes:?}");
    let of = |names: &mut dyn Iterator<Item = &String>| -> BTreeSet<&str> {
        names.map(|name| harvest::route(name)).filter(|route| *route != "*").collect()
    };
    assert_eq!(of(&mut harvest.answers.keys()), routes);
    assert_eq!(of(&mut plants.iter().map(|plant| &plant.name)), routes);
    let accounts: BTreeMap<&str, usize> = [NATIONAL, LOCAL, LANDLORD]
        .map(|account| {
            (account, harvest.answers.keys().filter(|name| name.starts_with(account)).count())
        })
        .into();
    assert!(accounts.values().all(|answers| *answers > 40), "{accounts:?}");
}
