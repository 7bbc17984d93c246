//! A tile is asked for with a view.

async fn ask(store: &tiles::TileStore, id: &tiles::TileId) {
    let _ = store.variant(id).await;
}

fn main() {}
