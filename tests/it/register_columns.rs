//! Registers with columns more or fewer: the open file has neither leases nor rents, and some files say
//! which dwellings are not open data.

use std::collections::BTreeSet;

use super::audit::audit;
use super::territory::{Territory, rows};

/// What the open register does not have.
const RESTRICTED: [&str; 6] =
    ["MODE", "BAIL", "LOYERPRINC", "DATE_OFFRE", "CONTINGENT", "OPPOSITION"];

/// A territory whose register is one plain file, each row changed.
fn territory(change: impl Fn(usize, &mut Vec<(String, String)>)) -> Territory {
    let territory = Territory::invent(&["--households", "2500"]);
    let mut header = Vec::new();
    let mut lines = Vec::new();
    for name in ["rpls/rpls_1.csv.gz", "rpls/rpls_2.csv"] {
        let path = territory.input().join(name);
        for row in rows(&path) {
            let mut row: Vec<(String, String)> = row.into_iter().collect();
            change(lines.len(), &mut row);
            header = row.iter().map(|(column, _)| column.clone()).collect();
            let cells: Vec<String> = row.into_iter().map(|(_, cell)| cell).collect();
            lines.push(cells.join(";"));
        }
        std::fs::remove_file(path).unwrap();
    }
    let text = format!("{}\n{}\n", header.join(";"), lines.join("\n"));
    std::fs::write(territory.input().join("rpls/rpls_1.csv"), text).unwrap();
    territory.edit("seuil.toml", |text| {
        let from = text.find("dwellings = [").unwrap();
        let to = from + text[from..].find(']').unwrap() + 1;
        format!("{}dwellings = [\"rpls/*.csv\"]{}", &text[..from], &text[to..])
    });
    territory
}

