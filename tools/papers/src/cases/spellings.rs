//! One person, two spellings: the passport's on all papers, another in the form.

use super::draft::{Draft, person};
use super::scenario::Who;
use crate::chance::Chance;
use crate::layouts::Families;
use crate::world::Person;
use anyhow::{Context as _, Result};

/// Passport and form: given names and surname in each, by rules of issuing states and habits of writing.
const TABLE: &str = include_str!("../../cases/spellings.txt");

/// The case with its applicant renamed: papers in the one spelling, form in the other.
pub(super) fn respell(
    clean: &Draft,
    families: Families,
    papers: &Chance,
    chance: &mut Chance,
) -> Result<Draft> {
    let rows: Vec<Vec<&str>> = rows().collect();
    let row = rows.get(chance.below(rows.len())).context("find a spelling")?;
    let [given, surname, form_given, form_surname] = row.as_slice() else {
        anyhow::bail!("read spellings.txt: four parts in a line");
    };
    let mut world = clean.world.clone();
    let renamed = match clean.scenario.who {
        Who::Applicant => &mut world.applicant,
        Who::Spouse => &mut world.spouse,
        Who::Child => &mut world.child,
    };
    rename(renamed, given, surname);
    let mut draft = Draft::new(&clean.scenario, world, families, papers)?;
    draft.put("applicant.given_names", *form_given);
    draft.put("applicant.surname", *form_surname);
    draft.planted.insert("names");
    let printed = person(&draft.world, draft.scenario.who).name();
    anyhow::ensure!(!printed.trim().is_empty(), "read spellings.txt: a name is empty");
    Ok(draft)
}

pub(super) fn rows() -> impl Iterator<Item = Vec<&'static str>> {
    let lines = TABLE.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    lines.map(|line| line.split('|').map(str::trim).collect())
}

pub(super) fn rename(person: &mut Person, given: &str, surname: &str) {
    person.given = given.to_owned();
    person.surname = surname.to_owned();
    person.birth_name = surname.to_owned();
    person.given_mrz = zone(given);
    person.surname_mrz = zone(surname);
}

/// The letters of a machine readable zone (ICAO Doc 9303-3) for the Latin letters of the table.
pub(super) fn zone(name: &str) -> String {
    let mut letters = String::new();
    for letter in name.to_uppercase().chars() {
        match letter {
            'A'..='Z' => letters.push(letter),
            'Ä' | 'Æ' => letters.push_str("AE"),
            'Ö' | 'Ø' | 'Œ' => letters.push_str("OE"),
            'Ü' => letters.push_str("UE"),
            'ẞ' | 'ß' => letters.push_str("SS"),
            'Þ' => letters.push_str("TH"),
            'Å' => letters.push_str("AA"),
            '\'' | '’' => {}
            ' ' | '-' => letters.push('<'),
            other => letters.push(base(other)),
        }
    }
    letters
}

/// The letter under its marks.
fn base(letter: char) -> char {
    const BASES: [(&str, char); 15] = [
        ("ÁÀÂÃĂĄẠẢẤẦẬẮẶĀ", 'A'),
        ("ÇĆČ", 'C'),
        ("ĐÐĎ", 'D'),
        ("ÉÈÊËĘĚẸẾỀỄỆĖ", 'E'),
        ("ĞĢ", 'G'),
        ("İÍÌÎÏĮỊĨ", 'I'),
        ("Ł", 'L'),
        ("ÑŃŇ", 'N'),
        ("ÓÒÔÕŐỌỐỒỖỘƠỚỜỢ", 'O'),
        ("ŘŔ", 'R'),
        ("ŞŚŠȘ", 'S'),
        ("ŢȚŤ", 'T'),
        ("ÚÙÛŰŮỤƯỨỪỮỰŲŪ", 'U'),
        ("ÝỲỸ", 'Y'),
        ("ŹŻŽ", 'Z'),
    ];
    BASES.iter().find(|(all, _)| all.contains(letter)).map_or(letter, |(_, base)| *base)
}
