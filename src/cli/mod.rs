//! The command line: arguments as typed, then one function per command.

#[cfg(feature = "build")]
mod audit;
#[cfg(feature = "build")]
mod build;
#[cfg(feature = "build")]
mod demo;
mod edition;
#[cfg(feature = "build")]
mod extremes;
mod french;
#[cfg(feature = "build")]
mod progress;
mod serve;
#[cfg(feature = "build")]
mod synth;

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

#[cfg(feature = "build")]
pub use audit::audit_edition;
#[cfg(feature = "build")]
pub use extremes::with_extremes;
use shell::CliError;

/// Tuiles vectorielles de statistiques sur les personnes, qui ne disent rien de moins de onze
/// ménages.
#[derive(Parser)]
#[command(name = "seuil", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Crée, désactive et liste les comptes ; crée et révoque leurs jetons
    Account(shell::AccountArguments),
    /// Ouvre, prolonge et termine les conventions ; nomme et invite leurs personnes
    Convention(shell::ConventionArguments),
    #[cfg(feature = "build")]
    Audit(audit::AuditArguments),
    /// Construit une édition protégée à partir des fichiers d'entrée
    #[cfg(feature = "build")]
    Build(build::BuildArguments),
    #[cfg(feature = "build")]
    Demo(demo::DemoArguments),
    Edition(edition::EditionArguments),
    /// Dit ce qu'un compte a fait et consulté ; vérifie, exporte et purge le journal
    Journal(shell::JournalArguments),
    Serve(serve::ServeArguments),
    #[cfg(feature = "build")]
    Synth(synth::Arguments),
}

/// Runs the command line of this process. Exit codes: 0 done, 1 the answer is no, 2 bad usage or
/// configuration, 3 bad input data, 4 environment.
pub fn main() -> ExitCode {
    let arguments = match parse() {
        Ok(arguments) => arguments,
        Err(error) => return refused(&error),
    };
    match run(arguments.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("seuil : {error}");
            error.exit_code()
        }
    }
}

fn parse() -> Result<Arguments, clap::Error> {
    let command = french::command(Arguments::command());
    let matches = command.try_get_matches_from(french::typed(std::env::args_os()))?;
    Arguments::from_arg_matches(&matches)
}

/// Help and the version are no errors, but come from clap as such.
fn refused(error: &clap::Error) -> ExitCode {
    let is_help = error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    if !error.use_stderr() || is_help {
        // Nobody is left to tell where the terminal is gone.
        let _ = error.print();
    } else {
        eprint!("{}", french::refusal(error));
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

fn run(command: Command) -> Result<(), CliError> {
    match command {
        Command::Account(arguments) => shell::account(arguments),
        Command::Convention(arguments) => shell::convention(arguments),
        #[cfg(feature = "build")]
        Command::Audit(arguments) => audit::run(&arguments),
        #[cfg(feature = "build")]
        Command::Build(arguments) => build::run(&arguments),
        #[cfg(feature = "build")]
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Edition(arguments) => edition::run(&arguments),
        Command::Journal(arguments) => shell::journal(arguments),
        Command::Serve(arguments) => serve::run(&arguments),
        #[cfg(feature = "build")]
        Command::Synth(arguments) => synth::synth(arguments),
    }
}
