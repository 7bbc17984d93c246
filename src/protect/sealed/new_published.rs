//! Nor does their constructor leave it.

fn main() {
    let _ = protect::Published::new();
}
