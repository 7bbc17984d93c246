//! The sources of an edition, as every map names them, and how to cite it.

use config::BuildConfig;
use domain::Scale;

/// Names the sources that an edition was made from: the survey where some household was, the register,
/// who drew the contours of its scales, and the zonings of its operator.
pub fn attribution(
    build: &BuildConfig,
    (id, threshold): (&str, u32),
    scales: impl Iterator<Item = Scale>,
    has_survey: bool,
) -> String {
    let (year, mut contours) = (build.vintage, vec!["contours IGN".to_owned()]);
    for scale in scales {
        match scale.zoning() {
            Some(_) => contours.push(scale.label().to_owned()),
            // Without a file of IRIS each commune is one: nothing of INSEE's is drawn.
            None if scale == Scale::IRIS && build.zones.contains_key(&scale) => {
                contours.push("INSEE (IRIS)".to_owned());
            }
            None if scale == Scale::QPV => contours.push("ANCT (QPV)".to_owned()),
            None => {}
        }
    }
    let survey = if has_survey { format!("OPS {year}, ") } else { String::new() };
    format!(
        "{survey}RPLS au 1er janvier {year} (SDES) ; {} ; à citer « Seuil, édition {id} » ; aucun chiffre \
         sur moins de {} ménages",
        contours.join(", "),
        threshold
    )
}
