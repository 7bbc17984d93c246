//! The connections that QGIS imports, line by line: those of the edition made again from its manifest; those of
//! other editions, which this audit does not read, held to what such a line may say.

use domain::Scale;
use edition::EditionId;

use super::form::DEEPEST;
use super::reference::{AudienceReference, Reference};

/// What a line of `/qgis/connections.xml` says.
#[derive(PartialEq)]
struct Row {
    scale: Scale,
    label: String,
    zooms: [i64; 2],
    family: Option<String>,
}

/// What is wrong with `/qgis/connections.xml` under a base with its token; `None` without a manifest.
///
/// Lines of `latest` come first and are those of the newest edition, then those of each edition, the newest first.
pub fn check(
    base: &str,
    text: &str,
    reference: &Reference<'_>,
    part: &AudienceReference,
) -> Option<Vec<String>> {
    let own = own(part)?;
    let own_id: EditionId = part.manifest.as_ref()?.1.id.parse().ok()?;
    let mut expected = vec![
        "<!DOCTYPE connections>".to_owned(),
        "<qgsVectorTileConnections version=\"1.0\">".to_owned(),
    ];
    let mut editions: Vec<(Option<EditionId>, Vec<Row>)> = Vec::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| line.starts_with(' ')) {
        let (id, row) = match read(line, base, reference, part) {
            Ok(read) => read,
            Err(field) => {
                return Some(vec![format!("ligne {} : {field} : autre texte", number + 1)]);
            }
        };
        match editions.last_mut().filter(|(last, _)| *last == id) {
            Some((_, rows)) => rows.push(row),
            None => editions.push((id, vec![row])),
        }
    }
    let ids: Vec<EditionId> = editions.iter().filter_map(|(id, _)| *id).collect();
    let order = |id: &EditionId| (id.vintage(), id.revision());
    let is_falling = ids.is_sorted_by(|one, two| order(one) > order(two));
    if !is_falling || editions.first().is_none_or(|(id, _)| id.is_some()) {
        let words = "name : latest, puis chaque édition, la plus récente d'abord";
        return Some(vec![words.to_owned()]);
    }
    if !ids.contains(&own_id) {
        return Some(vec!["url : l'édition auditée n'y est pas".to_owned()]);
    }
    let latest = if ids.first() == Some(&own_id) { &own } else { &editions.get(1)?.1 };
    expected.extend(latest.iter().map(|row| row.written(None, base)));
    for (id, rows) in editions.iter().skip(1) {
        let rows = if *id == Some(own_id) { &own } else { rows };
        if !rows.is_sorted_by(|one, two| one.scale < two.scale) {
            return Some(vec!["name : des échelles deux fois, ou dans un autre ordre".to_owned()]);
        }
        expected.extend(rows.iter().map(|row| row.written(*id, base)));
    }
    expected.extend(["</qgsVectorTileConnections>", ""].map(str::to_owned));
    Some(super::documents::lines(&expected.join("\n"), text))
}

/// The lines of the edition.
fn own(part: &AudienceReference) -> Option<Vec<Row>> {
    let (_, manifest) = part.manifest.as_ref()?;
    let row = |entry: &domain::ManifestScale| {
        // A connection begins with a style of its own scale.
        let drawn = |id: &str| {
            let mut indicators = part.catalogue.indicators().iter();
            indicators.any(|one| one.family == id && part.offers(one, entry.id))
        };
        let family = part.catalogue.families().iter().find(|family| drawn(&family.id));
        Row {
            scale: entry.id,
            label: entry.label.clone(),
            zooms: [entry.minzoom.into(), entry.maxzoom.into()],
            family: family.map(|family| family.id.clone()),
        }
    };
    Some(manifest.scales.iter().map(row).collect())
}

/// The edition (`None` for `latest`) and the row of a line, where it can be one; else the attribute that is none.
fn read(
    line: &str,
    base: &str,
    reference: &Reference<'_>,
    part: &AudienceReference,
) -> Result<(Option<EditionId>, Row), &'static str> {
    let value = |key: &str| line.split(&format!(" {key}=\"")).nth(1)?.split('"').next();
    let place = || {
        let (id, rest) =
            value("url")?.strip_prefix(base)?.strip_prefix("/tiles/")?.split_once('/')?;
        let id = if id == "latest" { None } else { Some(id.parse().ok()?) };
        Some((id, reference.scale(rest.split('/').next()?)?))
    };
    let (id, scale): (Option<EditionId>, Scale) = place().ok_or("url")?;
    let zoom = |key| value(key)?.parse().ok().filter(|zoom| (0..=DEEPEST).contains(zoom));
    let zooms: [i64; 2] = [zoom("zmin").ok_or("zmin")?, zoom("zmax").ok_or("zmax")?];
    if zooms[0] > zooms[1] {
        return Err("zmin");
    }
    let style = value("styleUrl").ok_or("styleUrl")?;
    let family = style.rsplit('/').next().and_then(|file| file.split('.').next());
    let family =
        family.filter(|family| part.catalogue.families().iter().any(|own| own.id == *family));
    let family = family.map(str::to_owned);
    Ok((id, Row { scale, label: scale.label().to_owned(), zooms, family }))
}

impl Row {
    /// As the server writes it, for an edition or for `latest`.
    fn written(&self, id: Option<EditionId>, base: &str) -> String {
        let Row { scale, label, zooms: [least, most], .. } = self;
        let of = id.map(|id| format!(" – millésime {}, révision {}", id.vintage(), id.revision()));
        let path = id.map_or("latest".to_owned(), |id| id.to_string());
        let style = self.family.as_ref().map(|family| {
            let query = id.map(|id| format!("?edition={id}")).unwrap_or_default();
            format!("{base}/styles/{family}.{scale}.json{query}")
        });
        let attributes = [
            ("name", format!("Seuil – {label}{}", of.unwrap_or_default())),
            ("url", format!("{base}/tiles/{path}/{scale}/{{z}}/{{x}}/{{y}}.mvt")),
            ("zmin", least.to_string()),
            ("zmax", most.to_string()),
            ("styleUrl", style.unwrap_or_default()),
        ];
        let empty = ["serviceType", "authcfg", "username", "password", "referer"];
        let attributes = attributes.into_iter().chain(empty.map(|name| (name, String::new())));
        let written: Vec<String> =
            attributes.map(|(name, value)| format!("{name}=\"{}\"", escaped(&value))).collect();
        format!(" <vectorTile {}/>", written.join(" "))
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// `/qgis/features.xml` under a base with its token.
pub fn features(base: &str) -> String {
    let fixed = [
        ("version", "OGC_API_FEATURES"),
        ("pagingenabled", "default"),
        ("pagesize", ""),
        ("maxnumfeatures", ""),
        ("ignoreAxisOrientation", "false"),
        ("invertAxisOrientation", "false"),
        ("username", ""),
        ("password", ""),
        ("authcfg", ""),
    ];
    let fixed: Vec<String> =
        fixed.iter().map(|(name, value)| format!("{name}=\"{value}\"")).collect();
    format!(
        "<!DOCTYPE connections>\n<qgsWFSConnections version=\"1.1\">\n \
         <wfs name=\"Seuil – zones\" url=\"{base}/ogc\" {}/>\n</qgsWFSConnections>\n",
        fixed.join(" ")
    )
}
