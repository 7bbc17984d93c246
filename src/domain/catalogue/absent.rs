//! A catalogue over files that lack columns: what could have no value is withdrawn, and what then
//! counts the same records as its parent is that parent.

use std::collections::{BTreeMap, BTreeSet};

use super::check::check;
use super::{BadCatalogue, Catalogue, Kind, Unchecked, Universe};
use crate::columns::Column;
use crate::formula::Expression;

/// What a catalogue loses with columns of the register that no file has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reduced {
    /// What is left.
    pub catalogue: Catalogue,
    /// The indicators that are withdrawn, by the absent columns that they or their universes read.
    pub withdrawn: BTreeMap<String, Vec<String>>,
}

impl Catalogue {
    /// The columns of the register that formulas read, the one that says who lies in a QPV left out.
    pub fn dwelling_columns(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let universes = self.universes.iter();
        let filters = universes.map(|own| (own.kind, own.filter.as_str()));
        let conditions = self.eligibilities.iter();
        let conditions = conditions.map(|own| (Kind::Logement, own.condition.as_str()));
        let sums = self.indicators.iter().enumerate().flat_map(|(place, own)| {
            let kind = self.universes[self.links.universe[place]].kind;
            [(kind, own.numerator.as_str()), (kind, own.denominator.as_str())]
        });
        for (kind, text) in filters.chain(conditions).chain(sums) {
            found.extend(reads(text, kind));
        }
        found.remove(crate::columns::IN_QPV);
        found
    }

    /// The catalogue over a register without these columns: universes that could have no member and
    /// indicators that could have no value are gone, and a universe that then counts the members of
    /// a parent is that parent. Nothing changes where nothing reads them.
    ///
    /// # Errors
    /// [`BadCatalogue`] where what is left is no catalogue: its first universe has no member.
    pub fn without(&self, absent: &BTreeSet<String>) -> Result<Reduced, BadCatalogue> {
        let eligibilities = self.left_of_eligibilities(absent);
        let mut left = Left { of: BTreeMap::new(), universes: Vec::new(), withdrawn: Vec::new() };
        for universe in &self.universes {
            let becomes = universe.eligible.as_ref().and_then(|id| eligibilities.get(id));
            let eligible = match becomes {
                Some(Condition::Always) => None,
                Some(Condition::Same(id)) => Some(id.clone()),
                Some(Condition::Never) => {
                    left.withdrawn.push(universe.id.clone());
                    continue;
                }
                None => universe.eligible.clone(),
            };
            left.add(Universe { eligible, ..universe.clone() }, becomes.is_some(), absent);
        }
        let mut withdrawn: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut indicators = Vec::new();
        for (place, indicator) in self.indicators.iter().enumerate() {
            let universe = &self.universes[self.links.universe[place]];
            let has_value = [&indicator.numerator, &indicator.denominator]
                .into_iter()
                .all(|text| outcomes_of(text, universe.kind, absent).has_value());
            match left.find(&indicator.universe) {
                Some(own) if has_value => {
                    let mut indicator = indicator.clone();
                    indicator.universe = own;
                    indicators.push(indicator);
                }
                _ => {
                    for column in self.reasons(place, absent) {
                        withdrawn.entry(column).or_default().push(indicator.id.clone());
                    }
                }
            }
        }
        let is_used =
            |id: &str| left.universes.iter().any(|own| own.eligible.as_deref() == Some(id));
        let was_shown = |id: &str| self.indicators.iter().any(|own| own.family == id);
        let is_shown = |id: &str| indicators.iter().any(|own| own.family == id);
        let unchecked = Unchecked {
            families: self
                .families
                .iter()
                .filter(|own| is_shown(&own.id) || !was_shown(&own.id))
                .cloned()
                .collect(),
            eligibilities: self
                .eligibilities
                .iter()
                .filter(|own| is_used(&own.id) || !eligibilities.contains_key(&own.id))
                .cloned()
                .collect(),
            universes: left.universes,
            indicators,
        };
        if unchecked.universes.is_empty() {
            return Err(BadCatalogue::Empty);
        }
        Ok(Reduced { catalogue: check(unchecked)?, withdrawn })
    }

