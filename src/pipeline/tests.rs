//! The build over good input and over spoiled input.

mod maintained;
mod spoiled;

use audit::files::sentences;
use protect::promise;

#[test]
fn the_auditor_knows_every_sentence_of_an_edition() {
    assert_eq!(promise::KEPT, sentences::RULES);
    assert_eq!(promise::R2, sentences::R2);
    assert_eq!(promise::LIMITS, sentences::LIMITS);
    assert_eq!(promise::EXTREMES, sentences::EXTREMES);
    assert_eq!(promise::WITHOUT_SURVEY, sentences::WITHOUT_SURVEY);
}
