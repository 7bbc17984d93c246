//! What a query keeps of the zones of a collection, worked out anew while it is read, for one zone: CQL2 text, a
//! box, and columns that are to be a text. Written from the standard and the guide, not from the server's code.

use super::place;

/// Parentheses within each other, at most, as the server takes them.
const DEEPEST: usize = 24;

/// What is known of a zone.
pub(super) struct Zone<'z> {
    pub(super) code: &'z str,
    pub(super) nom: Option<&'z str>,
    pub(super) communes: Option<&'z str>,
    /// Its rings, where its geometry is known.
    pub(super) rings: Option<&'z [Vec<[f64; 2]>]>,
}

/// What an expression is of a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Truth {
    Yes,
    No,
    /// A column that it reads has no value: the zone is not kept.
    Null,
    /// Its geometry is not known, or decides by its last digit.
    Unsure,
}

/// The conditions of a query, as it names them.
#[derive(Clone, Debug, Default)]
pub(super) struct Filter(Vec<(String, String)>);

impl Filter {
    /// Of pairs that were read from an address.
    pub(super) fn new(pairs: &[(&str, String)]) -> Filter {
        let known = ["bbox", "code", "nom", "communes", "filter"];
        let own = pairs.iter().filter(|(name, value)| known.contains(name) && !value.is_empty());
        Filter(own.map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it keeps a zone; `None` where it cannot be read, which the server refuses.
    pub(super) fn keeps(&self, zone: &Zone<'_>) -> Option<Truth> {
        let mut all = Vec::new();
        for (name, value) in &self.0 {
            all.push(match name.as_str() {
                "bbox" => {
                    let numbers: Result<Vec<f64>, _> =
                        value.split(',').map(|part| part.trim().parse()).collect();
                    zone.is_in(&boxes(&numbers.ok()?)?)
                }
                "filter" => {
                    let mut reading = Reading { rest: value.trim_start(), zone };
                    let found = reading.any(0)?;
                    reading.rest.is_empty().then_some(found)?
                }
                column => match zone.column(column)? {
                    Some(own) => truth(own == value),
                    None => Truth::No,
                },
            });
        }
        Some(every(&all))
    }
}

impl Zone<'_> {
    fn column(&self, name: &str) -> Option<Option<&str>> {
        match name {
            "code" => Some(Some(self.code)),
            "nom" => Some(self.nom),
            "communes" => Some(self.communes),
            _ => None,
        }
    }

    fn is_in(&self, boxes: &[[f64; 4]]) -> Truth {
        let met = self.rings.and_then(|rings| place::meets(rings, boxes));
        met.map_or(Truth::Unsure, truth)
    }
}

fn truth(is_true: bool) -> Truth {
    if is_true { Truth::Yes } else { Truth::No }
}

fn not(own: Truth) -> Truth {
    match own {
        Truth::Yes => Truth::No,
        Truth::No => Truth::Yes,
        open => open,
    }
}

fn every(all: &[Truth]) -> Truth {
    let order = [Truth::No, Truth::Unsure, Truth::Null];
    order.into_iter().find(|one| all.contains(one)).unwrap_or(Truth::Yes)
}

fn some(all: &[Truth]) -> Truth {
    let opposite: Vec<Truth> = all.iter().map(|own| not(*own)).collect();
    not(every(&opposite))
}

/// One box, or two on both sides of the antimeridian.
fn boxes(numbers: &[f64]) -> Option<Vec<[f64; 4]>> {
    let [west, south, east, north] = match *numbers {
        [west, south, east, north] => [west, south, east, north],
        [west, south, _, east, north, _] => [west, south, east, north],
        _ => return None,
    };
    Some(match west <= east {
        true => vec![[west, south, east, north]],
        false => vec![[west, south, 180.0, north], [-180.0, south, east, north]],
    })
}

/// An expression, read from its beginning and worked out for a zone.
struct Reading<'r> {
    rest: &'r str,
    zone: &'r Zone<'r>,
}

