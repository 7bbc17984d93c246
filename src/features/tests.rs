//! Files that are not what an edition holds. Who is given which rows is tested where accounts are, in
//! `server`.

use std::path::Path;
use std::sync::Arc;

use domain::{Audience, Scale};
use edition::fixture::write_edition;
use edition::{Edition, EditionError, EditionId};

use super::columns::Shown;
use super::row::read;
use super::{FeatureError, FeatureStore};

fn open(folder: &Path) -> Arc<Edition> {
    let id: EditionId = "2024r1".parse().unwrap();
    Arc::new(Edition::open(folder, id).unwrap())
}

/// The codes of every commune of an edition, each row read as a reader is given it.
async fn codes(
    store: &FeatureStore,
    edition: &Arc<Edition>,
) -> Result<Vec<String>, Arc<FeatureError>> {
    let table = store.table(edition, Scale::COMMUNE).await?;
    let layout = &table.index().layout;
    let shown = Arc::new(Shown::new(layout, edition, Audience::PublicMission, None).unwrap());
    let rows = 0..table.index().len();
    let code = |row| {
        let row = read(&table, &shown, row)?;
        let values = (0..shown.columns().len()).filter(|place| row.value(*place).is_some());
        Ok(format!("{} {}", row.code(), values.count()))
    };
    rows.map(code).collect::<Result<_, FeatureError>>().map_err(Arc::new)
}

#[tokio::test]
async fn a_file_that_is_cut_or_changed_is_refused_and_ends_no_process() {
    let folder = tempfile::tempdir().unwrap();
    write_edition(folder.path(), "2024r1", 31.4);
    let path = folder.path().join("2024r1/commune.fgb");
    let whole = std::fs::read(&path).unwrap();
    let unusable = |error: Arc<FeatureError>| {
        assert!(error.was_said(), "{error:?}");
        assert!(matches!(&*error, FeatureError::Edition(EditionError::Unusable { .. })));
    };
    // Another file under the name, from after the edition was opened.
    let edition = open(folder.path());
    std::fs::remove_file(&path).unwrap();
    unusable(codes(&FeatureStore::new(), &edition).await.unwrap_err());
    std::fs::write(&path, &whole[..whole.len() - 1]).unwrap();
    unusable(codes(&FeatureStore::new(), &edition).await.unwrap_err());
    // The same bytes again are the edition's.
    std::fs::write(&path, &whole).unwrap();
    let store = FeatureStore::new();
    let found = codes(&store, &edition).await.unwrap();
    assert_eq!(found.iter().map(|row| &row[..5]).collect::<Vec<_>>(), ["95001", "95002", "95003"]);
    // Written to since: nothing more is read of it.
    std::fs::write(&path, &whole[..100]).unwrap();
    unusable(codes(&store, &edition).await.unwrap_err());
}

/// Digests protect a file; its reader must still end at every one.
#[tokio::test]
async fn no_spoilt_byte_of_a_file_ends_the_process() {
    let folder = tempfile::tempdir().unwrap();
    write_edition(folder.path(), "2024r1", 31.4);
    let path = folder.path().join("2024r1/commune.fgb");
    let whole = std::fs::read(&path).unwrap();
    let mut refused = 0;
    for at in (0..whole.len()).step_by(7) {
        for spoilt in [0, 0xff, whole[at] ^ 1] {
            let mut bytes = whole.clone();
            bytes[at] = spoilt;
            std::fs::write(&path, &bytes).unwrap();
            let read = codes(&FeatureStore::new(), &open(folder.path())).await;
            refused += usize::from(read.is_err());
        }
    }
    for length in (0..whole.len()).step_by(11) {
        std::fs::write(&path, &whole[..length]).unwrap();
        let read = codes(&FeatureStore::new(), &open(folder.path())).await;
        assert!(read.is_err(), "{length}");
    }
    assert!(refused > 50, "{refused}");
}
