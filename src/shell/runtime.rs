//! The runtime of commands that ask a database.

use std::pin::Pin;

use crate::fault::{CliError, environment};

/// Runs a command to its end on this thread.
///
/// # Errors
///
/// Those of the command; of the environment where no runtime can be made.
pub fn block_on<T>(command: impl Future<Output = Result<T, CliError>>) -> Result<T, CliError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(environment)?.block_on(boxed(command))
}

/// A future behind a pointer: `block_on` has its code once, and not a copy in each of its branches.
pub fn boxed<'a, T>(future: impl Future<Output = T> + 'a) -> Pin<Box<dyn Future<Output = T> + 'a>> {
    Box::pin(future)
}
