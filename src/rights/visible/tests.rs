use proptest::prelude::*;

use super::*;
use crate::account::AccountParts;
use crate::{Account, CommuneChanges, Email, Grants, Role, State, Timestamp, authorize};
use domain::Audience;

/// Four communes: Argenteuil in the Métropole du Grand Paris (200054781) and its EPT (200058485),
/// two of an EPCI that crosses départements (243300316), and one that has no EPCI.
fn communes() -> Vec<CommuneRow> {
    [
        ("95018", "95", "11", Some("200054781"), Some("200058485"), Some([2.2, 48.9, 2.3, 49.0])),
        ("95039", "95", "11", Some("243300316"), None, Some([2.0, 49.1, 2.1, 49.2])),
        ("78003", "78", "11", Some("243300316"), None, None),
        ("2A004", "2A", "94", None, None, Some([8.6, 41.8, 8.8, 42.0])),
    ]
    .map(|(code, departement, region, epci, ept, bounds)| CommuneRow {
        code: code.parse().unwrap(),
        nom: format!("Commune {code}"),
        departement: departement.into(),
        region: region.into(),
        epci: epci.map(Into::into),
        ept: ept.map(Into::into),
        bounds,
    })
    .into()
}

/// `epci:243300316@adresse commune:95018@iris`, sorted out by spaces.
fn rights(text: &str) -> Vec<Right> {
    text.split_whitespace()
        .map(|right| {
            let (territory, finest) = right.split_once('@').unwrap();
            Right::new(territory.parse().unwrap(), finest.parse().unwrap()).unwrap()
        })
        .collect()
}

fn shows(visible: &Visible, zone: &str) -> bool {
    let (name, communes) = zone.split_once(' ').unwrap_or((zone, ""));
    let (scale, code) = name.split_once(':').unwrap();
    visible.shows(scale.parse().unwrap(), code, communes.split_whitespace())
}

/// Who of the rights table, with the rights such an account is given.
const WHO: [&str; 9] = [
    "france@adresse",                       // 1 national operator
    "epci:243300316@adresse",               // 2 EPCI, and the third party it mandates
    "ept:200058485@adresse",                // 3 EPT
    "commune:95018@adresse",                // 4 commune named in the convention
    "departement:95@adresse",               // 5 State service, département
    "region:11@adresse",                    // 6 State service, région
    "commune:95018@adresse france@commune", // 7 landlord: where it owns, and elsewhere
    "france@france",                        // 8 every account, written as a right
    "",                                     // 9 every account: no right at all
];

/// One row a zone with its communes, one column an account of `WHO`: `x` where it is shown.
/// This table protects a right: it is edited by hand.
const TABLE: &str = "
    123456789
    x.xxxxx.. adresse:a1 95018
    xx..xx... adresse:b1 95039
    x....x... carreau:c1 95018 78003
    x...xx... carreau:c2 95018 95039
    xx...x... carreau:c3 95039 78003
    x........ carreau:c4 78003 2A004
    ......... carreau:c5
    ......... carreau:c6 95018 99999
    x.xxxxx.. iris:950180101 95018
    xx...x... iris:780030000 78003
    x........ iris:2A0040101 2A004
    x...xx... qpv:QN09501M 95018 95039
    x........ arrondissement:2A004 2A004
    x.xxxxx.. commune:95018 95018
    xx..xxx.. commune:95039 95039
    xx...xx.. commune:78003 78003
    x.....x.. commune:2A004 2A004
    ......... commune:95999 95999
    ......... commune:95018
    x.xxxxx.. epci:200054781
    xx..xxx.. epci:243300316
    ......... epci:200000000
    x.xxxxx.. ept:200058485
    ......... ept:200000000 95018
    xxxxxxx.. departement:95
    xx...xx.. departement:78
    x.....x.. departement:2A
    ......... departement:75
    xxxxxxx.. region:11
    x.....x.. region:94
    xxxxxxxxx france:FR
";

