//! What a client is told when there is no answer (RFC 9457). No body holds data.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::buckets::NoTry;

/// A refusal, in French. Equal refusals are equal bytes.
#[derive(Clone, Debug)]
pub struct Problem {
    status: StatusCode,
    title: &'static str,
    detail: &'static str,
    retry_after: Option<u32>,
    /// A detail made of the program's own sentences, where it is not one of them.
    said: Option<Box<str>>,
}

impl Problem {
    fn new(status: StatusCode, title: &'static str, detail: &'static str) -> Problem {
        Problem { status, title, detail, retry_after: None, said: None }
    }

    /// 400, with what to correct.
    pub fn bad_request(detail: &'static str) -> Problem {
        Problem::new(StatusCode::BAD_REQUEST, "Requête incorrecte", detail)
    }

    /// 401.
    pub fn unauthorized() -> Problem {
        let detail = "Se connecter sur le portail, ou envoyer un jeton en service.";
        Problem::new(StatusCode::UNAUTHORIZED, "Identification nécessaire", detail)
    }

    /// 401 of somebody known, who may see nothing before the clauses are accepted.
    pub fn clauses() -> Problem {
        let detail = "Accepter les clauses de confidentialité en vigueur sur le portail.";
        Problem::new(StatusCode::UNAUTHORIZED, "Clauses à accepter", detail)
    }

    /// 401 of a token where a session is needed: tokens only read data.
    pub fn session_needed() -> Problem {
        let detail = "Se connecter sur le portail : un jeton ne fait que lire les données.";
        Problem::new(StatusCode::UNAUTHORIZED, "Session nécessaire", detail)
    }

    /// 403 of a change that another site's page asked for.
    pub fn cross_site() -> Problem {
        let detail = "Cette demande vient d'un autre site.";
        Problem::new(StatusCode::FORBIDDEN, "Demande refusée", detail)
    }

    /// 409.
    pub fn conflict(detail: &'static str) -> Problem {
        Problem::new(StatusCode::CONFLICT, "Demande dépassée", detail)
    }

    /// 422, with what to correct.
    pub fn unprocessable(detail: String) -> Problem {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        Problem { said: Some(detail.into()), ..Problem::new(status, "Demande à corriger", "") }
    }

    /// 401 after a sign-in that failed: an unknown address and a wrong password are alike.
    pub fn wrong_password() -> Problem {
        let detail = "Adresse ou mot de passe incorrect.";
        Problem::new(StatusCode::UNAUTHORIZED, "Connexion refusée", detail)
    }

    /// 404: what does not exist and what may not be seen are the same bytes.
    pub fn not_found() -> Problem {
        let detail = "Cette ressource n'existe pas, ou n'est pas dans votre territoire.";
        Problem::new(StatusCode::NOT_FOUND, "Introuvable", detail)
    }

    /// 405.
    pub fn method_not_allowed() -> Problem {
        let detail = "Cette adresse existe pour une autre méthode.";
        Problem::new(StatusCode::METHOD_NOT_ALLOWED, "Méthode refusée", detail)
    }

    /// 406.
    pub fn not_acceptable() -> Problem {
        let detail = "Accepter gzip ou identity dans l'en-tête Accept-Encoding.";
        Problem::new(StatusCode::NOT_ACCEPTABLE, "Encodage refusé", detail)
    }

    /// 406 of a format.
    pub fn no_such_format() -> Problem {
        let detail = "Accepter application/geo+json, application/json ou text/html.";
        Problem::new(StatusCode::NOT_ACCEPTABLE, "Format refusé", detail)
    }

    /// 408.
    pub fn body_timeout() -> Problem {
        let detail = "Le corps de la requête a mis trop de temps à arriver.";
        Problem::new(StatusCode::REQUEST_TIMEOUT, "Délai dépassé", detail)
    }

