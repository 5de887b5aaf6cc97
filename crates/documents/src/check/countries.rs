//! States as forms name them, to the three letters of Doc 9303. Only ever used to see whether a
//! form and a passport name the same one.

use super::names;

/// Code, then names and adjectives in capitals A-Z; adjectives by their stem.
const STATES: [(&str, &[&str]); 76] = [
    ("AFG", &["AFGHANISTAN", "AFGHAN"]),
    ("ALB", &["ALBANIEN", "ALBANIA", "ALBANISCH"]),
    ("DZA", &["ALGERIEN", "ALGERIA", "ALGERISCH"]),
    ("ARG", &["ARGENTINIEN", "ARGENTINA", "ARGENTINISCH"]),
    ("ARM", &["ARMENIEN", "ARMENIA", "ARMENISCH"]),
    ("AUS", &["AUSTRALIEN", "AUSTRALIA", "AUSTRALISCH"]),
    ("AUT", &["OESTERREICH", "AUSTRIA", "OESTERREICHISCH"]),
    ("AZE", &["ASERBAIDSCHAN", "AZERBAIJAN", "ASERBAIDSCHANISCH"]),
    ("BGD", &["BANGLADESCH", "BANGLADESH", "BANGLADESCHISCH"]),
    ("BLR", &["BELARUS", "WEISSRUSSLAND", "BELARUSSISCH", "BELARUSIAN"]),
    ("BIH", &["BOSNIEN UND HERZEGOWINA", "BOSNIA AND HERZEGOVINA", "BOSNISCH", "BOSNIEN"]),
    ("BRA", &["BRASILIEN", "BRAZIL", "BRASILIANISCH"]),
    ("BGR", &["BULGARIEN", "BULGARIA", "BULGARISCH"]),
    ("CMR", &["KAMERUN", "CAMEROON", "KAMERUNISCH"]),
    ("CAN", &["KANADA", "CANADA", "KANADISCH"]),
    ("CHL", &["CHILE", "CHILENISCH"]),
    ("CHN", &["CHINA", "VOLKSREPUBLIK CHINA", "CHINESISCH", "CHINESE"]),
    ("COL", &["KOLUMBIEN", "COLOMBIA", "KOLUMBIANISCH"]),
    ("HRV", &["KROATIEN", "CROATIA", "KROATISCH"]),
    ("CUB", &["KUBA", "CUBA", "KUBANISCH"]),
    ("CZE", &["TSCHECHIEN", "CZECHIA", "TSCHECHISCH", "CZECH"]),
    ("DEU", &["DEUTSCHLAND", "GERMANY", "DEUTSCH", "GERMAN"]),
    ("ECU", &["ECUADOR", "ECUADORIANISCH"]),
    ("EGY", &["AEGYPTEN", "EGYPT", "AEGYPTISCH"]),
    ("ERI", &["ERITREA", "ERITREISCH"]),
    ("ETH", &["AETHIOPIEN", "ETHIOPIA", "AETHIOPISCH"]),
    ("ESP", &["SPANIEN", "SPAIN", "SPANISCH"]),
    ("FRA", &["FRANKREICH", "FRANCE", "FRANZOESISCH", "FRENCH"]),
    ("GEO", &["GEORGIEN", "GEORGIA", "GEORGISCH"]),
    ("GHA", &["GHANA", "GHANAISCH"]),
    (
        "GBR",
        &["VEREINIGTES KOENIGREICH", "UNITED KINGDOM", "GROSSBRITANNIEN", "BRITISCH", "BRITISH"],
    ),
    ("GRC", &["GRIECHENLAND", "GREECE", "GRIECHISCH"]),
    ("GIN", &["GUINEA", "GUINEISCH"]),
    ("IND", &["INDIEN", "INDIA", "INDISCH"]),
    ("IDN", &["INDONESIEN", "INDONESIA", "INDONESISCH"]),
    ("IRN", &["IRAN", "IRANISCH", "ISLAMISCHE REPUBLIK IRAN", "IRANIAN"]),
    ("IRQ", &["IRAK", "IRAQ", "IRAKISCH"]),
    ("ISR", &["ISRAEL", "ISRAELISCH"]),
    ("ITA", &["ITALIEN", "ITALY", "ITALIENISCH"]),
    ("JPN", &["JAPAN", "JAPANISCH"]),
    ("JOR", &["JORDANIEN", "JORDAN", "JORDANISCH"]),
    ("KAZ", &["KASACHSTAN", "KAZAKHSTAN", "KASACHISCH"]),
    ("KEN", &["KENIA", "KENYA", "KENIANISCH"]),
    ("KGZ", &["KIRGISISTAN", "KYRGYZSTAN", "KIRGISISCH"]),
    ("KOR", &["SUEDKOREA", "SOUTH KOREA", "REPUBLIK KOREA", "SUEDKOREANISCH", "KOREANISCH"]),
    ("LBN", &["LIBANON", "LEBANON", "LIBANESISCH"]),
    ("LBY", &["LIBYEN", "LIBYA", "LIBYSCH"]),
    ("MAR", &["MAROKKO", "MOROCCO", "MAROKKANISCH"]),
    ("MEX", &["MEXIKO", "MEXICO", "MEXIKANISCH"]),
    ("MDA", &["MOLDAU", "MOLDOVA", "REPUBLIK MOLDAU", "MOLDAUISCH"]),
    ("MNG", &["MONGOLEI", "MONGOLIA", "MONGOLISCH"]),
    ("MNE", &["MONTENEGRO", "MONTENEGRINISCH"]),
    ("MKD", &["NORDMAZEDONIEN", "NORTH MACEDONIA", "MAZEDONISCH", "NORDMAZEDONISCH"]),
    ("NPL", &["NEPAL", "NEPALESISCH"]),
    ("NGA", &["NIGERIA", "NIGERIANISCH"]),
    ("PAK", &["PAKISTAN", "PAKISTANISCH"]),
    ("PER", &["PERU", "PERUANISCH"]),
    ("PHL", &["PHILIPPINEN", "PHILIPPINES", "PHILIPPINISCH", "FILIPINO"]),
    ("POL", &["POLEN", "POLAND", "POLNISCH"]),
    ("ROU", &["RUMAENIEN", "ROMANIA", "RUMAENISCH"]),
    ("RUS", &["RUSSLAND", "RUSSISCHE FOEDERATION", "RUSSIAN FEDERATION", "RUSSIA", "RUSSISCH"]),
    ("SEN", &["SENEGAL", "SENEGALESISCH"]),
    ("SRB", &["SERBIEN", "SERBIA", "SERBISCH"]),
    ("SOM", &["SOMALIA", "SOMALISCH"]),
    ("LKA", &["SRI LANKA", "SRI LANKISCH"]),
    ("SDN", &["SUDAN", "SUDANESISCH"]),
    ("SYR", &["SYRIEN", "SYRIA", "ARABISCHE REPUBLIK SYRIEN", "SYRIAN ARAB REPUBLIC", "SYRISCH"]),
    ("THA", &["THAILAND", "THAILAENDISCH"]),
    ("TUN", &["TUNESIEN", "TUNISIA", "TUNESISCH"]),
    ("TUR", &["TUERKEI", "TURKIYE", "TUERKIYE", "TURKEY", "TUERKISCH", "TURKISH"]),
    ("UKR", &["UKRAINE", "UKRAINISCH"]),
    (
        "USA",
        &["VEREINIGTE STAATEN", "UNITED STATES", "US AMERIKANISCH", "AMERIKANISCH", "AMERICAN"],
    ),
    ("UZB", &["USBEKISTAN", "UZBEKISTAN", "USBEKISCH"]),
    ("VEN", &["VENEZUELA", "VENEZOLANISCH"]),
    ("VNM", &["VIETNAM", "VIET NAM", "VIETNAMESISCH", "VIETNAMESE"]),
    ("RKS", &["KOSOVO", "KOSOVARISCH"]),
];

