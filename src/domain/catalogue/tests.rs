//! What a catalogue may not say.

use super::*;

#[track_caller]
fn check(change: impl Fn(String) -> String, expected: &str) {
    let text = change(BUILT_IN.to_owned());
    let error = Catalogue::from_toml(&text).unwrap_err();
    assert!(error.to_string().contains(expected), "{error}");
}

#[test]
fn an_indicator_does_not_take_the_name_of_another_column() {
    let named = |id: &str| {
        let entry = format!("id = \"{id}\"");
        move |text: String| text.replacen("id = \"tx_reponse\"", &entry, 1)
    };
    for id in ["code", "communes", "situe", "secret", "n_menages", "res_inf20_den"] {
        check(named(id), &format!("« {id} »"));
    }
}

#[test]
fn a_catalogue_has_as_many_universes_and_domains_as_can_be_counted() {
    let more = |count: usize, domain: &'static str| {
        move |text: String| {
            let end = text.find("[[indicators]]").unwrap();
            let universe = |at: usize| {
                let parent = if at == 0 || domain.is_empty() {
                    "logements_no".to_owned()
                } else {
                    format!("u{}", at - 1)
                };
                format!(
                    "[[universes]]\nid = \"u{at}\"\nlabel = \"U\"\nmembers = \"logements\"\n\
                     kind = \"logement\"\nparents = [\"{parent}\"]\n{domain}\n\
                     audiences = [\"public_mission\"]\nfilter = \"1\"\n"
                )
            };
            let added: String = (0..count).map(universe).collect();
            format!("{}{added}{}", &text[..end], &text[end..])
        }
    };
    check(more(128, ""), "plus de 128 univers");
    check(more(24, "domain_of = \"logements\""), "« logements » a plus de 24");
    let whole = more(8, "domain_of = \"logements\"")(BUILT_IN.to_owned());
    Catalogue::from_toml(&whole).unwrap();
}

#[test]
fn a_catalogue_begins_with_a_register_that_all_its_readers_read() {
    check(|_| "families = []\nuniverses = []\nindicators = []\n".into(), "aucun univers");
    let universes = |text: String| {
        let end = text.find("[[indicators]]").unwrap();
        let both = "audiences = [\"public_mission\", \"bailleur\"]";
        let kept = text[..end].replacen(both, "audiences = [\"public_mission\"]", 1);
        format!("indicators = []\n{kept}")
    };
    check(universes, "« logements »");
}

#[test]
fn a_domain_is_a_part_of_its_filter() {
    let elsewhere = "domain_of = \"loyers\"";
    check(|text| text.replacen("domain_of = \"bail\"", elsewhere, 1), "« loyers »");
}

/// The built-in catalogue with one passage changed is refused.
#[track_caller]
fn check_changed(from: &str, to: &str, expected: &str) {
    assert!(BUILT_IN.contains(from), "{from}");
    check(|text| text.replacen(from, to, 1), expected);
}

#[test]
fn a_denominator_that_is_a_part_of_its_universe_is_refused() {
    // Some dwellings have no label.
    let labels = "universe = \"etiquettes\"";
    check_changed(labels, "universe = \"logements\"", "« dpe_abc »");
    // Let dwellings are a part of the register.
    let own = "numerator = \"BAIL >= REFERENCE - 12\"\ndenominator = \"1\"";
    check_changed(own, &own.replace("\"1\"", "\"MODE = 1\""), "« tx_mobilite »");
    // Nothing says that a household has an adult.
    check_changed("\n&& NB_OCCUPANTS - NB_MINEURS > 0", "", "NB_OCCUPANTS - NB_MINEURS > 0");
}