    /// 413.
    pub fn too_large() -> Problem {
        let detail = "Le corps de la requête est trop long.";
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "Requête trop longue", detail)
    }

    /// 414.
    pub fn uri_too_long() -> Problem {
        let detail = "L'adresse demandée est trop longue.";
        Problem::new(StatusCode::URI_TOO_LONG, "Adresse trop longue", detail)
    }

    /// 415.
    pub fn unsupported_media_type() -> Problem {
        let detail = "Envoyer du JSON, avec Content-Type: application/json.";
        Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Format refusé", detail)
    }

    /// 400 of a body that ended before it was whole.
    pub fn unfinished() -> Problem {
        Problem::bad_request("Le corps de la requête n'est pas arrivé entier.")
    }

    /// 415 of a document.
    pub fn pdf_needed() -> Problem {
        let detail = "Envoyer un PDF, avec Content-Type: application/pdf.";
        Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Format refusé", detail)
    }

    /// 503 where no key encrypts documents, or the one of a document is gone.
    pub fn no_document_key() -> Problem {
        let detail = "Les documents ne peuvent être ni gardés ni lus : l'exploitant n'a pas donné leur clé (accounts.documents_key).";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "Clé absente", detail)
    }

    /// 500 of a document that is not what was given in.
    pub fn altered() -> Problem {
        let detail = "Ce document est abîmé ou a été altéré : il n'est pas montré.";
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "Document altéré", detail)
    }

    /// 429 of a network that has more requests to finish than it may.
    pub fn too_many_bodies() -> Problem {
        let detail = "Trop de requêtes de votre réseau sont encore à recevoir.";
        let status = StatusCode::TOO_MANY_REQUESTS;
        Problem::new(status, "Trop de demandes", detail).after(2)
    }

    /// 429 of a network that has more answers to read than it may.
    pub fn too_many_unread() -> Problem {
        let detail = "Trop de réponses attendent que votre réseau les lise.";
        let status = StatusCode::TOO_MANY_REQUESTS;
        Problem::new(status, "Trop de demandes", detail).after(2)
    }

    /// 429 of a network for which too many files are being written.
    pub fn too_many_exports() -> Problem {
        let detail =
            "Trop d'exports sont en cours pour votre réseau ; attendre la fin de l'un d'eux.";
        let status = StatusCode::TOO_MANY_REQUESTS;
        Problem::new(status, "Trop de demandes", detail).after(5)
    }

    /// 431.
    pub fn headers_too_large() -> Problem {
        let detail = "Les en-têtes de la requête sont trop longs.";
        Problem::new(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "En-têtes trop longs", detail)
    }

    /// 500: what went wrong is in the log.
    pub fn internal() -> Problem {
        let detail = "Le serveur n'a pas pu répondre ; l'exploitant en trouve la cause au journal.";
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "Erreur du serveur", detail)
    }

    /// 503 while consultations cannot be written to the journal.
    pub fn not_journalled() -> Problem {
        let detail = "Le journal des consultations ne peut pas être écrit ; réessayer plus tard.";
        let status = StatusCode::SERVICE_UNAVAILABLE;
        Problem::new(status, "Service indisponible", detail).after(30)
    }

    /// 503.
    pub fn unavailable() -> Problem {
        let detail = "Le serveur ne peut pas répondre maintenant ; réessayer dans un instant.";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "Service indisponible", detail).after(2)
    }

    /// With the seconds after which to try again.
    fn after(self, seconds: u32) -> Problem {
        Problem { retry_after: Some(seconds), ..self }
    }
}

/// 429, saying what there was too much of.
impl From<NoTry> for Problem {
    fn from(NoTry { seconds, detail }: NoTry) -> Problem {
        let status = StatusCode::TOO_MANY_REQUESTS;
        Problem::new(status, "Trop de demandes", detail).after(seconds)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = json!({
            "type": "about:blank",
            "title": self.title,
            "status": self.status.as_u16(),
            "detail": self.said.as_deref().unwrap_or(self.detail),
        });
        let body = body.to_string();
        // Said here, so that it stands in one place whoever sends the answer.
        let length = HeaderValue::from(body.len());
        let mut response = (self.status, body).into_response();
        let headers = response.headers_mut();
        let kind = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, kind);
        headers.insert(header::CONTENT_LENGTH, length);
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}
