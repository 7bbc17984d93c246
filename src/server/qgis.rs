//! `/qgis/connections.xml`: the connections of vector tiles that QGIS imports, one for each scale of the
//! latest edition and of each active one; `/qgis/features.xml`: the one of zones with their figures (OGC
//! API Features); and `/qgis/{name}.qlr`: a layer of one scale of an edition, with its style inside.

use std::fmt::Write;

use axum::extract::{Extension, State};
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::{IntoResponse, Response};

use accounts::{Credential, Secret};
use domain::Family;
use edition::EditionId;
use request::identity::{Prefix, credential};
use request::named::Named;
use request::parameters::Parameters;
use request::{App, Problem, Reader};
use style::StyleContext;

/// Characters of the identifier of an authentication configuration of QGIS.
const CONFIGURATION: usize = 7;

/// What somebody without a token is told.
const NO_TOKEN: &str = "Demander ce fichier avec un jeton, par exemple à l'adresse \
                        /k/JETON/qgis/connections.xml : une session n'en a pas.";

/// The caller's token is in the addresses, so it must have been shown: a session has none.
pub(super) async fn connections(
    State(app): State<App>,
    reader: Reader,
    prefix: Option<Extension<Prefix>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let token = token(&headers, prefix).ok_or_else(|| Problem::bad_request(NO_TOKEN))?;
    Ok(attached(document(&app, &reader, &token)?, "seuil-qgis.xml"))
}

/// One connection holds every collection of every active edition.
pub(super) async fn features(
    State(app): State<App>,
    _reader: Reader,
    prefix: Option<Extension<Prefix>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let token = token(&headers, prefix).ok_or_else(|| Problem::bad_request(NO_TOKEN))?;
    let url = format!("{}/k/{}/ogc", app.public_url(), token.expose());
    let document = format!(
        "<!DOCTYPE connections>\n<qgsWFSConnections version=\"1.1\">\n <wfs name=\"Seuil – zones\" \
         url=\"{}\" version=\"OGC_API_FEATURES\" pagingenabled=\"default\" pagesize=\"\" \
         maxnumfeatures=\"\" ignoreAxisOrientation=\"false\" invertAxisOrientation=\"false\" \
         username=\"\" password=\"\" authcfg=\"\"/>\n</qgsWFSConnections>\n",
        escaped(&url),
    );
    Ok(attached(document, "seuil-qgis-zones.xml"))
}

/// `GET /qgis/{name}.qlr?edition=…&authcfg=…`: of a scale, or of a family or indicator and a scale, of
/// the latest edition where none is named. With the identifier of an authentication configuration of the reader's QGIS the file
/// holds no secret, and any identity may ask for it; without one the token is in the address of the tiles.
pub(super) async fn layer(
    State(app): State<App>,
    reader: Reader,
    Named(name): Named<String>,
    prefix: Option<Extension<Prefix>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let name = name.strip_suffix(".qlr").ok_or_else(Problem::not_found)?;
    let asked = Parameters::read(&uri, &["authcfg", "edition"])?;
    let configuration = asked.get("authcfg");
    let is_known = |text: &str| {
        text.len() == CONFIGURATION && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    if !configuration.is_none_or(is_known) {
        let detail = "authcfg est l'identifiant, de sept lettres et chiffres, d'une configuration \
                      d'authentification de QGIS.";
        return Err(Problem::bad_request(detail));
    }
    let base = match (configuration, token(&headers, prefix)) {
        (Some(_), _) => app.public_url().to_owned(),
        (None, Some(token)) => format!("{}/k/{}", app.public_url(), token.expose()),
        (None, None) => {
            let detail = "Demander cette couche avec un jeton, ou dire par authcfg quelle \
                          configuration d'authentification de QGIS en tient lieu.";
            return Err(Problem::bad_request(detail));
        }
    };
    let (edition, view) = reader.edition(asked.get("edition").unwrap_or("latest"))?;
    let context = StyleContext {
        base_url: &base,
        edition: edition.manifest(view.audience()),
        catalogue: edition.catalogue(view.audience()),
    };
    let document = style::layer_definition(name, &context, configuration);
    Ok(attached(document.ok_or_else(Problem::not_found)?, "seuil.qlr"))
}

/// The token that a request shows; a session has none.
fn token(headers: &HeaderMap, prefix: Option<Extension<Prefix>>) -> Option<Secret> {
    let prefix = prefix.map(|Extension(Prefix(token))| token);
    match credential(headers, prefix.as_ref()) {
        Some(Credential::Token(token)) => Some(token),
        _ => None,
    }
}

fn attached(document: String, name: &str) -> Response {
    let mut response = document.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    if let Ok(disposition) = HeaderValue::try_from(format!("attachment; filename=\"{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    response
}

/// Connections of `latest`, for which a new edition needs no new file, then those of each active edition,
/// the newest first. What they are called tells vintages apart.
fn document(app: &App, reader: &Reader, token: &Secret) -> Result<String, Problem> {
    let base = format!("{}/k/{}", app.public_url(), token.expose());
    let mut xml =
        String::from("<!DOCTYPE connections>\n<qgsVectorTileConnections version=\"1.0\">\n");
    connections_of(&mut xml, reader, &base, None)?;
    for edition in reader.editions().iter().rev() {
        connections_of(&mut xml, reader, &base, Some(edition.id()))?;
    }
    xml.push_str("</qgsVectorTileConnections>\n");
    Ok(xml)
}

/// The connections of one edition, the latest where none is named.
fn connections_of(
    xml: &mut String,
    reader: &Reader,
    base: &str,
    named: Option<EditionId>,
) -> Result<(), Problem> {
    let id = named.map_or_else(|| "latest".to_owned(), |id| id.to_string());
    let (edition, view) = reader.edition(&id)?;
    let manifest = edition.manifest(view.audience());
    let catalogue = edition.catalogue(view.audience());
    let (vintage, query) = match named {
        Some(id) => (
            format!(" – millésime {}, révision {}", id.vintage(), id.revision()),
            format!("?edition={id}"),
        ),
        None => (String::new(), String::new()),
    };
    for scale in &manifest.scales {
        let name = format!("Seuil – {}{vintage}", scale.label);
        let url = format!("{base}/tiles/{id}/{}/{{z}}/{{x}}/{{y}}.mvt", scale.id);
        // A style of something that the scale does not offer would draw another scale's tiles.
        let offered = |family: &&Family| {
            let mut indicators = catalogue.indicators().iter();
            indicators.any(|one| one.family == family.id && catalogue.offers(one, scale.id))
        };
        let family = catalogue.families().iter().find(offered);
        let style = family
            .map(|family| format!("{base}/styles/{}.{}.json{query}", family.id, scale.id))
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
    Ok(())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
