//! Letters: ICAO transliteration with its accepted variants, and coarser keys for romanised names.

use unicode_normalization::UnicodeNormalization as _;

/// What one letter may become in A-Z; the first is the usual one. Empty for letters without a table.
fn variants(letter: char) -> &'static [&'static str] {
    match letter {
        'Ä' => &["AE", "A"],
        'Ö' => &["OE", "O"],
        'Ü' => &["UE", "UXX", "U"],
        'ß' | 'ẞ' => &["SS", "S"],
        'Å' => &["AA", "A"],
        'Æ' => &["AE", "A"],
        'Ø' => &["OE", "O"],
        'Œ' => &["OE"],
        'Þ' => &["TH"],
        'Ð' | 'Đ' => &["D", "DJ"],
        'Ñ' => &["N", "NXX", "NN"],
        'Ł' => &["L"],
        'Ħ' => &["H"],
        'Ŋ' => &["N"],
        'Ĳ' => &["IJ"],
        'İ' | 'I' => &["I"],
        'Ə' => &["A", "E"],
        'Ş' | 'Ș' => &["S", "SH", "SCH"],
        'Ç' => &["C", "CH"],
        'Č' => &["C", "CH", "TSCH"],
        'Š' => &["S", "SH", "SCH"],
        'Ž' => &["Z", "ZH", "J"],
        'Ğ' => &["G", "GH", ""],
        _ => cyrillic(letter),
    }
}

/// Doc 9303 first, then older passports, ISO 9 without marks, German civil papers.
fn cyrillic(letter: char) -> &'static [&'static str] {
    match letter {
        'А' => &["A"],
        'Б' => &["B"],
        'В' => &["V", "W"],
        'Г' => &["G", "H"],
        'Ґ' => &["G"],
        'Д' => &["D"],
        'Е' => &["E", "YE", "JE"],
        'Ё' => &["E", "IO", "YO", "JO", "O"],
        'Ж' => &["ZH", "Z", "J", "SCH", "SH"],
        'З' => &["Z", "S"],
        'И' => &["I", "Y"],
        'Й' => &["I", "Y", "J", ""],
        'К' => &["K"],
        'Л' => &["L"],
        'М' => &["M"],
        'Н' => &["N"],
        'О' => &["O"],
        'П' => &["P"],
        'Р' => &["R"],
        'С' => &["S", "SS"],
        'Т' => &["T"],
        'У' => &["U", "OU"],
        'Ф' => &["F"],
        'Х' => &["KH", "H", "CH"],
        'Ц' => &["TS", "C", "TZ", "Z"],
        'Ч' => &["CH", "C", "TSCH"],
        'Ш' => &["SH", "S", "SCH"],
        'Щ' => &["SHCH", "SHT", "SC", "SCHTSCH"],
        'Ъ' => &["IE", ""],
        'Ы' => &["Y", "I"],
        'Ь' => &[""],
        'Э' => &["E"],
        'Ю' => &["IU", "YU", "JU", "U"],
        'Я' => &["IA", "YA", "JA", "A"],
        'І' => &["I"],
        'Ї' => &["I", "YI", "JI"],
        'Є' => &["IE", "YE", "JE", "E"],
        'Ђ' => &["D", "DJ"],
        'Љ' => &["LJ"],
        'Њ' => &["NJ"],
        'Ћ' => &["C"],
        'Џ' => &["DZ"],
        'Ќ' => &["K"],
        'Ј' => &["J"],
        _ => &[],
    }
}

/// A key in which the ways agree that papers write Cyrillic names in Latin letters: Г as G or H, Ц as TS, TZ, C or Z, and
/// what German and English make of the hissing sounds. Coarser than [`fold`]: good for being alike, not for being the same.
pub(super) fn slavic(token: &str) -> String {
    const STEPS: [(&str, &str); 6] =
        [("TS", "Z"), ("TZ", "Z"), ("YE", "E"), ("IE", "E"), ("JE", "E"), ("G", "H")];
    let mut out = token.to_owned();
    for (from, to) in STEPS {
        out = out.replace(from, to);
    }
    fold(&out)
}

