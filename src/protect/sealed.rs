//! What must not compile: raw figures named, read, printed or written outside this crate, and published
//! ones made there.
//! `TRYBUILD=overwrite` writes the messages anew.

#[test]
fn raw_figures_stay_inside_and_published_ones_are_not_forged() {
    if shared::has_rustc("1.95") {
        trybuild::TestCases::new().compile_fail("sealed/*.rs");
    }
}
