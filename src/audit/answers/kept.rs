//! Which zones a file should hold: all that its account was given anywhere and that lie in what the file is
//! narrowed to. One that leaves out others tells by their absence what they would not say.

use std::collections::{BTreeMap, BTreeSet};

use domain::Scale;

use super::stored_rows::StoredRows;

/// Zones that are named of one file.
const NAMED: usize = 3;

/// What accounts were given.
#[derive(Default)]
pub(super) struct Kept {
    /// By account and scale, in tiles, rows and features.
    given: BTreeMap<(String, Scale), BTreeSet<String>>,
    whole: Vec<Whole>,
}

/// An answer that holds every zone of a scale that its account sees in a place.
struct Whole {
    name: String,
    account: String,
    scale: Scale,
    /// The place; `None` is everywhere.
    within: Option<(Scale, String)>,
    codes: BTreeSet<String>,
}

impl Kept {
    /// Notes that an account was given a zone.
    pub(super) fn give(&mut self, account: &str, scale: Scale, code: &str) {
        let known = match self.given.get_mut(&(account.to_owned(), scale)) {
            Some(known) => known,
            None => self.given.entry((account.to_owned(), scale)).or_default(),
        };
        if !known.contains(code) {
            known.insert(code.to_owned());
        }
    }

    /// Notes an answer that should hold all zones of a place.
    pub(super) fn whole(
        &mut self,
        (account, name): (&str, &str),
        (scale, within): (Scale, Option<&(Scale, String)>),
        codes: impl IntoIterator<Item = String>,
    ) {
        self.whole.push(Whole {
            name: name.to_owned(),
            account: account.to_owned(),
            scale,
            within: within.cloned(),
            codes: codes.into_iter().collect(),
        });
    }

    /// The zones that accounts were given, by account and scale.
    pub(super) fn given(&self) -> &BTreeMap<(String, Scale), BTreeSet<String>> {
        &self.given
    }

    /// Whether any answer should hold all zones of a place.
    pub(super) fn has_whole(&self) -> bool {
        !self.whole.is_empty()
    }

    /// What is missing. Without an edition nobody says what lies in a place: answers for everywhere alone are
    /// looked at then.
    pub(super) fn missing(&self, zones: Option<&StoredRows>) -> Vec<String> {
        let mut problems = Vec::new();
        for Whole { name, account, scale, within, codes } in &self.whole {
            let given = self.given.get(&(account.clone(), *scale));
            let lies_in = |code: &&String| match (within, zones) {
                (None, _) => true,
                (Some(_), None) => false,
                (Some((outer, place)), Some(zones)) => zones
                    .zone(*scale, code)
                    .ok()
                    .flatten()
                    .is_some_and(|row| zones.lies_in(*scale, &row, (*outer, place))),
            };
            let missing = given.into_iter().flatten().filter(|code| !codes.contains(*code));
            problems.extend(missing.filter(lies_in).take(NAMED).map(|code| {
                format!(
                    "{name} : within : {scale} {code} y manque, et ce compte la reçoit ailleurs"
                )
            }));
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_holds_what_its_account_was_given_elsewhere() {
        let mut kept = Kept::default();
        for (account, code) in [("a", "01"), ("a", "02"), ("b", "03")] {
            kept.give(account, Scale::COMMUNE, code);
        }
        kept.give("a", Scale::IRIS, "09");
        let codes =
            |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).collect::<Vec<_>>();
        kept.whole(("a", "one"), (Scale::COMMUNE, None), codes(&["01", "02"]));
        kept.whole(("b", "two"), (Scale::COMMUNE, None), codes(&["03", "04"]));
        assert_eq!(kept.missing(None), Vec::<String>::new());
        kept.whole(("a", "three"), (Scale::COMMUNE, None), codes(&["02"]));
        let place = (Scale::EPCI, "200901080".to_owned());
        kept.whole(("a", "four"), (Scale::COMMUNE, Some(&place)), codes(&[]));
        let expected = "three : within : commune 01 y manque, et ce compte la reçoit ailleurs";
        assert_eq!(kept.missing(None), [expected]);
    }
}
