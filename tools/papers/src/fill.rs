//! Fills the placeholders of wordings with invented people, places, days and numbers.

use crate::chance::Chance;
use crate::checked;
use crate::corpus::{amount, day};
use crate::day::Day;
use crate::world::{BANKS, COMPANIES, INSURERS, OCCUPATIONS, World};

/// One text's people and places: the same name stands wherever the text names the person.
#[derive(Debug)]
pub struct Filler {
    world: World,
    other: World,
    blank: Blank,
    /// Days of the text lie shortly before this one.
    today: Option<Day>,
}

/// How a form shows what nobody has filled in.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Blank {
    No,
    Line,
    Dots,
    Bracket,
    Nothing,
}

const KEYS: [&str; 60] = [
    "name",
    "surname",
    "given",
    "name2",
    "surname2",
    "given2",
    "surname_upper",
    "given_upper",
    "birth",
    "birthplace",
    "nat",
    "iso3",
    "sex",
    "country_name",
    "country_name_upper",
    "country_en_upper",
    "issuer_abroad",
    "passno",
    "docno",
    "mrz1",
    "mrz2",
    "address",
    "address2",
    "street",
    "plzcity",
    "city",
    "city_upper",
    "cityascii",
    "authority",
    "authority_reg",
    "landlord",
    "employer",
    "employer_address",
    "company",
    "occ",
    "trade",
    "date",
    "date_en",
    "date_short",
    "year",
    "month",
    "semester",
    "time",
    "weekday",
    "money",
    "num",
    "letters",
    "iban",
    "bic",
    "svnr",
    "kvnr",
    "insurer",
    "bank",
    "fintech",
    "phone",
    "mail",
    "uni",
    "school",
    "subject",
    "noise",
];

impl Filler {
    /// People and places for one text; one form in five is blank.
    #[must_use]
    pub fn new(chance: &mut Chance) -> Self {
        let today = Day::new(2026, 11, 2);
        let blank = if chance.with(0.2) {
            chance.pick(&[
                Some(Blank::Line),
                Some(Blank::Dots),
                Some(Blank::Bracket),
                Some(Blank::Nothing),
            ])
        } else {
            None
        };
        Self {
            world: World::new(chance.next_u64(), today),
            other: World::new(chance.next_u64(), today),
            blank: blank.unwrap_or(Blank::No),
            today: None,
        }
    }

    /// People and places of a household, nothing left blank, written in the weeks before its today.
    #[must_use]
    pub fn of(world: &World, chance: &mut Chance) -> Self {
        let other = World::new(chance.next_u64(), world.today);
        Self { world: world.clone(), other, blank: Blank::No, today: Some(world.today) }
    }

    /// Whether wordings may use this placeholder.
    #[must_use]
    pub fn knows(key: &str) -> bool {
        !key.is_empty() && KEYS.contains(&key)
    }

    /// The value of a placeholder.
    pub fn fill(&mut self, key: &str, count: usize, chance: &mut Chance) -> String {
        let personal = !matches!(key, "authority" | "city" | "uni" | "bank" | "insurer" | "noise");
        if self.blank != Blank::No && personal && chance.with(0.8) {
            return match self.blank {
                Blank::Line => "______".into(),
                Blank::Dots => "......".into(),
                Blank::Bracket => match key {
                    "date" | "birth" => "[Datum]".into(),
                    "money" => "[Betrag]".into(),
                    "address" | "street" => "[Anschrift]".into(),
                    _ => "[Name]".into(),
                },
                Blank::No | Blank::Nothing => String::new(),
            };
        }
        self.person(key)
            .or_else(|| self.place(key, chance))
            .or_else(|| self.recent(key, chance))
            .unwrap_or_else(|| number(key, count, chance))
    }

    fn recent(&self, key: &str, chance: &mut Chance) -> Option<String> {
        let day = self.today?.plus(-chance.between(4, 40));
        Some(match key {
            "date" => day.german(),
            "date_en" => day.english(),
            "year" => day.parts().0.to_string(),
            _ => return None,
        })
    }

    fn person(&self, key: &str) -> Option<String> {
        let (one, two) = (&self.world.applicant, &self.other.applicant);
        Some(match key {
            "name" => one.name(),
            "surname" => one.surname.clone(),
            "given" => one.given.clone(),
            "name2" => two.name(),
            "surname2" => two.surname.clone(),
            "given2" => two.given.clone(),
            "surname_upper" => one.surname.to_uppercase(),
            "given_upper" => one.given.to_uppercase(),
            "birth" => one.birth.german(),
            "birthplace" => one.birthplace.clone(),
            "nat" => one.origin.nationality.to_owned(),
            "iso3" => one.origin.iso3.to_owned(),
            "sex" => one.sex.to_string(),
            "country_name" => one.origin.country.to_owned(),
            "country_name_upper" => one.origin.country.to_uppercase(),
            "country_en_upper" => one.origin.country_en.to_uppercase(),
            "issuer_abroad" => one.origin.authority.to_owned(),
            "passno" => one.passport_number.clone(),
            "docno" => self.world.card_number.clone(),
            "mrz1" | "mrz2" => {
                let lines = crate::facts::passport_zone(one).td3();
                lines.into_iter().nth(usize::from(key == "mrz2")).unwrap_or_default()
            }
            "svnr" => self.world.social_number.clone(),
            "kvnr" => self.world.health_number.clone(),
            "iban" => checked::grouped(&self.world.iban),
            _ => return None,
        })
    }

