//! Files that are not what an edition holds, and rows that are.

use std::path::Path;
use std::sync::Arc;

use domain::{Audience, Scale};
use edition::fixture::write_edition;
use edition::{Edition, EditionError, EditionId};
use rights::{
    Account, AccountParts, CommuneChanges, Grants, Role, State, Timestamp, View, authorize,
};

use super::{FeatureError, FeatureStore, Page, PageFormat, Selection};

fn open(folder: &Path) -> Arc<Edition> {
    let id: EditionId = "2024r1".parse().unwrap();
    Arc::new(Edition::open(folder, id).unwrap())
}

fn view(edition: &Edition, right: &str) -> View {
    let account = Account::new(AccountParts {
        id: "a1".into(),
        person: "p1".into(),
        email: "agent@agglo-essai.fr".parse().unwrap(),
        role: Role::Agent,
        audience: Audience::PublicMission,
        state: State::Active,
        convention: "c1".into(),
        clauses_accepted: true,
        from: None,
        until: None,
        grants: Grants::new([vec![right.parse().unwrap()]], &CommuneChanges::default()),
    });
    authorize(&account, edition.communes(), Timestamp::from_seconds(1_800_000_000)).unwrap()
}

async fn select(edition: &Arc<Edition>) -> Result<Selection, Arc<FeatureError>> {
    let view = view(edition, "france@adresse");
    let selected =
        FeatureStore::new().select(edition, Scale::COMMUNE, &view, (None, None)).await?;
    Ok(selected.unwrap())
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
    // Another file under the name, from before or after the edition was opened.
    let edition = open(folder.path());
    std::fs::remove_file(&path).unwrap();
    unusable(select(&edition).await.map(drop).unwrap_err());
    std::fs::write(&path, &whole[..whole.len() - 1]).unwrap();
    unusable(select(&edition).await.map(drop).unwrap_err());
    // The same bytes again are the edition's.
    std::fs::write(&path, &whole).unwrap();
    let selection = select(&edition).await.unwrap();
    assert_eq!(selection.count(), 3);
    // Written to since: nothing more is read of it.
    std::fs::write(&path, &whole[..100]).unwrap();
    assert!(Page::write(&selection, None, 10, PageFormat::Json).is_err());
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
            match select(&open(folder.path())).await {
                Ok(selection) => {
                    let page = Page::write(&selection, None, 10, PageFormat::Json);
                    refused += usize::from(page.is_err());
                }
                Err(_) => refused += 1,
            }
        }
    }
    for length in (0..whole.len()).step_by(11) {
        std::fs::write(&path, &whole[..length]).unwrap();
        assert!(select(&open(folder.path())).await.is_err(), "{length}");
    }
    assert!(refused > 50, "{refused}");
}

#[tokio::test]
async fn rows_are_given_in_the_order_of_their_codes_and_only_those_of_the_view() {
    let folder = tempfile::tempdir().unwrap();
    write_edition(folder.path(), "2024r1", 31.4);
    let edition = open(folder.path());
    let store = FeatureStore::new();
    for (right, expected) in [
        ("france@adresse", &["95001", "95002", "95003"][..]),
        ("commune:95002@adresse", &["95002"]),
        ("epci:200000002@epci", &[]),
    ] {
        let view = view(&edition, right);
        let selected = store.select(&edition, Scale::COMMUNE, &view, (None, None)).await;
        let selection = selected.unwrap().unwrap();
        let rows = selection.rows(None, usize::MAX);
        let codes: Vec<String> = rows.map(|row| row.unwrap().code().to_owned()).collect();
        assert_eq!(codes, expected, "{right}");
        assert_eq!(selection.count(), expected.len());
    }
}
