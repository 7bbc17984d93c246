//! Two vintages in service: what names them apart for clients that keep a connection, a layer or a style.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use super::audit::audit;
use super::territory::{Shared, Territory};
use super::util::Server;

/// The same survey and register, as two vintages read them: both are in service.
pub fn two_vintages() -> Arc<Territory> {
    static SHARED: Shared = Shared::new();
    SHARED.get(|| {
        let territory = Territory::invent(&["--households", "6000"]);
        territory.build();
        territory.edit("seuil.toml", |text| text.replace("vintage = 2024", "vintage = 2025"));
        territory.edit("ops_2024.csv", |text| text.replace("\n2024;", "\n2025;"));
        territory.build();
        territory
    })
}

fn attribute<'a>(line: &'a str, name: &str) -> &'a str {
    line.split(&format!(" {name}=\"")).nth(1).unwrap().split('"').next().unwrap()
}

#[test]
fn connections_styles_and_layers_are_of_the_edition_that_they_name() {
    let territory = two_vintages().copy_of_editions();
    let token = territory.account("analyste@demo.fr", "france");
    let server = Server::start(&territory.config());
    let text = |path: &str| {
        let answer = server.get(path, Some(&token));
        (answer.status, String::from_utf8(answer.body).unwrap())
    };
    let (status, file) = text("/qgis/connections.xml");
    assert_eq!(status, 200);
    let lines: Vec<&str> = file.lines().filter(|line| line.starts_with(" <vectorTile")).collect();
    let of = |edition: &str| {
        let place = format!("/tiles/{edition}/");
        lines.iter().filter(|line| line.contains(&place)).copied().collect::<Vec<&str>>()
    };
    let [latest, newer, older] = ["latest", "2025r1", "2024r1"].map(of);
    assert_eq!(latest.len() + newer.len() + older.len(), lines.len());
    for (edition, rows, called) in [
        ("latest", &latest, ""),
        ("2025r1", &newer, " – millésime 2025, révision 1"),
        ("2024r1", &older, " – millésime 2024, révision 1"),
    ] {
        let about: Value = server.get("/editions", Some(&token)).json();
        let manifest = about.as_array().unwrap().iter();
        let id = if edition == "latest" { "2025r1" } else { edition };
        let manifest = manifest.into_iter().find(|manifest| manifest["id"] == id).unwrap();
        let scales = manifest["scales"].as_array().unwrap();
        assert_eq!(scales.len(), rows.len());
        for (scale, row) in scales.iter().zip(rows) {
            let label = scale["label"].as_str().unwrap();
            assert_eq!(attribute(row, "name"), format!("Seuil – {label}{called}"));
            assert_eq!(attribute(row, "zmin"), scale["minzoom"].to_string());
            // What the connection is drawn with is a style of its own edition's classes.
            let style = attribute(row, "styleUrl").strip_prefix(&server.url).unwrap().to_owned();
            let style = server.get(&style, None).json();
            assert_eq!(style["metadata"]["seuil:edition"], id, "{row}");
        }
    }
    for edition in ["2024r1", "2025r1"] {
        let (status, layer) = text(&format!("/qgis/iris.qlr?edition={edition}&authcfg=a1b2c3d"));
        assert_eq!(status, 200);
        assert!(layer.contains(&format!("/tiles/{edition}/iris/")), "{layer}");
        let named = format!("({}, révision 1)</layername>", &edition[..4]);
        assert!(layer.contains(&named) && !layer.contains(&token), "{layer}");
    }
    let same = |one: &str, other: &str| assert_eq!(text(one), text(other));
    same("/qgis/iris.qlr?edition=latest", "/qgis/iris.qlr");
    same("/styles/reponse.iris.json?edition=latest", "/styles/reponse.iris.json?edition=2025r1");
    same("/styles/reponse.iris.json", "/styles/reponse.iris.json?edition=");
    for (path, due) in [
        ("/qgis/iris.qlr?edition=2023r1", 404),
        ("/qgis/iris.qlr?edition=..%2f2024r1", 404),
        ("/qgis/iris.qlr?edition=2024r1&edition=2025r1", 400),
        ("/styles/reponse.iris.json?edition=2023r1", 404),
        ("/styles/reponse.iris.json?editon=2024r1", 400),
    ] {
        assert_eq!(text(path).0, due, "{path}");
    }
    the_auditor_agrees(&territory, &file);
}

/// The file names two editions, whichever of them is audited; a line that says more is named.
fn the_auditor_agrees(territory: &Territory, file: &str) {
    let older = " – millésime 2024, révision 1";
    let last = file.lines().rev().nth(1).unwrap();
    let planted = [
        ("name", file.replacen(older, &format!("{older}7"), 1)),
        ("zmax", file.replacen("serviceType=\"\"", "serviceType=\"7\"", 1)),
        ("name", file.replacen(&format!("{last}\n"), &format!("{last}\n{last}\n"), 1)),
        ("ligne", file.replacen(last, &format!("{last}<!-- 7 -->"), 1)),
        ("ligne", file.replacen("?edition=2024r1\"", "?edition=2024r1&amp;n=7\"", 1)),
    ];
    for id in ["2024r1", "2025r1"] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("france/qgis/connections.xml");
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let edition = territory.editions().join(id);
        let flags: [&Path; 3] = [&edition, "--collected".as_ref(), folder.path()];
        fs::write(&path, file).unwrap();
        let (code, said, log) = audit(&flags);
        assert_eq!(code, 0, "{id}: {said}{log}");
        for (name, other) in &planted {
            assert_ne!(other, file, "{name}");
            fs::write(&path, other).unwrap();
            let (code, said, log) = audit(&flags);
            assert_eq!(code, 1, "{id}, {name}: {said}{log}");
            assert!(said.contains("Réponse inattendue : france/qgis/connections.xml"), "{said}");
        }
    }
}
