//! Small tables, then the real ones where they are at hand.

use std::io::Write;
use std::path::Path;

use shared::shared;

use super::*;

const EPCI: &str = "CODGEO;LIBGEO;EPCI;LIBEPCI;NATURE_EPCI;DEP;REG;EPT;LIBEPT\n";
const COMMUNES: &str = "CODE;TYPE;NOM;DEP;REG;COMMUNE_PARENT\n";

fn written(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

fn code(text: &str) -> CommuneCode {
    text.parse().unwrap()
}

fn epci() -> EpciTable {
    let rows = "75056;Paris;200054781;Métropole du Grand Paris;METRO;75;11;;\n\
                92004;Asnières-sur-Seine;200054781;Métropole du Grand Paris;METRO;92;11;200057990;Boucle Nord de Seine\n\
                29083;Île-de-Sein;ZZZZZZZZZ;Sans objet;;29;53;;\n";
    EpciTable::read(written(&format!("{EPCI}{rows}")).path()).unwrap()
}

#[test]
fn an_arrondissement_lies_in_its_city_without_a_table_of_communes() {
    let official = Official::new(epci(), CommuneTable::built_in());
    let place = official.place(code("75113")).unwrap();
    assert_eq!(place.commune, code("75056"));
    assert_eq!(place.arrondissement, Some(code("75113")));
    assert_eq!((place.nom, place.epci, place.ept), ("Paris", Some("200054781"), None));
    assert_eq!(official.place(code("75056")).unwrap().arrondissement, None);
    assert_eq!(official.place(code("75121")), None);
}

#[test]
fn a_commune_knows_its_ept_and_may_have_no_epci() {
    let official = Official::new(epci(), CommuneTable::built_in());
    assert_eq!(official.place(code("92004")).unwrap().ept, Some("200057990"));
    let island = official.place(code("29083")).unwrap();
    assert_eq!((island.epci, island.departement, island.region), (None, "29", "53"));
    assert_eq!(official.epci().ept_name("200057990"), Some("Boucle Nord de Seine"));
    assert_eq!(official.epci().epcis().count(), 1);
}

#[test]
fn a_former_commune_lies_in_the_one_of_today() {
    let rows = "01015;commune-deleguee;Arbignieu;01;84;01015\n01015;commune-actuelle;Arboys en Bugey;01;84;\n\
                01340;COMD;Saint-Bois;01;84;01015\n";
    let communes = CommuneTable::read(written(&format!("{COMMUNES}{rows}")).path()).unwrap();
    let official = Official::new(epci(), communes);
    for former in ["01015", "01340"] {
        let place = official.place(code(former)).unwrap();
        assert_eq!((place.commune, place.nom), (code("01015"), "Arboys en Bugey"));
        assert_eq!(place.arrondissement, None);
    }
    assert_eq!(official.communes().len(), 4);
    assert_eq!(official.place(code("69389")), None, "no table knows Lyon");
    assert_eq!(official.place(code("75101")).map(|place| place.nom), Some("Paris"));
}

#[track_caller]
fn refused<T>(result: Result<T, OfficialError>, expected: &str) {
    let message = result.map(|_| ()).unwrap_err().to_string();
    assert!(message.contains(expected), "{message}");
}

#[test]
fn a_broken_table_says_line_and_column() {
    let epci = |rows: &str| EpciTable::read(written(&format!("{EPCI}{rows}")).path());
    refused(epci("9501;A;;;;95;11;;\n"), "ligne 2, colonne CODGEO");
    refused(
        epci("95018;A;;;;95;11;;\n95018;A;;;;95;11;;\n"),
        "ligne 3, colonne CODGEO : commune déjà",
    );
    refused(epci("95018;A;20005;B;;95;11;;\n"), "colonne EPCI");
    refused(epci("95018;A;200054781;B;;;11;;\n"), "colonne DEP");
    refused(epci("95018;A;;;;95;11;200057990;E\n"), "colonne EPT");
    refused(
        epci("95018;A;200054781;B;;95;11;;\n95002;A;200054781;C;;95;11;;\n"),
        "ligne 3, colonne LIBEPCI",
    );
    refused(epci("95018;A\n"), "ligne 2 : nombre de champs");
    let communes = |rows: &str| CommuneTable::read(written(&format!("{COMMUNES}{rows}")).path());
    refused(communes("95018;ville;A;95;11;\n"), "ligne 2, colonne TYPE");
    refused(communes("95018;;A;95;11;\n"), "ligne 2, colonne TYPE");
    refused(communes("95018;COM;A;95;11;95002\n"), "colonne COMMUNE_PARENT");
    refused(communes("75101;ARM;A;75;11;75056\n"), "ligne 2, colonne COMMUNE_PARENT");
    refused(communes("95018;COM;A;95;11;\n95018;COM;A;95;11;\n"), "ligne 3, colonne CODE");
    refused(EpciTable::read(Path::new("absent.csv")), "absent.csv : illisible");
}

#[test]
fn the_real_tables_attach_every_code() {
    let (Some(epci), Some(communes)) =
        (shared("epci_composition_2026.csv"), shared("communes_2026.csv"))
    else {
        return;
    };
    let official =
        Official::new(EpciTable::read(&epci).unwrap(), CommuneTable::read(&communes).unwrap());
    assert_eq!(official.epci().communes().count(), 34_969);
    assert_eq!(official.epci().epts().count(), 11);
    for (arrondissement, city) in [("75120", "75056"), ("69389", "69123"), ("13216", "13055")] {
        let place = official.place(code(arrondissement)).unwrap();
        assert_eq!(place.commune, code(city));
        assert_eq!(place.arrondissement, Some(code(arrondissement)));
    }
    assert_eq!(official.place(code("75056")).unwrap().ept, None);
    assert_eq!(official.place(code("59545")).unwrap().commune, code("59545"));
    assert_eq!(official.place(code("02285")).unwrap().departement, "59");
    // Both sources know the same arrondissements.
    let built_in = CommuneTable::built_in();
    let mut arrondissements = 0;
    for candidate in (0..=99_999).filter_map(|number| format!("{number:05}").parse().ok()) {
        let parent = |table: &CommuneTable| {
            let entry = table.get(candidate)?;
            if entry.nature() == Nature::Arrondissement { entry.parent() } else { None }
        };
        assert_eq!(parent(&built_in), parent(official.commune_table()), "{candidate}");
        arrondissements += usize::from(parent(&built_in).is_some());
    }
    assert_eq!(arrondissements, 45);
}

const MOVEMENTS: &str = "MOD,DATE_EFF,TYPECOM_AV,COM_AV,LIBELLE_AV,TYPECOM_AP,COM_AP,LIBELLE_AP\n";

fn following(rows: &str) -> Official {
    let communes =
        "44180;COM;Vallons-de-l'Erdre;44;52;\n92004;COM;Asnières;92;11;\n75056;COM;Paris;75;11;\n";
    let communes = CommuneTable::read(written(&format!("{COMMUNES}{communes}")).path()).unwrap();
    let movements = Movements::read(written(&format!("{MOVEMENTS}{rows}")).path()).unwrap();
    Official::new(epci(), communes).following(&movements)
}

#[test]
fn an_old_code_follows_the_movements_of_its_commune() {
    // A change of code and a merger on one day, one after another, and a name that changed.
    let official = following(
        "41,2018-01-01,COM,49144,Freigné,COM,44225,Freigné\n\
         32,2018-01-01,COM,44225,Freigné,COM,44180,Vallons\n\
         32,2018-01-01,COM,44225,Freigné,COMD,44225,Freigné\n\
         32,2018-01-01,COM,44180,Saint-Mars,COM,44180,Vallons\n\
         10,1990-01-01,COM,44225,Freigne,COM,44225,Freigné\n",
    );
    for old in ["49144", "44225"] {
        assert_eq!(official.successors(code(old)), [code("44180")], "{old}");
        assert_eq!(official.place(code(old)).unwrap().commune, code("44180"));
    }
    // A code of today is its own, whatever the table says of the past.
    assert_eq!(official.successors(code("44180")), []);
    assert_eq!(official.place(code("44180")).unwrap().commune, code("44180"));
    assert_eq!(official.place(code("49999")), None);
}

#[test]
fn a_commune_that_was_split_is_several_and_its_code_says_none() {
    let official = following(
        "21,1980-01-01,COM,92900,Ancienne,COM,92004,Asnières\n\
         21,1980-01-01,COM,92900,Ancienne,COM,75056,Paris\n\
         33,1970-01-01,COM,92901,Autre,COM,92900,Ancienne\n\
         32,1960-01-01,COM,92900,Ancienne,COM,44180,Vallons\n",
    );
    for old in ["92900", "92901"] {
        assert_eq!(official.successors(code(old)), [code("75056"), code("92004")], "{old}");
        assert_eq!(official.place(code(old)), None);
    }
}

#[test]
fn movements_that_turn_in_a_circle_lead_nowhere() {
    let official =
        following("33,1970-01-01,COM,92900,A,COM,92901,B\n33,1971-01-01,COM,92901,B,COM,92900,A\n");
    assert_eq!(official.successors(code("92900")), []);
}

#[test]
fn a_bad_row_of_the_movements_is_named() {
    let check = |rows: &str, column: &str, line: u64| {
        let file = written(&format!("{MOVEMENTS}{rows}"));
        let said = Movements::read(file.path()).unwrap_err().to_string();
        assert!(said.contains(&format!("ligne {line}, colonne {column}")), "{said}");
    };
    let good = "33,1970-01-01,COM,92900,A,COM,92901,B\n";
    check(&format!("{good}33,1970-01-01,COM,9290,A,COM,92901,B\n"), "COM_AV", 3);
    check("33,1970-01-01,COM,92900,A,COM,,B\n", "COM_AP", 2);
    check("33,01/01/1970,COM,92900,A,COM,92901,B\n", "DATE_EFF", 2);
    let lacking = written("MOD,DATE_EFF,COM_AV,COM_AP\n33,1970-01-01,92900,92901\n");
    let said = Movements::read(lacking.path()).unwrap_err().to_string();
    assert!(said.contains("TYPECOM_AP"), "{said}");
}
