//! Whose fault a failure is.

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
