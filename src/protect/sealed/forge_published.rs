//! Published figures are made by the protection alone.

fn main() {
    let _ = protect::Published { threshold: 1 };
}