#[test]
fn every_row_of_the_rights_table_sees_what_it_may() {
    let communes = communes();
    let accounts = WHO.map(|who| Visible::new(&rights(who), &communes));
    let mut rows = 0;
    for row in TABLE.lines().map(str::trim).filter(|row| row.contains(':')) {
        let (expected, zone) = row.split_once(' ').unwrap();
        let seen: String =
            accounts.iter().map(|visible| if shows(visible, zone) { 'x' } else { '.' }).collect();
        assert_eq!(seen, expected, "{zone}");
        rows += 1;
    }
    assert_eq!(rows, 31);
}

#[test]
fn where_two_rights_meet_the_finer_wins() {
    let communes = communes();
    for text in [
        "departement:95@commune commune:95018@iris",
        "commune:95018@iris departement:95@commune",
        "region:11@commune epci:200054781@iris",
        "france@commune ept:200058485@iris france@epci",
    ] {
        let visible = Visible::new(&rights(text), &communes);
        assert!(shows(&visible, "iris:950180101 95018"), "{text}");
        assert!(!shows(&visible, "adresse:a 95018"), "{text}");
        assert!(!shows(&visible, "iris:950390000 95039"), "{text}");
        assert!(shows(&visible, "commune:95039 95039"), "{text}");
        // A zone over both follows the coarser of the two.
        assert!(!shows(&visible, "qpv:QN1 95018 95039"), "{text}");
    }
}

#[test]
fn a_right_shows_no_zone_finer_than_its_finest_scale() {
    let communes = communes();
    for finest in Scale::built_in() {
        let visible = Visible::new(&rights(&format!("france@{finest}")), &communes);
        for (scale, code) in Scale::built_in()
            .map(|scale| (scale, code_in(&communes[0], scale).unwrap_or_else(|| "z".to_owned())))
        {
            let expected = finest.grain() <= scale.grain();
            assert_eq!(visible.shows(scale, &code, ["95018"]), expected, "{finest} {scale}");
        }
    }
}

#[test]
fn a_territory_unknown_to_the_edition_gives_nothing() {
    let communes = communes();
    let nothing = Visible::new(&[], &communes);
    for text in ["region:84", "departement:75", "epci:200000000", "ept:243300316", "commune:75056"]
    {
        let visible = Visible::new(&rights(&format!("{text}@adresse")), &communes);
        assert_eq!(visible, nothing, "{text}");
        assert_eq!(visible.bounds(), None);
    }
    assert_eq!(Visible::new(&rights("france@adresse"), &[]), Visible::new(&[], &[]));
}

#[test]
fn everything_is_every_commune_down_to_the_address() {
    let check = |text: &str, expected: bool| {
        assert_eq!(Visible::new(&rights(text), &communes()).is_everything(), expected, "{text}");
    };
    check("france@adresse", true);
    check("region:11@adresse region:94@adresse", true);
    check("region:11@adresse commune:2A004@adresse", true);
    check("region:11@adresse region:94@carreau", false);
    check("region:11@adresse", false);
    check("france@carreau", false);
    check("", false);
    assert!(!Visible::new(&rights("france@adresse"), &[]).is_everything());
}

#[test]
fn bounds_hold_the_communes_that_have_a_contour() {
    let bounds = |text: &str| Visible::new(&rights(text), &communes()).bounds();
    assert_eq!(bounds("departement:95@iris"), Some([2.0, 48.9, 2.3, 49.2]));
    assert_eq!(bounds("epci:243300316@iris"), Some([2.0, 49.1, 2.1, 49.2]));
    assert_eq!(bounds("commune:78003@iris"), None);
}

#[test]
fn equal_territories_have_equal_digests_however_they_are_written() {
    let mut reversed = communes();
    reversed.reverse();
    let one = Visible::new(&rights("epci:243300316@iris"), &communes());
    let same = Visible::new(&rights("commune:78003@iris commune:95039@iris"), &reversed);
    let coarser = Visible::new(&rights("epci:243300316@commune"), &communes());
    assert_eq!((one.digest(), one.digest().len()), (same.digest(), 64));
    assert_ne!(one.digest(), coarser.digest());
    let mut moved = communes();
    moved[1].departement = "78".into();
    assert_ne!(one, Visible::new(&rights("epci:243300316@iris"), &moved));
}

