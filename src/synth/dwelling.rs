//! Invented dwellings: the stock of an address and each of its dwellings, as the register and its
//! restricted columns describe them.

use super::VINTAGE;
use super::dice::{Dice, Urn, hashed};
use super::household::Household;
use super::territory::with_check_digit;

/// A landlord.
#[derive(Clone, Debug)]
pub(super) struct Landlord {
    pub(super) siret: String,
    /// Whether it opposed the release of its restricted data to other landlords.
    pub(super) opposed: bool,
    /// The share of its tenants that answer.
    pub(super) response: f64,
}

/// Shares of the landlords of a département in %, and how far from 85 % their tenants' response is.
const LANDLORDS: [(f64, f64); 10] = [
    (24.0, 0.04),
    (19.0, -0.05),
    (14.0, 0.06),
    (11.0, -0.08),
    (8.0, 0.08),
    (7.0, -0.02),
    (5.0, 0.02),
    (5.0, -0.04),
    (4.0, 0.05),
    (3.0, -0.06),
];
/// The one that opposed.
const OPPOSED: usize = 6;

/// The landlords of a département, by its number.
pub(super) fn landlords(departement: usize) -> Vec<Landlord> {
    LANDLORDS
        .iter()
        .enumerate()
        .map(|(index, (_, offset))| {
            let siren =
                with_check_digit(&format!("38{:06}", departement * 1_000 + index * 37 + 11));
            Landlord {
                siret: with_check_digit(&format!("{siren}0001")),
                opposed: index == OPPOSED,
                response: 0.85 + offset,
            }
        })
        .collect()
}

/// What the dwellings of an address have in common.
#[derive(Clone, Debug)]
pub(super) struct Building {
    pub(super) landlord: usize,
    /// `I` house, `C` flat, `E` student.
    pub(super) kind: char,
    pub(super) built: i64,
    pub(super) financing: &'static str,
    label: usize,
    lift: bool,
}

/// One dwelling of the register.
#[derive(Clone, Debug)]
pub(super) struct Dwelling {
    pub(super) rooms: i64,
    /// Square metres.
    pub(super) surface: i64,
    pub(super) built: i64,
    pub(super) financing: &'static str,
    /// `A` to `G`; `None`: not labelled.
    pub(super) label: Option<char>,
    /// Monthly rent, in cents.
    pub(super) rent: i64,
    /// 1 let, 2 vacant and offered, 3 works or sale, 4 association, 5 other.
    pub(super) mode: u8,
    /// Months since a vacant dwelling was offered.
    pub(super) offered: i64,
    pub(super) contingent: i64,
    pub(super) accessible: bool,
    pub(super) floor: i64,
}

/// Where a landlord is strong, and where it is weak.
#[derive(Clone, Copy, Debug)]
pub(super) enum Market {
    /// In a commune of the given number a little, but for the one that opposed: its share matters
    /// everywhere.
    Commune(i64),
    /// In one part of a dense commune it owns most, and nothing in the next: estates. The one that
    /// opposed has its own.
    Estate([i64; 2]),
}

impl Market {
    fn weights(self, seed: u64) -> [f64; 10] {
        let mut weights = LANDLORDS.map(|(share, _)| share);
        for (index, weight) in weights.iter_mut().enumerate() {
            match self {
                Market::Commune(_) if index == OPPOSED => {}
                Market::Commune(commune) => {
                    *weight *= 0.3 + 1.4 * hashed(seed, &[commune, index as i64, 17]);
                }
                Market::Estate([x, y]) => {
                    let drawn = hashed(seed, &[x, y, index as i64, 19]);
                    *weight *= 0.02 + 5.0 * drawn * drawn * drawn * drawn;
                }
            }
        }
        weights
    }
}

const PERIODS: [(i64, i64, f64); 5] = [
    (1890, 1948, 5.0),
    (1949, 1970, 30.0),
    (1971, 1990, 33.0),
    (1991, 2010, 18.0),
    (2011, 2023, 14.0),
];
/// Shares of labels A to G by period.
const LABELS: [[f64; 7]; 5] = [
    [0.5, 3.0, 20.0, 35.0, 25.0, 11.0, 5.5],
    [0.5, 4.0, 28.0, 39.0, 20.0, 6.0, 2.5],
    [0.5, 4.0, 30.0, 38.0, 20.0, 5.5, 2.0],
    [1.0, 8.0, 45.0, 36.0, 8.5, 1.2, 0.3],
    [12.0, 40.0, 42.0, 5.0, 1.0, 0.0, 0.0],
];
/// Financing codes and their shares, before and from 1991.
const OLD_FINANCING: [(&str, f64); 7] =
    [("50", 58.0), ("51", 9.0), ("52", 6.0), ("12", 20.0), ("53", 3.0), ("54", 2.0), ("99", 2.0)];
const NEW_FINANCING: [(&str, f64); 6] =
    [("10", 16.0), ("11", 6.0), ("12", 24.0), ("13", 40.0), ("14", 11.0), ("16", 3.0)];
