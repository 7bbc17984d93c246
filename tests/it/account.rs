//! `seuil account` as an operator's shell runs it.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

struct Shell {
    folder: TempDir,
}

impl Shell {
    fn new() -> Shell {
        let folder = tempfile::tempdir().unwrap();
        let config = "[accounts]\ndatabase = \"sqlite:comptes.db\"\n";
        std::fs::write(folder.path().join("seuil.toml"), config).unwrap();
        Shell { folder }
    }

    /// The command, run from elsewhere: the database lies beside the configuration.
    fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_seuil"));
        command.arg("account").args(arguments.split_whitespace());
        command.arg("--config").arg(self.folder.path().join("seuil.toml"));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn run(&self, arguments: &str) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn run_with_input(&self, arguments: &str, input: &[u8]) -> Output {
        let mut child = self.command(arguments).stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        child.wait_with_output().unwrap()
    }

    /// Runs a command that must succeed, and gives what it wrote for scripts.
    #[track_caller]
    fn ok(&self, arguments: &str) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    #[track_caller]
    fn fails(&self, arguments: &str, code: i32, message: &str) {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments}: {}", stderr(&output));
        assert!(stderr(&output).contains(message), "{arguments}: {}", stderr(&output));
        assert!(output.stdout.is_empty());
    }
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

const ANNE: &str = "add anne@agglo.fr --territory epci:200058519,commune:95018 --finest adresse \
                    --audience public_mission";

#[test]
fn an_account_lives_from_its_creation_to_its_end() {
    let shell = Shell::new();
    assert_eq!(shell.ok("list"), "");
    assert_eq!(shell.ok(ANNE), "");
    let rights = "epci:200058519@adresse,commune:95018@adresse";
    let line = |state: &str, tokens: &str| {
        format!("anne@agglo.fr\tagent\tpublic_mission\t{rights}\t{state}\t{tokens}\n")
    };
    assert_eq!(shell.ok("list"), line("en service", ""));
    let token = shell.ok("token anne@agglo.fr");
    assert!(token.starts_with("seuil_") && token.len() == 50 && token.ends_with('\n'), "{token}");
    assert_ne!(shell.ok("token anne@agglo.fr --name qgis --days 30"), token);
    assert_eq!(shell.ok("list"), line("en service", "jeton,qgis"));
    shell.ok("revoke anne@agglo.fr --name jeton");
    assert_eq!(shell.ok("list"), line("en service", "qgis"));
    shell.ok("disable ANNE@agglo.fr");
    assert_eq!(shell.ok("list"), line("désactivé", ""));
    shell.fails("token anne@agglo.fr", 2, "aucun compte en service");
}

#[test]
fn a_refused_command_says_why_with_the_code_of_usage() {
    let shell = Shell::new();
    shell.ok(ANNE);
    shell.fails(ANNE, 2, "un compte existe déjà");
    shell.fails("token bob@agglo.fr", 2, "aucun compte en service");
    shell.fails("disable bob@agglo.fr", 2, "aucun compte en service");
    shell.fails("revoke anne@agglo.fr --name x", 2, "aucun jeton en service");
    shell.fails("token anne@agglo.fr --days 0", 2, "de 1 à 3650 jours");
    shell.fails("token anne", 2, "adresse électronique illisible");
    let bob = "add bob@agglo.fr --audience bailleur";
    shell.fails(&format!("{bob} --territory france"), 2, "--finest");
    shell.fails("add bob@agglo.fr --territory france --finest iris", 2, "--audience");
    shell.fails(&format!("{bob} --finest iris"), 2, "--territory");
    shell.fails(&format!("{bob} --finest iris --territory paris"), 2, "territoire illisible");
    shell.fails(&format!("{bob} --finest rue --territory france"), 2, "échelle inconnue");
    shell.fails(&format!("{bob} --finest iris --territory commune:75101"), 2, "commune:75056");
    shell.fails(&format!("{bob} --finest iris --territory france --role roi"), 2, "rôle inconnu");
    assert_eq!(shell.ok("list").lines().count(), 1);
}

#[test]
fn a_password_comes_from_the_standard_input_alone() {
    let shell = Shell::new();
    let add = |name: &str, input: &[u8]| {
        let rest = "--territory france --finest iris --audience bailleur --password-stdin";
        shell.run_with_input(&format!("add {name}@agglo.fr {rest}"), input).status.code()
    };
    assert_eq!(add("a", b"canari de la mine\n"), Some(0));
    assert_eq!(add("b", b"canari de la mine\r\n"), Some(0));
    assert_eq!(add("c", b"canari de la mine"), Some(0));
    assert_eq!(add("d", b"trop court\n"), Some(2));
    assert_eq!(add("e", b"canari de\nla mine\n"), Some(2));
    assert_eq!(add("f", b"canari de la \xe9cole\n"), Some(2));
    assert_eq!(add("g", b""), Some(2));
    assert_eq!(add("h", "é".repeat(257).as_bytes()), Some(2));
    assert_eq!(shell.ok("list").lines().count(), 3);
}

#[test]
fn a_configuration_without_a_usable_database_is_told_from_a_failing_one() {
    let shell = Shell::new();
    let config = shell.folder.path().join("seuil.toml");
    std::fs::write(&config, "").unwrap();
    shell.fails("list", 2, "[accounts]");
    std::fs::write(&config, "[accounts]\ndatabase = \"mysql:x\"\n").unwrap();
    shell.fails("list", 2, "accounts.database");
    std::fs::write(&config, "[accounts]\ndatabase = \"sqlite:absent/comptes.db\"\n").unwrap();
    shell.fails("list", 4, "comptes.db");
    std::fs::write(&config, "[accounts]\ndatabase = \"sqlite:seuil.toml\"\n").unwrap();
    shell.fails("list", 4, "base des comptes");
}

#[test]
fn processes_that_write_at_once_lose_nothing() {
    let shell = Shell::new();
    let rest = "--territory france --finest iris --audience bailleur";
    let spawn = |number: u32, name: &str| {
        shell.command(&format!("{name}{number}@agglo.fr {rest}")).spawn().unwrap()
    };
    // The database does not exist yet: the processes also race to make it.
    let children: Vec<_> = (0..8).map(|number| spawn(number, "add a")).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    }
    // One address asked for eight times is one account.
    let children: Vec<_> = (0..8).map(|_| spawn(0, "add b")).collect();
    let codes = children.into_iter().map(|child| child.wait_with_output().unwrap().status.code());
    let mut codes: Vec<_> = codes.collect();
    codes.sort_unstable();
    assert_eq!(codes, [vec![Some(0)], vec![Some(2); 7]].concat());
    assert_eq!(shell.ok("list").lines().count(), 9);
}