#[test]
fn a_scope_tells_rights_apart_and_not_people() {
    let scope = |id: &str, territory: &str, audience| {
        let email: Email = format!("{id}@x.fr").parse().unwrap();
        let account = Account::new(AccountParts {
            id: id.into(),
            person: id.into(),
            email,
            role: Role::Agent,
            audience,
            state: State::Active,
            convention: "c".into(),
            clauses_accepted: true,
            from: None,
            until: None,
            grants: Grants::new([rights(territory)], &CommuneChanges::default()),
        });
        let view = authorize(&account, &communes(), Timestamp::from_seconds(0)).unwrap();
        assert_eq!(view.audience(), audience);
        assert_eq!(**view.visible(), Visible::new(&rights(territory), &communes()));
        view.scope().to_owned()
    };
    let anne = scope("anne", "commune:95018@iris", Audience::PublicMission);
    assert_eq!(anne, scope("bob", "commune:95018@iris", Audience::PublicMission));
    assert_ne!(anne, scope("anne", "commune:95018@iris", Audience::Bailleur));
    assert_ne!(anne, scope("anne", "commune:95018@adresse", Audience::PublicMission));
    assert_ne!(anne, scope("anne", "commune:95039@iris", Audience::PublicMission));
}

const CODES: [&str; 6] = ["95018", "95039", "78003", "2A004", "99999", "xyz"];
const TERRITORIES: [&str; 11] = [
    "france",
    "region:11",
    "region:94",
    "departement:95",
    "departement:78",
    "epci:200054781",
    "epci:243300316",
    "ept:200058485",
    "commune:95018",
    "commune:2A004",
    "epci:200000000",
];

fn any_right() -> impl Strategy<Value = Right> {
    (0..TERRITORIES.len(), 0..Scale::built_in().len()).prop_map(|(territory, finest)| {
        Right::new(TERRITORIES[territory].parse().unwrap(), nth(finest)).unwrap()
    })
}

fn any_rights() -> impl Strategy<Value = Vec<Right>> {
    prop::collection::vec(any_right(), 0..5)
}

/// A scale, a code that may be real, and some communes.
fn any_zone() -> impl Strategy<Value = (Scale, &'static str, Vec<&'static str>)> {
    let codes = [
        "200054781",
        "200054781-H",
        "243300316",
        "243300316-H",
        "200058485",
        "95",
        "78",
        "2A",
        "11",
        "94",
        "FR",
        "z",
    ];
    let communes = prop::collection::vec(0..CODES.len(), 0..4);
    (0..Scale::built_in().len(), 0..codes.len(), communes).prop_map(
        move |(scale, code, communes)| {
            (nth(scale), codes[code], communes.into_iter().map(|at| CODES[at]).collect())
        },
    )
}

/// The code of a zone of a scale above the communes that holds some of a commune.
fn code_in(row: &CommuneRow, scale: Scale) -> Option<String> {
    let code = row.parent(scale.whole().unwrap_or(scale))?;
    Some(if scale.whole().is_some() { format!("{code}-H") } else { code.to_owned() })
}

#[test]
fn the_parts_in_and_outside_qpv_are_shown_with_what_they_are_parts_of() {
    let visible = Visible::new(&rights("commune:95018@commune"), &communes());
    let epci = communes()[0].epci.clone().unwrap();
    for part in ["-Q", "-H"] {
        assert!(visible.shows(Scale::COMMUNE_QPV, &format!("95018{part}"), ["95018"]));
        assert!(visible.shows(Scale::EPCI_QPV, &format!("{epci}{part}"), []));
        assert!(!visible.shows(Scale::COMMUNE_QPV, &format!("95039{part}"), ["95039"]));
    }
    for code in [epci.as_str(), "-Q", "200000000-Q", "95018-Q"] {
        assert!(!visible.shows(Scale::EPCI_QPV, code, ["95018"]), "{code}");
    }
    let above = Visible::new(&rights("commune:95018@epci"), &communes());
    assert!(!above.shows(Scale::COMMUNE_QPV, "95018-Q", ["95018"]));
    assert!(above.shows(Scale::EPCI_QPV, &format!("{epci}-Q"), []));
}

