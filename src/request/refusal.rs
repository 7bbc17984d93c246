//! What a refused change is to the client.

use accounts::{AccessError, BadPassword};
use domain::{Causes, Fault, HasFault};
use rights::{
    BadDay, BadEmail, BadName, BadPurpose, BadRight, BadTimestamp, UnknownDocument, UnknownKind,
    UnknownParty, UnknownSeat,
};

use crate::Problem;

/// What was written badly, for who can correct it.
macro_rules! to_correct {
    ($($error:ty),+ $(,)?) => {
        $(impl From<$error> for Problem {
            fn from(error: $error) -> Problem {
                Problem::unprocessable(error.to_string())
            }
        })+
    };
}

to_correct!(
    BadDay,
    BadTimestamp,
    BadEmail,
    BadName,
    BadPassword,
    BadPurpose,
    BadRight,
    UnknownDocument,
    UnknownKind,
    UnknownParty,
    UnknownSeat
);

/// What a refused change is to the client. No message of `AccessError` holds an address, a secret
/// or a stored value.
impl From<AccessError> for Problem {
    fn from(error: AccessError) -> Problem {
        match error {
            AccessError::NotFound | AccessError::NoToken | AccessError::NoAccount => {
                Problem::not_found()
            }
            AccessError::Conflict | AccessError::Step(_) => Problem::conflict(
                "Cela a changé entre-temps, ou n'est plus possible ; relire avant de recommencer.",
            ),
            AccessError::NoSeat => {
                Problem::conflict("La convention n'a plus de place : tous ses comptes sont pris.")
            }
            AccessError::NoDesignation => Problem::conflict(
                "L'annexe 3 manque : l'EPCI désigne son administrateur local par le formulaire daté \
                 et signé, que l'opérateur enregistre avant toute demande.",
            ),
            AccessError::TokenNameTaken => {
                Problem::conflict("Un jeton en service porte déjà ce nom.")
            }
            AccessError::EmailTaken => {
                Problem::conflict("Un compte existe déjà pour cette adresse.")
            }
            AccessError::WrongPassword => Problem::wrong_password(),
            AccessError::DocumentTooLong => Problem::too_large(),
            AccessError::NoDocumentKey => Problem::no_document_key(),
            AccessError::LostDocumentKey => {
                tracing::error!("documents : {}", Causes(&error));
                Problem::no_document_key()
            }
            AccessError::DocumentAltered => {
                tracing::error!("documents : {}", Causes(&error));
                Problem::altered()
            }
            AccessError::Busy => Problem::unavailable(),
            error if error.fault() != Fault::Environment => {
                Problem::unprocessable(error.to_string())
            }
            error => {
                tracing::error!("comptes : {}", Causes(&error));
                Problem::unavailable()
            }
        }
    }
}
