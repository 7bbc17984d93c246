//! Whether a name is another one, misspelt.

/// Whether a header differs from a name by a slip: a letter more, less, other or swapped; two in a
/// long name. Case, accents and punctuation do not count.
pub fn is_near(header: &str, name: &str) -> bool {
    let [header, name] = [header, name].map(letters);
    let most = match name.len() {
        0..=2 => 0,
        3..=7 => 1,
        _ => 2,
    };
    header != name && header.len().abs_diff(name.len()) <= most && slips(&header, &name) <= most
}

fn letters(text: &str) -> Vec<char> {
    text.chars().flat_map(char::to_lowercase).filter(|char| char.is_alphanumeric()).collect()
}

/// The least number of letters added, left out, changed or swapped with their neighbour that make one
/// word another (optimal string alignment).
fn slips(one: &[char], other: &[char]) -> usize {
    let width = other.len() + 1;
    let mut rows = vec![vec![0; width]; one.len() + 1];
    rows[0] = (0..width).collect();
    for i in 1..=one.len() {
        rows[i][0] = i;
        for j in 1..width {
            let changed = rows[i - 1][j - 1] + usize::from(one[i - 1] != other[j - 1]);
            let mut least = changed.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = least;
        }
    }
    rows[one.len()][width - 1]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The header of the open file of the register.
    const OPEN: &str = "REG_CODE;REG_LIBELLE;LIBREG;DEP_CODE;DEP_LIBELLE;LIBDEP;EPCI_CODE;EPCI_LIBELLE;\
        LIBEPCI;DROIT_CODE;DROIT_LIBELLE;DEPCOM;CODEPOSTAL;LIBCOM;NUMVOIE;INDREP;TYPVOIE;NOMVOIE;ETAGE;\
        COMPLGEO;LIEUDIT;QPV_CODE;QPV_LIBELLE;TYPECONST_CODE;TYPECONST_LIBELLE;NBPIECE;SURFHAB;CONSTRUCT;\
        LOCAT;PATRIMOINE;ORIGINE;FINAN_CODE;FINAN_LIBELLE;FINANAUTRE;CONV;NUMCONV;DATCONV;NEWLOGT_CODE;\
        NEWLOGT_LIBELLE;CUS;DPEDATE;DPEENERGIE;DPESERRE;SRU_EXPIR;SRU_ALINEA;CODSEGPATRIM;LIBSEGPATRIM;\
        PMR_CODE;PMR_LIBELLE;PLG_VOIE;EPSG;X;Y;PLG_QP24;PLG_QP15;PLG_IRIS2024_CODE;PLG_IRIS2024_LIBELLE;\
        PLG_ZUS;PLG_QVA;QUALITE_VOIE;QUALITE_NUMERO;QUALITE_XY;DISTANCE_PRECISION;QUALITE_QP24;\
        QUALITE_QP15;QUALITE_IRIS;QUALITE_ZUS;QUALITE_QVA;COMAQP;COMAZUS;UU2020;AAV2020;ZE2020";

    #[test]
    fn a_slip_is_seen_and_another_name_is_not() {
        for (header, name) in [
            ("BIAL", "BAIL"),
            ("LOYERPRNC", "LOYERPRINC"),
            ("Nb_Piece s", "NBPIECE"),
            ("PCT_PLAFONDS", "PCT_PLAFOND"),
            ("age_titulaires", "AGE_TITULAIRE"),
        ] {
            assert!(is_near(header, name), "{header} {name}");
        }
        assert!(!is_near("BAIL", "BAIL") && !is_near("Z", "X") && !is_near("COMMUNE", "DEPCOM"));
    }

    #[test]
    fn no_column_of_the_open_register_looks_like_one_of_the_restricted_register() {
        let restricted = [
            "BAIL",
            "MODE",
            "LOYERPRINC",
            "DATE_OFFRE",
            "CONTINGENT",
            "OPPOSITION",
            "ID_RPLS",
            "SIRET_BAILLEUR",
            "SEM_EXONEREE",
        ];
        for header in OPEN.split(';') {
            assert!(!restricted.iter().any(|name| is_near(header, name)), "{header}");
        }
    }
}
