use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use inference::Lane;
use reading::Paper;

use inference::features::{FeatureConfig, Featuriser};

use super::*;
use crate::{Config, Documents, InputPaper};

/// Without an engine nothing waits, so one poll finishes.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("nothing to wait for"),
    }
}

const TOWN: &str = "Stadt Beispielstadt Der Oberbürgermeister Rathausplatz 1 Telefon 0999 1234-0";
const NAMES: [&str; 12] = [
    "Anna Berger",
    "Mehmet Yilmaz",
    "Olena Bondar",
    "Peter Lindqvist",
    "Amira Haddad",
    "Jonas Weiss",
    "Linh Nguyen",
    "Marco Rossi",
    "Katrin Vogel",
    "Dawit Tesfaye",
    "Lucia Ortega",
    "Ivan Petrov",
];

fn dog(number: usize) -> String {
    let (name, breed) = (NAMES[number % 12], ["Dackel", "Labrador", "Pudel", "Beagle"][number % 4]);
    format!(
        "{TOWN}\nAnmeldung zur Hundesteuer Kassenzeichen 77{number}41\nAngaben zum Hundehalter\n\
         Name, Vorname: {name}\nAnschrift: Gartenweg {number}3, 12345 Altfeld\nAngaben zum Hund\n\
         Rufname des Hundes: Bello{number}\nRasse: {breed}\nChipnummer: 2760{number}8821\n\
         Beginn der Hundehaltung: {number}.03.2026\nDie Hundesteuermarke ist am Halsband zu tragen."
    )
}

/// Another paper of the same town, with the same letterhead.
fn bin(number: usize) -> String {
    format!(
        "{TOWN}\nAbfallwirtschaft - Anmeldung von Abfallbehältern\nGrundstück Lindenallee {number} \
         Eigentümer {}\nRestmüll 120 Liter Biotonne 120 Liter\nGebühr 14{number},00 EUR Unterschrift",
        NAMES[number % 12]
    )
}

fn definition(id: &str) -> Definition {
    let title = Title { de: "Hundesteuer".to_owned(), en: "Dog tax".to_owned() };
    let (headings, phrases) = (Vec::new(), Vec::new());
    Definition { id: id.to_owned(), title, description: String::new(), headings, phrases }
}

fn shipped() -> Documents {
    Documents::without_engine(Knowledge::shipped().unwrap(), Config::default())
}

fn made(definition: Definition, texts: &[String]) -> Result<OwnClass, OwnError> {
    let papers: Vec<Paper> = texts.iter().map(|text| Paper::of_text(text)).collect();
    now(shipped().describe(definition, &papers, &Lane::bulk("test")))
}

fn dogs(count: usize) -> OwnClass {
    made(definition("dog_tax"), &(0..count).map(dog).collect::<Vec<_>>()).unwrap()
}

fn with(classes: &[OwnClass]) -> Documents {
    shipped().with_knowledge(Knowledge::with_own(classes).unwrap())
}

fn judged(documents: &Documents, text: &str) -> crate::ClassifiedDocument {
    let paper = Paper::of_text(text);
    let input = InputPaper { file_index: 0, filename: "paper.txt", paper: &paper };
    now(documents.classify(&[input], &Lane::interactive("test"), None)).unwrap().documents.remove(0)
}

#[test]
fn five_samples_make_a_class_that_knows_the_next_and_leaves_its_neighbours() {
    let documents = with(&[dogs(5)]);
    for number in 5..12 {
        let document = judged(&documents, &dog(number));
        assert_eq!(document.document_class, "dog_tax", "{document:#?}");
        assert!(document.provisional && !document.abstained && document.probability > 0.8);
        assert_ne!(judged(&documents, &bin(number)).document_class, "dog_tax");
    }
    // Papers of shipped classes are judged as without the class, to the last digit.
    for case in include_str!("../classify/fixtures.txt").split("=== ").skip(1) {
        let (_, text) = case.split_once('\n').unwrap();
        assert_eq!(judged(&documents, text), judged(&shipped(), text));
    }
    assert!(!judged(&with(&[dogs(SAMPLES_FIRM)]), &dog(11)).provisional);
}

#[test]
fn what_one_sample_alone_says_is_not_kept() {
    let vector = |text: &str| Space::get().vector(text);
    let class = dogs(5);
    let kept: Vec<u16> = class
        .samples
        .iter()
        .flat_map(|sample| &sample.features)
        .map(|(bucket, _)| *bucket)
        .collect();
    // The name of one applicant, and a word of the form.
    let of = |word: &str| -> Vec<u32> {
        Featuriser::new(FeatureConfig { char_grams_max: 0, ..FeatureConfig::default() })
            .features(word)
            .features
            .iter()
            .map(|feature| feature.bucket)
            .collect()
    };
    let holds = |bucket: &u32| kept.iter().any(|kept| u32::from(*kept) == *bucket);
    assert!(of("Rufname").iter().all(holds));
    assert!(!of("Bondar").iter().any(holds));
    let bytes = String::from_utf8(class.to_bytes().unwrap()).unwrap();
    assert!(!bytes.contains("Rufname") && !bytes.contains("Bondar"));
    assert!(class.samples.iter().all(|sample| sample.features.len() < vector(&dog(0)).len()));
}

