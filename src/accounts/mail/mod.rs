//! Mail: what is written to people, and how it leaves.

mod letters;
mod queue;

pub(crate) use letters::Letter;
pub use queue::Post;
pub(crate) use queue::enqueue;