    /// What becomes of the eligibilities whose condition is not what it was.
    fn left_of_eligibilities(&self, absent: &BTreeSet<String>) -> BTreeMap<String, Condition> {
        let mut left = BTreeMap::new();
        let mut kept: Vec<(Expression, &str)> = Vec::new();
        for own in &self.eligibilities {
            let Ok(condition) = Expression::parse(&own.condition) else { continue };
            let outcomes = Outcomes::of(&condition, Kind::Logement, absent);
            let condition = simplified(condition, Kind::Logement, absent);
            let is_touched =
                reads(&own.condition, Kind::Logement).iter().any(|it| absent.contains(it));
            let same = kept.iter().find(|(known, _)| *known == condition).map(|(_, id)| *id);
            match (outcomes, same) {
                _ if !is_touched => kept.push((condition, &own.id)),
                (outcomes, _) if outcomes.is_certain() => {
                    left.insert(own.id.clone(), Condition::Always);
                }
                (Outcomes { truth: false, .. }, _) => {
                    left.insert(own.id.clone(), Condition::Never);
                }
                (_, Some(id)) => {
                    left.insert(own.id.clone(), Condition::Same(id.to_owned()));
                }
                (_, None) => kept.push((condition, &own.id)),
            }
        }
        left
    }

    /// The absent columns that an indicator, its universe and those above it read.
    fn reasons(&self, indicator: usize, absent: &BTreeSet<String>) -> BTreeSet<String> {
        let universe = self.links.universe[indicator];
        let own = &self.indicators[indicator];
        let kind = self.universes[universe].kind;
        let mut found = reads(&own.numerator, kind);
        found.extend(reads(&own.denominator, kind));
        let mut above = vec![universe];
        while let Some(place) = above.pop() {
            let universe = &self.universes[place];
            found.extend(reads(&universe.filter, universe.kind));
            found.extend(
                self.condition(universe)
                    .map(|text| reads(text, Kind::Logement))
                    .into_iter()
                    .flatten(),
            );
            above.extend(self.parents(place));
        }
        found.retain(|column| absent.contains(column));
        found
    }
}

/// What is left of an eligibility that reads an absent column.
enum Condition {
    /// Every dwelling meets it.
    Always,
    /// No dwelling does.
    Never,
    /// Those of an earlier one do.
    Same(String),
}

/// The universes that are left, and what stands for those that are not.
struct Left {
    /// Universes that are now another one.
    of: BTreeMap<String, String>,
    universes: Vec<Universe>,
    withdrawn: Vec<String>,
}

impl Left {
    /// The identifier that stands for a universe now; `None` for one that is withdrawn.
    fn find(&self, id: &str) -> Option<String> {
        let own = self.of.get(id).map_or(id, String::as_str);
        self.universes.iter().any(|universe| universe.id == own).then(|| own.to_owned())
    }

    /// Keeps a universe, withdraws it or lets a parent stand for it; `is_touched` where its
    /// eligibility is not what it was.
    fn add(&mut self, mut universe: Universe, is_touched: bool, absent: &BTreeSet<String>) {
        let filter = outcomes_of(&universe.filter, universe.kind, absent);
        let is_above_gone = universe.parents.iter().any(|parent| self.withdrawn.contains(parent));
        if !filter.truth || is_above_gone {
            self.withdrawn.push(universe.id);
            return;
        }
        let is_moved = is_touched
            || universe.parents.iter().any(|parent| self.of.contains_key(parent))
            || reads(&universe.filter, universe.kind).iter().any(|own| absent.contains(own));
        let mut parents = Vec::new();
        for parent in universe.parents.iter().filter_map(|parent| self.find(parent)) {
            if !parents.contains(&parent) {
                parents.push(parent);
            }
        }
        universe.parents = parents;
        universe.domain_of = universe.domain_of.and_then(|id| self.find(&id));
        universe.joined = universe.joined.and_then(|id| self.find(&id));
        universe.requires = universe.requires.iter().filter_map(|id| self.find(id)).collect();
        let is_whole = filter.is_certain() && is_moved;
        if let Some(parent) = is_whole.then(|| self.same_as(&universe)).flatten() {
            self.of.insert(universe.id, parent);
            return;
        }
        self.universes.push(universe);
    }

    /// The parent whose members a universe has, its own filter being met by all.
    fn same_as(&self, universe: &Universe) -> Option<String> {
        let get = |id: &str| self.universes.iter().find(|own| own.id == id);
        let is_same = |parent: &&Universe| {
            let others = universe.parents.iter().filter(|id| **id != parent.id);
            parent.kind == universe.kind
                && parent.finest == universe.finest
                && universe.audiences.iter().all(|own| parent.audiences.contains(own))
                && (universe.eligible.is_none() || universe.eligible == parent.eligible)
                && { others }.all(|id| self.is_above(id, &parent.id))
        };
        let mut parents = universe.parents.iter().filter_map(|id| get(id));
        parents.find(is_same).map(|parent| parent.id.clone())
    }

