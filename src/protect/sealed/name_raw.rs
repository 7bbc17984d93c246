//! Nobody outside can name the raw sums.

use protect::aggregate::RawTable;

fn main() {}
