//! What a failed command tells the shell.

use std::fmt;
use std::process::ExitCode;

use domain::{Fault, HasFault};

/// An error on its way to the terminal. It prints the chain of its causes, each once.
#[derive(Debug)]
pub struct CliError {
    fault: Fault,
    error: anyhow::Error,
}

impl CliError {
    /// Any error, with the exit code it deserves.
    pub fn new(fault: Fault, error: impl Into<anyhow::Error>) -> CliError {
        CliError { fault, error: error.into() }
    }

    /// The exit code.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.fault as u8)
    }
}

/// An error that says whose fault it is.
impl<E: HasFault + Send + Sync + 'static> From<E> for CliError {
    fn from(error: E) -> CliError {
        CliError::new(error.fault(), error)
    }
}

/// An error of usage or configuration.
pub fn usage(error: impl Into<anyhow::Error>) -> CliError {
    CliError::new(Fault::Usage, error)
}

/// An error of the input data.
pub fn input(error: impl Into<anyhow::Error>) -> CliError {
    CliError::new(Fault::Input, error)
}

/// An error of the environment.
pub fn environment(error: impl Into<anyhow::Error>) -> CliError {
    CliError::new(Fault::Environment, error)
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.error)
    }
}
