//! Nor is it printed.

fn print(aggregation: &protect::Aggregation) {
    println!("{aggregation:?}");
}

fn main() {}
