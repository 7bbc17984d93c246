//! The order of the zones of a page: that of their codes, but for a few that may come before where no filter was
//! asked for. They show what the first zones by code do not, and each of them something that the others do not.

use std::collections::BTreeSet;

use super::super::json::Node;

/// Zones that may come before the others, and zones of which they show more.
const SAMPLE: usize = 10;

/// The first zone of a page that is not where it should be, or there twice, as its `id`; `before` is the code that
/// the page comes after.
pub(super) fn out_of_order<'f>(
    features: &'f [Node],
    before: &str,
    is_plain: bool,
    is_first: bool,
) -> Option<&'f str> {
    let codes: Vec<&str> = features
        .iter()
        .map(|feature| feature.get("id").and_then(Node::text).unwrap_or_default())
        .collect();
    let falls = |at: &usize| match at.checked_sub(1) {
        Some(former) => codes[*at] <= codes[former],
        // Behind the last of those that come before, the others begin anew.
        None => codes[0] <= before,
    };
    let places: Vec<usize> = (0..codes.len()).filter(falls).collect();
    let place = match places[..] {
        [] => return None,
        [place] if is_plain && place <= SAMPLE && !(is_first && place == 0) => place,
        [place, ..] => return codes.get(place).copied(),
    };
    let mut known = BTreeSet::new();
    if let Some(twice) = codes.iter().find(|code| !known.insert(**code)) {
        return Some(twice);
    }
    let shown: Vec<BTreeSet<&str>> = features.iter().map(typed).collect();
    let (lead, rest) = shown.split_at(place);
    for (at, own) in lead.iter().enumerate() {
        let others = lead.iter().enumerate().filter(|(other, _)| *other != at);
        let others: BTreeSet<&str> = others.flat_map(|(_, columns)| columns).copied().collect();
        if own.is_subset(&others) {
            return codes.get(at).copied();
        }
    }
    // Of a first page that holds the first ten by code, what these show is known.
    let mut sorted: Vec<usize> = (0..codes.len()).collect();
    sorted.sort_unstable_by_key(|at| codes[*at]);
    let sample: BTreeSet<&str> =
        sorted.iter().take(SAMPLE).flat_map(|at| &shown[*at]).copied().collect();
    let more: BTreeSet<&str> = lead.iter().flatten().copied().collect();
    let is_known = is_first && rest.len() >= SAMPLE;
    (is_known && more.is_subset(&sample)).then(|| codes[place])
}

/// The columns of a feature that have a value and are no text.
fn typed(feature: &Node) -> BTreeSet<&str> {
    let columns = feature.get("properties").map(Node::entries).unwrap_or_default();
    let typed = columns.iter().filter(|(_, value)| !matches!(value, Node::Null | Node::Text(_)));
    typed.map(|(name, _)| name.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::json;
    use super::*;

    /// A page of zones, each its code and the columns that it shows.
    fn page(zones: &[(&str, &str)]) -> Vec<Node> {
        let zone = |(code, columns): &(&str, &str)| {
            let own = columns.chars().map(|name| format!(",\"{name}\":1"));
            let own: String = own.collect();
            format!("{{\"id\":\"{code}\",\"properties\":{{\"code\":\"{code}\"{own}}}}}")
        };
        let zones: Vec<String> = zones.iter().map(zone).collect();
        json::read(format!("[{}]", zones.join(",")).as_bytes()).unwrap().root.items().to_vec()
    }

    fn plain() -> Vec<(&'static str, &'static str)> {
        ["01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11"]
            .map(|code| (code, "a"))
            .into()
    }

    #[test]
    fn zones_come_before_others_only_for_what_they_show() {
        let due = |zones: &[(&str, &str)], expected: Option<&str>| {
            assert_eq!(out_of_order(&page(zones), "", true, true), expected, "{zones:?}");
        };
        let with = |lead: &[(&'static str, &'static str)]| [lead, &plain()].concat();
        due(&plain(), None);
        due(&[], None);
        due(&with(&[("20", "ab")]), None);
        due(&with(&[("20", "ab"), ("31", "c")]), None);
        // Nothing that the first ten do not show.
        due(&with(&[("20", "a")]), Some("01"));
        // The second shows no more than the first; two in no order; one twice; eleven.
        due(&with(&[("20", "ab"), ("31", "b")]), Some("31"));
        due(&with(&[("31", "c"), ("20", "ab")]), Some("20"));
        due(&with(&[("11", "ab")]), Some("11"));
        let many: Vec<(String, String)> = ('b'..='l')
            .enumerate()
            .map(|(at, name)| (format!("{}", 20 + at), name.into()))
            .collect();
        let many: Vec<(&str, &str)> = many.iter().map(|(code, own)| (&**code, &**own)).collect();
        due(&[&many[..], &plain()].concat(), Some("01"));
        due(&[&many[..10], &plain()].concat(), None);
        // A second fall.
        let mut turned = with(&[("20", "ab")]);
        turned.swap(4, 5);
        due(&turned, Some("01"));
        turned.remove(0);
        due(&turned, Some("01"));
    }

    #[test]
    fn a_later_page_goes_on_where_the_one_before_ended_and_a_filter_has_the_order_of_codes() {
        let zones = page(&plain());
        assert_eq!(out_of_order(&zones, "00", true, false), None);
        assert_eq!(out_of_order(&zones, "20", true, false), None, "behind the last of the lead");
        assert_eq!(out_of_order(&zones, "20", false, false), Some("01"));
        let led = page(&[&[("20", "ab")][..], &plain()].concat());
        assert_eq!(out_of_order(&led, "", false, true), Some("01"));
        assert_eq!(out_of_order(&led, "19", true, false), None);
        assert_eq!(out_of_order(&led, "21", true, false), Some("20"));
    }
}