    /// Whether one universe contains another by what it says. Parents come first, so it ends.
    fn is_above(&self, id: &str, of: &str) -> bool {
        let own = self.universes.iter().find(|universe| universe.id == of);
        own.is_some_and(|own| {
            own.parents.iter().any(|parent| parent == id || self.is_above(id, parent))
        })
    }
}

/// The columns of the register that a formula reads, `known` or not.
fn reads(text: &str, kind: Kind) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    if let Ok(formula) = Expression::parse(text) {
        formula.names(&mut |name, _| {
            let column = Column::named(name, kind).filter(|own| own.kind == Kind::Logement);
            found.extend(column.map(|own| own.name));
        });
    }
    found
}

/// What a formula may be of some record: true (any value but 0), 0, or missing. Never too few.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Outcomes {
    truth: bool,
    zero: bool,
    missing: bool,
}

fn outcomes_of(text: &str, kind: Kind, absent: &BTreeSet<String>) -> Outcomes {
    match Expression::parse(text) {
        Ok(formula) => Outcomes::of(&formula, kind, absent),
        Err(_) => Outcomes::ANY,
    }
}

impl Outcomes {
    const ANY: Outcomes = Outcomes { truth: true, zero: true, missing: true };
    const VALUE: Outcomes = Outcomes { truth: true, zero: true, missing: false };
    const MISSING: Outcomes = Outcomes { truth: false, zero: false, missing: true };

    fn of(formula: &Expression, kind: Kind, absent: &BTreeSet<String>) -> Outcomes {
        let of = |inner: &Expression| Outcomes::of(inner, kind, absent);
        let column = |name: &str| Column::named(name, kind);
        let is_absent = |name: &str| {
            column(name).is_some_and(|own| own.kind == Kind::Logement && absent.contains(&own.name))
        };
        match formula {
            Expression::Integer(value) => {
                Outcomes { truth: *value != 0, zero: *value == 0, missing: false }
            }
            Expression::Code { .. } => Outcomes::VALUE,
            Expression::Name(name) if is_absent(name) => Outcomes::MISSING,
            Expression::Name(name) if column(name).is_none() => Outcomes::VALUE,
            Expression::Name(_) => Outcomes::ANY,
            Expression::Known(name) => Outcomes { truth: !is_absent(name), ..Outcomes::VALUE },
            Expression::Not(inner) => {
                let Outcomes { truth, zero, missing } = of(inner);
                Outcomes { truth: zero, zero: truth, missing }
            }
            Expression::Add(left, right)
            | Expression::Subtract(left, right)
            | Expression::Compare(left, _, right) => of(left).together(of(right)),
            Expression::In(value, list) => list
                .iter()
                .fold(of(value), |all, entry| Outcomes {
                    missing: all.missing || of(entry).missing,
                    ..all
                })
                .together(Outcomes::VALUE),
            Expression::And(left, right) => of(left).and(of(right)),
            Expression::Or(left, right) => of(left).not().and(of(right).not()).not(),
        }
    }

    /// A sum or a comparison of two values.
    fn together(self, other: Outcomes) -> Outcomes {
        let has_value = self.has_value() && other.has_value();
        let missing = self.missing || other.missing;
        Outcomes { truth: has_value, zero: has_value, missing }
    }

    fn and(self, other: Outcomes) -> Outcomes {
        let missing =
            |one: Outcomes, other: Outcomes| one.missing && (other.truth || other.missing);
        Outcomes {
            truth: self.truth && other.truth,
            zero: self.zero || other.zero,
            missing: missing(self, other) || missing(other, self),
        }
    }

    fn not(self) -> Outcomes {
        Outcomes { truth: self.zero, zero: self.truth, ..self }
    }

    fn has_value(self) -> bool {
        self.truth || self.zero
    }

    /// Whether it holds of every record.
    fn is_certain(self) -> bool {
        self == Outcomes { truth: true, zero: false, missing: false }
    }

    /// Whether it is 0 for every record.
    fn is_zero(self) -> bool {
        self == Outcomes { truth: false, zero: true, missing: false }
    }
}

