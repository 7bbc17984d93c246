//! The addresses that answers give: what they begin with.

/// Characters of a token beside its beginning.
const TOKEN: usize = 43;

/// The address of the service, as the first answer gives it: the same for everybody.
#[derive(Default)]
pub struct Addresses {
    public: Option<String>,
}

impl Addresses {
    /// What addresses of an answer begin with: the address of the service, and the reader's own
    /// token where the path of the request had it, or where an answer always has one.
    pub fn check(
        &mut self,
        (field, base): (&str, &str),
        of_path: Option<&str>,
        always: bool,
    ) -> Vec<String> {
        let (public, token) = match base.split_once("/k/") {
            Some((public, token)) => (public, Some(token)),
            None => (base, None),
        };
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b":/.-_[]".contains(&byte);
        let is_address = public.starts_with("http://") || public.starts_with("https://");
        if !is_address || !public.bytes().all(plain) {
            return vec![format!("{field} : adresse du service illisible")];
        }
        if self.public.get_or_insert_with(|| public.to_owned()) != public {
            return vec![format!("{field} : l'adresse du service n'est pas la même partout")];
        }
        let fits = match token {
            None => of_path.is_none() && !always,
            Some(token) => is_token(token) && of_path.map_or(always, |own| own == token),
        };
        match fits {
            true => Vec::new(),
            false => vec![format!("{field} : le jeton n'est pas celui du chemin")],
        }
    }
}

fn is_token(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    text.strip_prefix("seuil_").is_some_and(|rest| rest.len() == TOKEN && rest.bytes().all(plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_begin_alike_for_everybody_with_the_token_of_the_path() {
        let token = format!("seuil_{}", "a".repeat(TOKEN));
        let mut addresses = Addresses::default();
        let mut check = |base: &str, of_path: Option<&str>, always: bool, expected: usize| {
            let found = addresses.check(("url", base), of_path, always);
            assert_eq!(found.len(), expected, "{base}: {found:?}");
        };
        let shown = format!("https://carto.example.fr/k/{token}");
        check("https://carto.example.fr", None, false, 0);
        check(&shown, Some(&token), false, 0);
        check(&shown, None, true, 0);
        check(&shown, None, false, 1);
        check("https://carto.example.fr", Some(&token), false, 1);
        check("https://carto.example.fr/k/7", Some("7"), false, 1);
        check("https://7.example.fr", None, false, 1);
        check("7 ménages", None, false, 1);
    }
}
