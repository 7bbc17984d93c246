//! What the protection keeps and what it does not, in the words of an edition's certificate.

/// The rules of `RULES.md` that every mask keeps.
pub const KEPT: [&str; 7] = ["R1", "R2", "R3", "R4", "R5", "R7", "R9"];

/// R2 is held over every combination of each system: a mask is made once each small class has its
/// certificate.
pub const R2: &str = "full";

/// What is not covered.
pub const LIMITS: [&str; 5] = [
    "Un 0 % ou un 100 % sur 11 ménages ou plus parle de chacun d'eux.",
    "Un bailleur connaît les réponses de ses propres locataires.",
    "Ce que l'on sait par ailleurs n'est pas pris en compte.",
    "Qui connaît l'algorithme peut déduire d'un masque le moins coûteux qu'une case secrète est \
     sous le seuil, parfois son effectif exact, jamais une valeur.",
    "Deux révisions d'un même millésime ne sont pas encore protégées ensemble : une seule \
     édition par millésime peut être activée.",
];

/// One limit more, of an edition that keeps extremes back (R10).
pub const EXTREMES: &str = "R10 : sous l'IRIS, et dans un QPV de moins de 100 ménages, un chiffre qui parle de presque tous ou de \
     presque personne est remplacé par une mention, pour les familles du catalogue qui le disent \
     (extremes). C'est une atténuation, sans garantie sur les combinaisons de zones : d'autres \
     chiffres diffusés peuvent le dire.";

/// One limit more, of an edition without any surveyed household.
pub const WITHOUT_SURVEY: &str =
    "L'édition n'a aucun ménage enquêté : le répertoire n'est compté qu'en logements (R1, R2).";

/// Every sentence that a certificate may say of the protection.
pub fn sentences() -> impl Iterator<Item = &'static str> {
    LIMITS.into_iter().chain([EXTREMES, WITHOUT_SURVEY])
}
