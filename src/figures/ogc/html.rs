//! A document as a page for people: the same values, lists and keys, addresses as links. It loads nothing
//! and runs nothing.

use serde_json::Value;

/// Its media type.
pub(super) const KIND: &str = "text/html; charset=utf-8";

/// The page of a document.
pub(super) fn page(document: &Value) -> String {
    let mut page = String::from(
        "<!doctype html>\n<html lang=\"fr\"><head><meta charset=\"utf-8\">\
         <title>Seuil – OGC API</title></head><body>\n<main>",
    );
    put(&mut page, document);
    page.push_str("</main>\n</body></html>\n");
    page
}

/// A document of features without their geometries, which no page can show as text.
pub(super) fn without_geometry(mut document: Value) -> Value {
    let remove = |feature: &mut Value| {
        if let Some(feature) = feature.as_object_mut() {
            feature.shift_remove("geometry");
        }
    };
    remove(&mut document);
    if let Some(features) = document.get_mut("features").and_then(Value::as_array_mut) {
        features.iter_mut().for_each(remove);
    }
    document
}

fn put(page: &mut String, value: &Value) {
    match value {
        Value::Object(map) => {
            page.push_str("<dl>");
            for (key, value) in map {
                page.push_str("<dt>");
                put_text(page, key);
                page.push_str("</dt><dd>");
                put(page, value);
                page.push_str("</dd>");
            }
            page.push_str("</dl>");
        }
        Value::Array(items) => {
            page.push_str("<ol>");
            for item in items {
                page.push_str("<li>");
                put(page, item);
                page.push_str("</li>");
            }
            page.push_str("</ol>");
        }
        Value::String(text) if text.starts_with("http://") || text.starts_with("https://") => {
            page.push_str("<a href=\"");
            put_text(page, text);
            page.push_str("\">");
            put_text(page, text);
            page.push_str("</a>");
        }
        Value::String(text) => {
            page.push_str("<span>");
            put_text(page, text);
            page.push_str("</span>");
        }
        other => {
            page.push_str("<code>");
            page.push_str(&other.to_string());
            page.push_str("</code>");
        }
    }
}

fn put_text(page: &mut String, text: &str) {
    for letter in text.chars() {
        match letter {
            '&' => page.push_str("&amp;"),
            '<' => page.push_str("&lt;"),
            '>' => page.push_str("&gt;"),
            '"' => page.push_str("&quot;"),
            letter => page.push(letter),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn text_stays_text_and_addresses_become_links() {
        let page = page(&json!({ "a<b": ["<script>\"&", "https://x.fr/?a=1&b=\"", null, 1.5] }));
        let main = page.split("<main>").nth(1).unwrap().split("</main>").next().unwrap();
        assert_eq!(
            main,
            "<dl><dt>a&lt;b</dt><dd><ol><li><span>&lt;script&gt;&quot;&amp;</span></li>\
             <li><a href=\"https://x.fr/?a=1&amp;b=&quot;\">https://x.fr/?a=1&amp;b=&quot;</a></li>\
             <li><code>null</code></li><li><code>1.5</code></li></ol></dd></dl>"
        );
    }
}
