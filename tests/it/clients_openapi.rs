//! A client that knows nothing of the service but its two descriptions asks everything that they say can be
//! asked, rightly and wrongly, and holds each answer against them.

use std::process::Command;
use std::time::Duration;

use serde_json::json;

use crate::clients::{Demo, drive, tool};

const LIMIT: Duration = Duration::from_secs(120);

/// Operations after which nothing else could be asked, for they end sessions or conventions, or ask everybody for their
/// consent again; and the one whose body is a PDF, which the client cannot write.
const LEFT_OUT: &str =
    "^/api/(clauses|sessions|addresses/release|conventions/{id}/(closing|documents))$";

/// What is not asked. What an identifier names cannot be read in the document, so a right question may find
/// nothing; the standard wants the largest page for a `limit` above it, and an empty parameter is none, so a
/// wrong question may be answered.
const NOT_ASKED: &str = "positive_data_acceptance,negative_data_rejection";

/// Asks so many times per operation, in the way of an account.
fn ask(demo: &Demo, document: &str, header: &str, rest: &[&str]) {
    let Some(python) = tool(".ci/validators", &[]) else { return };
    let program = std::path::Path::new(&python).with_file_name("schemathesis");
    let mut command = Command::new(program);
    command.args(["run", &format!("{}{document}", demo.url()), "--header", header]);
    command.args(["--seed", "1", "--workers", "2", "--phases", "coverage,fuzzing"]);
    command.args(["--max-examples", "2", "--no-color", "--continue-on-failure"]);
    command.args(["--exclude-checks", NOT_ASKED]);
    let ended = drive(command.args(rest).current_dir(demo.folder()), LIMIT);
    assert_eq!(ended.code, Some(0), "{document}: {}\n{}", ended.stdout, ended.stderr);
    let asked =
        ended.stdout.split(" generated, ").next().and_then(|said| said.split_whitespace().last());
    let asked: u32 = asked.and_then(|number| number.parse().ok()).unwrap_or_default();
    assert!(asked > 300, "{}", ended.stdout);
}

#[test]
fn readers_get_what_the_description_of_the_service_says() {
    let demo = Demo::start();
    let header = format!("Authorization: Bearer {}", demo.account(1, "token"));
    ask(&demo, "/openapi.json", &header, &["--exclude-path-regex", "^/(api|session|ogc)"]);
    // Each collection has paths of its own, and one stands for all.
    let others = ["--exclude-path-regex", r"^/collections/[^/.]+\.(?!commune/)"];
    ask(&demo, "/ogc/api", &header, &others);
}

#[test]
fn people_get_what_the_description_of_the_service_says() {
    let demo = Demo::start();
    let secret =
        json!({ "email": demo.account(0, "email"), "password": demo.account(0, "password") });
    let answer = ureq::post(format!("{}/session", demo.url())).send_json(secret).unwrap();
    let cookie =
        answer.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let only = ["--include-path-regex", "^/api", "--exclude-path-regex", LEFT_OUT];
    ask(&demo, "/openapi.json", &format!("Cookie: {cookie}"), &only);
}
