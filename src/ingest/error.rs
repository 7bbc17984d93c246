//! Why the input cannot be used.

use domain::{CommuneCode, Fault, HasFault, Scale, ZoneCode};

use super::carreau::BadCarreau;
use super::units::BadSettled;
use readers::contour::ContourError;
use readers::official::OfficialError;
use readers::reject::RejectError;
use readers::table::TableError;

/// The input stops the build. Messages name files, lines, columns and official codes.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each message says what is refused")]
pub enum IngestError {
    #[error(transparent)]
    Table(#[from] TableError),
    #[error(transparent)]
    Contour(#[from] ContourError),
    #[error(transparent)]
    Official(#[from] OfficialError),
    #[error(transparent)]
    Reject(#[from] RejectError),
    #[error(transparent)]
    Carreau(#[from] BadCarreau),
    #[error(transparent)]
    Settled(#[from] BadSettled),
    #[error(
        "aucun contour de commune connu des tables officielles ; vérifier build.zones.commune et son champ code"
    )]
    NoCommuneContours,
    #[error(
        "la commune {commune} a des logements mais pas de contour ; l'ajouter au fichier build.zones.commune"
    )]
    NoContour { commune: CommuneCode },
    #[error("la commune {commune} a une adresse hors du domaine de son système de coordonnées")]
    Lost { commune: CommuneCode },
    #[error("échelle {scale} : « {code} » n'est pas un code de zone ; vérifier la table des EPCI")]
    Code { scale: Scale, code: String },
    #[error(
        "échelle {scale} : les zones {} et {} se recouvrent, et une adresse est dans les deux ; un zonage ne \
         compte personne deux fois",
        codes[0], codes[1]
    )]
    Overlap { scale: Scale, codes: [String; 2] },
    #[error(
        "échelle {scale} : « {code} » : le code d'une zone coupée par commune a 58 caractères au plus"
    )]
    LongCode { scale: Scale, code: ZoneCode },
    #[error("échelle {scale} : la zone {code} n'a ni contour ni commune qui en ait un")]
    NoReferenceContour { scale: Scale, code: String },
}

impl HasFault for IngestError {
    fn fault(&self) -> Fault {
        match self {
            IngestError::Table(error) => error.fault(),
            IngestError::Official(error) => error.fault(),
            IngestError::Contour(error) => error.fault(),
            IngestError::Reject(error) => error.fault(),
            IngestError::Settled(error) => error.fault(),
            _ => Fault::Input,
        }
    }
}
