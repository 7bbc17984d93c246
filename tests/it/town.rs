//! An installation without any edition: accounts, a server, its letters, and people who use them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::util::{Answer, Server, seuil, stranger};

/// The password of everybody.
pub const PASSWORD: &str = "une phrase assez longue";

/// The least that is taken for a PDF.
pub const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\nstartxref\n9\n%%EOF\n";

/// The words of a command: what stands between quotes is one.
pub fn words(text: &str) -> Vec<&str> {
    let parts = text.split('\'').enumerate();
    parts
        .flat_map(|(at, part)| match at % 2 {
            0 => part.split_ascii_whitespace().collect(),
            _ => vec![part],
        })
        .collect()
}

/// A configuration and what stands beside it.
pub struct Town {
    folder: TempDir,
}

impl Town {
    /// Accounts in a file of SQLite.
    pub fn new() -> Town {
        Town::over("sqlite:comptes.db")
    }

    /// Accounts in a database of one's own.
    pub fn over(database: &str) -> Town {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("editions")).unwrap();
        let config = format!(
            "[serve]\nlisten = \"127.0.0.1:0\"\neditions = \"editions\"\n\
             [accounts]\ndatabase = \"{database}\"\ndocuments_key = \"documents.key\"\n"
        );
        std::fs::write(folder.path().join("seuil.toml"), config).unwrap();
        Town { folder }
    }

    /// A file of the installation.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A server of it.
    pub fn serve(&self) -> Server {
        Server::start(&self.path("seuil.toml"))
    }

    /// A server of it that logs everything of a level.
    pub fn serve_logging(&self, level: &str) -> Server {
        Server::start_with(&self.path("seuil.toml"), &[("RUST_LOG", level)])
    }

    /// A command of the program, on this installation.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = seuil();
        command.args(arguments).arg("--config").arg(self.path("seuil.toml"));
        command
    }

    /// Runs it, and gives what it wrote for scripts.
    #[track_caller]
    pub fn shell(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", said(&output));
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    /// Runs it, and gives the code it ends with and what it says.
    pub fn refused(&self, arguments: &[&str]) -> (i32, String) {
        let output = self.command(arguments).output().unwrap();
        (output.status.code().unwrap(), said(&output))
    }

    /// An EPCI's convention for long, with so many seats.
    pub fn epci(&self, seats: &str) -> String {
        let kind = ["convention", "add", "--kind", "epci", "--code", "epci:200058519"];
        let terms =
            ["--name", "Agglo", "--purpose", "Diagnostic", "--dpo", "dpo", "--seats", seats];
        let dates = ["--from", "2026-01-01", "--until", "2199-12-31"];
        self.shell(&[&kind[..], &terms, &dates].concat())
    }

    /// The secret of the link of a letter to an address, once the server has sent it.
    pub fn link(&self, email: &str) -> String {
        link_in(&self.path("outbox"), email)
    }

    /// The letter to an address that says something (in ASCII), once the server has sent it.
    pub fn letter(&self, email: &str, says: &str) -> String {
        for _ in 0..150 {
            for entry in std::fs::read_dir(self.path("outbox")).into_iter().flatten() {
                let path = entry.unwrap().path();
                if path.extension().is_none_or(|extension| extension != "eml") {
                    continue;
                }
                let letter = std::fs::read_to_string(&path).unwrap().replace("=\r\n", "");
                if letter.contains(&format!("To: {email}")) && letter.contains(says) {
                    return letter;
                }
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        panic!("no letter to {email} says « {says} »");
    }
}

/// The secret of the link of a letter to an address, once it is in the folder of letters.
pub fn link_in(outbox: &Path, email: &str) -> String {
    for _ in 0..150 {
        for entry in std::fs::read_dir(outbox).into_iter().flatten() {
            let path = entry.unwrap().path();
            // A letter that is being written has another name until it is whole.
            if path.extension().is_none_or(|extension| extension != "eml") {
                continue;
            }
            let letter = std::fs::read_to_string(&path).unwrap();
            if letter.contains(&format!("To: {email}")) && letter.contains("seuilt_") {
                let at = letter.find("seuilt_").unwrap();
                let ticket = letter[at..].replace("=\r\n", "")[..50].to_owned();
                std::fs::remove_file(path).unwrap();
                return ticket;
            }
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    panic!("no letter came to {email}");
}

impl Server {
    /// Asks as somebody signed in (or as nobody, with an empty cookie), as the portal does.
    pub fn ask(&self, cookie: &str, what: &str, body: Value) -> Answer {
        let (method, path) = what.split_once(' ').unwrap();
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url))
            .header("sec-fetch-site", "same-origin");
        if !cookie.is_empty() {
            request = request.header("cookie", cookie);
        }
        let answer = if body.is_null() {
            stranger().run(request.body(()).unwrap())
        } else {
            let request = request.header("content-type", "application/json");
            stranger().run(request.body(body.to_string()).unwrap())
        };
        Answer::read(answer.unwrap())
    }

    /// Sends a file as somebody signed in, as the portal does.
    pub fn upload(&self, cookie: &str, path: &str, content: &[u8]) -> Answer {
        let request = ureq::http::Request::builder()
            .method("POST")
            .uri(format!("{}{path}", self.url))
            .header("sec-fetch-site", "same-origin")
            .header("cookie", cookie)
            .header("content-type", "application/pdf");
        Answer::read(stranger().run(request.body(content).unwrap()).unwrap())
    }

    /// Signs in, and gives the cookie; empty where that is refused.
    pub fn sign_in(&self, email: &str) -> String {
        let body = json!({ "email": email, "password": PASSWORD });
        cookie(&self.ask("", "POST /session", body))
    }

    /// Follows the link of a letter, and gives the state that the account is in then.
    pub fn prove(&self, ticket: &str) -> String {
        let body = json!({ "ticket": ticket, "password": PASSWORD });
        let answer = self.ask("", "POST /api/requests/proof", body);
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        answer.json()["state"].as_str().unwrap().to_owned()
    }

    /// Signs in and accepts the clauses.
    pub fn begin(&self, email: &str) -> String {
        let cookie_before = self.sign_in(email);
        let clauses = self.ask(&cookie_before, "GET /api/clauses", Value::Null).json();
        let body = json!({ "version": clauses["version"] });
        let answer = self.ask(&cookie_before, "POST /api/clauses/acceptance", body);
        assert_eq!(answer.status, 204);
        cookie(&answer)
    }

    /// Makes a token by a session.
    pub fn token(&self, cookie: &str) -> String {
        let made = self.ask(cookie, "POST /api/tokens", json!({}));
        assert_eq!(made.status, 201);
        made.json()["token"].as_str().unwrap().to_owned()
    }

    /// What a token gets of the catalogue.
    pub fn with_token(&self, token: &str) -> u16 {
        self.get("/editions", Some(token)).status
    }
}

fn cookie(answer: &Answer) -> String {
    let set = answer.headers.get("set-cookie").map_or("", |value| value.to_str().unwrap());
    set.split(';').next().unwrap().to_owned()
}

fn said(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!said.contains("panicked"), "a panic is not an error message: {said}");
    said
}
