//! R6: what nobody may know changes no byte, and answers do not choose what is hidden.

use std::collections::BTreeMap;

use geo::{Contains, Geometry, Point};

use super::figures::fgb;
use super::territory::{Territory, cover, demo, tree};
use super::util::Server;

/// What a household says of itself, without its lease: columns that one may exchange between two
/// households that answered the same questions.
const ANSWERS: [&str; 14] = [
    "PCT_PLAFOND",
    "COMPO",
    "NB_ENFANTS",
    "NB_OCCUPANTS",
    "NB_MINEURS",
    "NB_18_24",
    "NB_65P",
    "AGE_TITULAIRE",
    "NB_STABLE",
    "NB_PRECAIRE",
    "NB_SANS_EMPLOI",
    "NB_AUTRE",
    "APL",
    "BAIL",
];

/// The rows of the survey, to be changed and written back.
struct Survey {
    headers: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Survey {
    fn read(territory: &Territory) -> Survey {
        let text = std::fs::read_to_string(territory.input().join("ops_2024.csv")).unwrap();
        let mut lines =
            text.lines().map(|line| line.split(';').map(str::to_owned).collect::<Vec<_>>());
        Survey { headers: lines.next().unwrap(), rows: lines.collect() }
    }

    fn column(&self, name: &str) -> usize {
        self.headers.iter().position(|header| header == name).unwrap()
    }

    fn write(&self, territory: &Territory) {
        territory.edit("ops_2024.csv", |_| {
            let rows = [&self.headers].into_iter().chain(&self.rows);
            rows.map(|row| row.join(";") + "\n").collect()
        });
    }

    /// Which questions a household answered, and whether it moved in recently: what decides the
    /// universes that count it.
    fn membership(&self, row: usize) -> Vec<bool> {
        let value = |name| self.rows[row][self.column(name)].as_str();
        let lease = value("BAIL").split_once('/').and_then(|(month, year)| {
            Some(year.parse::<i32>().ok()? * 12 + month.parse::<i32>().ok()?)
        });
        let moved = lease.is_some_and(|lease| 2024 * 12 + 1 - lease < 24);
        // A composition is known when its adults are all accounted for.
        let number = |name| value(name).parse::<i32>().unwrap_or(0);
        let adults = ["NB_STABLE", "NB_PRECAIRE", "NB_SANS_EMPLOI", "NB_AUTRE"].map(number);
        let whole = adults.iter().sum::<i32>() == number("NB_OCCUPANTS") - number("NB_MINEURS");
        let known = ANSWERS.iter().map(|name| is_known(value(name)));
        known.chain([moved, whole, value("REPONDU") == "1"]).collect()
    }
}

/// An empty field and the sentinels of the official files are no answer.
fn is_known(value: &str) -> bool {
    !["", "999", "9999", "01/1900"].contains(&value)
}

/// For each dwelling of an address that is secret: the places that show it to anybody, as far as
/// the edition names them, with what of it the survey's figures need.
fn classes(territory: &Territory) -> BTreeMap<String, Vec<String>> {
    let carreaux: Vec<_> = fgb(&territory.edition().join("carreau.fgb")).into_iter().collect();
    let mut places = BTreeMap::new();
    for (code, (zone, geometry)) in fgb(&territory.edition().join("adresse.fgb")) {
        let Geometry::Point(at) = geometry else { panic!("an address is a point") };
        if zone.is_secret() {
            let carreau = square(&carreaux, at);
            places.insert(code, carreau.map(|carreau| [carreau, zone.text("grappe").to_owned()]));
        }
    }
    let mut classes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for name in ["rpls/rpls_1.csv.gz", "rpls/rpls_2.csv"] {
        for row in super::territory::rows(&territory.input().join(name)) {
            let Some(key) = super::protection::address(&row) else { continue };
            let Some(Some(shown)) = places.get(&key) else { continue };
            let parts = ["DEPCOM", "PLG_IRIS2024_CODE", "PLG_QP24", "NBPIECE", "MODE"];
            let mut class = parts.map(|column| row[column].as_str()).to_vec();
            class.extend(shown.iter().map(String::as_str));
            // Open columns say which dwellings an item is about: classes are within these.
            let before = |year: u32| {
                let of = |column: &str| row[column].parse().map_or(true, |own: u32| own < year);
                if of("LOCAT") && of("CONSTRUCT") { "oui" } else { "non" }
            };
            class.extend([before(2015), before(2023)]);
            // Where the register is silent, geometry decides: such an address moves no answer.
            if class.iter().all(|part| !part.is_empty()) {
                classes.entry(class.join("|")).or_default().push(row["ID_RPLS"].clone());
            }
        }
    }
    classes
}

/// The only square that holds a point well inside; `None` on a border.
fn square(carreaux: &[(String, (super::figures::Zone, Geometry))], at: Point) -> Option<String> {
    let mut found = carreaux.iter().filter(|(_, (_, geometry))| geometry.contains(&at));
    let first = found.next()?;
    found.next().is_none().then(|| first.0.clone())
}

#[test]
fn answers_exchanged_inside_a_class_change_no_byte_of_the_edition() {
    let territory = demo();
    let other = territory.copy();
    let mut survey = Survey::read(&other);
    let ids: BTreeMap<String, usize> = (0..survey.rows.len())
        .map(|row| (survey.rows[row][survey.column("ID_RPLS")].clone(), row))
        .collect();
    let columns = ANSWERS.map(|name| survey.column(name));
    let mut exchanged = 0;
    for members in classes(&territory).into_values() {
        let mut alike: BTreeMap<Vec<bool>, Vec<usize>> = BTreeMap::new();
        for row in members.iter().filter_map(|id| ids.get(id)) {
            alike.entry(survey.membership(*row)).or_default().push(*row);
        }
        for rows in alike.into_values() {
            for pair in rows.windows(2) {
                for column in columns {
                    let (one, two) = (survey.rows[pair[0]][column].clone(), pair[1]);
                    exchanged += usize::from(one != survey.rows[two][column]);
                    survey.rows[pair[0]][column] =
                        std::mem::replace(&mut survey.rows[two][column], one);
                }
            }
        }
    }
    assert!(exchanged > 1000, "{exchanged} answers moved");
    survey.write(&other);
    other.build();
    // Marks stand where figures are extreme: those of the edition are among its bytes.
    let marks = fgb(&territory.edition().join("grappe.fgb")).into_values();
    let is_mark = |zone: &super::figures::Zone| !zone.text("res_inf20_ext").is_empty();
    assert!(marks.filter(|(zone, _)| is_mark(zone)).count() > 10, "the test must see marks");
    let (before, after) = (tree(&territory.edition()), tree(&other.edition()));
    assert!(before.keys().eq(after.keys()));
    for (name, bytes) in &before {
        assert!(*bytes == after[name], "{} tells of who is who", name.display());
    }
    for (one, two) in answers(&territory).iter().zip(&answers(&other)) {
        assert!(one == two, "{} tells of who is who", one.0);
    }
}

/// What the service answers to an agent: status, headers and body, without the hour.
fn answers(territory: &Territory) -> Vec<(String, u16, Vec<String>, Vec<u8>)> {
    let territory = territory.copy_built();
    let address = "[serve]\npublic_url = \"https://carte.example.fr\"\n";
    territory.edit("seuil.toml", |text| text.replacen("[serve]\n", address, 1));
    let token = territory.account("anne@agglo.fr", "france");
    let server = Server::start(&territory.config());
    let mut paths = [
        "/editions",
        "/editions/latest/indicators",
        "/editions/latest/certificate",
        "/tiles/latest/iris.json",
        "/styles/ressources.json",
        "/qgis/iris.qlr?authcfg=abc1234",
        "/auth/scope",
        "/ogc/api",
        "/ogc/collections",
        "/ogc/collections/2024r1.iris/schema",
        "/ogc/collections/2024r1.iris/items?limit=200",
        "/ogc/collections/2024r1.iris/items?limit=200&f=fgb",
        "/ogc/collections/2024r1.carreau/items?limit=200&filter=code%20LIKE%20'%258'",
        "/ogc/collections/2024r1.adresse/items?limit=200&f=html",
        "/ogc/collections/2024r1.commune/tiles/WebMercatorQuad",
    ]
    .map(str::to_owned)
    .to_vec();
    for (scale, zoom) in [("departement", 7), ("commune", 9), ("iris", 11), ("carreau", 12)] {
        let bounds = territory.document("manifest.json")["scales"]
            .as_array()
            .unwrap()
            .iter()
            .find(|found| found["id"] == scale)
            .map(|found| serde_json::from_value(found["bounds"].clone()).unwrap())
            .unwrap();
        let tiles = cover(bounds, zoom).into_iter().take(60);
        paths.extend(tiles.map(|(x, y)| format!("/tiles/latest/{scale}/{zoom}/{x}/{y}.mvt")));
    }
    let told = paths.into_iter().map(|path| {
        let answer = server.get(&path, Some(&token));
        let headers = answer.headers.iter().filter(|(name, _)| *name != "date");
        let headers = headers.map(|(name, value)| format!("{name}: {value:?}")).collect();
        (path, answer.status, headers, answer.body)
    });
    let told: Vec<_> = told.collect();
    assert!(told.iter().filter(|answer| answer.1 == 200).count() > 20, "few tiles");
    told
}

/// The columns of which a zone says something: a mark stands in the place of value and numerator.
fn told(zone: &super::figures::Zone) -> std::collections::BTreeSet<String> {
    let columns = zone.0.keys().flat_map(|name| match name.strip_suffix("_ext") {
        Some(id) => vec![id.to_owned(), format!("{id}_num")],
        None => vec![name.clone()],
    });
    columns.collect()
}

#[test]
fn other_answers_of_the_same_households_hide_the_same_cells() {
    let territory = demo();
    let other = territory.copy();
    let mut survey = Survey::read(&other);
    let (income, age, aid) =
        (survey.column("PCT_PLAFOND"), survey.column("AGE_TITULAIRE"), survey.column("APL"));
    for row in &mut survey.rows {
        if is_known(&row[income]) {
            row[income] = "19".to_owned();
        }
        if is_known(&row[age]) {
            row[age] = "70".to_owned();
        }
        if is_known(&row[aid]) {
            row[aid] = if row[aid] == "1" { "0" } else { "1" }.to_owned();
        }
    }
    survey.write(&other);
    other.build();
    let mut changed = 0;
    for scale in super::territory::SCALES {
        let (before, after) = (territory.zones(scale), other.zones(scale));
        assert!(before.keys().eq(after.keys()), "{scale}");
        for (code, zone) in &before {
            let other = &after[code];
            assert_eq!(told(zone), told(other), "{scale} {code}: another mask");
            assert_eq!(zone.is_secret(), other.is_secret(), "{scale} {code}");
            changed += usize::from(zone != other);
        }
    }
    assert!(changed > 500, "{changed} zones show other figures");
}
