//! `/qgis/connections.xml`: the connections that QGIS imports, one for each scale.

use std::fmt::Write;

use axum::extract::{Extension, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::identity::{Prefix, credential};
use super::{App, Problem, Reader};
use accounts::{Credential, Secret};
use domain::Family;

/// The caller's token is in the addresses, so it must have been shown: a session has none.
pub(super) async fn connections(
    State(app): State<App>,
    reader: Reader,
    prefix: Option<Extension<Prefix>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let prefix = prefix.map(|Extension(Prefix(token))| token);
    let Some(Credential::Token(token)) = credential(&headers, prefix.as_ref()) else {
        let detail = "Demander ce fichier avec un jeton, par exemple à l'adresse \
                      /k/JETON/qgis/connections.xml : une session n'en a pas.";
        return Err(Problem::bad_request(detail));
    };
    let document = document(&app, &reader, &token)?;
    let mut response = document.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    let name = HeaderValue::from_static("attachment; filename=\"seuil-qgis.xml\"");
    headers.insert(header::CONTENT_DISPOSITION, name);
    Ok(response)
}

/// Addresses name `latest`: a new edition needs no new file.
fn document(app: &App, reader: &Reader, token: &Secret) -> Result<String, Problem> {
    let (edition, view) = reader.edition("latest")?;
    let manifest = edition.manifest(view.audience());
    let catalogue = edition.catalogue(view.audience());
    let base = format!("{}/k/{}", app.public_url(), token.expose());
    let mut xml =
        String::from("<!DOCTYPE connections>\n<qgsVectorTileConnections version=\"1.0\">\n");
    for scale in &manifest.scales {
        let name = format!("Seuil – {}", scale.label);
        let url = format!("{base}/tiles/latest/{}/{{z}}/{{x}}/{{y}}.mvt", scale.id);
        // A style of something that the scale does not offer would draw another scale's tiles.
        let offered = |family: &&Family| {
            let mut indicators = catalogue.indicators().iter();
            indicators.any(|one| one.family == family.id && catalogue.offers(one, scale.id))
        };
        let family = catalogue.families().iter().find(offered);
        let style = family
            .map(|family| format!("{base}/styles/{}.{}.json", family.id, scale.id))
            .unwrap_or_default();
        writeln!(
            xml,
            " <vectorTile name=\"{}\" url=\"{}\" zmin=\"{}\" zmax=\"{}\" styleUrl=\"{}\" \
             serviceType=\"\" authcfg=\"\" username=\"\" password=\"\" referer=\"\"/>",
            escaped(&name),
            escaped(&url),
            scale.minzoom,
            scale.maxzoom,
            escaped(&style),
        )
        .map_err(|_| Problem::internal())?;
    }
    xml.push_str("</qgsVectorTileConnections>\n");
    Ok(xml)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