/// The finest scale that the rights give on a commune, by the words of the rule alone.
fn finest_by_hand(rights: &[Right], row: &CommuneRow) -> Option<Scale> {
    let holds = |right: &&Right| {
        let text = right.territory().to_string();
        let names = [
            "france".to_owned(),
            format!("region:{}", row.region),
            format!("departement:{}", row.departement),
            format!("epci:{}", row.epci.as_deref().unwrap_or("-")),
            format!("ept:{}", row.ept.as_deref().unwrap_or("-")),
            format!("commune:{}", row.code),
        ];
        names.contains(&text)
    };
    rights.iter().filter(holds).map(Right::finest).min()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn one_more_right_never_hides_a_zone(
        rights in any_rights(), more in any_right(), (scale, code, zone) in any_zone(),
    ) {
        let before = Visible::new(&rights, &communes());
        let mut rights = rights;
        rights.push(more);
        let after = Visible::new(&rights, &communes());
        prop_assert!(!before.shows(scale, code, zone.clone()) || after.shows(scale, code, zone));
    }

    #[test]
    fn a_zone_is_shown_exactly_where_the_rule_says(
        rights in any_rights(), (scale, code, zone) in any_zone(),
    ) {
        let rows = communes();
        let given = |row: &CommuneRow| {
            finest_by_hand(&rights, row).is_some_and(|finest| finest.grain() <= scale.grain())
        };
        let expected = if scale == Scale::FRANCE {
            true
        } else if scale.is_reference() {
            rows.iter().any(|row| code_in(row, scale).as_deref() == Some(code) && given(row))
        } else {
            !zone.is_empty() && zone.iter().all(|commune| {
                rows.iter().any(|row| row.code.as_str() == *commune && given(row))
            })
        };
        prop_assert_eq!(Visible::new(&rights, &rows).shows(scale, code, zone), expected);
    }

    /// A convention, what depends on it, and an account under that: none sees beyond the others.
    #[test]
    fn texts_limit_each_other(
        one in any_rights(), two in any_rights(), three in any_rights(), (scale, code, zone) in any_zone(),
    ) {
        let rows = communes();
        let texts = [&one[..], &two, &three];
        let together = Visible::within(texts, &rows);
        let shown = together.shows(scale, code, zone.clone());
        for text in texts {
            prop_assert!(!shown || Visible::new(text, &rows).shows(scale, code, zone.clone()));
        }
        for row in &rows {
            let by_hand = texts.map(|text| finest_by_hand(text, row));
            let coarsest = by_hand.into_iter().collect::<Option<Vec<_>>>().map(|all| all.into_iter().max());
            prop_assert_eq!(together.holds(row.code), coarsest.is_some());
            let address = together.shows(Scale::ADRESSE, "x", [row.code.as_str()]);
            prop_assert_eq!(address, coarsest == Some(Some(Scale::ADRESSE)));
        }
        prop_assert_eq!(Visible::within([], &rows).shows(scale, code, zone), scale == Scale::FRANCE);
    }

    #[test]
    fn without_a_right_only_france_is_shown((scale, code, zone) in any_zone()) {
        let shown = Visible::new(&[], &communes()).shows(scale, code, zone);
        prop_assert_eq!(shown, scale == Scale::FRANCE);
    }

    #[test]
    fn everything_shows_every_zone_of_the_edition(
        rights in any_rights(), scale in 0..Scale::built_in().len(), at in 0..4_usize, to in 0..4_usize,
    ) {
        let rows = communes();
        let visible = Visible::new(&rights, &rows);
        let zone = [rows[at].code.as_str(), rows[to].code.as_str()];
        let code = code_in(&rows[at], nth(scale));
        let exists = !nth(scale).is_reference() || code.is_some();
        let shown = visible.shows(nth(scale), code.as_deref().unwrap_or("z"), zone);
        prop_assert!(!visible.is_everything() || !exists || shown);
    }
}

/// The built-in scale of that rank.
fn nth(rank: usize) -> Scale {
    Scale::built_in().nth(rank).unwrap()
}