impl Reading<'_> {
    fn any(&mut self, depth: usize) -> Option<Truth> {
        let mut all = vec![self.all(depth)?];
        while self.word("OR") {
            all.push(self.all(depth)?);
        }
        Some(some(&all))
    }

    fn all(&mut self, depth: usize) -> Option<Truth> {
        let mut all = vec![self.one(depth)?];
        while self.word("AND") {
            all.push(self.one(depth)?);
        }
        Some(every(&all))
    }

    fn one(&mut self, depth: usize) -> Option<Truth> {
        if self.word("NOT") {
            return self.plain(depth).map(not);
        }
        self.plain(depth)
    }

    fn plain(&mut self, depth: usize) -> Option<Truth> {
        if self.sign("(") {
            (depth < DEEPEST).then_some(())?;
            let found = self.any(depth + 1)?;
            return self.sign(")").then_some(found);
        }
        for (word, is_true) in [("TRUE", true), ("FALSE", false)] {
            if self.word(word) {
                return Some(truth(is_true));
            }
        }
        if self.word("S_INTERSECTS") {
            self.sign("(").then_some(())?;
            let one = self.place()?;
            self.sign(",").then_some(())?;
            let other = self.place()?;
            self.sign(")").then_some(())?;
            return match (one, other) {
                (Some(boxes), None) | (None, Some(boxes)) => Some(self.zone.is_in(&boxes)),
                _ => None,
            };
        }
        let own = self.text(depth)?;
        if self.word("IS") {
            let is_not = self.word("NOT");
            self.word("NULL").then_some(())?;
            return Some(truth(own.is_none() != is_not));
        }
        let is_not = self.word("NOT");
        let found = if self.word("LIKE") {
            let pattern = self.pattern(depth)?;
            own.map_or(Truth::Null, |own| truth(is_like(&own, &pattern)))
        } else if self.word("IN") {
            self.sign("(").then_some(())?;
            let mut all = Vec::new();
            loop {
                all.push(equal(&own, &self.text(depth)?));
                if !self.sign(",") {
                    break;
                }
            }
            self.sign(")").then_some(())?;
            if own.is_none() { Truth::Null } else { some(&all) }
        } else if self.word("BETWEEN") {
            let low = self.text(depth)?;
            self.word("AND").then_some(())?;
            let high = self.text(depth)?;
            match (own, low, high) {
                (Some(own), Some(low), Some(high)) => truth((low..=high).contains(&own)),
                _ => Truth::Null,
            }
        } else {
            return if is_not { None } else { self.compared(own, depth) };
        };
        Some(if is_not { not(found) } else { found })
    }

    fn compared(&mut self, own: Option<String>, depth: usize) -> Option<Truth> {
        let signs = ["<>", "<=", ">=", "=", "<", ">"];
        let sign = signs.into_iter().find(|sign| self.sign(sign))?;
        let (Some(own), Some(other)) = (own, self.text(depth)?) else { return Some(Truth::Null) };
        Some(truth(match sign {
            "<>" => own != other,
            "<=" => own <= other,
            ">=" => own >= other,
            "=" => own == other,
            "<" => own < other,
            _ => own > other,
        }))
    }

    /// A column or a text, in lower case where that is asked for; no value is `Some(None)`.
    fn text(&mut self, depth: usize) -> Option<Option<String>> {
        if self.word("CASEI") {
            (self.sign("(") && depth < DEEPEST).then_some(())?;
            let inner = self.text(depth + 1)?;
            return self.sign(")").then_some(inner.map(|text| text.to_lowercase()));
        }
        if let Some(text) = self.between('\'') {
            return Some(Some(text));
        }
        let name = self.name()?;
        self.zone.column(&name).map(|value| value.map(str::to_owned))
    }

    fn pattern(&mut self, depth: usize) -> Option<String> {
        if self.word("CASEI") {
            (self.sign("(") && depth < DEEPEST).then_some(())?;
            let inner = self.pattern(depth + 1)?;
            return self.sign(")").then(|| inner.to_lowercase());
        }
        self.between('\'')
    }

    /// `None` for the geometry of the zone, else boxes.
    fn place(&mut self) -> Option<Option<Vec<[f64; 4]>>> {
        if self.word("BBOX") {
            self.sign("(").then_some(())?;
            let mut numbers = vec![self.number()?];
            while self.sign(",") {
                numbers.push(self.number()?);
            }
            return self.sign(")").then_some(Some(boxes(&numbers)?));
        }
        if self.word("POINT") {
            self.sign("(").then_some(())?;
            let (x, y) = (self.number()?, self.number()?);
            return self.sign(")").then(|| Some(vec![[x, y, x, y]]));
        }
        (self.name()? == "geometry").then_some(None)
    }

    fn number(&mut self) -> Option<f64> {
        let is_part = |letter: char| letter.is_ascii_digit() || "+-.eE".contains(letter);
        let end = self.rest.find(|letter| !is_part(letter)).unwrap_or(self.rest.len());
        let number = self.rest[..end].parse().ok()?;
        self.pass(end);
        Some(number)
    }

    /// A name, bare or between double quotes.
    fn name(&mut self) -> Option<String> {
        if let Some(name) = self.between('"') {
            return Some(name);
        }
        let end = self.word_end();
        let name = self.rest[..end].to_owned();
        self.pass(end);
        (!name.is_empty()).then_some(name)
    }

    /// Passes over a key word, in whatever case, where it is next.
    fn word(&mut self, word: &str) -> bool {
        let end = self.word_end();
        let is_next = self.rest[..end].eq_ignore_ascii_case(word);
        if is_next {
            self.pass(end);
        }
        is_next
    }

    fn word_end(&self) -> usize {
        let is_part = |letter: char| letter.is_alphanumeric() || "_:.".contains(letter);
        self.rest.find(|letter| !is_part(letter)).unwrap_or(self.rest.len())
    }

    fn sign(&mut self, sign: &str) -> bool {
        let is_next = self.rest.starts_with(sign);
        if is_next {
            self.pass(sign.len());
        }
        is_next
    }

    /// A text between quotes, which stand twice in it; a single one may have a backslash before it instead.
    fn between(&mut self, quote: char) -> Option<String> {
        let mut text = String::new();
        let mut at = self.rest.starts_with(quote).then_some(1)?;
        loop {
            let after = &self.rest[at..];
            let letter = after.chars().next()?;
            let is_escape = letter == quote || (letter == '\\' && quote == '\'');
            let follows = after[letter.len_utf8()..].starts_with(quote);
            at += letter.len_utf8();
            match (is_escape && follows, letter == quote) {
                (true, _) => {
                    text.push(quote);
                    at += 1;
                }
                (false, true) => break,
                (false, false) => text.push(letter),
            }
        }
        self.pass(at);
        Some(text)
    }

    fn pass(&mut self, bytes: usize) {
        self.rest = self.rest[bytes..].trim_start();
    }
}

