//! A tile is asked for with a view.

async fn ask(store: &tiles::TileStore, place: &tiles::Place) {
    let _ = store.variant(place).await;
}

fn main() {}
