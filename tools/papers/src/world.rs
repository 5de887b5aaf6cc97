//! One invented household with everything its papers say, so that they agree with each other.

use crate::chance::Chance;
use crate::checked;
use crate::day::{Cents, Day};
use crate::origins::{GERMANY, ORIGINS, Origin};

/// Somebody who does not exist.
#[derive(Clone, Debug)]
pub struct Person {
    /// Stable within one world: `applicant`, `spouse`, `child`, `landlord`.
    pub id: &'static str,
    /// Family name as printed.
    pub surname: String,
    /// Given names as printed.
    pub given: String,
    /// Family name in the letters of a machine readable zone.
    pub surname_mrz: String,
    /// Given names likewise.
    pub given_mrz: String,
    /// Family name at birth.
    pub birth_name: String,
    /// Day of birth.
    pub birth: Day,
    /// `M` or `F`.
    pub sex: char,
    /// Where from.
    pub origin: &'static Origin,
    /// Place of birth.
    pub birthplace: String,
    /// Passport: number, issued, expiry.
    pub passport_number: String,
    /// Day of issue of the passport.
    pub passport_issued: Day,
    /// End of the passport's validity.
    pub passport_expiry: Day,
}

impl Person {
    fn new(id: &'static str, origin: &'static Origin, birth: Day, chance: &mut Chance) -> Self {
        let sex = if chance.with(0.5) { 'F' } else { 'M' };
        let given = chance.pick(if sex == 'F' { origin.female } else { origin.male });
        let surname = chance.pick(origin.surnames);
        let issued = Day::new(2022, 1, 1).plus(chance.between(0, 1100));
        Self {
            id,
            surname: surname.0.to_owned(),
            given: given.0.to_owned(),
            surname_mrz: surname.1.to_owned(),
            given_mrz: given.1.to_owned(),
            birth_name: surname.0.to_owned(),
            birth,
            sex,
            origin,
            birthplace: chance.pick(origin.places).to_owned(),
            passport_number: format!("{}{}", chance.letters(1), chance.digits(8)),
            passport_issued: issued,
            passport_expiry: issued.plus(3650),
        }
    }

    /// `Given Surname`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {}", self.given, self.surname)
    }

    /// `Frau` or `Herr`.
    #[must_use]
    pub fn address_form(&self) -> &'static str {
        if self.sex == 'F' { "Frau" } else { "Herr" }
    }
}

/// An address that does not exist.
#[derive(Clone, Debug)]
pub struct Address {
    /// Street and number.
    pub street: String,
    /// Five digits from a range that is not assigned.
    pub postcode: String,
    /// Town.
    pub town: String,
}

impl Address {
    /// An address in this town.
    #[must_use]
    pub fn new(town: &str, chance: &mut Chance) -> Self {
        const STREETS: [&str; 12] = [
            "Beispielweg",
            "Musterstraße",
            "Am Alten Speicher",
            "Lindenallee",
            "Probengasse",
            "Hinter der Mühle",
            "Fliederstr.",
            "Schlehenring",
            "Zum Erfundenen Tor",
            "Kranichufer",
            "Paul-Beispiel-Straße",
            "Drosselsteig",
        ];
        let letter = if chance.with(0.2) { "a" } else { "" };
        Self {
            street: format!("{} {}{letter}", chance.pick(&STREETS), chance.between(1, 120)),
            postcode: format!("000{}", chance.digits(2)),
            town: town.to_owned(),
        }
    }

    /// `Street 1, 00012 Town`.
    #[must_use]
    pub fn line(&self) -> String {
        format!("{}, {} {}", self.street, self.postcode, self.town)
    }
}

/// A company that does not exist.
#[derive(Clone, Debug)]
pub struct Company {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub address: Address,
    /// Establishment number.
    pub number: String,
}

/// Everything that the papers of one application agree on.
#[derive(Clone, Debug)]
pub struct World {
    /// The seed that made it.
    pub seed: u64,
    /// "Today" of these papers.
    pub today: Day,
    /// Who applies.
    pub applicant: Person,
    /// Husband or wife: lives in Germany (the sponsor of a family reunification).
    pub spouse: Person,
    /// Their child.
    pub child: Person,
    /// Who lets the flat.
    pub landlord: Person,
    /// Where they live.
    pub home: Address,
    /// Who employs (or trains) them.
    pub employer: Company,
    /// What as.
    pub occupation: String,
    /// Gross a month.
    pub gross: Cents,
    /// Hours a week.
    pub hours: i64,
    /// Contract begins.
    pub work_start: Day,
    /// Moved in.
    pub moved_in: Day,
    /// Net cold rent.
    pub rent_cold: Cents,
    /// Everything included.
    pub rent_warm: Cents,
    /// Square metres.
    pub space: i64,
    /// Health insurer.
    pub insurer: String,
    /// Bank.
    pub bank: String,
    /// Salary account.
    pub iban: String,
    /// Wedding.
    pub wedding: Day,
    /// Social insurance number of the worker.
    pub social_number: String,
    /// Health insurance number of the applicant.
    pub health_number: String,
    /// Number of the residence permit.
    pub card_number: String,
    /// End of the present permit.
    pub card_expiry: Day,
    /// Which payslip: 1 is the month before today.
    pub payslip_months_back: i64,
    /// Level of German of the applicant.
    pub level: String,
    /// For what is not listed here.
    pub chance: Chance,
}

