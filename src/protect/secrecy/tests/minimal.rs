//! Nothing is hidden in vain: on random small territories with recent movers, every secret cell that
//! R1 and R9 would let out is tried.

use proptest::prelude::*;

use super::is_exposed;
use super::territories::{catalogue, territories};
use crate::secrecy::communes::Communes;
use crate::secrecy::lattice::Lattice;
use crate::secrecy::places::Places;
use crate::secrecy::search::Search;
use crate::secrecy::{Rules, systems_of};

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_secret_cell_could_be_given_back_alone(
        territory in territories(),
        shares in prop::collection::vec(0u32..=100, 40),
    ) {
        let movers = |atom: u32| territory.households[atom as usize] * shares[atom as usize] / 100;
        let (raw, catalogue) = (territory.raw(movers, |_| 1), catalogue());
        let rules = Rules::built_in(&catalogue).unwrap();
        let places = Places::new(&raw, &rules);
        let communes = Communes::new(&raw, &catalogue, &rules, &places);
        let lattice = Lattice::new(&raw, &catalogue, &rules, &places, &communes);
        let specs = lattice.systems(&catalogue, &communes);
        let systems = systems_of(&raw, &catalogue, &lattice, &places, specs);
        let exposed =
            |published: &[bool]| systems.iter().any(|own| is_exposed(&own.1, published, 11));
        let mask = Search::new(&lattice, &systems, 11).run(&|_| ());
        prop_assert!(!exposed(&mask.published));
        prop_assert_eq!(mask.account.unproved, 0);
        let mut published = mask.published.clone();
        for cell in 0..lattice.cells() as u32 {
            let is_tried = lattice.is_allowed(cell)
                && !mask.published[cell as usize]
                && lattice.parents(cell).all(|parent| mask.published[parent as usize]);
            if is_tried {
                published[cell as usize] = true;
                prop_assert!(exposed(&published), "cell {cell} is hidden in vain");
                published[cell as usize] = false;
            }
        }
    }
}
