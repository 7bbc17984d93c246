//! One field: from text to the integer that stands for it.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

use super::schema::{ColumnSchema, Kind, Rounding};

/// The integer of a field without a value.
pub const MISSING: i32 = i32::MIN;

/// Years that a month may have.
const YEARS: std::ops::RangeInclusive<i64> = 1800..=2200;

/// Why a field cannot be read. A constant of the program, so that it can never hold a value.
pub(super) type Reason = &'static str;

pub(super) const NOT_INTEGER: Reason = "nombre entier illisible";
pub(super) const NOT_DECIMAL: Reason = "nombre illisible";
pub(super) const NOT_MONTH: Reason = "mois illisible (mm/aaaa)";
pub(super) const NOT_FLAG: Reason = "indicateur illisible (0 ou 1)";
pub(super) const UNKNOWN_CODE: Reason = "code inconnu";
pub(super) const OUT_OF_RANGE: Reason = "valeur hors limites";
pub(super) const TOO_LONG: Reason = "texte trop long";
pub(super) const SCIENTIFIC: Reason = "identifiant en notation scientifique, abîmé par un tableur : \
                                       redemander le fichier, ou l'ouvrir en texte";

/// The integer of a field of a column of integers: [`MISSING`] for an empty field and for the
/// values that mean "unknown".
pub(super) fn integer(column: &ColumnSchema, text: &str) -> Result<i32, Reason> {
    let text = trim(text);
    if text.is_empty() || is_unknown_text(column, text) {
        return Ok(MISSING);
    }
    let value = scaled(&column.kind, text)?;
    if column.unknown_values.contains(&value) {
        return Ok(MISSING);
    }
    let in_range = match &column.kind {
        Kind::Integer { min, max } => (i64::from(*min)..=i64::from(*max)).contains(&value),
        Kind::Decimal { digits, min, max, .. } => {
            let scale = 10_i64.pow(*digits);
            (i64::from(*min) * scale..=i64::from(*max) * scale).contains(&value)
        }
        _ => true,
    };
    if in_range { i32::try_from(value).map_err(|_| OUT_OF_RANGE) } else { Err(OUT_OF_RANGE) }
}

/// The text of a field of a column of texts: empty for the values that mean "unknown".
pub(super) fn text<'a>(column: &ColumnSchema, text: &'a str) -> Result<&'a str, Reason> {
    let text = trim(text);
    match &column.kind {
        // Every character has at least one byte: most fields need no count.
        Kind::Text { max } if text.len() > *max && text.chars().count() > *max => Err(TOO_LONG),
        Kind::Text { .. } if is_scientific(text) => Err(SCIENTIFIC),
        _ if is_unknown_text(column, text) => Ok(""),
        _ => Ok(text),
    }
}

/// Most fields begin and end with a letter or a digit: nothing to look at.
fn trim(text: &str) -> &str {
    let plain = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_graphic);
    let bytes = text.as_bytes();
    if plain(bytes.first()) && plain(bytes.last()) { text } else { text.trim() }
}

/// Whether a spreadsheet took a long identifier for a number: `8,5E+12`.
fn is_scientific(text: &str) -> bool {
    let Some((number, power)) = text.split_once("E+") else { return false };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits(power) && digits(&number.replacen([',', '.'], "", 1))
}

fn is_unknown_text(column: &ColumnSchema, text: &str) -> bool {
    !column.unknown_texts.is_empty() && column.unknown_texts.contains(&fold(text))
}

/// The integer of a non-empty field, before its bounds and sentinels.
pub(super) fn scaled(kind: &Kind, text: &str) -> Result<i64, Reason> {
    match kind {
        Kind::Text { .. } => Err(UNKNOWN_CODE),
        Kind::Integer { .. } => whole(text).ok_or(NOT_INTEGER),
        Kind::Decimal { digits, rounding, .. } => {
            decimal(text, *digits, *rounding).ok_or(NOT_DECIMAL)
        }
        Kind::Month => month(text).ok_or(NOT_MONTH),
        Kind::Flag => flag(text).ok_or(NOT_FLAG),
        Kind::Code(values) => code(values, text).map(i64::from).ok_or(UNKNOWN_CODE),
    }
}

