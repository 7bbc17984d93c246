//! A server over a small edition, and readers who speak the domain.

use std::path::{Path, PathBuf};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use geozero::mvt::{Message, Tile};
use tempfile::TempDir;
use tower::ServiceExt;

use super::openapi::Seen;
use crate::{App, Clock, DemoAccount, Settings, router};
use accounts::{Access, DocumentKeys, NewAccount, Password, Secret};
use domain::{Audience, Scale};
use edition::fixture::{write_edition, write_wide_edition};
use edition::{Editions, activate};
use rights::{Email, Right, Role, Timestamp};
use tiles::gunzip;

pub(super) const PASSWORD: &str = "un-mot-de-passe-long";
pub(super) const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

pub(super) struct House {
    pub(super) access: Access,
    pub(super) editions: Editions,
    pub(super) router: Router,
    pub(super) app: App,
    /// What answers have shown of the document that describes them.
    pub(super) seen: Seen,
    folder: TempDir,
}

/// An answer, its body as it was sent.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl House {
    pub(super) async fn new() -> House {
        House::with("https://carto.example.fr", Vec::new()).await
    }

    pub(super) async fn with(public_url: &str, demo: Vec<DemoAccount>) -> House {
        House::over(public_url, demo, |place| write_edition(place, "2024r1", 31.4), None).await
    }

    /// Over an edition with a zone of every scale in several EPCI, départements and régions.
    pub(super) async fn wide() -> House {
        let write = |place: &Path| write_wide_edition(place, "2024r1");
        House::over("https://carto.example.fr", Vec::new(), write, None).await
    }

    /// Over the same, on a clock that the test moves.
    pub(super) async fn wide_at(clock: Clock) -> House {
        let write = |place: &Path| write_wide_edition(place, "2024r1");
        House::over("https://carto.example.fr", Vec::new(), write, Some(clock)).await
    }

    async fn over(
        public_url: &str,
        demo: Vec<DemoAccount>,
        write: impl Fn(&Path),
        clock: Option<Clock>,
    ) -> House {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("editions");
        write(&place);
        activate(&place, "2024r1".parse().unwrap()).unwrap();
        let editions = Editions::open(&place).unwrap();
        let database = format!("sqlite:{}", folder.path().join("comptes.db").display());
        let access = Access::open(&database).await.unwrap().with_public_url(public_url);
        let keys = DocumentKeys::of(Some(folder.path().join("documents.key")));
        keys.add().unwrap();
        let access = access.with_document_keys(keys);
        let settings = Settings {
            public_url: public_url.into(),
            cache_mib: 8,
            legal: Default::default(),
            demo,
        };
        let clock = clock.unwrap_or_else(|| std::sync::Arc::new(|| NOW));
        let app = App::with_clock(access.clone(), editions.clone(), settings, clock);
        House { access, editions, router: router(app.clone()), app, seen: Seen::default(), folder }
    }

    /// The file that holds the accounts.
    pub(super) fn database(&self) -> PathBuf {
        self.folder.path().join("comptes.db")
    }

    /// Adds an edition to the folder and makes it active.
    pub(super) fn publish(&self, id: &str, seuls: f64) {
        let place = self.folder.path().join("editions");
        write_edition(&place, id, seuls);
        activate(&place, id.parse().unwrap()).unwrap();
    }

    /// The token of a new account of a public body, down to the address.
    pub(super) async fn token(&self, name: &str, territory: &str) -> String {
        self.token_for(name, territory, Scale::ADRESSE, Audience::PublicMission).await
    }

    pub(super) async fn token_for(
        &self,
        name: &str,
        territory: &str,
        finest: Scale,
        audience: Audience,
    ) -> String {
        let right = Right::new(territory.parse().unwrap(), finest).unwrap();
        let password = Some(Password::new(PASSWORD).unwrap());
        let account =
            NewAccount::new(email(name), Role::Agent, audience, [right], password).unwrap();
        self.access.add_account(&account, NOW).await.unwrap();
        let token: Secret =
            self.access.add_token(&email(name), Some("essai"), 30, NOW).await.unwrap();
        token.expose().to_owned()
    }

    pub(super) async fn revoke(&self, name: &str) {
        self.access.revoke_token(&email(name), "essai", NOW).await.unwrap();
    }

    /// Every answer is held against `/openapi.json`.
    pub(super) async fn send(&self, request: Request<Body>) -> Answer {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, 1 << 24).await.unwrap().to_vec();
        let answer = Answer { status: parts.status, headers: parts.headers, body };
        self.seen.hold(&method, &path, &answer);
        answer
    }

    pub(super) async fn ask(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::empty()).unwrap()).await
    }

    pub(super) async fn anonymous(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, &[]).await
    }

    /// A GET with a token, accepting gzip.
    pub(super) async fn get(&self, token: &str, path: &str) -> Answer {
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", bearer.as_str()), ("accept-encoding", "gzip")];
        self.ask(Method::GET, path, &headers).await
    }

    /// A GET with a token and more headers.
    pub(super) async fn get_with(
        &self,
        token: &str,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Answer {
        let bearer = format!("Bearer {token}");
        let mut all = vec![("authorization", bearer.as_str())];
        all.extend_from_slice(headers);
        self.ask(Method::GET, path, &all).await
    }

    pub(super) async fn sign_in(&self, name: &str, password: &str) -> Answer {
        let body = serde_json::json!({ "email": email(name).as_str(), "password": password });
        let request = Request::post("/session").header("content-type", "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The body without its encoding.
    pub(super) fn plain(&self) -> Vec<u8> {
        match self.header("content-encoding") {
            "gzip" => gunzip(&self.body).unwrap(),
            _ => self.body.clone(),
        }
    }

    pub(super) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.plain()).unwrap()
    }

    pub(super) fn tile(&self) -> Tile {
        assert_eq!(self.status, StatusCode::OK);
        Tile::decode(&*self.plain()).unwrap()
    }

    /// The codes of the zones of every layer, as `layer/code`.
    pub(super) fn zones(&self) -> Vec<String> {
        let mut zones = Vec::new();
        for layer in self.tile().layers {
            for feature in &layer.features {
                let (pairs, _) = feature.tags.as_chunks::<2>();
                for [key, value] in pairs {
                    if layer.keys[*key as usize] == "code" {
                        let code = layer.values[*value as usize].string_value.clone().unwrap();
                        zones.push(format!("{}/{code}", layer.name));
                    }
                }
            }
        }
        zones
    }

    pub(super) fn holds(&self, bytes: &[u8]) -> bool {
        self.plain().windows(bytes.len()).any(|window| window == bytes)
    }
}

fn email(name: &str) -> Email {
    format!("{name}@agglo-essai.fr").parse().unwrap()
}
