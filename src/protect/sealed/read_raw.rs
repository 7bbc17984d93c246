//! Nor is it read.

fn read(aggregation: protect::Aggregation) {
    let _ = aggregation.sums;
}

fn main() {}
