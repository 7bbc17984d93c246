//! What can be wrong with a file of contours, and what to do about it.

use std::path::{Path, PathBuf};

use crate::crs::{OutsideCrs, UnknownCrs};
use domain::{Fault, HasFault, Scale, ZoneCode};

/// A file of contours that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{path} : {problem}")]
pub struct ContourError {
    path: PathBuf,
    problem: Problem,
}

impl ContourError {
    pub(super) fn new(path: &Path, problem: Problem) -> ContourError {
        ContourError { path: path.to_owned(), problem }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What is wrong with it.
    pub fn problem(&self) -> &Problem {
        &self.problem
    }
}

impl HasFault for ContourError {
    /// A file that is not there was named by the configuration.
    fn fault(&self) -> Fault {
        match &self.problem {
            Problem::Read(error) if error.kind() == std::io::ErrorKind::NotFound => Fault::Usage,
            Problem::Read(_) => Fault::Environment,
            _ => Fault::Input,
        }
    }
}

/// What is wrong. Numbers of entities count from 1.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each message says what is refused")]
pub enum Problem {
    #[error("lecture impossible : {0}")]
    Read(std::io::Error),
    #[error("le fichier est vide")]
    EmptyFile,
    #[error("le fichier ne contient aucune entité")]
    NoFeature,
    #[error("format inconnu ; fournir un FlatGeobuf, un GeoPackage, un GeoJSON ou un Shapefile")]
    Format,
    #[error("la racine est de type {0}, sans code de zone ; fournir une FeatureCollection")]
    Root(String),
    #[error("{0}")]
    Crs(UnknownCrs),
    #[error(
        "le fichier ne dit pas son système de coordonnées ; ajouter crs = \"EPSG:…\" à la section de l'échelle"
    )]
    NoCrs,
    #[error("zone {code} : {outside} ; vérifier la clé crs ou le .prj")]
    Outside { code: ZoneCode, outside: OutsideCrs },
    #[error("il manque le fichier .{0} qui accompagne le .shp")]
    Companion(&'static str),
    #[error("encodage inconnu dans le .cpg ; écrire UTF-8, ISO-8859-1 ou 1252")]
    Encoding,
    #[error("{0} tronqué ou incohérent : {1} ; fournir le fichier à nouveau")]
    Broken(&'static str, String),
    #[error("un fichier {0} accompagne le GeoPackage ; fermer le logiciel qui le modifie")]
    Journal(&'static str),
    #[error("il n'y a pas de couche « {layer} » ; couches présentes : {}", .there.join(", "))]
    Layer { layer: String, there: Vec<String> },
    #[error("plusieurs couches ; ajouter layer = \"…\" parmi : {}", .0.join(", "))]
    Layers(Vec<String>),
    #[error("il n'y a pas de champ « {field} » ; champs présents : {}", .there.join(", "))]
    Field { field: String, there: Vec<String> },
    #[error("aucun champ n'a le nom officiel d'un code de l'échelle {scale} ; ajouter code = \"…\" parmi : {}", .there.join(", "))]
    NoCodeField { scale: Scale, there: Vec<String> },
    #[error(
        "entité {0} : le code est absent ou n'est pas fait de lettres ASCII, chiffres, tirets et soulignés"
    )]
    Code(usize),
    #[error("deux entités portent le code {0} à l'échelle {1} ; n'en garder qu'une")]
    Twice(ZoneCode, Scale),
    #[error(
        "entité {feature} : la géométrie est de type {kind} ; il faut des polygones (ogr2ogr -nlt CONVERT_TO_LINEAR pour des courbes)"
    )]
    NotPolygon { feature: usize, kind: String },
    #[error("entité {0} : la géométrie est absente, vide ou de surface nulle")]
    NoGeometry(usize),
    #[error("entité {0} : la géométrie est illisible")]
    Geometry(usize),
    #[error("zone {code} : {flaw} ; réparer avec ogr2ogr -makevalid")]
    Flaw { code: ZoneCode, flaw: Flaw },
    #[error("plus de {0} {1} : le fichier dépasse ce qui est lu")]
    Limit(usize, &'static str),
}

/// A polygon that has no inside.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[expect(missing_docs, reason = "each message says what is refused")]
pub enum Flaw {
    /// In coordinates of the file.
    #[error("le polygone se croise lui-même près de x = {x}, y = {y}")]
    Crossing { x: f64, y: f64 },
    #[error("un trou sort de son contour, ou deux parties se recouvrent")]
    Nesting,
    #[error("plus de {0} anneaux")]
    Rings(usize),
}