fn ids(territory: &Territory, key: &str) -> BTreeSet<String> {
    let document = territory.document("indicators.json");
    let entries = document[key].as_array().unwrap().iter();
    entries.map(|entry| entry["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_open_register_makes_an_edition_without_what_it_does_not_say() {
    let territory =
        territory(|_, row| row.retain(|(name, _)| !RESTRICTED.contains(&name.as_str())));
    let (code, said) = territory.try_build();
    assert_eq!(code, 0, "{said}");
    for column in RESTRICTED {
        assert!(said.contains(&format!("ALERTE logements : la colonne {column} manque")), "{said}");
    }
    assert!(
        said.contains("indicateurs retirés de l'édition") && said.contains("loyer_m2"),
        "{said}"
    );
    assert!(said.contains("pas activée, à cause des alertes"), "{said}");
    let (universes, indicators) = (ids(&territory, "universes"), ids(&territory, "indicators"));
    for gone in ["loyer_m2", "tx_vacance", "tx_mobilite", "contingent_1", "loyer_m2_no"] {
        assert!(!indicators.contains(gone), "{gone}");
    }
    for gone in ["loyers", "vacance", "mobilite", "contingents", "logements_no"] {
        assert!(!universes.contains(gone), "{gone}");
    }
    assert!(indicators.contains("emm_2ans") && indicators.contains("log_t1"));
    // The manifest, the files' columns and the families say the same.
    let manifest = territory.document("manifest.json");
    let named = |key: &str| -> BTreeSet<String> {
        let list = manifest[key].as_array().unwrap().iter();
        list.map(|id| id.as_str().unwrap().to_owned()).collect()
    };
    assert_eq!((named("universes"), named("indicators")), (universes, indicators));
    assert!(!ids(&territory, "families").contains("loyer"));
    for columns in territory.zones("commune").values().map(|zone| format!("{zone:?}")) {
        assert!(!columns.contains("loyer") && !columns.contains("n_vacance"), "{columns}");
    }
    let (edition, config) = (territory.edition(), territory.config());
    let (code, said, error) = audit(&[&edition, "--source".as_ref(), &config]);
    assert_eq!(code, 0, "{said}{error}");
    let (code, said, error) = audit(&[&edition]);
    assert_eq!(code, 0, "{said}{error}");
}

#[test]
fn dwellings_of_exempt_companies_are_in_no_open_figure() {
    let exempt = |row: usize| row % 7 == 3;
    let territory = territory(|row, cells| {
        let said = if exempt(row) { "1" } else { "0" };
        cells.push(("SEM_EXONEREE".into(), said.into()));
    });
    let (code, said) = territory.try_build();
    assert_eq!(code, 0, "{said}");
    assert!(!said.contains("ALERTE"), "{said}");
    let register: Vec<_> = rows(&territory.input().join("rpls/rpls_1.csv")).collect();
    let open: Vec<_> = register.iter().filter(|row| row["SEM_EXONEREE"] != "1").collect();
    assert!(open.len() < register.len());
    let count = |column: &str| territory.zones("france")["FR"].count(column).unwrap() as usize;
    assert_eq!(count("n_logements"), register.len());
    assert_eq!(count("n_ouverts"), open.len());
    let is_number = |text: &str| text.parse::<u32>().is_ok_and(|rooms| (1..10).contains(&rooms));
    let with_rooms = |rooms: &str| open.iter().filter(|row| row["NBPIECE"] == rooms).count();
    assert_eq!(count("log_t1_num"), with_rooms("1"));
    let known = open.iter().filter(|row| is_number(&row["NBPIECE"])).count();
    assert_eq!(count("log_t1_den"), known);
    let dated = open.iter().filter(|row| is_year(&row["CONSTRUCT"])).count();
    assert_eq!(count("n_annees"), dated);
    // What is not open data counts them all.
    let rents = territory.zones("france")["FR"].count("n_contingents").unwrap() as usize;
    assert_eq!(rents, register.iter().filter(|row| is_contingent(&row["CONTINGENT"])).count());
    let (edition, config) = (territory.edition(), territory.config());
    let (code, said, error) = audit(&[&edition, "--source".as_ref(), &config]);
    assert_eq!(code, 0, "{said}{error}");
    let (code, said, error) = audit(&[&edition]);
    assert_eq!(code, 0, "{said}{error}");
    // The count of all dwellings would be opened with that of the open ones.
    territory.edit("seuil.toml", |text| {
        let opened = "[build]\nopen = [\"rpls_ouvert\"]";
        let text = text.replacen("[build]", opened, 1).replacen("revision = 1", "revision = 2", 1);
        text.replacen("activate = true", "activate = false", 1)
    });
    let (code, said) = territory.try_build();
    assert!(code == 2 && said.contains("SEM_EXONEREE"), "{code} {said}");
}

/// Of the largest commune every other dwelling has the code of one that was merged into it, the others
/// that of one that was split between it and another.
#[test]
fn old_codes_of_communes_follow_the_table_of_movements() {
    let plain = territory(|_, _| ());
    plain.build();
    let zones = plain.zones("commune");
    let mut communes: Vec<_> = zones
        .iter()
        .map(|(code, zone)| (zone.count("n_logements").unwrap_or(0), code.clone()))
        .collect();
    communes.sort();
    let [(_, other), (_, largest)] = communes.last_chunk::<2>().unwrap().clone();
    let old = territory(|row, cells| {
        let is_placed = cells.iter().any(|(name, cell)| name == "X" && !cell.is_empty());
        for (name, cell) in cells {
            if name == "DEPCOM" && *cell == largest {
                *cell = if row % 2 == 0 || !is_placed { "85998".into() } else { "85999".into() };
            }
        }
    });
    let table = format!(
        "MOD;DATE_EFF;TYPECOM_AV;COM_AV;TYPECOM_AP;COM_AP\n\
         32;2016-01-01;COM;85998;COM;{largest}\n32;2016-01-01;COM;85998;COMD;85998\n\
         21;2014-01-01;COM;85999;COM;{largest}\n21;2014-01-01;COM;85999;COM;{other}\n"
    );
    std::fs::write(old.input().join("mouvements.csv"), table).unwrap();
    let (code, said) = old.try_build();
    assert!(code == 3 && said.contains("commune absente des tables officielles"), "{code} {said}");
    old.edit("seuil.toml", |text| {
        text.replacen("[build]", "[build]\ncommunes_mouvements = \"mouvements.csv\"", 1)
    });
    let (code, said) = old.try_build();
    assert_eq!(code, 0, "{said}");
    assert!(
        said.contains("ont un ancien code de commune") && said.contains("d'après leur point"),
        "{said}"
    );
    assert!(said.contains(" 0 rejetées"), "{said}");
    // IRIS and QPV have their own codes: nothing else moved.
    let count = |of: &Territory| of.zones("france")["FR"].count("n_logements");
    assert_eq!(count(&old), count(&plain));
    let (edition, config) = (old.edition(), old.config());
    let (code, said, error) = audit(&[&edition, "--source".as_ref(), &config]);
    assert_eq!(code, 0, "{said}{error}");
}

fn is_year(text: &str) -> bool {
    text.parse::<u32>().is_ok_and(|year| (1000..2100).contains(&year) && year != 9999)
}

fn is_contingent(text: &str) -> bool {
    text.parse::<u32>().is_ok_and(|number| (1..8).contains(&number))
}
