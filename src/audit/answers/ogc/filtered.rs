//! Answers that were narrowed by a filter, held against all that their account was given: a zone that is left out, or
//! a number that is not theirs, tells what the zones would not say.

use std::collections::{BTreeMap, BTreeSet};

use domain::Scale;

use super::super::Counts;
use super::super::json::Node;
use super::super::stored_rows::StoredRows;
use super::filter::{Filter, Truth, Zone};
use super::place::rings;

/// Zones that are named of one answer.
const NAMED: usize = 3;

/// A page that was narrowed.
pub(in super::super) struct Filtered {
    pub(super) name: String,
    pub(super) account: String,
    pub(super) collection: String,
    pub(super) scale: Scale,
    pub(super) conditions: Filter,
    /// `numberMatched`.
    pub(super) matched: Option<i64>,
    /// The codes, where the page holds everything that the filter keeps.
    pub(super) whole: Option<BTreeSet<String>>,
}

impl Filter {
    /// What is wrong where a zone is not one that the filter keeps.
    pub(super) fn excludes(&self, at: &str, zone: &Node, shape: Option<&[u8]>) -> Option<String> {
        match self.of(zone, shape) {
            Some(Truth::Yes | Truth::Unsure) => None,
            Some(Truth::No | Truth::Null) => Some(format!(
                "{at} : filter, bbox, code, nom, communes : la zone n'est pas de celles qui sont demandées"
            )),
            None => {
                Some(format!("{at} : filter, bbox : une zone, là où le serveur refuse le filtre"))
            }
        }
    }

    fn of(&self, zone: &Node, shape: Option<&[u8]>) -> Option<Truth> {
        let text = |name: &str| zone.get(name).and_then(Node::text);
        let rings = shape.and_then(rings);
        self.keeps(&Zone {
            code: text("code").unwrap_or_default(),
            nom: text("nom"),
            communes: text("communes"),
            rings: rings.as_deref(),
        })
    }
}

impl Filtered {
    /// What is wrong, given the zones that the account received anywhere and how many the collection has for it.
    pub(in super::super) fn problems(
        &self,
        given: &BTreeMap<(String, Scale), BTreeSet<String>>,
        counts: &Counts,
        zones: &StoredRows,
    ) -> Vec<String> {
        let Filtered { name, account, scale, .. } = self;
        let given = given.get(&(account.clone(), *scale));
        let (mut kept, mut unsure) = (Vec::new(), 0);
        for code in given.into_iter().flatten() {
            let Ok(Some(row)) = zones.zone(*scale, code) else { continue };
            let shape = row.shape;
            match self.conditions.of(&Node::Object(row.columns.into_iter().collect()), Some(&shape))
            {
                Some(Truth::Yes) => kept.push(code),
                Some(Truth::Unsure) => unsure += 1,
                _ => {}
            }
        }
        let mut problems = Vec::new();
        if let Some(whole) = &self.whole {
            let missing = kept.iter().filter(|code| !whole.contains(**code));
            problems.extend(missing.take(NAMED).map(|code| {
                format!(
                    "{name} : filter : {scale} {code} y manque, et ce compte la reçoit ailleurs"
                )
            }));
        }
        let count = counts.get(&(account.clone(), self.collection.clone())).and_then(|own| own.0);
        let has_all = count.is_some_and(|count| given.map_or(0, BTreeSet::len) as i64 == count);
        let (least, most) = (kept.len() as i64, (kept.len() + unsure) as i64);
        if self.matched.is_some_and(|matched| matched < least || has_all && matched > most) {
            problems.push(format!(
                "{name} : numberMatched : pas le nombre des zones que le filtre garde"
            ));
        }
        problems
    }
}
