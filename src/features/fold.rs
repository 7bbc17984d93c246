//! Names as people type them: without accents, capitals or punctuation.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The letters and digits of a text in lower case and without accents; anything else is one space
/// between words. `Saint-Ouen-l'Aumône` is `saint ouen l aumone`.
pub(super) fn fold(text: &str, into: &mut String) {
    let start = into.len();
    for letter in text.nfkd().filter(|letter| !is_combining_mark(*letter)) {
        match letter {
            'œ' | 'Œ' => into.push_str("oe"),
            'æ' | 'Æ' => into.push_str("ae"),
            _ if letter.is_alphanumeric() => into.extend(letter.to_lowercase()),
            _ if into.len() > start && !into.ends_with(' ') => into.push(' '),
            _ => {}
        }
    }
    if into.len() > start && into.ends_with(' ') {
        into.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn accents_capitals_and_punctuation_do_not_count() {
        for (text, expected) in [
            ("Saint-Ouen-l'Aumône", "saint ouen l aumone"),
            ("  ÉPINAY / Seine ", "epinay seine"),
            ("Œuilly", "oeuilly"),
            ("CRS3035RES200mN2884000E3756800", "crs3035res200mn2884000e3756800"),
            ("\n--", ""),
            ("", ""),
        ] {
            let mut found = String::new();
            fold(text, &mut found);
            assert_eq!(found, expected);
        }
        // What stood before is left alone.
        let mut line = "95018 ".to_owned();
        fold("’", &mut line);
        assert_eq!(line, "95018 ");
    }
}