fn equal(one: &Option<String>, other: &Option<String>) -> Truth {
    match (one, other) {
        (Some(one), Some(other)) => truth(one == other),
        _ => Truth::Null,
    }
}

/// Whether a text is as a pattern says: `%` is any letters, `_` one, `\` before them makes them letters. By rows of
/// which beginnings of the text fit the pattern so far.
fn is_like(text: &str, pattern: &str) -> bool {
    let letters: Vec<char> = text.chars().collect();
    let mut fits = vec![false; letters.len() + 1];
    fits[0] = true;
    let mut pieces = pattern.chars();
    while let Some(piece) = pieces.next() {
        let mut next = vec![false; letters.len() + 1];
        match piece {
            '%' => {
                let mut any = false;
                for (at, own) in fits.iter().enumerate() {
                    any |= *own;
                    next[at] = any;
                }
            }
            piece => {
                let wanted = match piece {
                    '\\' => Some(pieces.next().unwrap_or('\\')),
                    '_' => None,
                    letter => Some(letter),
                };
                for (at, letter) in letters.iter().enumerate() {
                    next[at + 1] = fits[at] && wanted.is_none_or(|wanted| wanted == *letter);
                }
            }
        }
        fits = next;
    }
    fits[letters.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(filter: &str, expected: Option<Truth>) {
        let rings = [vec![[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0], [0.0, 0.0]]];
        let (nom, rings) = (Some("L'Île-d'Yverne"), Some(&rings[..]));
        let zone = Zone { code: "95018", nom, communes: None, rings };
        let own = Filter::new(&[("filter", filter.to_owned())]);
        assert_eq!(own.keeps(&zone), expected, "{filter}");
    }

    #[test]
    fn an_expression_is_what_the_standard_says_of_a_zone() {
        use Truth::{No, Null, Unsure, Yes};
        for (filter, expected) in [
            ("code = '95018'", Yes),
            ("code='95019' or nom LIKE 'L''Île%'", Yes),
            ("\"code\" <> '95018'", No),
            ("NOT code IN ('1', '95018')", No),
            ("code NOT IN ('1')", Yes),
            ("code BETWEEN '95' AND '96' AND code > '9'", Yes),
            ("CASEI(nom) LIKE CASEI('%YVERNE')", Yes),
            ("nom LIKE '_\\'Île_d%'", Yes),
            ("nom LIKE '%\\_%'", No),
            ("communes IS NULL", Yes),
            ("communes = '95018'", Null),
            ("NOT communes = '95018'", Null),
            ("communes = 'x' OR TRUE", Yes),
            ("communes = 'x' AND FALSE", No),
            ("S_INTERSECTS(geometry, BBOX(1, 1, 2, 2))", Yes),
            ("s_intersects(BBOX(5,1,6,2), geometry)", No),
            ("S_INTERSECTS(geometry, POINT(1.5 1))", Yes),
            ("S_INTERSECTS(geometry, BBOX(4, 1, 6, 2))", Unsure),
            ("S_INTERSECTS(geometry, BBOX(4, 1, 6, 2)) AND FALSE", No),
            ("S_INTERSECTS(geometry, BBOX(170, 1, 1, 2))", Yes),
        ] {
            check(filter, Some(expected));
        }
        for filter in ["", "code", "code =", "n_menages > '1'", "code = '1' code", "(code = '1'"] {
            check(filter, if filter.is_empty() { Some(Yes) } else { None });
        }
        check(&format!("{}TRUE{}", "(".repeat(25), ")".repeat(25)), None);
    }
}
