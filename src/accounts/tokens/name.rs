//! Names of tokens.

/// Characters of a token's name, at most.
const MAX_NAME: usize = 64;

/// The first of `jeton`, `jeton-2`, … that no living token has.
pub(super) fn free_name(names: &[String]) -> String {
    let candidate = |number| match number {
        1 => "jeton".to_owned(),
        _ => format!("jeton-{number}"),
    };
    // There is one candidate more than there are names: one is always free.
    let free = (1..=names.len() + 1).map(candidate).find(|name| !names.contains(name));
    free.unwrap_or_else(|| candidate(names.len() + 1))
}

/// A name stands in a path: one made of dots would be taken for a folder by clients, which then
/// could not revoke the token.
pub(super) fn is_name(name: &str) -> bool {
    name.len() <= 4 * MAX_NAME
        && (1..=MAX_NAME).contains(&name.chars().count())
        && name.trim() == name
        && !name.chars().all(|one| one == '.')
        && !name.chars().any(char::is_control)
}
