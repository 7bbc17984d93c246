//! The form of annex 3 as a page to be printed: who is named local administrator, by whom, when.

use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use accounts::Designation;
use request::Problem;

const STYLE: &str = "body{font-family:sans-serif;line-height:1.5;margin:2rem auto;max-width:42rem}\
    h1{font-size:1.4rem}table{border-collapse:collapse;width:100%}\
    th,td{border:1px solid #555;padding:.5rem;text-align:left;vertical-align:top}\
    th{width:40%}.cadre{border:1px solid #555;min-height:8rem;padding:.5rem}\
    section{break-inside:avoid;margin-bottom:2rem}";

/// One form for each who administers, filled with what is known; an empty one where nobody does.
pub(crate) fn page(organisation: &str, designations: &[Designation]) -> Result<Response, Problem> {
    let mut forms: String = designations.iter().map(|one| form(organisation, Some(one))).collect();
    if forms.is_empty() {
        forms = form(organisation, None);
    }
    let page = format!(
        "<!doctype html>\n<html lang=\"fr\">\n<head>\n<meta charset=\"utf-8\">\n\
         <title>Annexe 3 – {name}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n\
         {forms}</main>\n</body>\n</html>\n",
        name = escape(organisation)
    );
    let hash = STANDARD.encode(Sha256::digest(STYLE));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'"
    );
    let mut response = Html(page).into_response();
    let policy = HeaderValue::try_from(policy).map_err(|_| Problem::internal())?;
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    Ok(response)
}

fn form(organisation: &str, one: Option<&Designation>) -> String {
    let is_deputy = one.is_some_and(|one| one.role == "suppleant");
    let (title, named) = match is_deputy {
        true => ("Désignation du suppléant de l'administrateur local", "suppléant désigné"),
        false => ("Désignation de l'administrateur local", "administrateur local désigné"),
    };
    let field = |text: Option<&str>| escape(text.unwrap_or_default());
    let rows = [
        ("Organisme", escape(organisation)),
        ("Prénom et nom", field(one.and_then(|one| one.name.as_deref()))),
        ("Téléphone", field(one.and_then(|one| one.telephone.as_deref()))),
        ("Adresse électronique nominative", field(one.map(|one| one.email.as_str()))),
        ("Représentant de l'organisme", field(one.and_then(|one| one.representative.as_deref()))),
        ("Date", field(one.and_then(|one| one.signed_on.as_deref()))),
    ];
    let rows: String = rows
        .map(|(label, value)| {
            format!("<tr><th scope=\"row\">{label}</th><td>{value}&nbsp;</td></tr>\n")
        })
        .concat();
    format!(
        "<section>\n<h1>Annexe 3 – {title}</h1>\n<p>L'organisme désigne la personne ci-dessous, qui \
         vérifie puis approuve ou rejette chaque demande de compte de ses agents, des communes \
         annexées et des tiers qu'il mandate. Cette désignation précède toute demande.</p>\n\
         <table>\n<caption>{named}</caption>\n{rows}</table>\n\
         <p>Signature et cachet du représentant de l'organisme :</p>\n\
         <div class=\"cadre\"></div>\n</section>\n"
    )
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&#39;",
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_wrote_stays_text() {
        let one = Designation {
            account: "a".into(),
            role: "administrateur".into(),
            name: Some("<script>alert(1)</script>".into()),
            email: "claire.chef@agglo.fr".into(),
            organisation: String::new(),
            telephone: None,
            signed_on: None,
            representative: Some("L'élu \"&".into()),
        };
        let form = form("Agglo <A>", Some(&one));
        assert!(
            form.contains("&lt;script&gt;alert(1)&lt;/script&gt;") && !form.contains("<script")
        );
        assert!(form.contains("L&#39;élu &quot;&amp;") && form.contains("Agglo &lt;A&gt;"));
    }
}
