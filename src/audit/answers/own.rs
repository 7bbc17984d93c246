//! `/api/…`: accounts and conventions. No figure belongs there; what a person wrote (names,
//! purposes, clauses) is text of any content, which the audit announces.

use domain::{Audience, Scale, TerritoryName};

use super::json::Node;
use super::route::{Own, Paper};
use super::shape::Shape;

/// The first and the last instant that an account can know, in seconds: 2000 to 2200.
const TIMES: (i64, i64) = (946_684_800, 7_258_118_400);
/// Characters of what a person writes.
const MOST_WRITTEN: usize = 20_000;
/// Entries of a journal and versions of clauses, at most.
const MOST_ENTRIES: i64 = 1_000_000_000_000;

const ROLES: [&str; 7] =
    ["operateur", "administrateur", "suppleant", "agent", "tiers", "etat", "bailleur"];
const KINDS: [&str; 11] = [
    "operateur",
    "epci",
    "ept",
    "commune",
    "tiers",
    "etat",
    "bailleur",
    "union",
    "adil",
    "reservataire",
    "departement",
];
const PURPOSES: [&str; 4] = ["politique", "programmation", "observation", "attribution"];
const PARTIES: [&str; 4] = ["operateur", "association", "mandant", "organisme"];
const SEATS: [&str; 4] = ["bailleur", "association", "epci", "tiers"];
const STAGES: [&str; 3] = ["etape", "analyse", "publication"];
/// Bytes of a document that a person gives in.
const LARGEST_DOCUMENT: i64 = 10 << 20;
const STEPS: [&str; 5] = ["validation", "rejet", "suspension", "reprise", "fermeture"];
const TODAY: [&str; 4] = ["a_venir", "ouverte", "expiree", "close"];
const STATES: [&str; 7] = ["invite", "prouve", "valide", "actif", "suspendu", "rejete", "ferme"];

/// Where an answer about accounts has another form.
pub fn check(own: Own, root: &Node) -> Vec<String> {
    let list = |key: &str, shape| Shape::Object(vec![(key.to_owned(), Shape::each(shape))]);
    let shape = match own {
        Own::Me => me(),
        Own::Clauses => Shape::object([("version", number(1)), ("body", written())]),
        Own::Sessions => list("sessions", session()),
        Own::Tokens => list("tokens", token()),
        Own::Accounts => list("accounts", account()),
        Own::Conventions => list("conventions", convention()),
        Own::Journal => list("entries", entry()),
        Own::Demo => list("accounts", demo()),
        Own::Organisations => list("organisations", organisation()),
        Own::Breaches => list("breaches", breach()),
        Own::BreachFile => list("lines", concerned()),
        Own::Exports => list("entries", entry()),
        Own::Register => Shape::object([("register", register())]),
        Own::Committee => committee(),
        Own::Designations => list("designations", designation()),
        Own::Destructions => list("destructions", destruction()),
        Own::Documents => list("documents", document()),
        Own::Signature => {
            let is_there = root.get("signature").is_some_and(|node| *node != Node::Null);
            Shape::object([("signature", if is_there { signed() } else { signature() })])
        }
        Own::Subprocessors => list("subprocessors", subprocessor()),
        Own::Legal => list("pages", legal_page()),
    };
    shape.check(root)
}

fn me<'a>() -> Shape<'a> {
    let bounds = Shape::fits("une emprise, ou null", |node: &Node| {
        let within = |(at, node): (usize, &Node)| {
            let most = if at % 2 == 0 { 180.0 } else { 90.0 };
            node.number().is_some_and(|number| number.abs() <= most)
        };
        *node == Node::Null
            || (node.items().len() == 4 && node.items().iter().enumerate().all(within))
    });
    Shape::object([
        ("email", email()),
        ("role", one_of("un rôle", &ROLES)),
        ("audience", audience()),
        ("territories", Shape::each(Shape::text("un territoire", is_territory))),
        ("finest", Shape::text("une échelle", |text| text.parse::<Scale>().is_ok())),
        ("bounds", bounds),
        ("state", one_of("un état", &STATES)),
        ("clauses_accepted", truth()),
        ("convention", id()),
        ("until", time_or_null()),
        ("mandates", Shape::each(mandate())),
    ])
}

