//! Tests of the scales.

use super::*;

#[test]
fn every_scale_reads_back_from_its_id() {
    for scale in Scale::built_in() {
        assert_eq!(scale.id().parse::<Scale>().unwrap(), scale);
        assert_eq!(serde_json::to_value(scale).unwrap(), scale.id());
        assert_eq!(scale.zoning(), None);
    }
    assert!("Commune".parse::<Scale>().is_err());
}

#[test]
fn the_finest_scale_comes_first_and_no_two_rows_share_a_grain() {
    let wholes = Scale::built_in().filter(|scale| scale.whole().is_none());
    let grains: Vec<Grain> = wholes.map(Scale::grain).collect();
    assert!(grains.windows(2).all(|pair| pair[0] < pair[1]));
    assert!(Scale::built_in().is_sorted());
    assert!(!Scale::COMMUNE.is_reference() && Scale::EPCI.is_reference());
}

#[test]
fn parts_of_zones_are_finer_than_them_and_shown_with_them() {
    for (part, whole) in [(Scale::COMMUNE_QPV, Scale::COMMUNE), (Scale::EPCI_QPV, Scale::EPCI)] {
        assert_eq!(part.whole(), Some(whole));
        assert!(part < whole && part.grain() == whole.grain());
        assert!(!part.is_as_wide_as(whole) && whole.is_as_wide_as(part));
        assert_eq!(part.is_reference(), whole.is_reference());
        assert!(part.is_computed() && !part.is_nested() && !part.is_complete());
    }
    assert_eq!(Scale::EPCI_QPV.code_of_whole("200057859-Q"), Some("200057859"));
    assert_eq!(Scale::COMMUNE_QPV.code_of_whole("95018-H"), Some("95018"));
    assert_eq!(Scale::COMMUNE_QPV.code_of_whole("95018"), None);
    assert_eq!(Scale::EPCI.code_of_whole("95018-H"), None);
}

fn zoning() -> Zoning {
    Zoning {
        id: "qpv2015".into(),
        label: "QPV de 2015".into(),
        zooms: (10, 13),
        grain: Scale::QPV,
        weight: 6_000,
    }
}

#[test]
fn a_declared_scale_is_one_for_all_that_say_the_same() {
    let own = Scale::declare(&zoning()).unwrap();
    assert_eq!(Scale::declare(&zoning()).unwrap(), own);
    assert_eq!(own.zoning(), Some(zoning()));
    let other = Scale::declare(&Zoning { weight: 5_000, ..zoning() }).unwrap();
    assert_ne!(own, other);
    assert!(Scale::QPV < own && own < Scale::ARRONDISSEMENT && other < own);
    assert_eq!(own.grain(), Scale::QPV.grain());
    assert!(own.is_crossing() && !own.is_reference() && !own.is_point() && own.is_named());
}

#[track_caller]
fn refused(zoning: Zoning, expected: &str) {
    let error = Scale::declare(&zoning).unwrap_err().to_string();
    assert!(error.contains(expected), "{error}");
}

#[test]
fn a_zoning_that_is_not_well_formed_is_refused() {
    for id in ["", "Qpv", "2015", "_a", "a-b", "a b", "é", &"a".repeat(33)] {
        refused(Zoning { id: id.into(), ..zoning() }, "ne peut pas nommer");
    }
    refused(Zoning { id: "commune".into(), ..zoning() }, "déjà pris");
    refused(Zoning { label: String::new(), ..zoning() }, "libellé");
    refused(Zoning { label: "a\nb".into(), ..zoning() }, "libellé");
    refused(Zoning { zooms: (13, 10), ..zoning() }, "zooms");
    refused(Zoning { zooms: (10, 15), ..zoning() }, "zooms");
    refused(Zoning { weight: 0, ..zoning() }, "poids");
    refused(Zoning { grain: Scale::EPCI, ..zoning() }, "grain");
    refused(Zoning { grain: Scale::COMMUNE_QPV, ..zoning() }, "grain");
}

/// What the portal knows of the built-in scales. After a change of the table it is what this test
/// prints, and `make portal` builds it in.
#[test]
fn the_portal_knows_the_table() {
    let rows = Scale::built_in().map(|scale| {
        format!(
            "  {{ \"id\": \"{}\", \"turns\": {}, \"reference\": {}, \"point\": {}, \"grain\": \"{}\" }}",
            scale.id(),
            scale.takes_turns(),
            scale.is_reference(),
            scale.is_point(),
            scale.whole().unwrap_or(scale).id()
        )
    });
    let due = format!("[\n{}\n]\n", rows.collect::<Vec<_>>().join(",\n"));
    assert_eq!(include_str!("../../../web/src/scale-table.json"), due);
}
