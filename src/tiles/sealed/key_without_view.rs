//! The key of a tile is made from a view.

fn main() {
    let _ = tiles::TileKey { digest: [0; 32] };
}