fn mandate<'a>() -> Shape<'a> {
    Shape::object([
        ("id", id()),
        ("organisation", written()),
        ("convention", id()),
        ("role", one_of("un rôle", &ROLES)),
        ("until", time_or_null()),
        ("open", truth()),
        ("current", truth()),
    ])
}

fn time_or_null<'a>() -> Shape<'a> {
    Shape::fits("un instant, ou null", |node| *node == Node::Null || is_time(node))
}

fn session<'a>() -> Shape<'a> {
    Shape::object([("id", id()), ("created_at", time()), ("seen_at", time()), ("current", truth())])
}

fn token<'a>() -> Shape<'a> {
    Shape::object([("name", written()), ("created_at", time()), ("expires_at", time())])
}

fn account<'a>() -> Shape<'a> {
    Shape::object([
        ("id", id()),
        ("email", email()),
        ("name", or_null("un nom, ou null", |text| text.chars().count() <= MOST_WRITTEN)),
        ("role", one_of("un rôle", &ROLES)),
        ("audience", audience()),
        ("state", one_of("un état", &STATES)),
        ("convention", id()),
        ("rights", Shape::each(right())),
        ("tokens", Shape::each(written())),
        ("steps", Shape::each(one_of("une étape", &STEPS))),
    ])
}

fn convention<'a>() -> Shape<'a> {
    let extension = Shape::object([
        ("id", id()),
        ("reference", written()),
        ("old_end", day()),
        ("new_end", day()),
        ("granted", truth()),
        ("refused", truth()),
    ]);
    Shape::object([
        ("id", id()),
        ("reference", written()),
        ("kind", one_of("une sorte de convention", &KINDS)),
        ("code", written()),
        ("name", written()),
        ("parent", or_null("un identifiant, ou null", is_id)),
        ("purpose", written()),
        ("purposes", Shape::each(one_of("une finalité", &PURPOSES))),
        ("contract", or_null("un contrat, ou null", is_written)),
        ("seats", Shape::whole("un nombre de places", 0, 100_000)),
        ("seats_taken", Shape::whole("un nombre de places", 0, 100_000)),
        ("starts_on", day()),
        ("ends_on", day()),
        ("dpo", written()),
        ("signature", signature()),
        ("closed", truth()),
        ("state", one_of("un état de convention", &TODAY)),
        ("administrator", or_null("un identifiant, ou null", is_id)),
        ("deputy", or_null("un identifiant, ou null", is_id)),
        ("rights", Shape::each(right())),
        ("extensions", Shape::each(extension)),
        ("subprocessors", Shape::each(subprocessor())),
        ("destructions", Shape::each(destruction())),
    ])
}

fn subprocessor<'a>() -> Shape<'a> {
    let answer = |node: &Node| matches!(node, Node::Null | Node::Truth(_));
    Shape::object([
        ("id", id()),
        ("name", written()),
        ("purpose", written()),
        ("asked_at", time()),
        ("authorised", Shape::fits("vrai, faux ou null", answer)),
        ("reference", or_null("une référence, ou null", is_written)),
    ])
}

fn destruction<'a>() -> Shape<'a> {
    Shape::object([
        ("id", id()),
        ("convention", id()),
        ("attested_by", written()),
        ("attested_at", time()),
        ("exports", number(0)),
        ("reference", written()),
    ])
}

/// Who signed a convention, or null.
fn signature<'a>() -> Shape<'a> {
    Shape::fits("une signature, ou null", |node| {
        *node == Node::Null || signed().check(node).is_empty()
    })
}

