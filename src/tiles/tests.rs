//! What a filtered tile keeps, for any tile.

use std::collections::BTreeMap;

use geozero::mvt::tile::{Feature, Layer, Value};
use geozero::mvt::{Message, Tile};
use proptest::prelude::*;

use super::filter::Filtered;
use super::visibility::{Index, VisibilityIndexer};
use super::{TileError, gunzip};
use domain::{Audience, Scale};
use edition::Edition;
use edition::fixture::{TILE_8, write_edition};
use rights::{Right, Visible};

fn edition() -> Edition {
    let folder = tempfile::tempdir().unwrap();
    write_edition(folder.path(), "2024r1", 31.4);
    // The tests read no archive, so the folder may go.
    Edition::open(folder.path(), "2024r1".parse().unwrap()).unwrap()
}

/// The filter behind the part that a territory has of the tile.
fn filter(
    plain: &[u8],
    scale: Scale,
    edition: &Edition,
    visible: &Visible,
    audience: Audience,
) -> Result<Filtered, TileError> {
    let index = Index::new([(scale, plain)])?;
    let part = index.part(visible);
    let is_read = |column: &str| edition.may_read(audience, column);
    super::filter::filter(plain, scale, &part, &mut VisibilityIndexer::default(), &is_read)
}

fn visible(edition: &Edition, territories: &[&str]) -> Visible {
    let right = |text: &&str| Right::new(text.parse().unwrap(), Scale::ADRESSE).unwrap();
    Visible::new(&territories.iter().map(right).collect::<Vec<_>>(), edition.communes())
}

fn text(text: &str) -> Value {
    Value { string_value: Some(text.into()), ..Value::default() }
}

/// A tile of zones, each with the communes it is populated in and one figure, and a column that
/// no catalogue knows. Tables hold entries that no zone uses.
fn tile(zones: &[(Vec<&str>, bool, u64)]) -> Tile {
    let keys = ["unused", "code", "communes", "situe", "n_logements", "interne"];
    let mut values = vec![text("unused value")];
    let mut features = Vec::new();
    for (index, (communes, populated, figure)) in zones.iter().enumerate() {
        let first = values.len() as u32;
        values.push(text(&format!("zone-{index}")));
        values.push(text(&communes.join(" ")));
        values.push(Value { uint_value: Some(*figure), ..Value::default() });
        let place = if *populated { 2 } else { 3 };
        let tags = vec![1, first, place, first + 1, 4, first + 2, 5, first];
        let geometry = vec![9, 2 * index as u32, 2];
        features.push(Feature { id: Some(index as u64 + 1), tags, r#type: Some(1), geometry });
    }
    let keys = keys.map(String::from).to_vec();
    let name = "qpv".into();
    Tile { layers: vec![Layer { version: 2, name, features, keys, values, extent: Some(4096) }] }
}

fn columns(layer: &Layer, feature: &Feature) -> BTreeMap<String, Value> {
    let (pairs, rest) = feature.tags.as_chunks::<2>();
    assert!(rest.is_empty());
    let column = |[key, value]: &[u32; 2]| {
        (layer.keys[*key as usize].clone(), layer.values[*value as usize].clone())
    };
    // A value is not ordered: pairs with one key would be a fault anyway.
    pairs.iter().map(column).collect()
}

proptest! {
    #[test]
    fn exactly_the_visible_zones_remain_with_their_columns_and_nothing_else(
        zones in prop::collection::vec(
            (prop::sample::subsequence(vec!["95001", "95002", "95003"], 0..=3), any::<bool>(), any::<u64>()),
            0..12,
        ),
        territories in prop::sample::subsequence(vec!["commune:95001", "epci:200000002", "commune:95003"], 0..=3),
    ) {
        let edition = edition();
        let visible = visible(&edition, &territories);
        let stored = tile(&zones);
        let kept: Vec<&Feature> = stored.layers[0]
            .features
            .iter()
            .zip(&zones)
            .filter(|(_, (communes, ..))| {
                visible.shows(Scale::QPV, "", communes.iter().copied())
            })
            .map(|(feature, _)| feature)
            .collect();
        let plain = stored.encode_to_vec();
        let filtered =
            filter(&plain, Scale::QPV, &edition, &visible, Audience::PublicMission).unwrap();
        let Filtered::Part(bytes) = filtered else {
            prop_assert!(kept.is_empty() && filtered == Filtered::Nothing);
            return Ok(());
        };
        let layer = &Tile::decode(&*bytes).unwrap().layers[0];
        prop_assert_eq!(layer.features.len(), kept.len());
        for (feature, expected) in layer.features.iter().zip(kept) {
            prop_assert_eq!((feature.id, &feature.geometry), (expected.id, &expected.geometry));
            let mut expected = columns(&stored.layers[0], expected);
            expected.remove("interne");
            prop_assert_eq!(columns(layer, feature), expected);
        }
        let used = |place: usize| {
            let tags = layer.features.iter().flat_map(|one| one.tags.iter().skip(place).step_by(2));
            tags.collect::<std::collections::BTreeSet<_>>().len()
        };
        prop_assert_eq!((used(0), used(1)), (layer.keys.len(), layer.values.len()));
    }

    #[test]
    fn no_bytes_make_the_filter_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), cut in 0_usize..400) {
        let edition = edition();
        let visible = visible(&edition, &["commune:95001"]);
        let run = |bytes: &[u8]| {
            filter(bytes, Scale::QPV, &edition, &visible, Audience::Bailleur).map(|_| ()).unwrap_or(())
        };
        run(&bytes);
        let whole = tile(&[(vec!["95001"], true, 1)]).encode_to_vec();
        run(&whole[..cut.min(whole.len())]);
        drop(gunzip(&bytes));
    }
}

#[test]
fn a_tile_whose_tags_point_nowhere_is_an_error() {
    let edition = edition();
    let visible = visible(&edition, &["commune:95001"]);
    for tags in [vec![1], vec![99, 1], vec![1, 99], vec![u32::MAX, u32::MAX]] {
        let mut broken = tile(&[(vec!["95001"], true, 1)]);
        broken.layers[0].features[0].tags.extend(tags.clone());
        let plain = broken.encode_to_vec();
        let filtered = filter(&plain, Scale::QPV, &edition, &visible, Audience::PublicMission);
        assert!(matches!(filtered, Err(TileError::Mvt(_))), "{tags:?}");
    }
}

#[tokio::test]
async fn whoever_sees_everything_gets_the_stored_bytes() {
    let folder = tempfile::tempdir().unwrap();
    write_edition(folder.path(), "2024r1", 31.4);
    let edition = Edition::open(folder.path(), "2024r1".parse().unwrap()).unwrap();
    let (z, x, y) = TILE_8;
    let stored = edition.tile(Scale::COMMUNE, z, x, y).await.unwrap().unwrap();
    let plain = gunzip(&stored).unwrap();
    let check = |territories: &[&str], audience, expected: bool| {
        let visible = visible(&edition, territories);
        let filtered = filter(&plain, Scale::COMMUNE, &edition, &visible, audience).unwrap();
        assert_eq!(filtered == Filtered::Everything, expected, "{territories:?} {audience:?}");
    };
    check(&["france"], Audience::PublicMission, true);
    check(&["commune:95001", "epci:200000002"], Audience::PublicMission, true);
    check(&["commune:95001"], Audience::PublicMission, false);
    check(&["france"], Audience::Bailleur, false);
}