#[test]
fn what_open_columns_decide_is_an_eligibility() {
    let filter = "filter = \"MODE = 1 && known(BAIL)\"";
    let old = "filter = \"MODE = 1 && known(BAIL) && LOCAT < VINTAGE - 1\"";
    check_changed(filter, old, "« mobilite » lit LOCAT");
    let rooms = "universe = \"appariement_trois_pieces\"";
    check_changed(rooms, "universe = \"composition\"", "« sous_occ » lit NBPIECE");
    check_changed("condition = \"known(NBPIECE)\"", "condition = \"known(MODE)\"", "MODE");
    let condition = "condition = \"LOCAT < VINTAGE || !known(LOCAT)\"";
    check_changed(condition, "condition = \"LOCAT < VINTAGE\"", "« en_service »");
    check_changed("eligible = \"dix_ans\"", "eligible = \"vingt_ans\"", "« vingt_ans »");
}

#[test]
fn universes_that_a_visible_column_tells_apart_are_of_one_filter() {
    for domain in ["ressources", "composition", "age", "loyers", "vacance", "contingents"] {
        let declared = format!("domain_of = \"{domain}\"\n");
        let text = BUILT_IN.to_owned();
        let last = text.rfind(&declared).unwrap();
        check(|text| format!("{}{}", &text[..last], &text[last + declared.len()..]), "« ");
    }
    check_changed(
        "domain_of = \"bail\"\nfinest = \"carreau\"",
        "finest = \"carreau\"",
        "« emmenages » se distingue",
    );
    check_changed("joined = \"mobilite\"\n", "", "lisent BAIL dans deux systèmes");
}

#[test]
fn the_sum_of_an_open_column_is_never_printed() {
    check_changed("ratio_alone = true\n", "", "SURFHAB");
}

#[test]
fn an_eligible_universe_gets_the_eligible_parts_of_its_parents() {
    let catalogue = Catalogue::built_in();
    let of = |id: &str| {
        let index = catalogue.universe_index(id).unwrap_or_else(|| panic!("{id}"));
        &catalogue.universes()[index]
    };
    assert_eq!(of("bail_dix_ans").parents, ["bail", "repondants_dix_ans"]);
    assert_eq!(of("repondants_dix_ans").parents, ["repondants", "menages_dix_ans"]);
    assert_eq!(of("menages_dix_ans").parents, ["menages", "logements_dix_ans"]);
    assert_eq!(of("logements_dix_ans").parents, ["logements"]);
    assert_eq!(of("logements_dix_ans").domain_of.as_deref(), Some("logements"));
    assert_eq!(of("mobilite").parents, ["logements_deux_ans"]);
    assert_eq!(of("mobilite_no").parents, ["mobilite", "logements_no_deux_ans"]);
    assert_eq!(of("logements_no_deux_ans").parents, ["logements_no", "logements_deux_ans"]);
    assert_eq!(of("appariement").parents, ["composition", "repondants_pieces"]);
    let json = serde_json::to_vec(&catalogue).unwrap();
    assert_eq!(Catalogue::from_json(&json).unwrap(), catalogue);
}

/// Engine and auditor both go by these places: each is that of the name that the entry cites.
#[test]
fn what_an_entry_cites_is_found_by_its_name() {
    let catalogue = Catalogue::built_in();
    let name = |place: &usize| catalogue.universes()[*place].id.as_str();
    let mut domains = 0;
    for (place, own) in catalogue.universes().iter().enumerate() {
        let parents: Vec<&str> = catalogue.parents(place).iter().map(name).collect();
        assert_eq!(parents, own.parents, "{}", own.id);
        let needed: Vec<&str> = catalogue.needed(place).iter().map(name).collect();
        let cited: Vec<&String> = own.parents.iter().chain(&own.requires).collect();
        assert_eq!(needed, cited, "{}", own.id);
        let filter = own.domain_of.as_ref().unwrap_or(&own.id);
        assert_eq!(name(&catalogue.filter_of(place)), filter);
        domains += usize::from(own.domain_of.is_some());
    }
    assert!(domains > 5);
    for (place, own) in catalogue.indicators().iter().enumerate() {
        assert_eq!(name(&catalogue.universe_of(place)), own.universe, "{}", own.id);
    }
}
