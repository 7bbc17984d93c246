//! The routes as the sources declare them, so that a test that must know all of them does.

use std::path::Path;

/// The files that declare routes.
const TABLES: [(&str, &str); 3] = [
    ("server/routes.rs", include_str!("../routes.rs")),
    ("api/lib.rs", include_str!("../../api/lib.rs")),
    ("figures/lib.rs", include_str!("../../figures/lib.rs")),
];

const METHODS: [&str; 6] = ["get", "post", "put", "delete", "patch", "any"];

/// Every route, as `GET /editions`, sorted.
pub(super) fn routes() -> Vec<String> {
    let mut routes = Vec::new();
    for (_, source) in TABLES {
        for declared in source.split(".route(").skip(1) {
            let declared = argument(declared);
            let (path, handlers) = declared.split_once(',').unwrap();
            let path = match path.trim() {
                "gate::SCOPE_ROUTE" => crate::gate::SCOPE_ROUTE,
                "HEALTH" => crate::routes::HEALTH,
                quoted => quoted.trim_matches('"'),
            };
            assert!(path.starts_with('/'), "{path}: a path that this test cannot read");
            let before = routes.len();
            for method in METHODS {
                let calls = |sign: &str| handlers.contains(&format!("{sign}{method}("));
                if calls(" ") || calls(".") {
                    routes.push(format!("{} {path}", method.to_uppercase()));
                }
            }
            assert!(routes.len() > before, "{path} has no method that this test can read");
        }
    }
    routes.sort();
    routes
}

/// The text up to the parenthesis that closes it.
fn argument(text: &str) -> &str {
    let mut depth = 0;
    for (at, letter) in text.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' if depth == 0 => return &text[..at],
            ')' => depth -= 1,
            _ => {}
        }
    }
    panic!("an argument that does not end: {text}");
}

#[test]
fn routes_are_declared_in_these_files_and_nowhere_else() {
    fn walk(folder: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("tests") {
                walk(&path, found);
            } else if path.is_file() {
                let text = std::fs::read_to_string(&path).unwrap();
                if [".route(", ".nest(", ".route_service(", ".nest_service("]
                    .iter()
                    .any(|call| text.contains(call))
                {
                    found.push(path.to_str().unwrap().to_owned());
                }
            }
        }
    }
    let mut found = Vec::new();
    let rooms = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for room in ["api", "figures", "request", "server"] {
        walk(&rooms.join(room), &mut found);
    }
    found.sort();
    assert_eq!(found.len(), TABLES.len(), "{found:?}");
    for (name, _) in TABLES {
        assert!(found.iter().any(|path| path.ends_with(name)), "{name}");
    }
    let routes = routes();
    assert!(routes.len() > 40, "{routes:?}");
    for route in ["GET /tiles/{edition}", "DELETE /session", "GET /auth/scope", "PUT /api/password"]
    {
        assert!(routes.iter().any(|one| one == route), "{route}");
    }
}