/// The place of a value in a list of codes, from 1; case and accents do not count.
pub(super) fn code(values: &[String], text: &str) -> Option<i32> {
    let place = values.iter().position(|value| value.eq_ignore_ascii_case(text)).or_else(|| {
        let folded = fold(text);
        values.iter().position(|value| fold(value) == folded)
    })?;
    i32::try_from(place + 1).ok()
}

/// A whole number; `3.0` and `3,00` are whole, as spreadsheets write them.
fn whole(text: &str) -> Option<i64> {
    let plain = text.len() <= 9 && text.bytes().all(|byte| byte.is_ascii_digit());
    if plain {
        return text.parse().ok();
    }
    let number = Number::read(text)?;
    if number.fraction.bytes().any(|byte| byte != b'0') {
        return None;
    }
    number.signed(number.whole.parse().ok()?)
}

fn decimal(text: &str, digits: u32, rounding: Rounding) -> Option<i64> {
    let number = Number::read(text)?;
    let fraction = number.fraction.as_bytes();
    let kept = digits as usize;
    let mut value: i64 = number.whole.parse().ok()?;
    for place in 0..kept {
        let digit = fraction.get(place).map_or(0, |byte| byte - b'0');
        value = value.checked_mul(10)?.checked_add(i64::from(digit))?;
    }
    let rest = fraction.get(kept..).unwrap_or_default();
    let up = match rounding {
        Rounding::Nearest => rest.first().is_some_and(|digit| *digit >= b'5'),
        Rounding::Down => number.negative && rest.iter().any(|digit| *digit != b'0'),
    };
    number.signed(value.checked_add(i64::from(up))?)
}

/// The digits of a number, without its thousands separators.
struct Number<'a> {
    negative: bool,
    whole: Cow<'a, str>,
    fraction: &'a str,
}

impl<'a> Number<'a> {
    /// More digits than any column can hold.
    const LONGEST: usize = 15;

