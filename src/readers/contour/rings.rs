//! The rings of a geometry, as geozero hands them over.
//!
//! The counts that a file announces size nothing here, and a geometry that is no area stops the
//! reading at its first word: neither a false count nor deep nesting costs memory or stack.

use geozero::error::{GeozeroError, Result};
use geozero::{GeomProcessor, GeozeroGeometry};

use super::problem::Problem;
use super::raw::{point, role};
use super::ring::{Ring, Role};

/// Reads the rings of a geometry; `number` is the entity's, for messages.
pub(super) fn rings(
    geometry: &impl GeozeroGeometry,
    number: usize,
) -> std::result::Result<Vec<(Ring, Role)>, Problem> {
    let mut rings = Rings::default();
    match (geometry.process_geom(&mut rings), rings.refused) {
        (Ok(()), _) => Ok(rings.rings),
        (Err(_), Some(kind)) => Err(Problem::NotPolygon { feature: number, kind: kind.into() }),
        (Err(_), None) => Err(Problem::Geometry(number)),
    }
}

#[derive(Default)]
struct Rings {
    rings: Vec<(Ring, Role)>,
    /// The kind of a geometry that is no area.
    refused: Option<&'static str>,
}

impl Rings {
    fn refuse(&mut self, kind: &'static str) -> Result<()> {
        self.refused = Some(kind);
        Err(GeozeroError::Geometry(kind.to_owned()))
    }
}

impl GeomProcessor for Rings {
    fn xy(&mut self, x: f64, y: f64, _: usize) -> Result<()> {
        let (ring, _) = self.rings.last_mut().ok_or(GeozeroError::GeometryFormat)?;
        ring.push(point(x, y));
        Ok(())
    }

    fn linestring_begin(&mut self, tagged: bool, _: usize, index: usize) -> Result<()> {
        if tagged {
            return self.refuse("LineString");
        }
        self.rings.push((Ring::new(), role(index)));
        Ok(())
    }

    fn empty_point(&mut self, _: usize) -> Result<()> {
        self.refuse("Point")
    }

    fn point_begin(&mut self, _: usize) -> Result<()> {
        self.refuse("Point")
    }

    fn multipoint_begin(&mut self, _: usize, _: usize) -> Result<()> {
        self.refuse("MultiPoint")
    }

    fn multilinestring_begin(&mut self, _: usize, _: usize) -> Result<()> {
        self.refuse("MultiLineString")
    }

    fn geometrycollection_begin(&mut self, _: usize, _: usize) -> Result<()> {
        self.refuse("GeometryCollection")
    }

    fn circularstring_begin(&mut self, _: usize, _: usize) -> Result<()> {
        self.refuse("CircularString")
    }

    fn compoundcurve_begin(&mut self, _: usize, _: usize) -> Result<()> {
        self.refuse("CompoundCurve")
    }

    fn curvepolygon_begin(&mut self, _: usize, _: usize) -> Result<()> {
        self.refuse("CurvePolygon")
    }

    fn multicurve_begin(&mut self, _: usize, _: usize) -> Result<()> {
        self.refuse("MultiCurve")
    }

    fn multisurface_begin(&mut self, _: usize, _: usize) -> Result<()> {
        self.refuse("MultiSurface")
    }

    fn triangle_begin(&mut self, _: bool, _: usize, _: usize) -> Result<()> {
        self.refuse("Triangle")
    }

    fn polyhedralsurface_begin(&mut self, _: usize, _: usize) -> Result<()> {
        self.refuse("PolyhedralSurface")
    }

    fn tin_begin(&mut self, _: usize, _: usize) -> Result<()> {
        self.refuse("Tin")
    }
}
