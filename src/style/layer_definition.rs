//! A layer definition of QGIS (`.qlr`): the tiles of one scale, with the style inside.
//!
//! QGIS asks for a style of its own accord without the authentication configuration of the layer
//! (3.22), so it gets none. Here the classes, the hatching and the outline of the MapLibre style stand
//! in the file; names and other scales, which are sources of their own, do not.

use std::fmt::Write as _;

use serde_json::Value;

use domain::{Catalogue, MARKS, Scale};

use super::{StyleContext, style};

/// Diameter of a point, width of an outline, in pixels.
const POINT: &str = "11";
const OUTLINE: &str = "0.8";

/// The definition of a name: a scale (`commune`, drawn with the first family that it offers), or a
/// family or indicator and a scale (`ressources.commune`). The file names the tiles of the edition
/// itself, whose classes it holds, and shows them by an authentication configuration of the reader's
/// QGIS, where there is one, or by what the base address holds. `None` for any other name, and
/// for an indicator that the scale does not offer.
pub fn layer_definition(
    name: &str,
    context: &StyleContext<'_>,
    configuration: Option<&str>,
) -> Option<String> {
    let StyleContext { base_url, edition, catalogue } = context;
    let (drawn, scale) = match name.split_once('.') {
        Some((_, scale)) => (name.to_owned(), edition.named(scale)?),
        None => {
            let scale = edition.named(name)?;
            (format!("{}.{scale}", first_family(scale, catalogue)?), scale)
        }
    };
    let entry = edition.scale(scale)?;
    let style = style(&drawn, context)?;
    let layers: Vec<&Value> = style["layers"].as_array()?.iter().collect();
    // An indicator that is not offered is drawn at a coarser scale, which has tiles of its own.
    let id = scale.id();
    layers.iter().find(|layer| layer["id"] == id)?;
    let title = format!("Seuil – {} – {}", entry.label, style["name"].as_str()?);
    let tiles = format!("{base_url}/tiles/{}/{id}/%7Bz%7D/%7Bx%7D/%7By%7D.mvt", edition.id);
    let mut source = format!("type=xyz&url={tiles}&zmax={}&zmin={}", entry.maxzoom, entry.minzoom);
    if let Some(configuration) = configuration {
        source += &format!("&authcfg={configuration}");
    }
    let (title, source) = (escaped(&title), escaped(&source));
    let attribution = escaped(&edition.attribution);
    let identifier = format!("{}.{drawn}", edition.id);
    let mut xml = format!(
        "<!DOCTYPE qgis-layer-definition>\n<qlr>\n\
         <layer-tree-group name=\"\" expanded=\"1\" checked=\"Qt::Checked\">\n\
         <layer-tree-layer id=\"{identifier}\" name=\"{title}\" providerKey=\"vectortile\" \
         checked=\"Qt::Checked\" expanded=\"1\" source=\"{source}\"/>\n\
         </layer-tree-group>\n<maplayers>\n\
         <maplayer type=\"vector-tile\" styleCategories=\"AllStyleCategories\">\n\
         <id>{identifier}</id>\n<datasource>{source}</datasource>\n\
         <attribution href=\"\">{attribution}</attribution>\n<layername>{title}</layername>\n\
         <srs><spatialrefsys><authid>EPSG:3857</authid></spatialrefsys></srs>\n\
         <resourceMetadata>\n<identifier>{identifier}</identifier>\n<language>fre</language>\n\
         <type>dataset</type>\n<title>{title}</title>\n<abstract>{}</abstract>\n\
         <rights>{attribution}</rights>\n</resourceMetadata>\n\
         <provider>vectortile</provider>\n<renderer type=\"basic\">\n<styles>\n",
        escaped(&dictionary(scale, catalogue)),
    );
    for layer in layers {
        let own = layer["source"] == id && layer["source-layer"] == id;
        if own && layer["id"].as_str().is_some_and(|own| is_zone(own, id)) {
            drawn_style(&mut xml, layer, id)?;
        }
    }
    xml.push_str("</styles>\n</renderer>\n</maplayer>\n</maplayers>\n</qlr>\n");
    Some(xml)
}

