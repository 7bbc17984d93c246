//! Files of figures: who is given which rows and columns, in every format.

use std::io::{Cursor, Read};

use axum::http::{Method, StatusCode};

use super::house::{Answer, House};
use domain::{Audience, Scale};
use exports::Format;

fn path(format: Format, scale: &str) -> String {
    let dialect = if format == Format::CsvPlain { "?dialect=rfc4180" } else { "" };
    format!("/export/latest/{scale}.{}{dialect}", format.extension())
}

/// Every byte of a file, those inside of its ZIP too.
fn plain(format: Format, answer: &Answer) -> Vec<u8> {
    let mut bytes = answer.plain();
    if matches!(format, Format::Xlsx | Format::Zip) {
        let mut archive = zip::ZipArchive::new(Cursor::new(answer.plain())).unwrap();
        for place in 0..archive.len() {
            archive.by_index(place).unwrap().read_to_end(&mut bytes).unwrap();
        }
    }
    bytes
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[tokio::test]
async fn every_format_gives_the_rows_and_columns_of_its_reader_and_no_other() {
    let house = House::new().await;
    let one = house.token("alpha", "commune:95001").await;
    let landlord = house.token_for("bailleur", "france", Scale::ADRESSE, Audience::Bailleur).await;
    let elsewhere = house.token("zeta", "departement:38").await;
    for format in Format::ALL {
        let answer = house.get(&one, &path(format, "commune")).await;
        assert_eq!(answer.status, StatusCode::OK, "{format:?}");
        assert_eq!(answer.header("content-type"), format.media_type());
        assert_eq!(answer.header("cache-control"), "private, no-cache");
        assert_eq!(answer.header("x-seuil-scope").len(), 64);
        let name = format!("filename=\"seuil-2024r1-commune.{}\"", format.extension());
        assert!(answer.header("content-disposition").ends_with(&name), "{format:?}");
        let bytes = plain(format, &answer);
        assert!(holds(&bytes, "Alpha") && holds(&bytes, "loyer_m2"), "{format:?}");
        for hidden in ["Cach", "Gamma", "95002", "95003", "424242"] {
            assert!(!holds(&bytes, hidden), "{format:?}: {hidden}");
        }
        assert!(holds(&bytes, "statut_repondants"), "{format:?}");
        let bytes = plain(format, &house.get(&landlord, &path(format, "commune")).await);
        assert!(holds(&bytes, "Gamma") && holds(&bytes, "n_loyers_no"), "{format:?}");
        for hidden in ["loyer_m2", "statut_loyers"] {
            assert!(!holds(&bytes, hidden), "{format:?}: {hidden}");
        }
        // Who has no zone is given a file without any.
        let nothing = house.get(&elsewhere, &path(format, "commune")).await;
        assert_eq!(nothing.status, StatusCode::OK, "{format:?}");
        let bytes = plain(format, &nothing);
        assert!(!holds(&bytes, "Alpha") && !holds(&bytes, "95001"), "{format:?}");
    }
}

#[tokio::test]
async fn a_status_tells_a_secret_figure_from_one_over_nobody() {
    let house = House::new().await;
    let all = house.token("operateur", "france").await;
    let csv = house.get(&all, "/export/latest/commune.csv?fields=men_seul").await;
    let text = String::from_utf8(csv.plain()).unwrap();
    let lines: Vec<&str> = text.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(lines[0], "code;men_seul;statut_repondants;x;y");
    assert_eq!(lines[1], "95001;31,4;diffusé;;");
    assert!(lines[3].starts_with("95003;;sans objet;"), "{}", lines[3]);
    let qpv = house.get(&all, "/export/latest/qpv.csv?fields=men_seul&dialect=rfc4180").await;
    let text = String::from_utf8(qpv.plain()).unwrap();
    assert!(text.contains("QN09501M,,secret,"), "{text}");
    assert!(text.contains("QN09502M,55.5,diffusé,"), "{text}");
}

#[tokio::test]
async fn slips_are_refused_and_a_question_of_the_headers_costs_no_export() {
    let house = House::new().await;
    let one = house.token("alpha", "commune:95001").await;
    for (file, status) in [
        ("commune", 404),
        ("commune.shp", 404),
        ("commune.CSV", 404),
        ("rue.csv", 404),
        ("iris.csv", 404),
        ("commune.csv?dialect=us", 400),
        ("commune.xlsx?dialect=fr", 400),
        ("commune.csv?fields=rien", 400),
        ("commune.csv?within=commune:95002", 404),
        ("commune.csv?within=qpv:QN09501M", 400),
        ("commune.csv?zoom=3", 400),
        ("commune.csv?but=revente", 422),
        ("commune.csv?but=observation", 200),
    ] {
        let answer = house.get(&one, &format!("/export/latest/{file}")).await;
        assert_eq!(answer.status.as_u16(), status, "{file}");
    }
    let bearer = format!("Bearer {one}");
    for _ in 0..40 {
        let headers = [("authorization", bearer.as_str())];
        let head = house.ask(Method::HEAD, "/export/latest/commune.xlsx", &headers).await;
        assert_eq!((head.status, head.body.len()), (StatusCode::OK, 0));
    }
    // One was made above.
    for _ in 0..29 {
        let made = house.get(&one, "/export/latest/france.csv").await;
        assert_eq!(made.status, StatusCode::OK);
    }
    let refused = house.get(&one, "/export/latest/france.csv").await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.header("retry-after").parse::<u32>().unwrap() > 0);
}
