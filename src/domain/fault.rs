//! Whose fault a failure is, and how a log says it.

use std::error::Error;
use std::fmt;

/// Whose fault a failure is: the exit code of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The question was answered, and the answer is no (audit, verify).
    No = 1,
    /// Bad usage or configuration.
    Usage = 2,
    /// Bad input data.
    Input = 3,
    /// The environment: disk, port, database.
    Environment = 4,
}

/// An error that says whose fault it is, so that no caller has to sort its variants.
pub trait HasFault: Error {
    /// Whose fault it is. [`Fault::Usage`] is whoever asked: a person can correct the question.
    fn fault(&self) -> Fault;
}

/// An error with the causes behind it, in one line: what a log says. A cause that the error before it
/// repeats is said once.
pub struct Causes<'a>(pub &'a (dyn Error + 'a));

impl fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut said = self.0.to_string();
        write!(f, "{said}")?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            let words = error.to_string();
            if !said.ends_with(&words) {
                write!(f, " : {words}")?;
            }
            (said, cause) = (words, error.source());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    enum Failed {
        #[error("la base ne répond pas")]
        Database(#[source] std::io::Error),
        #[error(transparent)]
        Itself(std::io::Error),
        #[error("écriture : {0}")]
        Repeated(#[source] std::io::Error),
    }

    #[test]
    fn each_cause_is_said_once() {
        let disk = || std::io::Error::other("disque plein");
        let words = |error: Failed| Causes(&error).to_string();
        assert_eq!(words(Failed::Database(disk())), "la base ne répond pas : disque plein");
        assert_eq!(words(Failed::Itself(disk())), "disque plein");
        assert_eq!(words(Failed::Repeated(disk())), "écriture : disque plein");
    }
}