/// The first family with an indicator that a scale offers.
fn first_family(scale: Scale, catalogue: &Catalogue) -> Option<&str> {
    let offered = |id: &str| {
        let mut indicators = catalogue.indicators().iter();
        indicators.any(|one| one.family == id && catalogue.offers(one, scale))
    };
    let families = catalogue.families().iter().map(|family| family.id.as_str());
    families.into_iter().find(|id| offered(id))
}

/// What the columns of a tile are: tiles have no aliases that QGIS would read.
fn dictionary(scale: Scale, catalogue: &Catalogue) -> String {
    let mut said = String::from("Le chiffre d'une zone hachurée est tenu secret.\n");
    for universe in catalogue.universes().iter().filter(|one| one.is_offered(scale)) {
        said += &format!("n_{} : {} (nombre)\n", universe.id, universe.label);
    }
    for one in catalogue.indicators().iter().filter(|one| catalogue.offers(one, scale)) {
        said += &format!("{} : {} ({})\n", one.id, one.label, one.unit.symbol());
        if catalogue.has_marks(one, scale) {
            said += &format!("{}_ext : {} ; {MARKS}\n", one.id, one.label);
        }
    }
    said
}

/// The layers of zones: classes, secrets and the outline, and neither names nor limits.
fn is_zone(layer: &str, scale: &str) -> bool {
    let Some(rest) = layer.strip_prefix(scale) else { return false };
    let class = rest.strip_prefix('-').is_some_and(|rank| rank.parse::<u8>().is_ok());
    rest.is_empty() || class || ["-ext", "-secret", "-bord"].contains(&rest)
}

fn drawn_style(xml: &mut String, layer: &Value, scale: &str) -> Option<()> {
    let paint = &layer["paint"];
    let colour = |name: &str| paint[name].as_str().and_then(colour);
    let (geometry, kind, class, options) = match layer["type"].as_str()? {
        "fill" => {
            // A pattern is a sprite, which QGIS would ask for without identity: hatched instead.
            let (color, brush) = match colour("fill-color") {
                Some(color) => (color, "solid"),
                None => (HATCH.to_owned(), "b_diagonal"),
            };
            let options = vec![("color", color), ("style", brush.into())];
            let none = ("outline_style", "no".to_owned());
            (2, "fill", "SimpleFill", [options, vec![none]].concat())
        }
        "line" => {
            let color = ("line_color", colour("line-color")?);
            let width = ("line_width", OUTLINE.to_owned());
            (1, "line", "SimpleLine", vec![color, width, ("line_width_unit", "Pixel".into())])
        }
        "circle" => {
            let fill = ("color", colour("circle-color")?);
            let around = ("outline_color", colour("circle-stroke-color")?);
            (
                0,
                "marker",
                "SimpleMarker",
                [vec![("name", "circle".into()), fill, around], size()].concat(),
            )
        }
        _ => {
            let around = ("outline_color", HATCH.to_owned());
            (
                0,
                "marker",
                "SimpleMarker",
                [vec![("name", "cross2".into()), around], size()].concat(),
            )
        }
    };
    let filter = match layer.get("filter") {
        Some(filter) => escaped(&expression(filter)?),
        None => String::new(),
    };
    let name = layer["id"].as_str()?;
    writeln!(
        xml,
        "<style name=\"{name}\" layer=\"{scale}\" geometry=\"{geometry}\" enabled=\"1\" \
         min-zoom=\"-1\" max-zoom=\"-1\" expression=\"{filter}\"><symbols>\n\
         <symbol type=\"{kind}\" name=\"0\" alpha=\"1\" clip_to_extent=\"1\" force_rhr=\"0\">\n\
         <layer class=\"{class}\" enabled=\"1\" pass=\"0\" locked=\"0\"><Option type=\"Map\">"
    )
    .ok()?;
    for (option, value) in options {
        writeln!(xml, "<Option name=\"{option}\" type=\"QString\" value=\"{value}\"/>").ok()?;
    }
    xml.push_str("</Option></layer>\n</symbol>\n</symbols></style>\n");
    Some(())
}

