//! Lambert-93 (EPSG:2154) to and from degrees, and to the European grid (EPSG:3035).

use proj4rs::Proj;
use proj4rs::transform::transform;

use super::SynthError;
use super::lattice::Mm;

const LAMBERT_93: &str = "+proj=lcc +lat_0=46.5 +lon_0=3 +lat_1=49 +lat_2=44 +x_0=700000 \
    +y_0=6600000 +ellps=GRS80 +units=m +no_defs";
const LAEA: &str =
    "+proj=laea +lat_0=52 +lon_0=10 +x_0=4321000 +y_0=3210000 +ellps=GRS80 +units=m +no_defs";
const DEGREES: &str = "+proj=longlat +ellps=GRS80 +no_defs";

/// Ten millionths of a degree: about a centimetre, and a whole number, so that the bytes do not
/// depend on a machine's sine.
pub(super) type Degrees = (i64, i64);

/// The three systems the files need.
pub(super) struct Projections {
    lambert: Proj,
    laea: Proj,
    degrees: Proj,
}

impl Projections {
    pub(super) fn new() -> Result<Projections, SynthError> {
        let proj = |text| Proj::from_proj_string(text).map_err(failed);
        Ok(Projections { lambert: proj(LAMBERT_93)?, laea: proj(LAEA)?, degrees: proj(DEGREES)? })
    }

    /// Longitude and latitude.
    pub(super) fn degrees(&self, at: Mm) -> Result<Degrees, SynthError> {
        let (x, y) = at.metres();
        let mut point = (x, y, 0.0);
        transform(&self.lambert, &self.degrees, &mut point).map_err(failed)?;
        let whole = |radians: f64| (radians.to_degrees() * 1e7).round() as i64;
        Ok((whole(point.0), whole(point.1)))
    }

    /// The place of a longitude and a latitude in degrees.
    pub(super) fn lambert(&self, longitude: f64, latitude: f64) -> Result<Mm, SynthError> {
        let mut point = (longitude.to_radians(), latitude.to_radians(), 0.0);
        transform(&self.degrees, &self.lambert, &mut point).map_err(failed)?;
        let whole = |metres: f64| (metres * 1000.0).round() as i64;
        Ok(Mm { x: whole(point.0), y: whole(point.1) })
    }

    /// The 200 m square of the European grid that holds a place: east and north numbers.
    pub(super) fn carreau(&self, at: Mm) -> Result<(i64, i64), SynthError> {
        let (x, y) = at.metres();
        let mut point = (x, y, 0.0);
        transform(&self.lambert, &self.laea, &mut point).map_err(failed)?;
        Ok(((point.0 / 200.0).floor() as i64, (point.1 / 200.0).floor() as i64))
    }
}

fn failed(error: impl std::fmt::Display) -> SynthError {
    SynthError::Projection(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Figures of `gdaltransform` from EPSG:4326 to EPSG:2154 and EPSG:3035 (PROJ 9.1).
    #[test]
    fn a_place_goes_there_and_back() {
        let projections = Projections::new().unwrap();
        let at = projections.lambert(1.979356, 49.090649).unwrap();
        let back = projections.degrees(at).unwrap();
        assert_eq!(back, (19_793_560, 490_906_490));
        assert_eq!((at.x, at.y), (625_450_034, 6_888_350_000));
        assert_eq!(projections.carreau(at).unwrap(), (3_736_356 / 200, 2_918_286 / 200));
    }
}
