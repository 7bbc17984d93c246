//! What the program says of itself and of what was typed wrong: in French, all of it.

use super::util::seuil;

/// Words that clap would say, and others that no French sentence has.
const ENGLISH: [&str; 30] = [
    "the",
    "of",
    "and",
    "print",
    "prints",
    "this",
    "given",
    "usage",
    "commands",
    "command",
    "default",
    "values",
    "value",
    "subcommand",
    "subcommands",
    "for",
    "more",
    "try",
    "with",
    "is",
    "are",
    "to",
    "from",
    "required",
    "unexpected",
    "found",
    "invalid",
    "argument(s)",
    "file",
    "path",
];

/// Names of values: what stands between `<` and `>`, or after an option.
const VALUES: [&str; 32] = [
    "ADRESSE",
    "CODE",
    "COMMANDE",
    "COMPTE",
    "CONFIG.toml",
    "CONVENTION",
    "D",
    "DOSSIER",
    "DPO",
    "FICHIER",
    "FINALITÉ[,…]",
    "GRAINE",
    "GÉOMÉTRIE",
    "ID",
    "INSTANT",
    "JOUR",
    "JOURS",
    "LIEU",
    "N",
    "NOM",
    "NUMÉRO",
    "NUMÉRO:EMPREINTE",
    "OBJET",
    "PORT",
    "PUBLIC",
    "QUALITÉ",
    "R",
    "RAISON",
    "RÔLE",
    "TEXTE",
    "TYPE",
    "ÉDITION",
];

/// Other names of values, which say how one is written.
const WRITTEN: [&str; 5] =
    ["PARTIE;ORGANISME;REPRÉSENTANT;DPO", "T@ÉCHELLE[,…]", "T[,T…]", "RÉFÉRENCE", "ÉCHELLE"];

/// Runs the program; gives its exit code, its output and its errors.
fn run(arguments: &[&str]) -> (i32, String, String) {
    let output = seuil().args(arguments).output().unwrap();
    let [out, err] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    (output.status.code().unwrap(), out, err)
}

#[track_caller]
fn is_french(what: &str, text: &str) {
    let ends = |letter: char| !letter.is_alphanumeric() && !"()".contains(letter);
    for word in text.split_whitespace().filter(|word| !word.starts_with('-')) {
        let plain = word.trim_matches(ends).to_lowercase();
        assert!(!ENGLISH.contains(&plain.as_str()), "{what} says « {word} » in\n{text}");
    }
    for named in text.split('<').skip(1) {
        let Some((name, _)) = named.split_once('>') else { continue };
        // `D/<compte>/<chemin de l'adresse>` stands in a sentence.
        let is_sentence = name.chars().all(|letter| !letter.is_uppercase());
        let known = VALUES.contains(&name) || WRITTEN.contains(&name) || is_sentence;
        assert!(known, "{what} calls a value « {name} » in\n{text}");
    }
}

#[test]
fn every_help_is_french_and_says_what_the_command_does() {
    let mut waiting: Vec<Vec<String>> = vec![Vec::new()];
    let mut seen = 0;
    while let Some(words) = waiting.pop() {
        seen += 1;
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let name = format!("seuil {}", words.join(" "));
        let (code, long, err) = run(&[&words[..], &["--help"]].concat());
        assert_eq!((code, err.as_str()), (0, ""), "{name} --help");
        assert_eq!(run(&[&words[..], &["-h"]].concat()).0, 0, "{name} -h");
        is_french(&name, &long);
        let usage = format!("Utilisation : {name}");
        assert!(long.contains(usage.trim_end()), "{name}: {long}");
        assert!(!long.starts_with("Utilisation"), "{name} does not say what it does");
        let Some((_, below)) = long.split_once("Commandes:\n") else { continue };
        let lines = below.lines().take_while(|line| !line.is_empty());
        // A description goes on further to the right.
        for line in lines.filter(|line| line.starts_with("  ") && !line.starts_with("   ")) {
            let mut parts = line.split_whitespace();
            let command = parts.next().unwrap().to_owned();
            let said = parts.next().is_some() || long.contains(&format!("{line}\n     "));
            assert!(said, "{name} does not say what {command} does");
            let more = words.iter().copied().map(str::to_owned).chain([command]).collect();
            waiting.push(more);
        }
    }
    assert!(seen > 50, "{seen} commands");
    let (_, told, _) = run(&["help", "account", "add"]);
    assert_eq!(told, run(&["account", "add", "--help"]).1);
    assert!(run(&["account", "token", "--help"]).1.contains("[par défaut : 365]"));
    let (code, out, _) = run(&["--version"]);
    assert!(code == 0 && out.starts_with("seuil "), "{out}");
}

#[test]
fn what_is_typed_wrong_is_said_in_french_with_the_code_of_usage() {
    for (arguments, says) in [
        ("", "Utilisation : seuil"),
        ("account", "Utilisation : seuil account"),
        ("bild", "la commande bild n'existe pas"),
        ("bild", "Plutôt la commande build ?"),
        ("account ad", "la commande ad n'existe pas"),
        ("build", "il manque <FICHIER>"),
        ("build a.toml secret-de-trop", "un argument est de trop"),
        ("build a.toml --outt x", "l'option --outt n'existe pas"),
        ("build a.toml --outt x", "Plutôt l'option --out ?"),
        ("build a.toml --out", "--out <DOSSIER> n'a pas de valeur"),
        ("build a.toml --out a --out b", "--out <DOSSIER> ne se donne qu'une fois"),
        ("demo --port beaucoup", "--port <PORT> : valeur refusée"),
        ("edition activate 2024 --config a.toml", "<ID> : valeur refusée : "),
        ("convention extend x --until demain --reference r", "--until <JOUR> : valeur refusée : "),
        (
            "account add x@y.fr --territory france --finest commune --audience bailleur --until 2027-01-01 --convention c",
            " ne va pas avec ",
        ),
        ("audit --record r", "il manque --source <CONFIG.toml>"),
        ("account token x@y.fr --config absente.toml", "absente.toml"),
    ] {
        let words: Vec<&str> = arguments.split_whitespace().collect();
        let (code, out, err) = run(&words);
        assert_eq!((code, out.as_str()), (2, ""), "{arguments}: {err}");
        assert!(err.contains(says), "{arguments} does not say « {says} »:\n{err}");
        // The cause may be a library's; ours stand before the first line's last colon.
        let causes = ["invalid digit found in string", "No such file or directory"];
        let own = causes.iter().fold(err.clone(), |text, cause| text.replace(cause, ""));
        is_french(arguments, &own);
        for typed in ["secret-de-trop", "beaucoup", "demain"] {
            assert!(!err.contains(typed), "{arguments} repeats what was typed:\n{err}");
        }
    }
}