/// The colour of hatching.
const HATCH: &str = "51,65,78,255";

fn size() -> Vec<(&'static str, String)> {
    vec![("size", POINT.to_owned()), ("size_unit", "Pixel".to_owned())]
}

/// `#rrggbb` as QGIS writes it.
fn colour(text: &str) -> Option<String> {
    let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6)?;
    let part = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
    Some(format!("{},{},{},255", part(0)?, part(2)?, part(4)?))
}

/// A filter of the style as an expression of QGIS.
fn expression(filter: &Value) -> Option<String> {
    let parts = filter.as_array()?;
    let (word, rest) = parts.split_first()?;
    Some(match (word.as_str()?, rest) {
        ("has", [column]) => format!("{} IS NOT NULL", quoted(column.as_str()?)),
        ("!", [negated]) => {
            let column = negated.as_array().filter(|parts| parts.first() == Some(&"has".into()));
            format!("{} IS NULL", quoted(column?.get(1)?.as_str()?))
        }
        ("all" | "any", parts) => {
            let word = if word == "all" { " AND " } else { " OR " };
            let parts: Option<Vec<String>> = parts.iter().map(expression).collect();
            format!("({})", parts?.join(word))
        }
        ("get", [column]) => quoted(column.as_str()?),
        ("to-number", [value]) => format!("to_real({})", expression(value)?),
        (compares @ ("==" | "!=" | ">" | "<="), [column, value]) => {
            let sign = match compares {
                "==" => "=",
                "!=" => "<>",
                other => other,
            };
            let value = match value {
                Value::Number(number) => number.to_string(),
                value => format!("'{}'", value.as_str()?.replace('\'', "''")),
            };
            format!("{} {sign} {value}", expression(column)?)
        }
        _ => return None,
    })
}

fn quoted(column: &str) -> String {
    format!("\"{}\"", column.replace('"', "\"\""))
}

/// Text of an element or an attribute; a character that XML has no place for is left out.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\n' => escaped.push('\n'),
            letter if letter.is_control() => {}
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(filter: Value, expected: Option<&str>) {
        assert_eq!(expression(&filter).as_deref(), expected, "{filter}");
    }

    #[test]
    fn a_filter_of_the_style_is_an_expression_of_qgis() {
        check(json!(["has", "a"]), Some("\"a\" IS NOT NULL"));
        check(json!(["!", ["has", "a"]]), Some("\"a\" IS NULL"));
        check(
            json!([
                "all",
                ["has", "a"],
                ["!=", ["to-number", ["get", "a"]], 0],
                ["<=", ["to-number", ["get", "a"]], 7.5]
            ]),
            Some("(\"a\" IS NOT NULL AND to_real(\"a\") <> 0 AND to_real(\"a\") <= 7.5)"),
        );
        check(
            json!(["any", ["!", ["has", "c"]], ["==", ["get", "c"], "l'é"]]),
            Some("(\"c\" IS NULL OR \"c\" = 'l''é')"),
        );
        check(json!(["!", ["all"]]), None);
        check(json!(["within", {}]), None);
        check(json!("a"), None);
    }

    #[test]
    fn what_catalogues_say_stays_text() {
        assert_eq!(escaped("a<b> & \"c\"\u{0}"), "a&lt;b&gt; &amp; &quot;c&quot;");
        assert_eq!(colour("#00ff10"), Some("0,255,16,255".into()));
        assert_eq!(colour("#0f1"), None);
        assert!(
            is_zone("iris", "iris") && is_zone("iris-3", "iris") && is_zone("iris-bord", "iris")
        );
        assert!(!is_zone("iris-noms", "iris") && !is_zone("iris-limite", "iris"));
    }
}