/// The first transliteration of every letter; marks without a table fall away.
pub(super) fn transliterate(token: &str) -> String {
    let mut out = String::with_capacity(token.len());
    for letter in token.nfc() {
        if let Some(first) = variants(letter).first() {
            out.push_str(first);
        } else {
            out.extend(base(letter));
        }
    }
    out
}

fn base(letter: char) -> impl Iterator<Item = char> {
    letter.nfd().filter(char::is_ascii_alphanumeric)
}

/// Whether `plain` is one of the transliterations of `token`.
pub(super) fn matches(token: &str, plain: &str) -> bool {
    // The reachable positions in `plain` after each letter: every letter is looked at once.
    let mut reached = vec![0_usize];
    for letter in token.nfc() {
        let mut next = Vec::new();
        let table = variants(letter);
        let plainly: String = base(letter).collect();
        for &at in &reached {
            let rest = plain.get(at..).unwrap_or_default();
            let own = [plainly.as_str()];
            let forms = if table.is_empty() { own.iter() } else { table.iter() };
            for form in forms {
                if rest.starts_with(form) && !next.contains(&(at + form.len())) {
                    next.push(at + form.len());
                }
            }
        }
        if next.is_empty() {
            return false;
        }
        reached = next;
    }
    reached.contains(&plain.len())
}

/// Names that are one name in several romanisations; the first stands for all.
const TABLE: [&[&str]; 24] = [
    &[
        "MOHAMMED",
        "MUHAMMAD",
        "MOHAMAD",
        "MOHAMED",
        "MOHAMMAD",
        "MUHAMMED",
        "MUHAMMET",
        "MEHMET",
        "MOHAMMADI",
    ],
    &["AHMED", "AHMAD", "AHMET", "AHMAT"],
    &["HUSSEIN", "HUSEYIN", "HUSAIN", "HUSSAIN", "HOSSEIN", "HOSEIN", "HUSEIN"],
    &["HASSAN", "HASAN", "HASSANE"],
    &["YUSUF", "YOUSSEF", "YOUSEF", "YOUSUF", "JUSUF", "YOUSIF", "JOUSSEF"],
    &["IBRAHIM", "EBRAHIM", "BRAHIM", "IBRAHEEM"],
    &["KHALED", "KHALID", "HALED", "HALID", "CHALED"],
    &["OMAR", "OMER", "UMAR", "OEMER", "OMAIR"],
    &["OSMAN", "OTHMAN", "UTHMAN", "OTMANE"],
    &["MUSTAFA", "MOSTAFA", "MOUSTAFA", "MOUSTAPHA", "MUSTAPHA"],
    &["MAHMOUD", "MAHMUD", "MAHMUT", "MAHMOOD"],
    &["FATIMA", "FATMA", "FATEMEH", "FATIMAH", "FATEMA"],
    &["AISHA", "AYSE", "AICHA", "AYESHA", "AISCHA"],
    &["KHADIJA", "HATICE", "KHADIDJA", "KHADIJAH", "HADIDJA"],
    &["ZAINAB", "ZEYNEP", "ZEINAB", "ZAYNAB", "ZAINEB"],
    &["SAID", "SAEED", "SAYED", "SAYID", "SAYYID", "SEYED", "SAIED", "SAYYED"],
    &["ALEXANDER", "ALEKSANDR", "OLEKSANDR", "ALEXANDR", "ALIAKSANDR"],
    &["JULIA", "IULIIA", "YULIYA", "YULIA", "JULIJA", "IULIA", "YULIIA"],
    &["NATALIA", "NATALIIA", "NATALYA", "NATALIYA", "NATALJA", "NATALIJA"],
    &["SERGEI", "SERGEY", "SERGEJ", "SERHII", "SERGIJ", "SERHIY"],
    &["ANDREI", "ANDREY", "ANDREJ", "ANDRII", "ANDRIY"],
    &["YEVGENY", "EVGENII", "EVGENY", "JEWGENI", "YEVHEN", "EVGENIY", "YEVHENII"],
    &["SCHUKRI", "SHUKRI", "SUKRU", "SHOKRI", "CHOUKRI"],
    &["JAMAL", "DJAMAL", "GAMAL", "CEMAL", "DJAMEL", "JAMEL"],
];