/// The same condition, without the sides that cannot matter.
fn simplified(formula: Expression, kind: Kind, absent: &BTreeSet<String>) -> Expression {
    let outcomes = |inner: &Expression| Outcomes::of(inner, kind, absent);
    let simple = |inner: Box<Expression>| simplified(*inner, kind, absent);
    match formula {
        Expression::And(left, right) if outcomes(&left).is_certain() => simple(right),
        Expression::And(left, right) if outcomes(&right).is_certain() => simple(left),
        Expression::And(left, right) => Expression::And(simple(left).into(), simple(right).into()),
        Expression::Or(left, right) if outcomes(&left).is_zero() => simple(right),
        Expression::Or(left, right) if outcomes(&right).is_zero() => simple(left),
        Expression::Or(left, right) => Expression::Or(simple(left).into(), simple(right).into()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::columns::EXEMPT;

    fn absent<'a>(names: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
        names.into_iter().map(str::to_owned).collect()
    }

    /// The built-in catalogue as if nobody had ever spoken of exempt companies.
    #[test]
    fn without_exempt_companies_the_open_universes_are_the_register_s() {
        let text = include_str!("../../../data/catalogue.toml");
        let mut plain = String::new();
        for entry in text.split("\n[[") {
            let is_own = ["hors_sem", "pieces_hors_sem", "ouverts", "ouverts_pieces"]
                .iter()
                .any(|id| entry.contains(&format!("\nid = \"{id}\"\n")));
            if !is_own {
                plain += &format!("\n[[{entry}");
            }
        }
        let plain = plain
            .replacen("\n[[", "", 1)
            .replace("eligible = \"hors_sem\"\n", "")
            .replace("universe = \"ouverts_pieces\"", "universe = \"logements_pieces\"")
            .replace("universe = \"ouverts\"", "universe = \"logements\"");
        let reduced = Catalogue::built_in().without(&absent([EXEMPT])).unwrap();
        assert_eq!(reduced.catalogue, Catalogue::from_toml(&plain).unwrap());
        assert_eq!(reduced.withdrawn, BTreeMap::new());
    }

    #[test]
    fn what_reads_an_absent_column_is_withdrawn_and_nothing_else() {
        let gone = absent([
            EXEMPT,
            "MODE",
            "BAIL",
            "LOYERPRINC",
            "DATE_OFFRE",
            "CONTINGENT",
            "OPPOSITION",
        ]);
        let Reduced { catalogue, withdrawn } = Catalogue::built_in().without(&gone).unwrap();
        let has = |id: &str| catalogue.universe_index(id).is_some();
        for id in ["loyers", "loyers_no", "vacance", "mobilite", "contingents", "logements_no"] {
            assert!(!has(id), "{id}");
        }
        // The survey stays: it asks for the mode of occupation where the register knows it.
        for id in ["logements", "menages", "repondants", "bail", "emmenages", "appariement"] {
            assert!(has(id), "{id}");
        }
        assert_eq!(catalogue.universes()[catalogue.universe_index("bail").unwrap()].joined, None);
        assert!(catalogue.families().iter().all(|own| own.id != "loyer" && own.id != "contingent"));
        assert!(withdrawn["LOYERPRINC"].contains(&"loyer_m2".to_owned()), "{withdrawn:?}");
        assert!(withdrawn["OPPOSITION"].contains(&"loyer_m2_no".to_owned()), "{withdrawn:?}");
        assert!(!withdrawn.contains_key(EXEMPT));
        let all: BTreeSet<&String> = withdrawn.values().flatten().collect();
        let left = catalogue.indicators().len();
        assert_eq!(left + all.len(), Catalogue::built_in().indicators().len());
        let json = serde_json::to_vec(&catalogue).unwrap();
        assert_eq!(Catalogue::from_json(&json).unwrap(), catalogue);
    }

    #[test]
    fn a_condition_that_holds_of_all_is_no_eligibility() {
        let gone = absent([EXEMPT, "LOCAT", "CONSTRUCT"]);
        let Reduced { catalogue, .. } = Catalogue::built_in().without(&gone).unwrap();
        for own in catalogue.universes() {
            assert!(!own.id.contains("dix_ans") && !own.id.contains("deux_ans"), "{}", own.id);
        }
        // Everybody counts, where open columns leave nobody out.
        let recent = catalogue.indicators().iter().find(|own| own.id == "emm_2ans").unwrap();
        assert_eq!(recent.universe, "bail");
        assert!(catalogue.indicators().iter().all(|own| own.id != "ep_av49"));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn whatever_is_absent_a_catalogue_is_left_and_nothing_more_goes(seed in any::<u64>()) {
            let whole = Catalogue::built_in();
            let columns = whole.dwelling_columns().into_iter().enumerate();
            let gone: BTreeSet<String> =
                columns.filter(|(place, _)| seed >> (place % 64) & 1 == 1).map(|(_, name)| name).collect();
            let once = whole.without(&gone).unwrap();
            let again = once.catalogue.without(&gone).unwrap();
            prop_assert_eq!(&again.catalogue, &once.catalogue);
            prop_assert_eq!(again.withdrawn, BTreeMap::new());
        }
    }
}
