//! Numbers with check digits: machine readable zones, IBANs, social insurance numbers.

use crate::chance::Chance;
use crate::day::Day;

/// The check digit of ICAO 9303: weights 7, 3, 1.
#[must_use]
pub fn mrz_digit(text: &str) -> char {
    let sum: u32 = text
        .chars()
        .zip([7_u32, 3, 1].into_iter().cycle())
        .map(|(character, weight)| {
            let value = match character {
                '0'..='9' => u32::from(character) - u32::from('0'),
                'A'..='Z' => u32::from(character) - u32::from('A') + 10,
                _ => 0,
            };
            value * weight
        })
        .sum();
    char::from_digit(sum % 10, 10).unwrap_or('0')
}

/// Fills up with `<` and cuts to the length.
#[must_use]
pub fn filled(text: &str, length: usize) -> String {
    text.chars().chain(std::iter::repeat('<')).take(length).collect()
}

/// Characters of a line of a visa's zone: the large sticker.
pub const VISA_A: usize = 44;
/// The small one.
pub const VISA_B: usize = 36;

/// What a machine readable zone says.
#[derive(Clone, Debug)]
pub struct MrzData {
    /// Issuing state, as in the zone (Germany is `D`).
    pub state: String,
    /// Surname in the letters of the zone, words parted by `<`.
    pub surname: String,
    /// Given names likewise.
    pub given: String,
    /// Number of the paper, 9 characters at most.
    pub number: String,
    /// Nationality, as in the zone.
    pub nationality: String,
    /// Birth.
    pub birth: Day,
    /// `M`, `F` or `<`.
    pub sex: char,
    /// End of validity.
    pub expiry: Day,
}

impl MrzData {
    /// Two lines of 44 characters: passport and passport substitute.
    #[must_use]
    pub fn td3(&self) -> [String; 2] {
        let names = format!("{}<<{}", self.surname, self.given);
        let first = filled(&format!("P<{}{names}", filled(&self.state, 3)), 44);
        let number = filled(&self.number, 9);
        let (birth, expiry) = (self.birth.mrz(), self.expiry.mrz());
        let optional = filled("", 14);
        let body = format!("{number}{}", mrz_digit(&number));
        let dates = format!("{birth}{}", mrz_digit(&birth));
        let ends = format!("{expiry}{}", mrz_digit(&expiry));
        let composite = mrz_digit(&format!("{body}{dates}{ends}{optional}<"));
        let nationality = filled(&self.nationality, 3);
        let second = format!("{body}{nationality}{dates}{}{ends}{optional}<{composite}", self.sex);
        [first, second]
    }

    /// Two lines of 36 characters: card of this kind in the older, wider size.
    #[must_use]
    pub fn td2(&self, kind: &str) -> [String; 2] {
        let names = format!("{}<<{}", self.surname, self.given);
        let first = filled(&format!("{}{}{names}", filled(kind, 2), filled(&self.state, 3)), 36);
        let [number, birth, expiry] = self.checked();
        let optional = filled("", 7);
        let composite = mrz_digit(&format!("{number}{birth}{expiry}{optional}"));
        let nationality = filled(&self.nationality, 3);
        let second =
            format!("{number}{nationality}{birth}{}{expiry}{optional}{composite}", self.sex);
        [first, second]
    }

    /// Two lines of this width ([`VISA_A`] or [`VISA_B`]): visa of this kind.
    #[must_use]
    pub fn visa(&self, kind: &str, width: usize) -> [String; 2] {
        let names = format!("{}<<{}", self.surname, self.given);
        let head = format!("{}{}", filled(&format!("V{kind}"), 2), filled(&self.state, 3));
        let [number, birth, expiry] = self.checked();
        let nationality = filled(&self.nationality, 3);
        let second = format!("{number}{nationality}{birth}{}{expiry}", self.sex);
        [filled(&format!("{head}{names}"), width), filled(&second, width)]
    }

