//! What a group of addresses is called: "12–18 RUE DES LILAS et 3 adresses".

use std::collections::BTreeMap;

/// Words that may follow the number of an address.
const AFTER: [&str; 4] = ["BIS", "TER", "QUATER", "QUINQUIES"];

/// A name from the texts of some addresses, with their dwellings: the street that most dwellings are in,
/// the first of several, with its least and greatest number, and how many addresses are elsewhere.
pub(super) fn label(texts: &[(&str, u32)]) -> String {
    if let [(text, _)] = texts {
        return (*text).to_owned();
    }
    // By street: dwellings, addresses, and their numbers.
    let mut streets: BTreeMap<&str, (u64, usize, Vec<u32>)> = BTreeMap::new();
    for (text, dwellings) in texts {
        let (number, street) = parts(text);
        let own = streets.entry(street).or_default();
        own.0 += u64::from(*dwellings);
        own.1 += 1;
        own.2.extend(number);
    }
    let named = streets.iter().filter(|(street, _)| !street.is_empty());
    // The first of several: those that follow must hold more.
    let most = named.reduce(|one, other| if other.1.0 > one.1.0 { other } else { one });
    let Some((street, (_, own, numbers))) = most else { return addresses(texts.len()) };
    let numbers = match (numbers.iter().min(), numbers.iter().max()) {
        (Some(least), Some(most)) if least < most => format!("{least}–{most} "),
        (Some(one), _) => format!("{one} "),
        _ => String::new(),
    };
    match texts.len() - own {
        0 => format!("{numbers}{street}"),
        others => format!("{numbers}{street} et {}", addresses(others)),
    }
}

/// So many addresses.
pub(super) fn addresses(count: usize) -> String {
    if count == 1 { "1 adresse".to_owned() } else { format!("{count} adresses") }
}

/// The number of an address, if it has one, and its street.
fn parts(text: &str) -> (Option<u32>, &str) {
    let (first, rest) = text.split_once(' ').unwrap_or((text, ""));
    let digits = first.bytes().take_while(u8::is_ascii_digit).count();
    let Ok(number) = first[..digits].parse::<u32>() else { return (None, text) };
    let rest = rest.trim_start();
    let street = match rest.split_once(' ') {
        Some((word, street)) if word.len() == 1 || AFTER.contains(&word) => street.trim_start(),
        _ => rest,
    };
    (Some(number), street)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(texts: &[(&str, u32)], expected: &str) {
        assert_eq!(label(texts), expected);
    }

    #[test]
    fn a_group_is_called_by_its_street_and_what_is_elsewhere() {
        check(&[("12 RUE DES LILAS", 4)], "12 RUE DES LILAS");
        check(&[("12 RUE DES LILAS", 4), ("18 B RUE DES LILAS", 9)], "12–18 RUE DES LILAS");
        let mixed = [("12 RUE X", 4), ("3 BIS RUE Y", 3), ("18 RUE X", 2), ("", 1)];
        check(&mixed, "12–18 RUE X et 2 adresses");
        check(&[("RESIDENCE LE PRE", 4), ("7 RUE Y", 4)], "RESIDENCE LE PRE et 1 adresse");
        check(&[("", 4), ("", 9)], "2 adresses");
        check(&[("12", 4), ("14", 9)], "2 adresses");
    }
}