/// Trades and professions.
pub const OCCUPATIONS: [&str; 12] = [
    "Softwareentwickler/in",
    "Pflegefachkraft",
    "Mechatroniker/in",
    "Buchhalter/in",
    "Koch/Köchin",
    "Elektroniker/in",
    "Bauingenieur/in",
    "Lagerlogistiker/in",
    "Datenanalyst/in",
    "Zahntechniker/in",
    "Bäcker/in",
    "Physiotherapeut/in",
];
/// Invented insurers beside kinds that exist everywhere.
pub const INSURERS: [&str; 6] = [
    "Musterkasse",
    "BKK Beispiel",
    "Gesundheitskasse Musterland",
    "IKK Erfunden",
    "Novitas Muster BKK",
    "Allgemeine Probekasse",
];
/// Invented banks.
pub const BANKS: [&str; 5] = [
    "Sparkasse Musterstadt",
    "Volksbank Beispielhausen eG",
    "Musterbank AG",
    "Erste Probebank",
    "Raiffeisenbank Neuheim eG",
];
/// Invented companies.
pub const COMPANIES: [&str; 10] = [
    "Nordwind Beispiel GmbH",
    "Musterwerk AG",
    "Klinikum Musterstadt gGmbH",
    "Hansemann & Probst KG",
    "Datenhafen GmbH",
    "Bäckerei Krumenreich e. K.",
    "Lotsenbau GmbH & Co. KG",
    "Seniorenzentrum Lindenhof gGmbH",
    "Elektro Funkelstein GmbH",
    "Spedition Weitweg SE",
];

impl World {
    /// The household of this seed.
    #[must_use]
    pub fn new(seed: u64, today: Day) -> Self {
        let mut chance = Chance::new(seed).fork("world");
        let origin = ORIGINS.get(chance.below(ORIGINS.len())).unwrap_or(&GERMANY);
        let age = chance.between(24 * 365, 44 * 365);
        let applicant = Person::new("applicant", origin, today.plus(-age), &mut chance);
        let other_age = chance.between(24 * 365, 44 * 365);
        let mut spouse = Person::new("spouse", origin, today.plus(-other_age), &mut chance);
        spouse.sex = if applicant.sex == 'F' { 'M' } else { 'F' };
        let names = if spouse.sex == 'F' { origin.female } else { origin.male };
        let name = chance.pick(names);
        (spouse.given, spouse.given_mrz) = (name.0.to_owned(), name.1.to_owned());
        spouse.surname.clone_from(&applicant.surname);
        spouse.surname_mrz.clone_from(&applicant.surname_mrz);
        let child_age = chance.between(400, 4000);
        let mut child = Person::new("child", origin, today.plus(-child_age), &mut chance);
        child.surname.clone_from(&applicant.surname);
        child.surname_mrz.clone_from(&applicant.surname_mrz);
        child.birth_name.clone_from(&applicant.surname);
        let landlord = Person::new("landlord", &GERMANY, Day::new(1965, 3, 9), &mut chance);
        Self::furnish(seed, today, [applicant, spouse, child, landlord], chance)
    }

    fn furnish(seed: u64, today: Day, people: [Person; 4], mut chance: Chance) -> Self {
        let [applicant, spouse, child, landlord] = people;
        let town = chance.pick(GERMANY.places);
        let surname = applicant.surname_mrz.replace('<', "");
        let wedding_age = chance.between(900, 3000);
        let work = today.first_of_month(-chance.between(14, 30));
        let rent_cold = Cents(chance.between(45, 110) * 1000);
        Self {
            seed,
            today,
            home: Address::new(town, &mut chance),
            employer: Company {
                name: chance.pick(&COMPANIES).to_owned(),
                address: Address::new(town, &mut chance),
                number: checked::establishment_number(&mut chance),
            },
            occupation: chance.pick(&OCCUPATIONS).to_owned(),
            gross: Cents(chance.between(46, 62) * 10_000),
            hours: chance.pick(&[40_i64, 39, 38]),
            work_start: work,
            moved_in: today.first_of_month(-chance.between(3, 13)),
            rent_cold,
            rent_warm: Cents(rent_cold.0 + chance.between(15, 28) * 1000),
            space: chance.between(62, 98),
            insurer: chance.pick(&INSURERS).to_owned(),
            bank: chance.pick(&BANKS).to_owned(),
            iban: checked::iban(&mut chance),
            wedding: today.plus(-wedding_age),
            social_number: checked::social_insurance_number(applicant.birth, &surname, &mut chance),
            health_number: checked::health_insurance_number(&mut chance),
            card_number: format!("Y{}{}", chance.letters(2), chance.digits(6)),
            card_expiry: today.plus(chance.between(35, 120)),
            payslip_months_back: 1,
            level: chance.pick(&["B1", "B2", "A2", "C1"]).to_owned(),
            applicant,
            spouse,
            child,
            landlord,
            chance,
        }
    }

    /// Net pay: a plausible share of the gross.
    #[must_use]
    pub fn net(&self) -> Cents {
        self.gross.share(648)
    }
}
