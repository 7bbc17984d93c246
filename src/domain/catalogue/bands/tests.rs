use super::*;
use crate::catalogue::BUILT_IN;

#[track_caller]
fn refused(from: &str, to: &str, expected: &str) {
    assert!(BUILT_IN.contains(from), "{from}");
    let error = Catalogue::from_toml(&BUILT_IN.replacen(from, to, 1)).unwrap_err();
    assert!(error.to_string().contains(expected), "{error}");
}

#[test]
fn the_built_in_families_add_up_as_they_say() {
    let catalogue = Catalogue::built_in();
    let bands = |family: &str| catalogue.bands(family);
    for (family, parts, sums) in [
        ("ressources", 7, vec![vec![0, 1], vec![0, 1, 2], vec![5, 6]]),
        ("ressources_emm", 7, vec![vec![0, 1], vec![0, 1, 2], vec![5, 6]]),
        ("activite", 4, vec![]),
        ("activite_emm", 4, vec![]),
        ("age", 5, vec![vec![3, 4]]),
        ("age_emm", 5, vec![vec![3, 4]]),
        ("construction", 5, vec![]),
    ] {
        let found = bands(family).unwrap();
        let own: Vec<Vec<usize>> = found.sums.iter().map(|sum| sum.1.clone()).collect();
        assert_eq!((found.parts.len(), own), (parts, sums), "{family}");
        assert!(found.are_whole);
    }
    let alone = bands("aide").unwrap();
    assert_eq!((alone.parts.len(), alone.are_whole), (1, false));
}

#[test]
fn a_family_that_another_figure_would_tell_keeps_nothing_back() {
    let catalogue = Catalogue::built_in();
    let problem = |family: &str| catalogue.bands(family).unwrap_err();
    // The count of those that answered is shown; so is that of recent movers.
    assert_eq!(problem("reponse"), NoBands::Counted);
    assert_eq!(problem("anciennete"), NoBands::NotShares);
    assert_eq!(problem("composition"), NoBands::NotShares);
    assert_eq!(problem("occupants"), NoBands::Unknown);
    assert_eq!(problem("loyer"), NoBands::NotShares);
    let aid = "universe = \"aide\"\nunit";
    let half = BUILT_IN.replacen(aid, "universe = \"ressources\"\nunit", 1).replacen(
        "numerator = \"APL = 1\"",
        "numerator = \"PCT_PLAFOND < 50\"",
        1,
    );
    let half = Catalogue::from_toml(&half).unwrap();
    assert_eq!(half.bands("ressources"), Err(NoBands::Told));
    assert_eq!(half.bands("aide"), Err(NoBands::Told));
}

#[test]
fn what_does_not_add_up_is_refused() {
    // A band that is missing, or another bound: 19 would be in none, or in two.
    refused("numerator = \"PCT_PLAFOND < 20\"", "numerator = \"PCT_PLAFOND < 19\"", "ressources");
    refused("numerator = \"PCT_PLAFOND < 20\"", "numerator = \"PCT_PLAFOND <= 20\"", "ressources");
    refused("numerator = \"NB_AUTRE\"", "numerator = \"NB_PRECAIRE\"", "activite");
    refused("sum_of = [\"res_inf20\", \"res_20_40\"]", "sum_of = [\"res_inf20\"]", "ressources");
    // Who says that adults are stable, precarious, without work or another?
    let said = "NB_AUTRE = NB_OCCUPANTS - NB_MINEURS";
    refused(said, &said.replace(" = ", " <= "), "activite");
    let aid = "id = \"aide\"\nlabel = \"Aide au logement\"";
    refused(aid, &format!("{aid}\nadds_up = true"), "aide");
}

#[test]
fn a_sum_cites_bands_of_its_family_once() {
    let own = "sum_of = [\"res_inf20\", \"res_20_40\"]";
    refused(own, "sum_of = [\"res_inf20\", \"tit_inf30\"]", "« tit_inf30 »");
    refused(own, "sum_of = [\"res_inf20\", \"res_inf60\"]", "« res_inf60 »");
    refused(own, "sum_of = [\"res_inf20\", \"res_20_40\", \"res_20_40\"]", "« res_inf40 »");
}

#[test]
fn the_rules_alone_say_which_extremes_are_kept_back() {
    let own = "label = \"Aide au logement\"";
    refused(own, &format!("{own}\nextremes = \"high\""), "règles");
    let catalogue = Catalogue::built_in().with_extremes(|family| match family {
        "aide" => Extremes::High,
        _ => Extremes::Off,
    });
    let json = serde_json::to_vec(&catalogue).unwrap();
    assert_eq!(Catalogue::from_json(&json).unwrap(), catalogue);
    let marked: Vec<&str> = catalogue
        .indicators()
        .iter()
        .filter(|own| catalogue.has_marks(own, Scale::GRAPPE))
        .map(|own| own.id.as_str())
        .collect();
    assert_eq!(marked, ["aide_apl"]);
}

/// A column that no file has takes a family away whole, or leaves it as it was: what is left of one would not
/// add up.
#[test]
fn a_family_never_loses_a_part_of_its_bands() {
    let catalogue = Catalogue::built_in();
    let all: Vec<&crate::Family> = catalogue.families().iter().filter(|own| own.adds_up).collect();
    for column in catalogue.dwelling_columns() {
        let absent = [column.clone()].into();
        let Ok(reduced) = catalogue.without(&absent) else { continue };
        let left = reduced.catalogue;
        for family in &all {
            let is_left = left.families().iter().any(|own| own.id == family.id);
            assert!(!is_left || left.bands(&family.id).is_ok_and(|own| own.are_whole), "{column}");
        }
    }
}
