use std::time::SystemTime;

use documents::paper::Paper;
use documents::{Config, Documents, Title};

use super::*;

fn order() -> Order {
    Order {
        at: SystemTime::UNIX_EPOCH + Duration::from_secs(1_790_000_000),
        by: "test".to_owned(),
        reason: Reason::NewPaper,
        note: "Bemerkung".to_owned(),
    }
}

async fn class(first: usize) -> OwnClass {
    let documents = Documents::without_engine(Knowledge::shipped().unwrap(), Config::default());
    let text =
        |number| format!("Anmeldung zur Hundesteuer\nRufname des Hundes Rex{number}\nChipnummer");
    let papers: Vec<Paper> =
        (first..first + 3).map(|number| Paper::of_text(&text(number))).collect();
    let title = Title { de: "Hund".to_owned(), en: "Dog".to_owned() };
    let definition = Definition {
        id: "dog_tax".to_owned(),
        title,
        description: String::new(),
        headings: vec![format!("Hundesteuer {first}")],
        phrases: Vec::new(),
    };
    documents.describe(definition, &papers, &Lane::bulk("test")).await.unwrap()
}

#[tokio::test]
async fn versions_are_kept_and_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(&Layout::new(folder.path().to_owned()));
    assert!(store.ids().unwrap().is_empty() && store.live().unwrap().is_empty());
    let (first, second) = (class(0).await, class(7).await);
    assert_eq!(store.save(&first, order()).unwrap(), 1);
    assert!(store.live().unwrap().is_empty(), "a draft answers nothing");
    store.change("dog_tax", Action::Enable, 1, order()).unwrap();
    assert_eq!(store.save(&second, order()).unwrap(), 2);
    assert_eq!(store.live().unwrap(), std::slice::from_ref(&first));
    store.change("dog_tax", Action::Enable, 2, order()).unwrap();
    assert_eq!(store.live().unwrap(), [second]);
    store.change("dog_tax", Action::RollBack, 1, order()).unwrap();
    assert_eq!(store.live().unwrap(), [first]);
    store.change("dog_tax", Action::Disable, 1, order()).unwrap();
    assert!(store.live().unwrap().is_empty());
    assert!(matches!(store.history("../dog_tax"), Err(Error::Unknown { .. })));
    assert!(matches!(store.version("dog_tax", 3), Err(Error::Change(_))));
}

#[tokio::test]
async fn a_version_that_was_changed_on_disk_is_not_used() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(&Layout::new(folder.path().to_owned()));
    store.save(&class(0).await, order()).unwrap();
    let path = store.file("dog_tax", 1);
    let text = fs_err::read_to_string(&path).unwrap();
    fs_err::write(&path, text.replace("\"Hund\"", "\"Rind\"")).unwrap();
    let refused = store.change("dog_tax", Action::Enable, 1, order());
    assert!(matches!(refused, Err(Error::Changed { .. })), "{refused:?}");
    assert!(store.live().unwrap().is_empty());
}