#[test]
fn wrong_classes_are_refused() {
    let texts: Vec<String> = (0..21).map(dog).collect();
    for count in [0, 2, 21] {
        let refused = made(definition("dog_tax"), &texts[..count]).unwrap_err();
        assert!(matches!(refused, OwnError::Samples { count: said } if said == count), "{refused}");
    }
    let refused = made(definition("passport"), &texts[..3]).unwrap_err();
    assert!(matches!(refused, OwnError::Taken { .. }));
    for id in ["", "ab", "Dog", "dog-tax", "../x", "1dog"] {
        assert!(matches!(made(definition(id), &texts[..3]), Err(OwnError::Id { .. })), "{id}");
    }
    let mut blank: Vec<String> = texts[..3].to_vec();
    blank[1] = " \n ".to_owned();
    let refused = made(definition("dog_tax"), &blank).unwrap_err();
    assert!(matches!(refused, OwnError::Unlike { number: 2 }), "{refused}");
    let mut empty = definition("dog_tax");
    empty.phrases.push("–".to_owned());
    assert!(matches!(made(empty, &texts[..3]), Err(OwnError::Length { .. })));
}

#[test]
fn a_version_that_comes_back_gives_the_same_answers_and_the_same_digest() {
    let first = dogs(5);
    let second = made(definition("dog_tax"), &(3..9).map(dog).collect::<Vec<_>>()).unwrap();
    let before = with(std::slice::from_ref(&first));
    let between = with(&[second]);
    let kept = OwnClass::from_bytes(&first.to_bytes().unwrap()).unwrap();
    assert_eq!(kept, first);
    let after = between.with_knowledge(Knowledge::with_own(&[kept]).unwrap());
    assert_ne!(before.knowledge().digest(), between.knowledge().digest());
    assert_ne!(before.knowledge().digest(), shipped().knowledge().digest());
    assert_eq!(before.knowledge().digest(), after.knowledge().digest());
    let differs =
        (0..12).any(|number| judged(&before, &dog(number)) != judged(&between, &dog(number)));
    assert!(differs, "the versions do not differ, so the test says nothing");
    for number in 0..12 {
        assert_eq!(judged(&before, &dog(number)), judged(&after, &dog(number)));
        assert_eq!(judged(&before, &bin(number)), judged(&after, &bin(number)));
    }
}

#[test]
fn a_trial_finds_the_odd_sample_out_and_a_class_that_takes_everything() {
    let mut texts: Vec<String> = (0..5).map(dog).collect();
    texts.push(bin(3));
    let class = made(definition("dog_tax"), &texts).unwrap();
    let preview = now(with(&[class]).preview("dog_tax", &Lane::bulk("test"))).unwrap();
    let verdicts: Vec<bool> =
        preview.samples.iter().map(|verdict| verdict.document_class == "dog_tax").collect();
    assert_eq!(verdicts, [true, true, true, true, true, false]);
    assert_eq!((preview.recognised, preview.drawn_count()), (5, 0));
    assert!(preview.provisional && preview.is_sound() && preview.papers > 100);
    let mut greedy = definition("everything");
    greedy.headings =
        vec!["Mietvertrag".to_owned(), "Antrag auf".to_owned(), "Bescheid".to_owned()];
    greedy.phrases = ["Name", "Anschrift", "Unterschrift", "Datum"].map(str::to_owned).to_vec();
    let class = made(greedy, &texts).unwrap();
    let preview = now(with(&[class]).preview("everything", &Lane::bulk("test"))).unwrap();
    assert!(preview.drawn_count() > 0 && !preview.drawn.is_empty());
    let missing = now(shipped().preview("dog_tax", &Lane::bulk("test")));
    assert!(matches!(missing, Err(OwnError::Unknown { .. })));
}

#[test]
fn a_history_knows_what_holds() {
    let change = |action, version| Change {
        at_s: 0,
        by: "test".to_owned(),
        action,
        version,
        digest: format!("{version}"),
        reason: Reason::Other,
        note: String::new(),
    };
    let mut history = History::default();
    assert!(history.add(change(Action::Enable, 1)).is_err());
    history.add(change(Action::Save, 1)).unwrap();
    assert_eq!((history.state(), history.last_version()), (State::Draft, 1));
    assert!(history.add(change(Action::Disable, 1)).is_err());
    history.add(change(Action::Enable, 1)).unwrap();
    assert_eq!(history.add(change(Action::Enable, 1)), Err(HistoryError::Nothing));
    assert!(history.add(change(Action::Save, 3)).is_err());
    history.add(change(Action::Save, 2)).unwrap();
    assert_eq!((history.state(), history.earlier()), (State::Live { version: 1 }, None));
    history.add(change(Action::Enable, 2)).unwrap();
    assert_eq!((history.state(), history.earlier()), (State::Live { version: 2 }, Some(1)));
    history.add(change(Action::RollBack, 1)).unwrap();
    assert_eq!(history.state(), State::Live { version: 1 });
    history.add(change(Action::Disable, 1)).unwrap();
    assert_eq!((history.state(), history.digest(2)), (State::Off, Some("2")));
    let mut long = change(Action::Enable, 1);
    long.note = "n".repeat(501);
    assert_eq!(history.add(long), Err(HistoryError::Note));
}
