//! Where the names of zones stand: the label points of an edition, in degrees.

use std::collections::HashMap;
use std::f64::consts::PI;

use geozero::mvt::{Message, Tile};
use tokio::runtime::Handle;

use super::FeatureError;
use domain::Scale;
use edition::Edition;
use tiles::gunzip;

/// Degrees are kept in millionths: a tenth of a metre.
pub(super) const UNITS: f64 = 1e6;

/// The label point of each zone by its code, in millionths of a degree; empty in an edition that has none.
/// It waits for the disk: not to be called on a thread of the server.
pub(super) fn points(
    edition: &Edition,
    scale: Scale,
) -> Result<HashMap<String, [i32; 2]>, FeatureError> {
    let mut points = HashMap::new();
    if !edition.has_labels(scale) {
        return Ok(points);
    }
    let mut failed = None;
    let mut hand = |at: (u8, u32, u32), gzip: bytes::Bytes| {
        if failed.is_none() {
            failed = tile(at, &gzip, &mut points).err();
        }
    };
    Handle::current().block_on(edition.each_label_tile(scale, &mut hand))?;
    failed.map_or(Ok(points), Err)
}

fn tile(
    at: (u8, u32, u32),
    gzip: &[u8],
    points: &mut HashMap<String, [i32; 2]>,
) -> Result<(), FeatureError> {
    let bad = FeatureError::Label;
    let plain = gunzip(gzip)?;
    let tile = Tile::decode(&*plain).map_err(|_| bad("ce n'est pas du MVT"))?;
    for layer in &tile.layers {
        let extent = f64::from(layer.extent.unwrap_or(4096));
        let key = layer.keys.iter().position(|key| key == "code").ok_or(bad("sans code"))?;
        for feature in &layer.features {
            let (pairs, _) = feature.tags.as_chunks::<2>();
            let value = pairs.iter().find(|pair| pair[0] as usize == key).map(|pair| pair[1]);
            let value = value.and_then(|value| layer.values.get(value as usize));
            let code = value.and_then(|value| value.string_value.as_deref());
            let code = code.ok_or(bad("sans code"))?;
            // One point: a command of one MoveTo, then what it moves by.
            let [9, x, y] = feature.geometry[..] else { return Err(bad("ce n'est pas un point")) };
            let [x, y] = [x, y].map(|moved| f64::from((moved >> 1) as i32 ^ -((moved & 1) as i32)));
            points.insert(code.to_owned(), degrees(at, [x / extent, y / extent]));
        }
    }
    Ok(())
}

/// The longitude and latitude of a place in a tile, as a part of its side from its north-west corner.
fn degrees((z, x, y): (u8, u32, u32), [east, south]: [f64; 2]) -> [i32; 2] {
    let side = f64::from(z).exp2();
    let longitude = (f64::from(x) + east) / side * 360.0 - 180.0;
    let turn = PI * (1.0 - 2.0 * (f64::from(y) + south) / side);
    let latitude = turn.sinh().atan().to_degrees();
    [longitude, latitude].map(|degrees| (degrees * UNITS).round() as i32)
}

#[cfg(test)]
mod tests {
    use super::degrees;

    #[test]
    fn a_place_in_a_tile_is_a_longitude_and_a_latitude() {
        assert_eq!(degrees((0, 0, 0), [0.5, 0.5]), [0, 0]);
        assert_eq!(degrees((0, 0, 0), [0.0, 0.0]), [-180_000_000, 85_051_129]);
        assert_eq!(degrees((1, 1, 1), [1.0, 1.0]), [180_000_000, -85_051_129]);
        // The north-west corner of a tile of Val-d'Oise.
        assert_eq!(degrees((8, 129, 87), [0.0, 0.0]), [1_406_250, 49_837_982]);
    }
}