/// Shares of one room to five and more, by occupants (0: vacant).
const ROOMS: [[f64; 5]; 6] = [
    [8.0, 20.0, 36.0, 27.0, 9.0],
    [12.0, 36.0, 34.0, 14.0, 4.0],
    [2.0, 19.0, 46.0, 26.0, 7.0],
    [0.5, 6.0, 42.0, 40.0, 11.5],
    [0.0, 2.0, 20.0, 52.0, 26.0],
    [0.0, 1.0, 9.0, 45.0, 45.0],
];
const SURFACES: [i64; 7] = [29, 46, 63, 78, 93, 108, 122];

impl Building {
    /// The building of an address of so many dwellings, where landlords are as strong as `market`
    /// says.
    pub(super) fn invent(
        dice: &mut Dice,
        seed: u64,
        market: Market,
        size: u64,
        qpv: bool,
    ) -> Building {
        let weights = market.weights(seed);
        let mut periods = PERIODS.map(|(_, _, share)| share);
        if qpv {
            periods[1] *= 1.9;
            periods[4] *= 0.4;
        }
        let (low, high, _) = PERIODS[dice.pick(&periods)];
        let built = dice.between(low, high);
        // Houses among addresses of one dwelling, of two to four, students in large ones.
        let (house, student) = match size {
            1 => (0.85, 0.0),
            2..=4 => (0.4, 0.0),
            40.. => (0.0, 0.04),
            _ => (0.0, 0.0),
        };
        let drawn = dice.unit();
        let kind = match drawn {
            _ if drawn < house => 'I',
            _ if drawn < student => 'E',
            _ => 'C',
        };
        Building {
            landlord: dice.pick(&weights),
            kind,
            built,
            financing: financing(dice, built),
            label: dice.pick(&LABELS[period(built)]),
            lift: size >= 16 && dice.chance(0.7),
        }
    }

    /// One of its dwellings; `household` is who lives there, when somebody does.
    pub(super) fn dwelling(&self, dice: &mut Dice, household: Option<&Household>) -> Dwelling {
        let occupants = household.map_or(0, |household| household.occupants.min(5)) as usize;
        let mut rooms = dice.pick(&ROOMS[occupants]) as i64 + 1;
        if self.kind == 'I' {
            rooms = (rooms + 1).min(6);
        } else if self.kind == 'E' {
            rooms = rooms.min(2);
        } else if rooms == 5 {
            rooms += i64::from(dice.chance(0.18));
        }
        let surface = SURFACES[(rooms - 1) as usize] + dice.between(-6, 8);
        let around = self.label as i64 + dice.pick(&[12.0, 76.0, 12.0]) as i64 - 1;
        let label = dice.chance(0.93).then(|| char::from(b'A' + around.clamp(0, 6) as u8));
        let financing = if dice.chance(0.9) { self.financing } else { financing(dice, self.built) };
        let floors = if self.lift { 9 } else { 4 };
        Dwelling {
            rooms,
            surface,
            built: self.built,
            financing,
            label,
            rent: surface * rent_per_metre(dice, financing, self.built, rooms),
            mode: if household.is_some() { 1 } else { vacancy(dice) },
            offered: dice.between(1, 9).min(dice.between(1, 14)),
            contingent: 1 + dice.pick(&[9.0, 24.0, 18.0, 6.0, 3.0, 30.0, 10.0]) as i64,
            accessible: dice.chance(if self.built > 2008 { 0.5 } else { 0.04 }),
            floor: if self.kind == 'I' { 0 } else { dice.between(0, floors) },
        }
    }
}

/// Whether a dwelling is let: 97 of 100.
pub(super) fn is_let(dice: &mut Dice, landlord: &Landlord, vacancy: &mut Urn<2>) -> bool {
    let share = if landlord.response > 0.85 { 0.975 } else { 0.965 };
    vacancy.chance(dice, share)
}

fn vacancy(dice: &mut Dice) -> u8 {
    2 + dice.pick(&[62.0, 25.0, 8.0, 5.0]) as u8
}

fn period(built: i64) -> usize {
    PERIODS.iter().position(|(_, last, _)| built <= *last).unwrap_or(PERIODS.len() - 1)
}

fn financing(dice: &mut Dice, built: i64) -> &'static str {
    if built < 1991 {
        OLD_FINANCING[dice.pick(&OLD_FINANCING.map(|(_, share)| share))].0
    } else {
        NEW_FINANCING[dice.pick(&NEW_FINANCING.map(|(_, share)| share))].0
    }
}

/// Cents a month for a square metre.
fn rent_per_metre(dice: &mut Dice, financing: &str, built: i64, rooms: i64) -> i64 {
    let base = match financing {
        "10" | "11" => 580,
        "12" => 640,
        "13" => 670,
        "14" | "53" => 880,
        "16" | "54" => 990,
        _ => 590,
    };
    let small = if rooms == 1 { 60 } else { 0 };
    base + small + (built - 1970).clamp(0, 50) + dice.between(-45, 45)
}

/// `mm/aaaa`, so many months before 1 January of the vintage (0: that month).
pub(super) fn month_before(months: i64) -> String {
    let month = i64::from(VINTAGE) * 12 - months;
    format!("{:02}/{:04}", month.rem_euclid(12) + 1, month.div_euclid(12))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_count_back_from_the_first_of_january() {
        assert_eq!(month_before(0), "01/2024");
        assert_eq!(month_before(1), "12/2023");
        assert_eq!(month_before(24), "01/2022");
    }
}
