//! Names in many orthographies; every person here is invented.

use super::{Likeness, compare, compare_any, compare_firms};

fn check(wanted: Likeness, pairs: &[(&str, &str)]) {
    for (left, right) in pairs {
        assert_eq!(compare(left, right), wanted, "{left} / {right}");
        assert_eq!(compare(right, left), wanted, "{right} / {left}");
    }
}

#[test]
fn same_by_rule() {
    check(
        Likeness::Same,
        &[
            ("Müller", "MUELLER"),
            ("Müller", "MULLER"),
            ("Müller", "MUXXLLER"),
            ("Mueller", "Muller"),
            ("Groß", "GROSS"),
            ("GROẞ", "Groß"),
            ("Åkesson", "AAKESSON"),
            ("Sørensen", "SOERENSEN"),
            ("Muñoz", "MUNOZ"),
            ("Łukasz", "LUKASZ"),
            ("Yıldız", "YILDIZ"),
            ("İbrahimoğlu", "IBRAHIMOGLU"),
            ("Çelik", "CELIK"),
            ("Şahin", "SAHIN"),
            ("Jean-Luc", "JEAN LUC"),
            ("O'Brien", "OBRIEN"),
            ("O’Brien", "O BRIEN"),
            ("anna MARIA", "Maria Anna"),
            ("Dr. Weber", "WEBER"),
            ("von der Heide", "HEIDE"),
            ("Иванов", "IVANOV"),
            ("Юлия", "IULIIA"),
            ("Юлия", "YULIYA"),
            ("Щербакова", "SHCHERBAKOVA"),
            ("Хоменко", "KHOMENKO"),
            ("IULIIA", "YULIYA"),
            ("Yuliya", "Julia"),
            ("Sergei", "SERHII"),
            ("Khomenko", "Homenko"),
            ("Mohammed", "MUHAMMAD"),
            ("Mohamad", "Mehmet"),
            ("Al-Sayed", "ALSAYED"),
            ("El Sayed", "AL-SAYED"),
            ("Assayed", "Al Sayed"),
            ("Abd al-Rahman", "ABDULRAHMAN"),
            ("Abdelrahman", "Abdul Rahman"),
            ("Nguyễn", "NGUYEN"),
            ("Nguye\u{302}\u{303}n", "NGUYEN"),
            ("Öztürk", "OEZTUERK"),
            ("Öztürk", "OZTURK"),
            ("Öztürk", "OEZTURK"),
            ("O\u{308}ztu\u{308}rk", "OZTUERK"),
            ("Trần Thị Hương", "TRAN THI HUONG"),
            ("Huong Tran Thi", "TRAN THI HUONG"),
            ("Musterfrau geb. Beispiel", "BEISPIEL"),
            ("Musterfrau, geb. Beispiel", "Musterfrau"),
            ("A. Kowalska", "ANNA KOWALSKA"),
            ("WIJESUNDARA MUDIYANSELAGE CHATH", "Wijesundara Mudiyanselage Chathurika"),
            ("VENKATANARASIMHARAJUVARIPETA", "Venkatanarasimharajuvaripeta Rao"),
        ],
    );
}

#[test]
fn part_of_the_other() {
    check(
        Likeness::Part,
        &[
            ("García", "GARCIA LOPEZ"),
            ("Anna", "ANNA SOPHIA"),
            ("Weber", "Weber-Schulz"),
            ("Oleksandr", "OLEKSANDR IVANOVYCH"),
        ],
    );
}

#[test]
fn alike_but_not_the_same() {
    check(
        Likeness::Close,
        &[
            ("Meyer", "Meier"),
            ("Hoffmann", "Hofmann"),
            ("Schmidt", "Schmitd"),
            ("Petersen", "Peterson"),
            ("Rahimi", "Raheemi"),
            ("Kovacs", "Kovacz"),
        ],
    );
}

#[test]
fn different() {
    check(
        Likeness::Different,
        &[
            ("Weber", "Schulz"),
            ("Li", "Lu"),
            ("Anna Maria", "Anna Sofia"),
            ("Nguyen", "Tran"),
            ("Ali", "Omar"),
            ("Kaya", "Yilmaz"),
            ("", "Weber"),
            ("Petrenko", "Kovalenko"),
        ],
    );
}

#[test]
fn any_of_several() {
    assert_eq!(compare_any(["", "  "], "Weber"), None);
    assert_eq!(compare_any(["Schulz", "Weber"], "WEBER"), Some(Likeness::Same));
}

#[test]
fn firms() {
    for (left, right, wanted) in [
        ("Nordwind Technik GmbH", "NORDWIND TECHNIK", Likeness::Same),
        ("Nordwind Technik GmbH & Co. KG", "Nordwind Technik GmbH", Likeness::Same),
        ("Bäckerei Sonnenkorn e.K.", "Baeckerei Sonnenkorn", Likeness::Same),
        ("Nordwind Technik GmbH", "Nordwind Technik Leipzig GmbH", Likeness::Part),
        ("Nordwind Technik GmbH", "Elbkontor Logistik GmbH", Likeness::Different),
    ] {
        assert_eq!(compare_firms(left, right), wanted, "{left} / {right}");
    }
}