fn signed<'a>() -> Shape<'a> {
    let party = Shape::object([
        ("party", one_of("une partie", &PARTIES)),
        ("organisation", written()),
        ("representative", written()),
        ("dpo", written()),
    ]);
    let parties = Shape::each(party);
    Shape::object([("signed_on", day()), ("place", written()), ("parties", parties)])
}

fn designation<'a>() -> Shape<'a> {
    Shape::object([
        ("account", id()),
        ("role", one_of("un rôle", &ROLES)),
        ("name", or_null("un nom, ou null", is_written)),
        ("email", email()),
        ("organisation", written()),
        ("telephone", or_null("un téléphone, ou null", is_written)),
        ("signed_on", or_null("une date, ou null", is_day)),
        ("representative", or_null("un nom, ou null", is_written)),
    ])
}

fn committee<'a>() -> Shape<'a> {
    let member = Shape::object([
        ("id", id()),
        ("seat", one_of("un siège", &SEATS)),
        ("organisation", written()),
        ("representative", or_null("un nom, ou null", is_written)),
        ("since", time()),
        ("left_at", time_or_null()),
    ]);
    let consultation = Shape::object([
        ("id", id()),
        ("stage", one_of("une étape", &STAGES)),
        ("subject", written()),
        ("held_on", day()),
        ("opinion", written()),
    ]);
    Shape::object([("members", Shape::each(member)), ("consultations", Shape::each(consultation))])
}

fn document<'a>() -> Shape<'a> {
    let kind = |text: &str| {
        (1..=40).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || b"_-".contains(&byte))
    };
    Shape::object([
        ("id", id()),
        ("convention", id()),
        ("kind", Shape::text("une sorte de document", kind)),
        ("name", written()),
        ("size", Shape::whole("une taille", 1, LARGEST_DOCUMENT)),
        ("added_by", written()),
        ("added_at", time()),
    ])
}

fn legal_page<'a>() -> Shape<'a> {
    Shape::object([
        ("id", one_of("une page", &["mentions-legales", "donnees-personnelles", "accessibilite"])),
        (
            "title",
            one_of("un titre", &["Mentions légales", "Données personnelles", "Accessibilité"]),
        ),
        (
            "key",
            one_of(
                "une clé",
                &[
                    "[legal] mentions_legales",
                    "[legal] donnees_personnelles",
                    "[legal] accessibilite",
                ],
            ),
        ),
        ("body", or_null("un texte, ou null", |text| text.len() <= 100 * MOST_WRITTEN)),
    ])
}

/// Where what a person gave in or prints is none: what is inside is theirs.
pub fn paper(paper: Paper, bytes: &[u8]) -> Option<&'static str> {
    let (head, foot, problem): (&[u8], &[u8], &str) = match paper {
        Paper::Pdf => (b"%PDF-", b"%%EOF", "octets : pas un PDF d'un bout à l'autre"),
        Paper::Form => (
            b"<!doctype html>\n<html lang=\"fr\">",
            b"</main>\n</body>\n</html>",
            "octets : pas le formulaire de l'annexe 3",
        ),
    };
    let is_whole = bytes.starts_with(head) && bytes.trim_ascii_end().ends_with(foot);
    (!is_whole).then_some(problem)
}

fn is_written(text: &str) -> bool {
    text.chars().count() <= MOST_WRITTEN
}

fn entry<'a>() -> Shape<'a> {
    let kind = |text: &str| {
        !text.is_empty()
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || b".-".contains(&byte))
    };
    let hash = |text: &str| text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    Shape::object([
        ("seq", number(1)),
        ("at", time()),
        ("kind", Shape::text("une sorte d'entrée", kind)),
        ("actor", written()),
        ("subject", written()),
        ("detail", written()),
        ("hash", Shape::text("une empreinte", hash)),
    ])
}

fn organisation<'a>() -> Shape<'a> {
    Shape::object([("code", Shape::text("un territoire", is_territory)), ("name", written())])
}

