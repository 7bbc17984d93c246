//! The words that clap says by itself, in French: headings, usage, defaults, errors. What we say of a
//! command stands beside it; what a library says of a value stays, as the cause behind our words.

use std::error::Error as _;
use std::ffi::OsString;

use clap::builder::{Str, StyledStr};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, Command};

const TEMPLATE: &str =
    "{before-help}{about-with-newline}\nUtilisation : {usage}\n\n{all-args}{after-help}";

/// Names of values that follow from those of fields, and what help calls them.
const NAMES: [(&str, &str); 11] = [
    ("ACCOUNT", "COMPTE"),
    ("CONFIG", "FICHIER"),
    ("EDITION", "ÉDITION"),
    ("EMAIL", "ADRESSE"),
    ("FILE", "FICHIER"),
    ("GEOMETRY", "GÉOMÉTRIE"),
    ("HOUSEHOLDS", "N"),
    ("OUT", "DOSSIER"),
    ("POINTS", "FICHIER"),
    ("SEED", "GRAINE"),
    ("TO", "FICHIER"),
];

/// A command, with all those below it, that speaks French.
pub(super) fn command(mut command: Command) -> Command {
    let help = Arg::new("help").short('h').long("help").action(ArgAction::Help);
    command = command
        .disable_help_flag(true)
        .disable_help_subcommand(true)
        .disable_version_flag(true)
        .help_template(TEMPLATE)
        .subcommand_help_heading("Commandes")
        .subcommand_value_name("COMMANDE");
    let arguments: Vec<_> = command.get_arguments().map(|one| one.get_id().clone()).collect();
    for id in arguments {
        command = command.mut_arg(id, argument);
    }
    let below: Vec<_> = command.get_subcommands().map(|one| one.get_name().to_owned()).collect();
    for name in below {
        command = command.mut_subcommand(name, self::command);
    }
    if command.get_version().is_some() {
        let version = Arg::new("version").short('V').long("version").action(ArgAction::Version);
        command = command.arg(version.help("Dit la version"));
    }
    command.arg(help.help("Affiche cette aide"))
}

/// What was typed: `help build` is `build --help`.
pub(super) fn typed(arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = arguments.into_iter().collect();
    if arguments.get(1).is_some_and(|word| word == "help") {
        arguments.remove(1);
        arguments.push("--help".into());
    }
    arguments
}

fn argument(mut argument: Arg) -> Arg {
    if !argument.get_action().takes_values() {
        return argument;
    }
    let names = argument.get_value_names().unwrap_or_default().iter();
    let named = names.map(|name| {
        let french = NAMES.iter().find(|(own, _)| *own == name.as_str());
        french.map_or(name.clone(), |(_, french)| Str::from(*french))
    });
    let named: Vec<Str> = named.collect();
    argument = argument.value_names(named);
    let values = argument.get_default_values().iter();
    let values: Vec<String> = values.map(|value| value.to_string_lossy().into_owned()).collect();
    if values.is_empty() {
        return argument;
    }
    let said = |help: Option<&StyledStr>| {
        help.map(|help| format!("{help} [par défaut : {}]", values.join(", ")))
    };
    let (short, long) = (said(argument.get_help()), said(argument.get_long_help()));
    if let Some(short) = short {
        argument = argument.help(short);
    }
    if let Some(long) = long {
        argument = argument.long_help(long);
    }
    argument.hide_default_value(true)
}

/// What is wrong with what was typed, and how the command is used. Values are not repeated: one of
/// them may be a secret in the wrong place.
pub(super) fn refusal(error: &clap::Error) -> String {
    let mut said = format!("seuil : {}", problem(error));
    if let Some(cause) = error.source() {
        said += &format!(" : {cause}");
    }
    for (kind, word) in
        [(ContextKind::SuggestedArg, "l'option"), (ContextKind::SuggestedSubcommand, "la commande")]
    {
        if let Some(near) = text(error, kind) {
            said += &format!("\n\nPlutôt {word} {near} ?");
        }
    }
    if let Some(usage) = text(error, ContextKind::Usage) {
        let usage = usage.strip_prefix("Usage: ").unwrap_or(&usage);
        said += &format!("\n\nUtilisation : {usage}");
    }
    said + "\n\nPour en savoir plus : --help.\n"
}

fn problem(error: &clap::Error) -> String {
    let argument = text(error, ContextKind::InvalidArg).unwrap_or_default();
    let other = text(error, ContextKind::PriorArg).unwrap_or_default();
    match error.kind() {
        ErrorKind::UnknownArgument if argument.starts_with('-') => {
            format!("l'option {argument} n'existe pas")
        }
        ErrorKind::UnknownArgument => "un argument est de trop".to_owned(),
        ErrorKind::InvalidSubcommand => {
            let name = text(error, ContextKind::InvalidSubcommand).unwrap_or_default();
            format!("la commande {name} n'existe pas")
        }
        ErrorKind::MissingSubcommand => "il manque une commande".to_owned(),
        ErrorKind::MissingRequiredArgument => format!("il manque {argument}"),
        ErrorKind::ArgumentConflict if argument == other => {
            format!("{argument} ne se donne qu'une fois")
        }
        ErrorKind::ArgumentConflict => format!("{argument} ne va pas avec {other}"),
        ErrorKind::InvalidValue if is_empty(error) => format!("{argument} n'a pas de valeur"),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            format!("{argument} : valeur refusée")
        }
        ErrorKind::NoEquals => format!("{argument} s'écrit avec un signe égal"),
        ErrorKind::TooManyValues => format!("{argument} a trop de valeurs"),
        ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            format!("{argument} n'a pas le nombre de valeurs qu'il faut")
        }
        ErrorKind::InvalidUtf8 => "un argument n'est pas du texte UTF-8".to_owned(),
        _ => "cela ne peut pas être lu".to_owned(),
    }
}

/// Whether an option came without its value.
fn is_empty(error: &clap::Error) -> bool {
    text(error, ContextKind::InvalidValue).is_none_or(|value| value.is_empty())
}

fn text(error: &clap::Error, kind: ContextKind) -> Option<String> {
    match error.get(kind)? {
        ContextValue::String(one) => Some(one.clone()),
        ContextValue::Strings(all) => Some(all.join(", ")),
        ContextValue::StyledStr(one) => Some(one.to_string()),
        ContextValue::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
