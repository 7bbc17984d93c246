//! What must not compile: a view or a tile for somebody who was not authorised.
//! `TRYBUILD=overwrite` writes the messages anew.

#[test]
fn no_tile_without_a_view_and_no_view_without_a_right() {
    if shared::has_rustc("1.95") {
        trybuild::TestCases::new().compile_fail("sealed/*.rs");
    }
}