    /// Number, birth and expiry, each with its digit.
    fn checked(&self) -> [String; 3] {
        [filled(&self.number, 9), self.birth.mrz(), self.expiry.mrz()]
            .map(|text| format!("{text}{}", mrz_digit(&text)))
    }

    /// Three lines of 30 characters: card of this kind (`AR` for residence permits).
    #[must_use]
    pub fn td1(&self, kind: &str) -> [String; 3] {
        let number = filled(&self.number, 9);
        let first =
            filled(&format!("{kind}{}{number}{}", filled(&self.state, 3), mrz_digit(&number)), 30);
        let (birth, expiry) = (self.birth.mrz(), self.expiry.mrz());
        let dates = format!("{birth}{}", mrz_digit(&birth));
        let ends = format!("{expiry}{}", mrz_digit(&expiry));
        let optional = filled("", 11);
        let upper: String = first.chars().skip(5).collect();
        let composite = mrz_digit(&format!("{upper}{dates}{ends}{optional}"));
        let nationality = filled(&self.nationality, 3);
        let second = format!("{dates}{}{ends}{nationality}{optional}{composite}", self.sex);
        [first, second, filled(&format!("{}<<{}", self.surname, self.given), 30)]
    }
}

/// A German IBAN with valid check digits. Bank code 999… belongs to no bank.
#[must_use]
pub fn iban(chance: &mut Chance) -> String {
    let account = format!("99900{}{}", chance.digits(3), chance.digits(10));
    // D = 13, E = 14; the check digits count as 00.
    let remainder = remainder_97(&format!("{account}131400"));
    format!("DE{:02}{account}", 98 - remainder)
}

fn remainder_97(digits: &str) -> u32 {
    digits.chars().filter_map(|digit| digit.to_digit(10)).fold(0, |rest, d| (rest * 10 + d) % 97)
}

/// An IBAN in groups of four.
#[must_use]
pub fn grouped(iban: &str) -> String {
    let mut text = String::new();
    for (index, character) in iban.chars().enumerate() {
        if index > 0 && index.is_multiple_of(4) {
            text.push(' ');
        }
        text.push(character);
    }
    text
}

/// A social insurance number (area 99 is not assigned): day of birth, initial, serial, check.
#[must_use]
pub fn social_insurance_number(birth: Day, surname: &str, chance: &mut Chance) -> String {
    let (year, month, day) = birth.parts();
    let initial = surname.chars().next().filter(char::is_ascii_uppercase).unwrap_or('X');
    let date = format!("99{day:02}{month:02}{:02}", year.rem_euclid(100));
    let letter = u32::from(initial) - u32::from('A') + 1;
    let body = format!("{date}{initial}{}", chance.digits(2));
    let digits = format!("{date}{letter:02}{}", body.get(9..).unwrap_or(""));
    let check: u32 = digits
        .chars()
        .filter_map(|digit| digit.to_digit(10))
        .zip([2_u32, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1])
        .map(|(digit, weight)| digit * weight / 10 + digit * weight % 10)
        .sum();
    format!("{body}{}", check % 10)
}

/// A health insurance number: a letter, eight digits and their check digit.
#[must_use]
pub fn health_insurance_number(chance: &mut Chance) -> String {
    let letter = chance.letters(1);
    let digits = chance.digits(8);
    let value = letter.bytes().next().map_or(1, |byte| u32::from(byte - b'A') + 1);
    let check: u32 = format!("{value:02}{digits}")
        .chars()
        .filter_map(|digit| digit.to_digit(10))
        .zip([1_u32, 2].into_iter().cycle())
        .map(|(digit, weight)| digit * weight / 10 + digit * weight % 10)
        .sum();
    format!("{letter}{digits}{}", check % 10)
}

/// An establishment number of eight digits from a range that is not assigned.
#[must_use]
pub fn establishment_number(chance: &mut Chance) -> String {
    format!("000{}", chance.digits(5))
}

#[cfg(test)]
mod tests;