    fn place(&self, key: &str, chance: &mut Chance) -> Option<String> {
        let city = || chance_city(self.world.seed);
        Some(match key {
            "address" => format!("{} {}", self.world.home.street, city()),
            "address2" => format!("{} {}", self.other.home.street, city()),
            "street" => self.world.home.street.clone(),
            "plzcity" => format!("{} {}", self.world.home.postcode, city()),
            "city" => city(),
            "city_upper" => city().to_uppercase(),
            "cityascii" => city().to_lowercase().replace('ü', "ue").replace(' ', "-"),
            "authority" => authority(&city(), chance),
            "authority_reg" => registry(&city(), chance),
            "landlord" => self.world.landlord.name(),
            "employer" | "company" => chance.pick(&COMPANIES).to_owned(),
            "employer_address" => self.other.home.line(),
            "occ" => chance.pick(&OCCUPATIONS).to_owned(),
            "insurer" => insurer(chance),
            "bank" => chance.pick(&BANKS).to_owned(),
            "school" => {
                let kinds = ["Volkshochschule", "Sprachschule Brücke", "Sprachinstitut", "Academy"];
                format!("{} {}", chance.pick(&kinds), city())
            }
            "uni" => {
                let kinds =
                    ["Universität", "Hochschule", "Technische Universität", "Fachhochschule"];
                format!("{} {}", chance.pick(&kinds), city())
            }
            _ => return None,
        })
    }
}

fn number(key: &str, count: usize, chance: &mut Chance) -> String {
    let list: &[&str] = match key {
        "trade" => &[
            "Handel mit Textilien",
            "Gebäudereinigung",
            "Imbiss",
            "IT-Beratung",
            "Kurierdienst",
            "Friseursalon",
        ],
        "semester" => &["Wintersemester 2026/27", "Sommersemester 2026", "WS 2025/26", "SoSe 2027"],
        "weekday" => &["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Sonntag"],
        "fintech" => {
            &["Studiopolis Sperrkonto", "BlockedEasy", "Musterbank Sperrkonto", "StudyFunds"]
        }
        "subject" => &[
            "Informatik",
            "Maschinenbau",
            "Betriebswirtschaftslehre",
            "Biologie",
            "Data Science",
            "Germanistik",
            "Medizin",
        ],
        _ => &[],
    };
    if !list.is_empty() {
        return chance.pick(list).to_owned();
    }
    match key {
        "date" => {
            let day = day(chance);
            if chance.with(0.15) { day.german_long() } else { day.german() }
        }
        "date_en" => day(chance).english(),
        "date_short" => day(chance).german().chars().take(6).collect(),
        "year" => day(chance).parts().0.to_string(),
        "month" => {
            let day = day(chance);
            format!("{} {}", day.month_name(), day.parts().0)
        }
        "time" => format!("{:02}:{:02}", chance.between(7, 18), chance.between(0, 59)),
        "money" => amount(chance).to_string(),
        "letters" => chance.letters(count),
        "bic" => format!("{}DE{}XXX", chance.letters(4), chance.letters(2)),
        "phone" => format!("0{} {}", chance.digits(3), chance.digits(6)),
        "mail" => format!("{}@post.example", chance.letters(6).to_lowercase()),
        "noise" => noise(chance),
        _ => chance.digits(count),
    }
}

fn noise(chance: &mut Chance) -> String {
    const MARKS: [&str; 14] =
        ["|", "~", "—", ".", "'", "_", "i", "l", ":", "»", "r", "1", "\"", "\\"];
    let mut text = String::new();
    for _ in 0..chance.below(30) {
        text.push_str(chance.pick(&MARKS));
        if chance.with(0.4) {
            text.push(' ');
        }
    }
    text
}

/// Real towns for the corpus, so that no town speaks for a class.
fn chance_city(seed: u64) -> String {
    const CITIES: [&str; 24] = [
        "Musterstadt",
        "Leipzig",
        "Köln",
        "Hamburg",
        "Bremen",
        "Neuheim",
        "Erfurt",
        "Kassel",
        "Dresden",
        "Aachen",
        "Ulm",
        "Kiel",
        "Mainz",
        "Berlin",
        "München",
        "Stuttgart",
        "Gera",
        "Halle",
        "Rostock",
        "Bonn",
        "Hagen",
        "Fürth",
        "Trier",
        "Beispielhausen",
    ];
    Chance::new(seed).fork("city").pick(&CITIES).to_owned()
}

fn authority(city: &str, chance: &mut Chance) -> String {
    let kinds = [
        "Ausländerbehörde",
        "Stadt # Ausländerbehörde",
        "Landratsamt # Ausländeramt",
        "Stadt # Amt für Migration und Integration",
        "Landesamt für Einwanderung #",
        "Stadtverwaltung # Fachbereich Zuwanderung",
        "Kreis # Der Landrat",
        "Welcome Center #",
    ];
    chance.pick(&kinds).replace('#', city)
}

fn registry(city: &str, chance: &mut Chance) -> String {
    let kinds = [
        "Stadt # Bürgeramt",
        "Stadt # Einwohnermeldeamt",
        "Bürgerbüro #",
        "Gemeinde # Meldebehörde",
        "Stadtverwaltung # Bürgerservice",
        "Bezirksamt # Amt für Bürgerdienste",
        "Bürgerdienste #",
    ];
    chance.pick(&kinds).replace('#', city)
}

fn insurer(chance: &mut Chance) -> String {
    const KINDS: [&str; 10] = [
        "AOK",
        "TK",
        "Techniker Krankenkasse",
        "BARMER",
        "DAK-Gesundheit",
        "IKK classic",
        "KKH",
        "BKK",
        "Knappschaft",
        "hkk",
    ];
    if chance.with(0.5) {
        chance.pick(&KINDS).to_owned()
    } else {
        chance.pick(&INSURERS).to_owned()
    }
}
