//! Routes of accounts: `/session`, and `/api/…` for accounts, conventions, clauses, tokens, sessions,
//! journal.

mod administration;
mod annexe3;
mod anonymous;
mod conventions;
mod documents;
mod journal;
mod missions;
mod own;
mod parties;
mod session;

use axum::Router;
use axum::routing::{delete, get, post, put};

use request::App;

/// Every one of these routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/session", post(session::sign_in).put(session::rotate).delete(session::sign_out))
        .route("/api/requests", post(anonymous::request))
        .route("/api/requests/organisations", get(anonymous::organisations))
        .route("/api/requests/proof", post(anonymous::prove))
        .route("/api/password/reset", post(anonymous::ask_reset))
        .route("/api/password/new", post(anonymous::reset))
        .route("/api/me", get(own::me))
        .route("/api/mandate", put(own::use_mandate))
        .route("/api/password", put(own::change_password))
        .route("/api/clauses", get(own::clauses).post(administration::publish_clauses))
        .route("/api/clauses/acceptance", post(own::accept_clauses))
        .route("/api/sessions", get(own::sessions).delete(own::end_other_sessions))
        .route("/api/sessions/{id}", delete(own::end_session))
        .route("/api/tokens", get(own::tokens).post(own::make_token))
        .route("/api/tokens/{name}", delete(own::revoke_token))
        .route("/api/tokens/{name}/rotation", post(own::rotate_token))
        .route("/api/accounts", get(administration::accounts))
        .route("/api/accounts/{id}/{step}", post(administration::decide))
        .route("/api/addresses/release", post(administration::release))
        .route("/api/conventions", get(conventions::list).post(conventions::make))
        .route("/api/conventions/{id}/administrator", post(conventions::name_administrator))
        .route("/api/conventions/{id}/invitations", post(conventions::invite))
        .route("/api/conventions/{id}/extensions", post(conventions::ask_extension))
        .route("/api/conventions/{id}/closing", post(conventions::close))
        .route("/api/conventions/{id}/exports", get(missions::exports))
        .route(
            "/api/conventions/{id}/destruction",
            get(missions::destructions).post(missions::attest_destruction),
        )
        .route(
            "/api/conventions/{id}/subprocessors",
            get(missions::subprocessors).post(missions::ask_subprocessor),
        )
        .route(
            "/api/conventions/{id}/signature",
            get(parties::signature).put(parties::record_signature),
        )
        .route("/api/conventions/{id}/designations", get(parties::designations))
        .route("/api/conventions/{id}/annexe-3", get(parties::form))
        .route("/api/designations", put(parties::record_designation))
        .route("/api/conventions/{id}/committee", get(parties::committee))
        .route("/api/conventions/{id}/committee/members", post(parties::add_member))
        .route("/api/conventions/{id}/committee/consultations", post(parties::record_consultation))
        .route("/api/committee/members/{id}", delete(parties::remove_member))
        .route("/api/conventions/{id}/documents", get(documents::list).post(documents::add))
        .route("/api/documents/{id}", get(documents::read).delete(documents::delete))
        .route("/api/subprocessors/{id}/answer", post(missions::answer_subprocessor))
        .route("/api/breaches", get(missions::breaches).post(missions::declare_breach))
        .route("/api/breaches/{id}/file", get(missions::breach_file))
        .route("/api/breaches/{id}/notification", post(missions::record_notification))
        .route("/api/register", get(missions::register))
        .route("/api/extensions/{id}/grant", post(conventions::grant_extension))
        .route("/api/extensions/{id}/refusal", post(conventions::refuse_extension))
        .route("/api/journal", get(journal::journal))
}
