//! A layer definition of QGIS, made again from the map style of its name (which this auditor makes by
//! itself): its zones, written as QGIS writes symbols and expressions.

use serde_json::Value;

use domain::Scale;

use super::reference::AudienceReference;
use super::style::style;
use crate::extremes::{is_kept_back, keeps_back};
use crate::files::columns::MARKS;

/// The definition of a name under a base; `None` where there is none, or without a manifest.
pub fn layer(
    name: &str,
    base: &str,
    configuration: Option<&str>,
    part: &AudienceReference,
) -> Option<String> {
    let (_, manifest) = part.manifest.as_ref()?;
    let (subject, scale) = name.rsplit_once('.').unwrap_or(("", name));
    let scale = manifest.named(scale)?;
    let entry = manifest.scale(scale)?;
    let subject = if subject.is_empty() { first_family(scale, part)? } else { subject };
    let own = format!("{subject}.{scale}");
    let style = style(&own, base, part)?;
    let all = style["layers"].as_array()?;
    all.iter().find(|layer| layer["id"] == scale.id())?;
    let identifier = format!("{}.{own}", manifest.id);
    let title = text(&format!("Seuil – {} – {}", entry.label, style["name"].as_str()?));
    let mut place = format!(
        "type=xyz&amp;url={base}/tiles/{}/{scale}/%7Bz%7D/%7Bx%7D/%7By%7D.mvt&amp;zmax={}&amp;zmin={}",
        manifest.id, entry.maxzoom, entry.minzoom
    );
    if let Some(configuration) = configuration {
        place = format!("{place}&amp;authcfg={configuration}");
    }
    let source = text(&manifest.attribution);
    let columns = text(&columns(scale, part));
    let mut lines = vec![
        "<!DOCTYPE qgis-layer-definition>".to_owned(),
        "<qlr>".to_owned(),
        r#"<layer-tree-group name="" expanded="1" checked="Qt::Checked">"#.to_owned(),
        format!(
            r#"<layer-tree-layer id="{identifier}" name="{title}" providerKey="vectortile" checked="Qt::Checked" expanded="1" source="{place}"/>"#
        ),
        "</layer-tree-group>".to_owned(),
        "<maplayers>".to_owned(),
        r#"<maplayer type="vector-tile" styleCategories="AllStyleCategories">"#.to_owned(),
        format!("<id>{identifier}</id>"),
        format!("<datasource>{place}</datasource>"),
        format!(r#"<attribution href="">{source}</attribution>"#),
        format!("<layername>{title}</layername>"),
        "<srs><spatialrefsys><authid>EPSG:3857</authid></spatialrefsys></srs>".to_owned(),
        "<resourceMetadata>".to_owned(),
        format!("<identifier>{identifier}</identifier>"),
        "<language>fre</language>".to_owned(),
        "<type>dataset</type>".to_owned(),
        format!("<title>{title}</title>"),
        format!("<abstract>{columns}</abstract>"),
        format!("<rights>{source}</rights>"),
        "</resourceMetadata>".to_owned(),
        "<provider>vectortile</provider>".to_owned(),
        r#"<renderer type="basic">"#.to_owned(),
        "<styles>".to_owned(),
    ];
    let of_zones = |layer: &&Value| {
        let rank = layer["id"].as_str().and_then(|id| id.strip_prefix(scale.id()));
        let is_rank = |rest: &str| {
            rest.strip_prefix('-')
                .is_some_and(|rank| rank.bytes().all(|byte| byte.is_ascii_digit()))
        };
        layer["source"] == scale.id()
            && rank.is_some_and(|rest| {
                ["", "-ext", "-secret", "-bord"].contains(&rest) || is_rank(rest)
            })
    };
    for layer in all.iter().filter(of_zones) {
        lines.extend(symbol(layer, scale)?);
    }
    lines.extend(
        ["</styles>", "</renderer>", "</maplayer>", "</maplayers>", "</qlr>", ""]
            .map(str::to_owned),
    );
    Some(lines.join("\n"))
}

fn first_family(scale: Scale, part: &AudienceReference) -> Option<&str> {
    let offered: Vec<&str> = part
        .catalogue
        .indicators()
        .iter()
        .filter(|one| part.offers(one, scale))
        .map(|one| one.family.as_str())
        .collect();
    let mut families = part.catalogue.families().iter().map(|family| family.id.as_str());
    families.find(|id| offered.contains(id))
}

/// What the abstract says of the columns.
fn columns(scale: Scale, part: &AudienceReference) -> String {
    let universes = part.catalogue.universes().iter().filter(|one| one.is_offered(scale));
    let counts = universes.map(|one| format!("n_{} : {} (nombre)", one.id, one.label));
    let indicators = part.catalogue.indicators().iter().filter(|one| part.offers(one, scale));
    let figures = indicators.flat_map(|one| {
        let value = format!("{} : {} ({})", one.id, one.label, one.unit.symbol());
        let kept = keeps_back(scale) && is_kept_back(&part.catalogue, one);
        let mark = kept.then(|| format!("{}_ext : {} ; {MARKS}", one.id, one.label));
        std::iter::once(value).chain(mark)
    });
    let first = "Le chiffre d'une zone hachurée est tenu secret.".to_owned();
    let all: Vec<String> = std::iter::once(first).chain(counts).chain(figures).collect();
    all.join("\n") + "\n"
}

/// One layer of the style: what it takes, and how it draws that.
fn symbol(layer: &Value, scale: Scale) -> Option<Vec<String>> {
    const HATCHED: &str = "51,65,78,255";
    let paint = |key: &str| layer["paint"][key].as_str().map(rgba);
    let (geometry, kind, class, mut options) = match layer["type"].as_str()? {
        "fill" => {
            let (color, brush) = match paint("fill-color") {
                Some(color) => (color?, "solid"),
                None => (HATCHED.to_owned(), "b_diagonal"),
            };
            let brush = ("style", brush.to_owned());
            (
                "2",
                "fill",
                "SimpleFill",
                vec![("color", color), brush, ("outline_style", "no".into())],
            )
        }
        "line" => {
            let color = ("line_color", paint("line-color")??);
            let unit = ("line_width_unit", "Pixel".into());
            ("1", "line", "SimpleLine", vec![color, ("line_width", "0.8".into()), unit])
        }
        "circle" => {
            let around = ("outline_color", paint("circle-stroke-color")??);
            let inside = ("color", paint("circle-color")??);
            ("0", "marker", "SimpleMarker", vec![("name", "circle".into()), inside, around])
        }
        "symbol" => {
            let around = ("outline_color", HATCHED.to_owned());
            ("0", "marker", "SimpleMarker", vec![("name", "cross2".into()), around])
        }
        _ => return None,
    };
    if geometry == "0" {
        options.extend([("size", "11".to_owned()), ("size_unit", "Pixel".to_owned())]);
    }
    let taken = match layer.get("filter") {
        Some(filter) => text(&taken(filter)?),
        None => String::new(),
    };
    let id = layer["id"].as_str()?;
    let mut lines = vec![
        format!(
            r#"<style name="{id}" layer="{scale}" geometry="{geometry}" enabled="1" min-zoom="-1" max-zoom="-1" expression="{taken}"><symbols>"#
        ),
        format!(r#"<symbol type="{kind}" name="0" alpha="1" clip_to_extent="1" force_rhr="0">"#),
        format!(r#"<layer class="{class}" enabled="1" pass="0" locked="0"><Option type="Map">"#),
    ];
    let written = |(name, value): (&str, String)| {
        format!(r#"<Option name="{name}" type="QString" value="{value}"/>"#)
    };
    lines.extend(options.into_iter().map(written));
    lines.extend(["</Option></layer>", "</symbol>", "</symbols></style>"].map(str::to_owned));
    Some(lines)
}

fn rgba(colour: &str) -> Option<String> {
    let number = u32::from_str_radix(colour.strip_prefix('#')?, 16).ok()?;
    let [_, red, green, blue] = number.to_be_bytes();
    (colour.len() == 7).then(|| format!("{red},{green},{blue},255"))
}

/// The zones that a filter takes, in the language of QGIS.
fn taken(filter: &Value) -> Option<String> {
    let words = filter.as_array()?;
    let column = |value: &Value| Some(format!("\"{}\"", value.as_str()?.replace('"', "\"\"")));
    let joined = |with: &str| {
        let parts: Option<Vec<String>> = words[1..].iter().map(taken).collect();
        Some(format!("({})", parts?.join(with)))
    };
    let compared = |sign: &str| {
        let bound = match words.get(2)? {
            Value::String(text) => format!("'{}'", text.replace('\'', "''")),
            number => number.as_f64().map(|_| number.to_string())?,
        };
        Some(format!("{} {sign} {bound}", taken(words.get(1)?)?))
    };
    match words.first()?.as_str()? {
        "all" => joined(" AND "),
        "any" => joined(" OR "),
        "has" => Some(format!("{} IS NOT NULL", column(words.get(1)?)?)),
        "!" if words.get(1)?.get(0)? == "has" => {
            Some(format!("{} IS NULL", column(words.get(1)?.get(1)?)?))
        }
        "get" => column(words.get(1)?),
        "to-number" => Some(format!("to_real({})", taken(words.get(1)?)?)),
        "==" => compared("="),
        "!=" => compared("<>"),
        sign @ (">" | "<=") => compared(sign),
        _ => None,
    }
}

/// A text in XML.
fn text(plain: &str) -> String {
    let kept: String = plain.chars().filter(|one| *one == '\n' || !one.is_control()).collect();
    let kept = kept.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    kept.replace('"', "&quot;")
}