/// Codes that are no states of the list but stand in passports.
const OTHERS: [&str; 6] = ["XXA", "XXB", "XXC", "XXX", "PSE", "TWN"];

/// The code of a state named by code, name or adjective; none where the words are not known.
pub(crate) fn country(text: &str) -> Option<&'static str> {
    let plain: Vec<String> = names::tokens(text).iter().map(|token| names::plain(token)).collect();
    let plain = plain.join(" ");
    match plain.as_str() {
        "" => return None,
        "D" => return Some("DEU"),
        // Two of the codes that changed hands.
        "XKX" | "UNK" => return Some("RKS"),
        _ => {}
    }
    let named = |names: &[&str]| {
        names.iter().any(|name| {
            // indisch, indische, indischer; Indian for India.
            plain == *name
                || plain.strip_prefix(name).is_some_and(|end| {
                    matches!(end, "E" | "ER" | "ES" | "N" | "AN" | "IAN" | "ISCH" | "ISCHE")
                })
        })
    };
    OTHERS.into_iter().find(|code| *code == plain).or_else(|| {
        STATES.iter().find(|(code, names)| *code == plain || named(names)).map(|(code, _)| *code)
    })
}

#[cfg(test)]
mod tests {
    use super::country;

    #[test]
    fn words_to_codes() {
        for (text, wanted) in [
            ("Türkei", Some("TUR")),
            ("türkisch", Some("TUR")),
            ("TUR", Some("TUR")),
            ("D", Some("DEU")),
            ("deutsche", Some("DEU")),
            ("Indian", Some("IND")),
            ("Nigeria", Some("NGA")),
            ("nigerianisch", Some("NGA")),
            ("Österreich", Some("AUT")),
            ("Viet Nam", Some("VNM")),
            ("XXA", Some("XXA")),
            ("Atlantis", None),
            ("", None),
        ] {
            assert_eq!(country(text), wanted, "{text}");
        }
    }
}
