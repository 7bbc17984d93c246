//! Units of the vintage before, by address, and what of them stays.

use std::collections::{BTreeMap, HashMap};

use domain::{CommuneCode, ZoneCode};

use super::Units;

/// The units of the vintage before; none by default.
#[derive(Default)]
pub struct Former {
    units: Vec<FormerUnit>,
    /// By code of address: its unit, and its dwellings.
    of: HashMap<ZoneCode, Member>,
    /// The same by département and place: a commune may have become another one. Nothing where two
    /// addresses stand at one place.
    at: HashMap<(Box<str>, i32, i32), Option<Member>>,
}

struct FormerUnit {
    code: ZoneCode,
    addresses: usize,
    dwellings: u64,
}

/// An address in a former unit.
#[derive(Clone, Copy)]
pub(super) struct Member {
    pub unit: u32,
    /// Whether it was the main address.
    pub is_main: bool,
    dwellings: u32,
}

impl Former {
    /// The units of a vintage, for the next one.
    pub fn new(units: &Units) -> Former {
        let mut former = Former::default();
        for (unit, _) in units.list() {
            let Some(code) = units.group_code(unit.main).cloned() else { continue };
            let number = former.units.len() as u32;
            let mut dwellings = 0;
            for &atom in &unit.atoms {
                let Some(place) = units.place(atom) else { continue };
                dwellings += u64::from(place.dwellings);
                let is_main = atom == unit.main;
                let member = Member { unit: number, is_main, dwellings: place.dwellings };
                former.of.insert(place.code.clone(), member);
                let at = key(&place.commune, place.x, place.y);
                former.at.entry(at).and_modify(|own| *own = None).or_insert(Some(member));
            }
            let addresses = unit.atoms.len();
            former.units.push(FormerUnit { code, addresses, dwellings });
        }
        former
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.units.is_empty()
    }

    /// The addresses of each unit, by code, sorted.
    pub fn addresses(&self) -> Vec<Vec<&ZoneCode>> {
        let mut all = vec![Vec::new(); self.units.len()];
        for (code, member) in &self.of {
            all[member.unit as usize].push(code);
        }
        all.iter_mut().for_each(|own: &mut Vec<&ZoneCode>| own.sort_unstable());
        all
    }

    /// How many addresses a unit had.
    pub(super) fn count(&self, unit: u32) -> usize {
        self.units.get(unit as usize).map_or(0, |own| own.addresses)
    }

    /// The unit in which an address was.
    pub(super) fn of(
        &self,
        code: &ZoneCode,
        commune: &CommuneCode,
        x: i32,
        y: i32,
    ) -> Option<Member> {
        let own = self.of.get(code).copied();
        own.or_else(|| self.at.get(&key(commune, x, y)).copied().flatten())
    }

    /// The codes that units keep, by main address: a unit that has more than half of the dwellings of a
    /// former one is it. The others take the code of their main address or, where a unit that is kept has
    /// it, that of another address.
    pub(super) fn codes(&self, units: &Units) -> HashMap<u32, ZoneCode> {
        let mut codes: HashMap<u32, ZoneCode> = HashMap::new();
        for (unit, _) in units.list() {
            let mut staying: BTreeMap<u32, u64> = BTreeMap::new();
            for place in unit.atoms.iter().filter_map(|&atom| units.place(atom)) {
                if let Some(own) = self.of(&place.code, &place.commune, place.x, place.y) {
                    let stay = own.dwellings.min(place.dwellings);
                    *staying.entry(own.unit).or_default() += u64::from(stay);
                }
            }
            let is_most = |own: &(u32, u64)| 2 * own.1 > self.units[own.0 as usize].dwellings;
            let kept = staying.into_iter().filter(is_most);
            // Of several the one with most dwellings, the first of these.
            let kept = kept.reduce(|one, other| if other.1 > one.1 { other } else { one });
            if let Some((own, _)) = kept {
                codes.insert(unit.main, self.units[own as usize].code.clone());
            }
        }
        let mut taken: std::collections::HashSet<ZoneCode> = codes.values().cloned().collect();
        for (unit, _) in units.list() {
            if codes.contains_key(&unit.main) {
                continue;
            }
            let Some(main) = units.place(unit.main) else { continue };
            let others = unit.atoms.iter().filter_map(|&atom| Some(&units.place(atom)?.code));
            let free =
                std::iter::once(&main.code).chain(others).find(|code| !taken.contains(*code));
            // A number behind it tells it from the unit that kept its code.
            let numbered = || {
                (2..).find_map(|number: u32| {
                    let code: ZoneCode = format!("{}-{number}", main.code).parse().ok()?;
                    (!taken.contains(&code)).then_some(code)
                })
            };
            let Some(code) = free.cloned().or_else(numbered) else { continue };
            taken.insert(code.clone());
            codes.insert(unit.main, code);
        }
        codes
    }
}

fn key(commune: &CommuneCode, x: i32, y: i32) -> (Box<str>, i32, i32) {
    (commune.departement().into(), x, y)
}
