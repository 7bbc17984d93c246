//! Invented names that look like names of the west of France.

use std::collections::HashSet;

use super::dice::Dice;

const RIVERS: [&str; 14] = [
    "Ondre",
    "Vézanne",
    "Lisière",
    "Aubrée",
    "Maye",
    "Semoise",
    "Œuvre",
    "Bruyse",
    "Orvanne",
    "Tardouère",
    "Isaure",
    "Noée",
    "Clairance",
    "Yverne",
];
const SAINTS: [&str; 24] = [
    "Éloi",
    "Hilaire",
    "Aubin",
    "Maixent",
    "Cyr",
    "Révérend",
    "Étienne",
    "Benoît",
    "Hermine",
    "Fulgent",
    "Prouant",
    "Martin",
    "Radégonde",
    "Flaive",
    "Gervais",
    "Jean",
    "Urbain",
    "Michel",
    "Vincent",
    "Denis",
    "Paër",
    "André",
    "Mesmin",
    "Mélaine",
];
const STEMS: [&str; 26] = [
    "Bois", "Chant", "Mor", "Ver", "Aig", "Font", "Mont", "Beau", "Cour", "Puy", "Riv", "Sab",
    "Tal", "Vaud", "Gran", "Lan", "Mar", "Roch", "Car", "Aub", "Éch", "Jarz", "Noir", "Œl",
    "Cheff", "Baz",
];
const ENDINGS: [&str; 20] = [
    "eil", "illon", "enay", "ois", "essière", "ouère", "ault", "ières", "ency", "elle", "ançais",
    "uzon", "oigne", "ettes", "alon", "ézieux", "omme", "uis", "ineau", "aÿ",
];
const FIRST: [&str; 12] = [
    "L'Hermitière",
    "La Chapelle",
    "L'Aiguillère",
    "Les Épesses",
    "La Ferrière",
    "L'Île",
    "Le Bourg",
    "La Forêt",
    "L'Oie",
    "Les Clouzeaux",
    "Le Château",
    "La Jonchère",
];
const WAYS: [&str; 12] = [
    "des Tilleuls",
    "Jean Jaurès",
    "de l'Église",
    "du Général Leclerc",
    "des Écoles",
    "de la République",
    "Aristide Briand",
    "des Primevères",
    "Émile Zola",
    "du Maréchal Foch",
    "de l'Hôtel de Ville",
    "Pablo Neruda",
];

/// Gives names out, without giving one twice as long as any is left.
pub(super) struct Names {
    dice: Dice,
    given: HashSet<String>,
}

impl Names {
    pub(super) fn new(seed: u64) -> Names {
        Names { dice: Dice::new(seed, u64::MAX), given: HashSet::new() }
    }

    /// The name of a commune.
    pub(super) fn commune(&mut self) -> String {
        for _ in 0..60 {
            let name = self.try_commune();
            if self.given.insert(name.clone()) {
                return name;
            }
        }
        // Real communes have namesakes too.
        self.try_commune()
    }

    fn try_commune(&mut self) -> String {
        let dice = &mut self.dice;
        let river = RIVERS[dice.below(14) as usize];
        let stem = STEMS[dice.below(26) as usize];
        let word = format!("{stem}{}", ENDINGS[dice.below(20) as usize]);
        let saint = SAINTS[dice.below(24) as usize];
        let first = FIRST[dice.below(12) as usize];
        match dice.below(10) {
            0 => format!("Saint-{saint}-sur-{river}"),
            1 => format!("Saint-{saint}-{}", of("de", &word)),
            2 => format!("{word}-sur-{river}"),
            3 => format!("{first}-{}", of("de", &word)),
            4 => format!("{word}-lès-{}{}", STEMS[dice.below(26) as usize], "igny"),
            5 => format!("Sainte-Marie-{}", of("de", &word)),
            _ => word,
        }
    }

    /// The name of a river, for an intercommunality or a département.
    pub(super) fn river(index: usize) -> &'static str {
        RIVERS[index % RIVERS.len()]
    }
}

/// The name of a way, without its type.
pub(super) fn way(dice: &mut Dice) -> &'static str {
    WAYS[dice.below(WAYS.len() as u64) as usize]
}

/// `d'Ondre`, `de Maye`.
pub(super) fn of(word: &str, name: &str) -> String {
    let vowel = name.starts_with(['A', 'E', 'I', 'O', 'U', 'Y', 'É', 'Œ', 'Î', 'È']);
    if vowel { format!("{}'{name}", &word[..word.len() - 1]) } else { format!("{word}-{name}") }
}
