//! Mail: what is written to people, and how it leaves.

mod letters;
mod post;
mod queue;

pub(crate) use letters::Letter;
pub use post::Post;
pub(crate) use queue::enqueue;
