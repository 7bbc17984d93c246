//! The parties of a convention: signatures, the form of annex 3, the follow-up committee.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use crate::annexe3;
use accounts::{NewConsultation, NewDesignation};
use request::caller::SignedIn;
use request::json_body::{JsonBody, created, ok};
use request::{App, Problem};
use rights::{NewSignature, Signatory};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Signed {
    signed_on: String,
    place: String,
    parties: Vec<SignedParty>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignedParty {
    party: String,
    organisation: String,
    representative: String,
    dpo: String,
}

/// `PUT /api/conventions/{id}/signature`.
pub(crate) async fn record_signature(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<String>,
    JsonBody(asked): JsonBody<Signed>,
) -> Result<StatusCode, Problem> {
    let party = |one: SignedParty| {
        let SignedParty { party, organisation, representative, dpo } = one;
        Ok(Signatory { party: party.parse()?, organisation, representative, dpo })
    };
    let new = NewSignature {
        signed_on: asked.signed_on.parse()?,
        place: asked.place,
        parties: asked.parties.into_iter().map(party).collect::<Result<_, Problem>>()?,
    };
    app.access().record_signature(who.actor(), &id, &new, app.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/conventions/{id}/signature`.
pub(crate) async fn signature(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let signature = app.access().signature(who.actor(), &id, app.now()).await?;
    Ok(ok(&json!({ "signature": signature })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignedForm {
    account: String,
    telephone: String,
    signed_on: String,
    representative: String,
}

/// `PUT /api/designations`: what the signed form of annex 3 says.
pub(crate) async fn record_designation(
    State(app): State<App>,
    who: SignedIn,
    JsonBody(asked): JsonBody<SignedForm>,
) -> Result<StatusCode, Problem> {
    let SignedForm { account, telephone, signed_on, representative } = asked;
    let new = NewDesignation { telephone, signed_on: signed_on.parse()?, representative };
    app.access().record_designation(who.actor(), &account, &new, app.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/conventions/{id}/designations`.
pub(crate) async fn designations(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let (_, designations) = app.access().designations(who.actor(), &id, app.now()).await?;
    Ok(ok(&json!({ "designations": designations })))
}

/// `GET /api/conventions/{id}/annexe-3`: the form, to be printed, signed and stamped.
pub(crate) async fn form(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let (organisation, designations) =
        app.access().designations(who.actor(), &id, app.now()).await?;
    annexe3::page(&organisation, &designations)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewMember {
    seat: String,
    organisation: String,
    representative: Option<String>,
}

/// `GET /api/conventions/{id}/committee`.
pub(crate) async fn committee(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    Ok(ok(&app.access().committee(who.actor(), &id, app.now()).await?))
}

/// `POST /api/conventions/{id}/committee/members`.
pub(crate) async fn add_member(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<String>,
    JsonBody(asked): JsonBody<NewMember>,
) -> Result<Response, Problem> {
    let NewMember { seat, organisation, representative } = asked;
    let member = (seat.parse()?, organisation.as_str(), representative.as_deref());
    let made = app.access().add_member(who.actor(), &id, member, app.now()).await?;
    Ok(created(&json!({ "id": made })))
}

/// `DELETE /api/committee/members/{id}`: a member left.
pub(crate) async fn remove_member(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    app.access().remove_member(who.actor(), &id, app.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Consulted {
    stage: String,
    subject: String,
    held_on: String,
    opinion: String,
}

/// `POST /api/conventions/{id}/committee/consultations`.
pub(crate) async fn record_consultation(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<String>,
    JsonBody(asked): JsonBody<Consulted>,
) -> Result<Response, Problem> {
    let Consulted { stage, subject, held_on, opinion } = asked;
    let new =
        NewConsultation { stage: stage.parse()?, subject, held_on: held_on.parse()?, opinion };
    let made = app.access().record_consultation(who.actor(), &id, &new, app.now()).await?;
    Ok(created(&json!({ "id": made })))
}
