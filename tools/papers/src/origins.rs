//! Where invented people come from: names as passports print them and as their zones spell them.
//!
//! Given names and surnames are common words of their languages, combined at random; surnames of
//! well-known people are left out, and a test holds the list of combinations that never appear.

/// A country with names of its own.
#[derive(Clone, Copy, Debug)]
pub struct Origin {
    /// ICAO code; Germany is `D` in zones and `DEU` here.
    pub iso3: &'static str,
    /// German name.
    pub country: &'static str,
    /// English name.
    pub country_en: &'static str,
    /// German adjective.
    pub nationality: &'static str,
    /// Surnames: print and zone.
    pub surnames: &'static [(&'static str, &'static str)],
    /// Given names of women: print and zone.
    pub female: &'static [(&'static str, &'static str)],
    /// Given names of men: print and zone.
    pub male: &'static [(&'static str, &'static str)],
    /// Towns.
    pub places: &'static [&'static str],
    /// Who issues passports there.
    pub authority: &'static str,
}

/// Germans: sponsors, landlords, clerks.
pub static GERMANY: Origin = Origin {
    iso3: "DEU",
    country: "Deutschland",
    country_en: "Federal Republic of Germany",
    nationality: "deutsch",
    surnames: &[
        ("Übelacker", "UEBELACKER"),
        ("Kiesewetter", "KIESEWETTER"),
        ("Großkopf", "GROSSKOPF"),
        ("Lindhoff", "LINDHOFF"),
        ("Brömmel", "BROEMMEL"),
        ("Tannhuber", "TANNHUBER"),
        ("Wackerbarth", "WACKERBARTH"),
        ("Meiselbach", "MEISELBACH"),
        ("von der Aue", "VON<DER<AUE"),
        ("Jäschke", "JAESCHKE"),
    ],
    female: &[
        ("Käthe", "KAETHE"),
        ("Anneliese", "ANNELIESE"),
        ("Jördis", "JOERDIS"),
        ("Mareike", "MAREIKE"),
        ("Heike", "HEIKE"),
    ],
    male: &[
        ("Jürgen", "JUERGEN"),
        ("Detlef", "DETLEF"),
        ("Björn", "BJOERN"),
        ("Malte", "MALTE"),
        ("Ansgar", "ANSGAR"),
    ],
    places: &["Musterstadt", "Beispielhausen", "Neuheim", "Altfelde"],
    authority: "STADT MUSTERSTADT",
};

