//! Communes that were merged or renumbered: rights follow them.
//!
//! A right names communes by the code in force when it was given. In an edition that does not know
//! the code, it holds on the communes that the official table of movements leads to: forward to
//! the commune that took it in, or back to those that it was made of.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::{AnyPool, Row};

use super::store::read;
use super::{AccessError, Right};
use crate::domain::{CommuneCode, Scale, TerritoryName};

/// Codes that one code leads to, at most.
const MAX_FOLLOWED: usize = 200;

/// The movements of the official table.
#[derive(Debug, Default)]
pub(super) struct Movements {
    forward: BTreeMap<CommuneCode, Vec<CommuneCode>>,
    back: BTreeMap<CommuneCode, Vec<CommuneCode>>,
}

/// A right on `from` that holds on `to` in editions that know `to` and not `from`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Followed {
    pub(super) from: CommuneCode,
    pub(super) to: CommuneCode,
    pub(super) finest: Scale,
}

impl Movements {
    pub(super) fn new(pairs: impl IntoIterator<Item = (CommuneCode, CommuneCode)>) -> Movements {
        let mut movements = Movements::default();
        for (old, new) in pairs.into_iter().filter(|(old, new)| old != new) {
            movements.forward.entry(old).or_default().push(new);
            movements.back.entry(new).or_default().push(old);
        }
        movements
    }

    pub(super) async fn read(pool: &AnyPool) -> Result<Movements, AccessError> {
        let rows = sqlx::query("SELECT old_code, new_code FROM movement").fetch_all(pool).await?;
        let mut pairs = Vec::with_capacity(rows.len());
        for row in &rows {
            let (old, new): (String, String) = (row.try_get("old_code")?, row.try_get("new_code")?);
            pairs.push((read(&old, "movement.old_code")?, read(&new, "movement.new_code")?));
        }
        Ok(Movements::new(pairs))
    }

    /// Where the rights on communes lead, sorted.
    pub(super) fn follow(&self, rights: &[Right]) -> Vec<Followed> {
        let mut followed = Vec::new();
        if self.forward.is_empty() {
            return followed;
        }
        for right in rights {
            let TerritoryName::Commune(from) = *right.territory() else { continue };
            for way in [&self.forward, &self.back] {
                let reached = reach(way, from);
                let lead = |to| Followed { from, to, finest: right.finest() };
                followed.extend(reached.into_iter().map(lead));
            }
        }
        followed.sort_unstable();
        followed.dedup();
        followed
    }
}

fn reach(
    way: &BTreeMap<CommuneCode, Vec<CommuneCode>>,
    from: CommuneCode,
) -> BTreeSet<CommuneCode> {
    let mut reached = BTreeSet::new();
    let mut next = vec![from];
    while let Some(code) = next.pop() {
        for to in way.get(&code).into_iter().flatten() {
            if *to != from && reached.len() < MAX_FOLLOWED && reached.insert(*to) {
                next.push(*to);
            }
        }
    }
    reached
}
