//! The universes that eligibilities ask for.
//!
//! A numerator that is impossible, or certain, for dwellings that open columns point at depends on
//! the others only: X ∩ e, the eligible part of X, is a domain of X's filter, with the parents X and
//! (parent of X) ∩ e, up to register ∩ e (`protect/RULES.md`, R1). The catalogue names the universes that
//! carry indicators; those above them are made here.

use super::{BadCatalogue, Eligibility, Universe};

/// Adds, before each universe with an eligibility, the eligible parts of its parents.
pub(super) fn expand(
    declared: Vec<Universe>,
    eligibilities: &[Eligibility],
) -> Result<Vec<Universe>, BadCatalogue> {
    let mut made = Made { universes: Vec::with_capacity(declared.len()), eligibilities };
    for mut universe in declared {
        let Some(eligible) = universe.eligible.clone() else {
            made.universes.push(universe);
            continue;
        };
        let parents = match universe.domain_of.clone() {
            // An eligible part of its own filter X: X, and the eligible parts of X's parents.
            Some(filter) if !made.is_eligible(&filter, &eligible) => {
                let above = made.parents_of(&filter);
                let mut parents = universe.parents.clone();
                parents.extend(made.eligible_parts(&above, &eligible, &universe.id)?);
                parents
            }
            // A filter, or a domain, within the eligible part of its parents.
            _ => made.eligible_parts(&universe.parents, &eligible, &universe.id)?,
        };
        universe.parents = Vec::new();
        for parent in parents {
            if !universe.parents.contains(&parent) {
                universe.parents.push(parent);
            }
        }
        made.universes.push(universe);
    }
    Ok(made.universes)
}

struct Made<'e> {
    universes: Vec<Universe>,
    eligibilities: &'e [Eligibility],
}

impl Made<'_> {
    fn find(&self, id: &str) -> Option<&Universe> {
        self.universes.iter().find(|universe| universe.id == id)
    }

    fn is_eligible(&self, id: &str, eligible: &str) -> bool {
        self.find(id).is_some_and(|universe| universe.eligible.as_deref() == Some(eligible))
    }

    fn parents_of(&self, id: &str) -> Vec<String> {
        self.find(id).map(|universe| universe.parents.clone()).unwrap_or_default()
    }

    fn eligible_parts(
        &mut self,
        of: &[String],
        eligible: &str,
        from: &str,
    ) -> Result<Vec<String>, BadCatalogue> {
        of.iter().map(|id| self.eligible_part(id, eligible, from)).collect()
    }

    /// The universe of the eligible members of another, made where the catalogue has none. Each call
    /// goes to parents, which were declared before, so it ends.
    fn eligible_part(
        &mut self,
        of: &str,
        eligible: &str,
        from: &str,
    ) -> Result<String, BadCatalogue> {
        let unknown = |to: &str| BadCatalogue::Unknown { from: from.into(), to: to.into() };
        let whole = self.find(of).ok_or_else(|| unknown(of))?.clone();
        if whole.eligible.as_deref() == Some(eligible) {
            return Ok(whole.id);
        }
        let is_part = |own: &&Universe| {
            own.eligible.as_deref() == Some(eligible)
                && own.parents.first() == Some(&whole.id)
                && own.filter.trim() == "1"
                && own.domain_of.as_ref() == Some(whole.domain_of.as_ref().unwrap_or(&whole.id))
        };
        if let Some(part) = self.universes.iter().find(is_part) {
            return Ok(part.id.clone());
        }
        let declared = self.eligibilities.iter().find(|own| own.id == eligible);
        let label = &declared.ok_or_else(|| unknown(eligible))?.label;
        let mut parents = vec![whole.id.clone()];
        parents.extend(self.eligible_parts(&whole.parents, eligible, from)?);
        let part = Universe {
            id: format!("{}_{eligible}", whole.id),
            label: format!("{} ({label})", whole.label),
            parents,
            domain_of: Some(whole.domain_of.unwrap_or(whole.id)),
            eligible: Some(eligible.to_owned()),
            requires: Vec::new(),
            joined: None,
            filter: "1".into(),
            ..whole
        };
        let id = part.id.clone();
        self.universes.push(part);
        Ok(id)
    }
}
