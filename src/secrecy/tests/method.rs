//! The statistician's page says what the code does.

use crate::config::FLOOR;

const PAGE: &str = include_str!("../METHOD.md");

#[test]
fn the_page_names_every_file_of_the_engine_and_its_limits() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/secrecy");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if ["mod.rs", "tests.rs", "tests", "METHOD.md"].contains(&name.as_str()) {
            continue;
        }
        assert!(PAGE.contains(&format!("`{name}`")), "METHOD.md does not name {name}");
        seen += 1;
    }
    assert!(seen > 10, "only {seen} files were seen");
    assert!(PAGE.contains(&format!("≥ {FLOOR} · max |v_c|")));
    assert!(PAGE.contains(&format!("more than {} exposures", crate::secrecy::cover::LARGE)));
}
