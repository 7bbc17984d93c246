//! What takes records in is written nowhere.

fn write(aggregation: &protect::Aggregation) -> String {
    serde_json::to_string(aggregation).unwrap()
}

fn main() {}
