//! A page for people, read back as the document that it shows.

const HEAD: &str = "<!doctype html>\n<html lang=\"fr\"><head><meta charset=\"utf-8\">\
    <title>Seuil – OGC API</title></head><body>\n<main>";
const FOOT: &str = "</main>\n</body></html>\n";

/// Lists within each other, at most.
const DEEPEST: usize = 40;

/// The document of a page as JSON; `None` where anything is written otherwise than the server writes it.
pub(super) fn json(page: &str) -> Option<String> {
    let mut rest = page.strip_prefix(HEAD)?.strip_suffix(FOOT)?;
    let mut out = String::new();
    value(&mut rest, &mut out, 0)?;
    rest.is_empty().then_some(out)
}

fn value(rest: &mut &str, out: &mut String, depth: usize) -> Option<()> {
    if depth > DEEPEST {
        return None;
    }
    if takes(rest, "<dl>") {
        out.push('{');
        let mut first = true;
        while !takes(rest, "</dl>") {
            if !std::mem::take(&mut first) {
                out.push(',');
            }
            passes(rest, "<dt>")?;
            quote(&text(rest)?, out);
            passes(rest, "</dt><dd>")?;
            out.push(':');
            value(rest, out, depth + 1)?;
            passes(rest, "</dd>")?;
        }
        out.push('}');
    } else if takes(rest, "<ol>") {
        out.push('[');
        let mut first = true;
        while !takes(rest, "</ol>") {
            if !std::mem::take(&mut first) {
                out.push(',');
            }
            passes(rest, "<li>")?;
            value(rest, out, depth + 1)?;
            passes(rest, "</li>")?;
        }
        out.push(']');
    } else if takes(rest, "<span>") {
        let own = text(rest)?;
        if is_address(&own) {
            return None;
        }
        quote(&own, out);
        passes(rest, "</span>")?;
    } else if takes(rest, "<a href=\"") {
        let address = text(rest)?;
        passes(rest, "\">")?;
        if text(rest)? != address || !is_address(&address) {
            return None;
        }
        quote(&address, out);
        passes(rest, "</a>")?;
    } else {
        passes(rest, "<code>")?;
        let (own, after) = rest.split_once("</code>")?;
        if own.contains(['<', '"', ' ', '[', '{', ',']) {
            return None;
        }
        out.push_str(own);
        *rest = after;
    }
    Some(())
}

fn is_address(text: &str) -> bool {
    text.starts_with("http://") || text.starts_with("https://")
}

fn quote(text: &str, out: &mut String) {
    out.push_str(&serde_json::Value::from(text).to_string());
}

fn takes(rest: &mut &str, sign: &str) -> bool {
    match rest.strip_prefix(sign) {
        Some(after) => {
            *rest = after;
            true
        }
        None => false,
    }
}

fn passes(rest: &mut &str, sign: &str) -> Option<()> {
    takes(rest, sign).then_some(())
}

/// The text up to the next sign of markup, which has one spelling.
fn text(rest: &mut &str) -> Option<String> {
    let end = rest.find(['<', '"'])?;
    let (own, after) = rest.split_at(end);
    *rest = after;
    let (mut text, mut left) = (String::new(), own);
    while let Some(at) = left.find(['&', '>']) {
        text.push_str(&left[..at]);
        left = &left[at..];
        let entities = [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>'), ("&quot;", '"')];
        let (entity, letter) = entities.into_iter().find(|(own, _)| left.starts_with(own))?;
        text.push(letter);
        left = &left[entity.len()..];
    }
    text.push_str(left);
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_one_spelling() {
        let page = |inside: &str| format!("{HEAD}{inside}{FOOT}");
        let whole = "<dl><dt>a&lt;b</dt><dd><ol><li><span>&amp;&quot;é</span></li>\
            <li><a href=\"https://x/?a&amp;b\">https://x/?a&amp;b</a></li><li><code>1.5</code></li>\
            </ol></dd></dl>";
        let found = json(&page(whole)).unwrap();
        assert_eq!(found, "{\"a<b\":[\"&\\\"é\",\"https://x/?a&b\",1.5]}");
        for other in [
            "",
            "<span>a>b</span>",
            "<span>a&nbsp;b</span>",
            "<span>https://x</span>",
            "<a href=\"https://x\">https://y</a>",
            "<a href=\"javascript:a\">javascript:a</a>",
            "<code>1,2</code>",
            "<dl><dt>a</dt><dd><span>b</span></dl>",
            "<span>a</span><!-- 7 -->",
            "<ol><li><span>a</span></li>",
        ] {
            assert_eq!(json(&page(other)), None, "{other}");
        }
        assert_eq!(json(&page(&"<ol><li>".repeat(10_000))), None);
        assert_eq!(json(&format!("{}7", page("<span>a</span>"))), None);
    }
}
