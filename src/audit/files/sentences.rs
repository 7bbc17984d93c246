//! The sentences that an edition may hold, and those in which the auditor says what it cannot see.
//!
//! A sentence of an edition that is not in these lists could say anything: a test holds them to
//! those of the build.

use domain::{Manifest, Opening, Scale};

/// The sources, as maps name them: those that an edition of this manifest may have. Whether its IRIS
/// were drawn by INSEE or are whole communes is in no file.
pub fn attributions(manifest: &Manifest, has_survey: bool) -> [String; 2] {
    let Manifest { vintage, id, threshold, .. } = manifest;
    let survey = if has_survey { format!("OPS {vintage}, ") } else { String::new() };
    [false, true].map(|has_iris| {
        let mut contours = String::from("contours IGN");
        for entry in &manifest.scales {
            let own = match &entry.zoning {
                Some(_) => entry.label.as_str(),
                None if entry.id == Scale::IRIS && has_iris => "INSEE (IRIS)",
                None if entry.id == Scale::QPV => "ANCT (QPV)",
                None => continue,
            };
            contours = format!("{contours}, {own}");
        }
        format!(
            "{survey}RPLS au 1er janvier {vintage} (SDES) ; {contours} ; à citer « Seuil, édition {id} » ; \
             aucun chiffre sur moins de {threshold} ménages"
        )
    })
}

/// What the engine says that it keeps.
pub const RULES: [&str; 7] = ["R1", "R2", "R3", "R4", "R5", "R7", "R9"];
/// How far rule R2 goes.
pub const R2: &str = "full";

/// What the rules do not cover.
pub const LIMITS: [&str; 5] = [
    "Un 0 % ou un 100 % sur 11 ménages ou plus parle de chacun d'eux.",
    "Un bailleur connaît les réponses de ses propres locataires.",
    "Ce que l'on sait par ailleurs n'est pas pris en compte.",
    "Qui connaît l'algorithme peut déduire d'un masque le moins coûteux qu'une case secrète est \
     sous le seuil, parfois son effectif exact, jamais une valeur.",
    "Deux révisions d'un même millésime ne sont pas encore protégées ensemble : une seule \
     édition par millésime peut être activée.",
];

/// One limit more, where extremes are kept back.
pub const EXTREMES: &str = "R10 : sous l'IRIS, et dans un QPV de moins de 100 ménages, un chiffre qui parle de presque tous ou de \
     presque personne est remplacé par une mention, pour les familles du catalogue qui le disent \
     (extremes). C'est une atténuation, sans garantie sur les combinaisons de zones : d'autres \
     chiffres diffusés peuvent le dire.";

/// One limit more, where there is no surveyed household.
pub const WITHOUT_SURVEY: &str = "L'édition n'a aucun ménage enquêté : le répertoire n'est compté \
                                  qu'en logements (R1, R2).";

/// What a certificate warns of, for each thing that the operator opened.
pub fn warning(opening: Opening) -> &'static str {
    match opening {
        Opening::RplsOuvert => {
            "L'exploitant a ouvert le régime rpls_ouvert : les données publiques du répertoire \
             (CCH R411-4) et le nombre de logements sont diffusés dans chaque zone, sans seuil."
        }
        Opening::Communes => {
            "L'exploitant a ouvert le régime rpls_restreint pour des communes entières \
             (CCH R411-5) : leurs données du répertoire peuvent décrire moins de logements que \
             le seuil. Une telle commune ne se divise pas et ne dit rien des ménages."
        }
    }
}

/// Whether a text names a version of the engine: this one or an earlier one, in its shortest form.
pub fn is_engine(text: &str) -> bool {
    let parts = |text: &str| -> Option<Vec<u16>> {
        text.split('.').map(|part| part.parse().ok()).collect()
    };
    let own = parts(env!("CARGO_PKG_VERSION"));
    let read = text.strip_prefix("seuil ").and_then(parts).filter(|parts| parts.len() == 3);
    let plain = |parts: &[u16]| {
        let words: Vec<String> = parts.iter().map(u16::to_string).collect();
        format!("seuil {}", words.join(".")) == text
    };
    read.is_some_and(|read| plain(&read) && own.is_some_and(|own| read <= own))
}

/// What nobody sees without the microdata, where it is done in every file alike.
pub const UNSEEN_OUTSIDE: [&str; 9] = [
    "sans microdonnées ne se voit pas : un effectif faux, s'il l'est de même dans le FlatGeobuf, \
     les tuiles et le certificat",
    "sans microdonnées ne se voit pas : un chiffre faux, si valeur, numérateur et dénominateur le \
     sont ensemble, dans les tuiles et la légende aussi",
    "sans microdonnées ne se voit pas : un numérateur ou un dénominateur faux que l'arrondi de la \
     valeur cache",
    "sans microdonnées ne se voit pas : une mention fausse (« bas », « haut », « nd »), si elle l'est \
     de même dans le FlatGeobuf et les tuiles",
    "sans microdonnées ne se voit pas : un nom de zone faux partout",
    "sans microdonnées ne se voit pas : un contour faux partout",
    "sans microdonnées ne se voit pas : une commune ou une zone rattachée ailleurs, tant qu'aucun \
     effectif ne le contredit",
    "sans microdonnées ne se voit pas : une zone retirée de partout",
    "sans microdonnées ne se voit pas : un seuil plus bas que celui de la configuration",
];

/// What is not seen with the microdata either.
pub const UNSEEN: [&str; 7] = [
    "ne se voit pas : dans une tuile, une limite déplacée de moins de trois unités de sa grille, \
     ou une zone absente qui n'y a pas plus que cela",
    "ne se voit pas : le nom d'une zone à une autre place de son contour, si elle est aussi loin de \
     ses limites, à un centième près de sa largeur",
    "ne se voit pas : l'ordre des noms de deux zones dont les aires sont égales à un dix-millième près",
    "ne se voit pas : la façon dont gzip code les mêmes octets",
    "ne se voit pas : des zooms larges retirés d'une échelle",
    "ne se voit pas : une version antérieure du moteur à la place de la vraie",
    "ne se voit pas : ce que le certificat dit d'une case dont ni chiffre ni effectif ne tient \
     qu'à elle",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_version_of_the_engine_and_earlier_ones_are_known() {
        assert!(
            is_engine(concat!("seuil ", env!("CARGO_PKG_VERSION"))) && is_engine("seuil 0.0.1")
        );
        let others =
            ["seuil", "seuil 0.1", "seuil 00.1.0", "seuil 0.1.0 (9)", "seuil 9.0.0", "autre 0.1.0"];
        for text in others {
            assert!(!is_engine(text), "{text}");
        }
    }

    #[test]
    fn the_warnings_are_those_of_the_build() {
        for opening in [Opening::RplsOuvert, Opening::Communes] {
            assert_eq!(warning(opening), opening.warning());
        }
    }
}