    fn read(text: &'a str) -> Option<Number<'a>> {
        let (negative, text) = match text.strip_prefix(['-', '\u{2212}']) {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = text.split_once(['.', ',']).unwrap_or((text, ""));
        let whole = without_thousands(whole)?;
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.len() > Self::LONGEST || !digits(&whole) || !digits(fraction) {
            return None;
        }
        match (whole.is_empty(), fraction.is_empty()) {
            (true, true) => None,
            (true, false) => Some(Number { negative, whole: Cow::Borrowed("0"), fraction }),
            (false, _) => Some(Number { negative, whole, fraction }),
        }
    }

    fn signed(&self, value: i64) -> Option<i64> {
        if self.negative { value.checked_neg() } else { Some(value) }
    }
}

/// Groups of three digits after the first, separated by any of the spaces in use.
fn without_thousands(whole: &str) -> Option<Cow<'_, str>> {
    let space = [' ', '\u{a0}', '\u{202f}', '\u{2009}'];
    if !whole.contains(space) {
        return Some(Cow::Borrowed(whole));
    }
    let mut groups = whole.split(space);
    let first = groups.next().filter(|group| (1..=3).contains(&group.len()))?;
    let mut joined = String::from(first);
    for group in groups {
        if group.len() != 3 {
            return None;
        }
        joined.push_str(group);
    }
    Some(Cow::Owned(joined))
}

/// `mm/aaaa`, `jj/mm/aaaa`, `aaaa-mm` or `aaaa-mm-jj`.
fn month(text: &str) -> Option<i64> {
    let separator = if text.contains('/') { '/' } else { '-' };
    let parts: Vec<&str> = text.split(separator).take(4).collect();
    let (year, month, day) = match parts[..] {
        [month, year] if separator == '/' => (year, month, "1"),
        [day, month, year] if separator == '/' => (year, month, day),
        [year, month] => (year, month, "1"),
        [year, month, day] => (year, month, day),
        _ => return None,
    };
    let number = |text: &str, longest: usize| {
        let plain =
            (1..=longest).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        if plain { text.parse::<i64>().ok() } else { None }
    };
    let year = number(year, 4).filter(|year| YEARS.contains(year))?;
    let month = number(month, 2).filter(|month| (1..=12).contains(month))?;
    number(day, 2).filter(|day| (1..=31).contains(day))?;
    Some(year * 12 + month - 1)
}

fn flag(text: &str) -> Option<i64> {
    let is = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is(&["1", "oui", "o", "true", "vrai"]) {
        Some(1)
    } else if is(&["0", "non", "n", "false", "faux"]) {
        Some(0)
    } else {
        None
    }
}

/// A text without case, accents, spaces or punctuation, to compare names by.
pub(super) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    // An accent is a character of its own in this form, and none of those that are kept.
    for character in text.chars().flat_map(char::to_lowercase).nfd() {
        match character {
            'a'..='z' | '0'..='9' => folded.push(character),
            'œ' => folded.push_str("oe"),
            'æ' => folded.push_str("ae"),
            _ => {}
        }
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::super::schema::TableSchema;
    use super::*;

    #[track_caller]
    fn check(table: &TableSchema, column: &str, field: &str, expected: Result<i32, Reason>) {
        let place = table.header(column).unwrap();
        assert_eq!(integer(&table.columns()[place], field), expected, "{column} {field:?}");
    }

    #[test]
    fn numbers_are_read_as_producers_write_them() {
        let table = TableSchema::dwellings();
        check(table, "NBPIECE", " 4 ", Ok(4));
        check(table, "NBPIECE", "4,0", Ok(4));
        check(table, "NBPIECE", "4.5", Err(NOT_INTEGER));
        check(table, "NBPIECE", "0", Err(OUT_OF_RANGE));
        check(table, "NBPIECE", "quatre", Err(NOT_INTEGER));
        check(table, "SURFHAB", "63,505", Ok(6351));
        check(table, "SURFHAB", "63.5", Ok(6350));
        check(table, "SURFHAB", "1.2.3", Err(NOT_DECIMAL));
        check(table, "LOYERPRINC", "1 234,5", Ok(123_450));
        check(table, "LOYERPRINC", "1\u{202f}234,5", Ok(123_450));
        check(table, "LOYERPRINC", "12 34,5", Err(NOT_DECIMAL));
        check(table, "X", "-651234,25", Ok(-6_512_343));
        check(table, "X", "99999999999999999999", Err(NOT_DECIMAL));
        check(table, "Y", ",5", Ok(5));
        check(table, "Y", ",", Err(NOT_DECIMAL));
        check(table, "Y", "-", Err(NOT_DECIMAL));
    }

    #[test]
    fn a_sentinel_is_missing_in_its_own_columns_only() {
        let table = TableSchema::dwellings();
        check(table, "CONSTRUCT", "9999", Ok(MISSING));
        check(table, "LOYERPRINC", "999", Ok(99_900));
        check(table, "LOYERPRINC", "9999,00", Ok(MISSING));
        check(table, "SURFHAB", "999.0", Ok(MISSING));
        check(table, "BAIL", "01/1900", Ok(MISSING));
        check(table, "BAIL", "1900-01", Ok(MISSING));
        check(table, "BAIL", "02/1900", Ok(1900 * 12 + 1));
        check(table, "DPEENERGIE", "n", Ok(MISSING));
        check(table, "DPEENERGIE", "", Ok(MISSING));
    }

    #[test]
    fn months_flags_and_codes_have_several_spellings() {
        let table = TableSchema::households();
        for text in ["03/2021", "3/2021", "15/03/2021", "2021-03", "2021-03-31"] {
            check(table, "BAIL", text, Ok(2021 * 12 + 2));
        }
        for text in ["13/2021", "2021", "03/21", "32/03/2021", "a/2021", "1/2/3/4", "03-2021"] {
            check(table, "BAIL", text, Err(NOT_MONTH));
        }
        check(table, "APL", "OUI", Ok(1));
        check(table, "APL", "n", Ok(0));
        check(table, "APL", "2", Err(NOT_FLAG));
        check(table, "COMPO", "Couple", Ok(3));
        check(table, "COMPO", "duo", Err(UNKNOWN_CODE));
    }

    #[test]
    fn an_income_just_under_a_bound_stays_in_its_band() {
        let table = TableSchema::households();
        check(table, "PCT_PLAFOND", "19,97", Ok(19));
        check(table, "PCT_PLAFOND", "20", Ok(20));
        check(table, "PCT_PLAFOND", "-0,5", Err(OUT_OF_RANGE));
    }

    #[test]
    fn names_fold_to_the_same_letters() {
        assert_eq!(fold("L’Étiquette_DPE - Énergie"), fold("l'etiquette dpe energie"));
        assert_eq!(fold("Œuvre"), "oeuvre");
    }
}
