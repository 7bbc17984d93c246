//! The official tables that the editions in service were made with, for codes to be compared with
//! where the operator read no table into the database of accounts.

use std::sync::{Arc, Mutex, PoisonError};

use edition::Editions;
use rights::Official;

/// The communes of the newest active edition and what lies above them, made once for each set of
/// editions. Editions hold no names of EPCI: those are found by name once INSEE's table was read.
pub fn official_of(editions: Editions) -> impl Fn() -> Arc<Official> + Send + Sync + 'static {
    let kept: Mutex<Option<(String, Arc<Official>)>> = Mutex::default();
    move || {
        let set = editions.current();
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((digest, official)) = &*kept
            && digest == set.digest()
        {
            return Arc::clone(official);
        }
        let communes = set.latest().map_or(Vec::new(), |edition| edition.communes().to_vec());
        let official = Arc::new(Official::partial(communes));
        *kept = Some((set.digest().to_owned(), Arc::clone(&official)));
        official
    }
}