fn breach<'a>() -> Shape<'a> {
    let maybe_written = |text: &str| text.chars().count() <= MOST_WRITTEN;
    Shape::object([
        ("id", id()),
        ("convention", id()),
        ("organisation", written()),
        ("declared_by", written()),
        ("known_at", time()),
        ("due_at", time()),
        ("declared_at", time()),
        ("late", truth()),
        ("from", day()),
        ("to", day()),
        ("description", written()),
        ("notified_at", time_or_null()),
        ("notification", or_null("une notification, ou null", maybe_written)),
    ])
}

fn concerned<'a>() -> Shape<'a> {
    let is_commune = |text: &str| {
        let code = |byte: u8| byte.is_ascii_alphanumeric() || byte == b':';
        (2..=12).contains(&text.len()) && text.bytes().all(code)
    };
    Shape::object([
        ("account", id()),
        ("kind", one_of("consultation ou export", &["consultation", "export"])),
        ("edition", written()),
        ("scale", Shape::text("une échelle", |text| text.parse::<Scale>().is_ok())),
        ("communes", Shape::each(Shape::text("une commune", is_commune))),
        ("first", time()),
        ("last", time()),
    ])
}

/// A text of any length that the register may have.
fn register<'a>() -> Shape<'a> {
    Shape::text("un texte", |text| text.len() <= 100 * MOST_WRITTEN)
}

fn demo<'a>() -> Shape<'a> {
    Shape::object([("email", email()), ("password", written()), ("label", written())])
}

fn one_of<'a>(words: &'static str, list: &'static [&'static str]) -> Shape<'a> {
    Shape::text(words, move |text| list.contains(&text))
}

fn or_null<'a>(words: &'static str, test: fn(&str) -> bool) -> Shape<'a> {
    Shape::fits(words, move |node| *node == Node::Null || node.text().is_some_and(test))
}

fn truth<'a>() -> Shape<'a> {
    Shape::fits("vrai ou faux", |node| matches!(node, Node::Truth(_)))
}

fn number<'a>(least: i64) -> Shape<'a> {
    Shape::whole("un numéro", least, MOST_ENTRIES)
}

fn time<'a>() -> Shape<'a> {
    Shape::fits("un instant", is_time)
}

fn is_time(node: &Node) -> bool {
    node.whole().is_some_and(|time| (TIMES.0..=TIMES.1).contains(&time))
}

fn day<'a>() -> Shape<'a> {
    Shape::text("une date", is_day)
}

fn is_day(text: &str) -> bool {
    let bytes = text.as_bytes();
    let sign = |(at, byte): (usize, &u8)| match at {
        4 | 7 => *byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    bytes.len() == 10 && bytes.iter().enumerate().all(sign)
}

fn audience<'a>() -> Shape<'a> {
    Shape::text("un public", |text| text.parse::<Audience>().is_ok())
}

fn right<'a>() -> Shape<'a> {
    Shape::text("un droit", |text| {
        text.split_once('@')
            .is_some_and(|(place, scale)| is_territory(place) && scale.parse::<Scale>().is_ok())
    })
}

fn is_territory(text: &str) -> bool {
    text.parse::<TerritoryName>().is_ok()
}

fn id<'a>() -> Shape<'a> {
    Shape::text("un identifiant", is_id)
}

/// Random bytes in hexadecimal or base64url.
fn is_id(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    (8..=64).contains(&text.len()) && text.bytes().all(plain)
}

fn email<'a>() -> Shape<'a> {
    Shape::text("une adresse électronique", |text| {
        let plain = |byte: u8| byte.is_ascii_graphic();
        text.len() <= 254 && text.split('@').count() == 2 && text.bytes().all(plain)
    })
}

fn written<'a>() -> Shape<'a> {
    Shape::text("un texte", |text| text.chars().count() <= MOST_WRITTEN)
}