/// The states of applicants.
pub static ORIGINS: &[Origin] = &[
    Origin {
        iso3: "TUR",
        country: "Türkei",
        country_en: "Republic of Türkiye",
        nationality: "türkisch",
        surnames: &[
            ("Özgüler", "OEZGUELER"),
            ("Çamlıbel", "CAMLIBEL"),
            ("Şenyurt", "SENYURT"),
            ("Gündüzalp", "GUENDUEZALP"),
            ("Kırlangıç", "KIRLANGIC"),
        ],
        female: &[
            ("Gülşen", "GUELSEN"),
            ("Ayşegül", "AYSEGUEL"),
            ("İpek", "IPEK"),
            ("Çiğdem", "CIGDEM"),
        ],
        male: &[("Oğuz", "OGUZ"), ("İlker", "ILKER"), ("Göksel", "GOEKSEL"), ("Yiğit", "YIGIT")],
        places: &["İzmir", "Eskişehir", "Muğla"],
        authority: "İZMİR VALİLİĞİ",
    },
    Origin {
        iso3: "VNM",
        country: "Vietnam",
        country_en: "Socialist Republic of Viet Nam",
        nationality: "vietnamesisch",
        surnames: &[("Đặng", "DANG"), ("Vũ", "VU"), ("Bùi", "BUI"), ("Lương", "LUONG")],
        female: &[
            ("Thị Hồng Nhung", "THI<HONG<NHUNG"),
            ("Thị Diễm", "THI<DIEM"),
            ("Mỹ Duyên", "MY<DUYEN"),
        ],
        male: &[("Văn Khải", "VAN<KHAI"), ("Quốc Việt", "QUOC<VIET"), ("Đình Lâm", "DINH<LAM")],
        places: &["Hải Phòng", "Đà Lạt", "Vinh"],
        authority: "IMMIGRATION DEPARTMENT",
    },
    Origin {
        iso3: "IND",
        country: "Indien",
        country_en: "Republic of India",
        nationality: "indisch",
        surnames: &[
            ("Parthavelan", "PARTHAVELAN"),
            ("Chandrasekhari", "CHANDRASEKHARI"),
            ("Devanathi", "DEVANATHI"),
            ("Mukundaraj", "MUKUNDARAJ"),
        ],
        female: &[
            ("Lavanya", "LAVANYA"),
            ("Meenakumari", "MEENAKUMARI"),
            ("Radhika Devi", "RADHIKA<DEVI"),
        ],
        male: &[("Vignesh", "VIGNESH"), ("Sudarshan", "SUDARSHAN"), ("Harish Babu", "HARISH<BABU")],
        places: &["Coimbatore", "Mysuru", "Nagpur"],
        authority: "PASSPORT OFFICE CHENNAI",
    },
    Origin {
        iso3: "UKR",
        country: "Ukraine",
        country_en: "Ukraine",
        nationality: "ukrainisch",
        surnames: &[
            ("Zhuravchuk", "ZHURAVCHUK"),
            ("Kovalyshyn", "KOVALYSHYN"),
            ("Stepanivska", "STEPANIVSKA"),
            ("Horobets", "HOROBETS"),
        ],
        female: &[("Yuliia", "YULIIA"), ("Solomiia", "SOLOMIIA"), ("Oksana", "OKSANA")],
        male: &[("Taras", "TARAS"), ("Bohdan", "BOHDAN"), ("Yevhen", "YEVHEN")],
        places: &["Poltava", "Chernivtsi", "Lutsk"],
        authority: "5301",
    },
    Origin {
        iso3: "MAR",
        country: "Marokko",
        country_en: "Kingdom of Morocco",
        nationality: "marokkanisch",
        surnames: &[
            ("El Khattouabi", "EL<KHATTOUABI"),
            ("Bennouzha", "BENNOUZHA"),
            ("Aït Tamlilt", "AIT<TAMLILT"),
            ("Zerouqi", "ZEROUQI"),
        ],
        female: &[("Soukaïna", "SOUKAINA"), ("Hasnaâ", "HASNAA"), ("Loubna", "LOUBNA")],
        male: &[("Anouar", "ANOUAR"), ("Abdelâali", "ABDELAALI"), ("Redouane", "REDOUANE")],
        places: &["Nador", "Meknès", "Oujda"],
        authority: "PREFECTURE DE MEKNES",
    },
    Origin {
        iso3: "SRB",
        country: "Serbien",
        country_en: "Republic of Serbia",
        nationality: "serbisch",
        surnames: &[
            ("Živadinkić", "ZIVADINKIC"),
            ("Čolakovački", "COLAKOVACKI"),
            ("Đurđulić", "DJURDJULIC"),
            ("Šumadinac", "SUMADINAC"),
        ],
        female: &[("Snežana", "SNEZANA"), ("Jelica", "JELICA"), ("Đurđa", "DJURDJA")],
        male: &[("Miloš", "MILOS"), ("Nebojša", "NEBOJSA"), ("Uroš", "UROS")],
        places: &["Niš", "Kragujevac", "Užice"],
        authority: "MUP R SRBIJE",
    },
    Origin {
        iso3: "BRA",
        country: "Brasilien",
        country_en: "Federative Republic of Brazil",
        nationality: "brasilianisch",
        surnames: &[
            ("Conceição Taváres", "CONCEICAO<TAVARES"),
            ("Gusmão Brandão", "GUSMAO<BRANDAO"),
            ("Araújo Penha", "ARAUJO<PENHA"),
        ],
        female: &[("Luciene", "LUCIENE"), ("Rosângela", "ROSANGELA"), ("Inês", "INES")],
        male: &[("Júlio César", "JULIO<CESAR"), ("Otávio", "OTAVIO"), ("Damião", "DAMIAO")],
        places: &["Belém", "Goiânia", "Florianópolis"],
        authority: "POLÍCIA FEDERAL",
    },
    Origin {
        iso3: "NGA",
        country: "Nigeria",
        country_en: "Federal Republic of Nigeria",
        nationality: "nigerianisch",
        surnames: &[
            ("Okwudibia", "OKWUDIBIA"),
            ("Adeyinkalu", "ADEYINKALU"),
            ("Ezechimere", "EZECHIMERE"),
        ],
        female: &[("Chidinma", "CHIDINMA"), ("Oluwaseyi", "OLUWASEYI"), ("Ngozika", "NGOZIKA")],
        male: &[("Emeka", "EMEKA"), ("Babatunde", "BABATUNDE"), ("Ifeanyi", "IFEANYI")],
        places: &["Enugu", "Ibadan", "Benin City"],
        authority: "NIS ENUGU",
    },
    Origin {
        iso3: "IRN",
        country: "Iran",
        country_en: "Islamic Republic of Iran",
        nationality: "iranisch",
        surnames: &[
            ("Golestanipour", "GOLESTANIPOUR"),
            ("Sabzevarian", "SABZEVARIAN"),
            ("Mehrabkhani", "MEHRABKHANI"),
        ],
        female: &[("Mahnaz", "MAHNAZ"), ("Parisa", "PARISA"), ("Golnar", "GOLNAR")],
        male: &[("Behrouz", "BEHROUZ"), ("Siamak", "SIAMAK"), ("Farhang", "FARHANG")],
        places: &["Yazd", "Kerman", "Rasht"],
        authority: "PASSPORT POLICE",
    },
    Origin {
        iso3: "PHL",
        country: "Philippinen",
        country_en: "Republic of the Philippines",
        nationality: "philippinisch",
        surnames: &[
            ("Macaraegdalo", "MACARAEGDALO"),
            ("Dimaculanin", "DIMACULANIN"),
            ("Bagumbayani", "BAGUMBAYANI"),
        ],
        female: &[("Maricel", "MARICEL"), ("Analyn Joy", "ANALYN<JOY"), ("Rowena", "ROWENA")],
        male: &[("Rodel", "RODEL"), ("Jun Mark", "JUN<MARK"), ("Arnel", "ARNEL")],
        places: &["Iloilo", "Baguio", "Dumaguete"],
        authority: "DFA MANILA",
    },
];
