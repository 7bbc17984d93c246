//! Invented households: who they are, with the shares of the national survey outside and inside a
//! QPV and the likeness of neighbours (beta-binomial by address).

use super::dice::{Dice, Urn};

/// The composition of a household, as `COMPO` says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Composition {
    Seul,
    Mono,
    /// A couple, with or without children.
    Couple,
    Autre,
}

impl Composition {
    pub(super) fn code(self) -> &'static str {
        match self {
            Composition::Seul => "SEUL",
            Composition::Mono => "MONO",
            Composition::Couple => "COUPLE",
            Composition::Autre => "AUTRE",
        }
    }
}

/// A household, before any answer is lost. Counts are persons.
#[derive(Clone, Debug)]
pub(super) struct Household {
    pub(super) composition: Composition,
    pub(super) children: u32,
    pub(super) occupants: u32,
    pub(super) minors: u32,
    pub(super) aged_18_24: u32,
    pub(super) aged_65: u32,
    pub(super) age: i64,
    /// Adults: stable, precarious, jobless, other.
    pub(super) activity: [u32; 4],
    /// Income in % of the PLUS ceiling.
    pub(super) income: i64,
    pub(super) apl: bool,
    /// Months from the lease to the reference date, at least 1.
    pub(super) seniority: i64,
}

/// What differs between the two universes of a share.
struct Shares {
    /// Alone, lone parent, couple without children, couple with, other.
    composition: [f64; 5],
    /// Three children or more, among households with children.
    three: f64,
    /// A child is a minor.
    minor: f64,
    /// Bands of income: [0,20), [20,40), [40,60), [60,80), [80,100), [100,130), [130,220).
    income: [f64; 7],
    /// Stable, precarious, jobless, other, of adults under 65.
    activity: [f64; 4],
    /// Leases under 24 months, beside those of the young and of new walls.
    movers: f64,
}

const OUTSIDE: Shares = Shares {
    composition: [44.0, 20.0, 13.0, 19.0, 4.0],
    three: 0.205,
    minor: 0.80,
    income: [18.0, 20.0, 22.0, 17.0, 11.0, 8.0, 4.0],
    activity: [55.5, 16.4, 21.4, 6.7],
    movers: 0.138,
};
const INSIDE: Shares = Shares {
    composition: [36.0, 25.0, 10.0, 24.0, 5.0],
    three: 0.306,
    minor: 0.82,
    income: [30.0, 22.0, 22.0, 12.0, 8.0, 4.0, 2.0],
    activity: [42.3, 16.9, 29.0, 11.8],
    movers: 0.104,
};

/// Housing aid, by band of income.
const APL: [f64; 7] = [0.82, 0.79, 0.56, 0.2, 0.05, 0.0, 0.0];
const INCOME: [(i64, i64); 7] =
    [(0, 19), (20, 39), (40, 59), (60, 79), (80, 99), (100, 129), (130, 219)];
/// Tenants of 65 or more, by composition as in [`Shares::composition`].
const OLD: [f64; 5] = [0.43, 0.06, 0.46, 0.05, 0.2];
const AGES: [(i64, i64); 3] = [(19, 29), (30, 49), (50, 64)];
const AGES_OF_PARENTS: [f64; 3] = [11.0, 60.0, 29.0];
const AGES_OF_OTHERS: [f64; 3] = [20.0, 35.0, 45.0];
/// Activity of adults of 65 or more.
const RETIRED: [f64; 4] = [3.0, 1.0, 1.0, 95.0];

/// The households of one address, who resemble each other.
pub(super) struct Neighbours {
    shares: &'static Shares,
    composition: Urn<5>,
    income: Urn<7>,
    old: Urn<2>,
    activity: Urn<4>,
    apl: Urn<2>,
    movers: Urn<2>,
}

impl Neighbours {
    pub(super) fn new(qpv: bool) -> Neighbours {
        Neighbours {
            shares: if qpv { &INSIDE } else { &OUTSIDE },
            composition: Urn::new(0.05),
            income: Urn::new(0.08),
            old: Urn::new(0.05),
            activity: Urn::new(0.06),
            apl: Urn::new(0.03),
            movers: Urn::new(0.03),
        }
    }

    /// One more household.
    pub(super) fn household(&mut self, dice: &mut Dice) -> Household {
        let kind = self.composition.draw(dice, &self.shares.composition);
        let parents = kind == 1 || kind == 3;
        let children = if parents { self.children(dice) } else { 0 };
        let minors = (0..children).filter(|_| dice.chance(self.shares.minor)).count() as u32;
        let heads = match kind {
            0 | 1 => 1,
            2 | 3 => 2,
            _ => 2 + u32::from(dice.chance(0.6)),
        };
        let old = self.old.chance(dice, OLD[kind]);
        let age = tenant_age(dice, old, parents);
        let grown = children - minors;
        let young = (0..grown).filter(|_| dice.chance(0.7)).count() as u32;
        let partners_old =
            (1..heads).filter(|_| dice.chance(if old { 0.8 } else { 0.01 })).count() as u32;
        let aged_65 = u32::from(old) + partners_old;
        let mut activity = [0; 4];
        for adult in 0..heads + grown {
            let share = if adult < aged_65 { &RETIRED } else { &self.shares.activity };
            // Old neighbours do not make the young ones retired.
            let state =
                if adult < aged_65 { dice.pick(share) } else { self.activity.draw(dice, share) };
            activity[state] += 1;
        }
        let band = self.income.draw(dice, &self.shares.income);
        Household {
            composition: [
                Composition::Seul,
                Composition::Mono,
                Composition::Couple,
                Composition::Couple,
                Composition::Autre,
            ][kind],
            children,
            occupants: heads + children,
            minors,
            aged_18_24: young + u32::from(age < 25),
            aged_65,
            age,
            activity,
            income: dice.between(INCOME[band].0, INCOME[band].1),
            apl: self.apl.chance(dice, APL[band]),
            seniority: self.seniority(dice, age),
        }
    }

    fn children(&self, dice: &mut Dice) -> u32 {
        if dice.chance(self.shares.three) {
            3 + dice.pick(&[68.0, 22.0, 10.0]) as u32
        } else {
            1 + u32::from(dice.chance(0.45))
        }
    }

    /// Months since the lease began; a tenant was of age then.
    fn seniority(&mut self, dice: &mut Dice, age: i64) -> i64 {
        let months = if self.movers.chance(dice, self.shares.movers) {
            dice.between(1, 23)
        } else {
            let long = dice.unit();
            24 + (long * long * 480.0) as i64
        };
        months.min((age - 17) * 12)
    }
}

fn tenant_age(dice: &mut Dice, old: bool, parent: bool) -> i64 {
    if old {
        if dice.chance(0.55) { dice.between(65, 74) } else { dice.between(75, 94) }
    } else {
        let weights = if parent { AGES_OF_PARENTS } else { AGES_OF_OTHERS };
        let (low, high) = AGES[dice.pick(&weights)];
        dice.between(low, high)
    }
}