/// Whether both stand in one row of the table; an article at the front is set aside.
pub(super) fn same_table_name(left: &str, right: &str) -> bool {
    let (a, b) = (without_article(left), without_article(right));
    a == b && a.len() >= 4 && (a.len() != left.len() || b.len() != right.len())
        || TABLE.iter().any(|row| row.contains(&a) && row.contains(&b))
}

/// ALSAYED, ELSAYED, ASSAYED: the article is joined on one paper and apart on another.
fn without_article(token: &str) -> &str {
    if token.len() < 6 {
        return token;
    }
    if let Some(rest) = token.strip_prefix("AL").or_else(|| token.strip_prefix("EL")) {
        return rest;
    }
    // Before a sun letter the article takes its sound: AS-SAYED, ASH-SHAMI, AR-RASHID.
    let bytes = token.as_bytes();
    match (bytes.first(), bytes.get(1), bytes.get(2)) {
        (Some(b'A' | b'E'), Some(one), Some(two))
            if one == two && matches!(one, b'S' | b'R' | b'N' | b'D' | b'T' | b'Z') =>
        {
            token.get(2..).unwrap_or(token)
        }
        _ => token,
    }
}

/// Signs that a name came through a romanisation, where spellings wander without anyone's fault.
pub(super) fn is_romanised(token: &str) -> bool {
    const SIGNS: [&str; 10] = ["IIA", "IYA", "IJA", "YU", "IU", "SHCH", "ZH", "KH", "GH", "DJ"];
    const ENDS: [&str; 10] =
        ["OV", "OVA", "EV", "EVA", "SKI", "SKY", "SKYI", "SKIY", "ENKO", "CHUK"];
    SIGNS.iter().any(|sign| token.contains(sign)) || ENDS.iter().any(|end| token.ends_with(end))
}

/// One spelling for sounds that romanisations write differently; vowels stay.
pub(super) fn fold(token: &str) -> String {
    const STEPS: [(&str, &str); 31] = [
        ("SCHTSCH", "1"),
        ("SHCH", "1"),
        ("TSCH", "2"),
        ("TCH", "2"),
        ("SCH", "3"),
        ("SH", "3"),
        ("CH", "2"),
        ("KH", "H"),
        ("ZH", "I"),
        ("DJ", "I"),
        ("DZH", "I"),
        ("GH", "G"),
        ("DH", "D"),
        ("TH", "T"),
        ("PH", "F"),
        ("OU", "U"),
        ("OO", "U"),
        ("EE", "I"),
        ("AE", "A"),
        ("OE", "O"),
        ("UE", "U"),
        ("CK", "K"),
        ("QU", "K"),
        ("TZ", "TS"),
        ("Q", "K"),
        ("C", "K"),
        ("W", "V"),
        ("Y", "I"),
        ("J", "I"),
        ("X", "KS"),
        ("Z", "S"),
    ];
    let mut text = token.to_owned();
    for (from, to) in STEPS {
        text = text.replace(from, to);
    }
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if !out.ends_with(letter) {
            out.push(letter);
        }
    }
    if out.len() > 3 && out.ends_with('H') {
        out.pop();
    }
    out
}

/// The consonants of the folded token: Arabic papers do not write short vowels.
pub(super) fn skeleton(token: &str) -> String {
    fold(token).chars().filter(|c| !matches!(c, 'A' | 'E' | 'I' | 'O' | 'U')).fold(
        String::new(),
        |mut out, c| {
            if !out.ends_with(c) {
                out.push(c);
            }
            out
        },
    )
}
