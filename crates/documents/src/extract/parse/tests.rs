use super::*;

fn check(parser: fn(&str) -> Option<Parsed>, cases: &[(&str, &str)]) {
    for (text, wanted) in cases {
        let parsed = parser(text);
        let value = parsed.as_ref().map_or("", |parsed| parsed.value.as_str());
        assert_eq!(value, *wanted, "{text}");
        if let Some(parsed) = parsed {
            assert!(parsed.start < parsed.end && parsed.end <= text.chars().count(), "{text}");
        }
    }
}

#[test]
fn days() {
    check(
        date,
        &[
            ("geboren am 03.04.1995 in Köln", "1995-04-03"),
            ("1. März 2025", "2025-03-01"),
            ("den 12.Mai 2024", "2024-05-12"),
            ("01.04.23", "2023-04-01"),
            ("7.8.88", "1988-08-07"),
            ("2026-02-28", "2026-02-28"),
            ("May 4, 2019", "2019-05-04"),
            ("4th floor, 12 MAR / MRZ 2030", "2030-03-12"),
            ("31.02.2025", ""),
            ("12/31/2025", "2025-12-31"),
            ("1.234,56 EUR", ""),
            ("Jan. 2026", ""),
            ("vom 01.03.2026 bis 31.08.2026", "2026-03-01"),
            ("am dritten April neunzehnhundertneunzig in Neuheim", "1990-04-03"),
            ("den einunddreißigsten Mai zweitausendvierundzwanzig", "2024-05-31"),
            ("am ersten März 2019", "2019-03-01"),
            ("am ersten Montag 2019", ""),
            ("3 de abril de 1990", "1990-04-03"),
            ("le 1er août 2021", "2021-08-01"),
            ("5 мая 1988 г.", "1988-05-05"),
            ("15 08 2030", "2030-08-15"),
            ("O3.O4.199O", "1990-04-03"),
            ("03,04.1990", "1990-04-03"),
            ("3, 4, 12 und 14", ""),
            ("Il.lo.lol0", ""),
        ],
    );
}

#[test]
fn months_and_semesters() {
    check(
        month,
        &[
            ("für März 2026", "2026-03"),
            ("03/2026", "2026-03"),
            ("Abrechnung 11.2025", "2025-11"),
            ("01.02.2026 - 28.02.2026", "2026-02"),
            ("Seite 2026", ""),
        ],
    );
    check(
        semester,
        &[
            ("im Wintersemester 2026/2027", "WS 2026/27"),
            ("SoSe 27", "SS 2027"),
            ("WS 2025/26", "WS 2025/26"),
        ],
    );
}

#[test]
fn amounts() {
    check(
        money,
        &[
            ("1.234,56 €", "1234.56 EUR"),
            ("EUR 4.200,00 brutto", "4200.00 EUR"),
            ("612,33-", "-612.33 EUR"),
            ("-25,00", "-25.00 EUR"),
            ("€ 3,500.00", "3500.00 EUR"),
            ("850,-- EUR", "850.00 EUR"),
            ("52 000 EUR", "52000.00 EUR"),
            ("4200 Euro", "4200.00 EUR"),
            ("am 01.03.2026 1.000,00", "1000.00 EUR"),
            ("40 Stunden", ""),
            ("19,00 % von 12,50", "12.50 EUR"),
            ("USD 120.50", "120.50 USD"),
            ("0,00", "0.00 EUR"),
        ],
    );
}

#[test]
fn numbers_and_norms() {
    check(
        iban,
        &[
            ("IBAN DE89 3704 0044 0532 0130 00 BIC", "DE89370400440532013000"),
            ("DE89370400440532013000", "DE89370400440532013000"),
            ("DE88 3704 0044 0532 0130 00", ""),
        ],
    );
    check(decimal, &[("38,5 Stunden", "38.5"), ("62,40 m²", "62.4"), ("40", "40")]);
    check(integer, &[("62 Monate", "62"), ("keine", "")]);
    check(
        paragraph,
        &[
            ("gemäß §18b AufenthG erteilt", "§ 18b AufenthG"),
            ("$ 16a Abs. 1 AufenthG", "§ 16a Abs. 1 AufenthG"),
        ],
    );
    check(identifier, &[("Nr. C01X00T47", "C01X00T47"), ("der Karte", "")]);
}
