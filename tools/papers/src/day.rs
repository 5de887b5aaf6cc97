//! Days of the calendar and amounts of money, as papers print them.

use std::fmt;

/// A day in the proleptic Gregorian calendar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day {
    days: i64,
}

const MONTHS: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];
const MONTHS_EN: [&str; 12] =
    ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

impl Day {
    /// The day of this year, month and day of month (Howard Hinnant's algorithm).
    #[must_use]
    pub const fn new(year: i64, month: i64, day: i64) -> Self {
        let year = if month <= 2 { year - 1 } else { year };
        let era = year.div_euclid(400);
        let year_of_era = year - era * 400;
        let shifted = (month + 9) % 12;
        let day_of_year = (153 * shifted + 2) / 5 + day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        Self { days: era * 146_097 + day_of_era - 719_468 }
    }

    /// Year, month and day of month.
    #[must_use]
    pub fn parts(self) -> (i64, i64, i64) {
        let shifted = self.days + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted - era * 146_097;
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_shifted = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_shifted + 2) / 5 + 1;
        let month = if month_shifted < 10 { month_shifted + 3 } else { month_shifted - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        (year, month, day)
    }

    /// That many days later (earlier when negative).
    #[must_use]
    pub fn plus(self, days: i64) -> Self {
        Self { days: self.days + days }
    }

    /// The first of this day's month, that many months later.
    #[must_use]
    pub fn first_of_month(self, months: i64) -> Self {
        let (year, month, _) = self.parts();
        let index = year * 12 + month - 1 + months;
        Self::new(index.div_euclid(12), index.rem_euclid(12) + 1, 1)
    }

    /// `2026-03-01`.
    #[must_use]
    pub fn iso(self) -> String {
        let (year, month, day) = self.parts();
        format!("{year:04}-{month:02}-{day:02}")
    }

    /// `2026-03`.
    #[must_use]
    pub fn year_month(self) -> String {
        self.iso().chars().take(7).collect()
    }

    /// `01.03.2026`.
    #[must_use]
    pub fn german(self) -> String {
        let (year, month, day) = self.parts();
        format!("{day:02}.{month:02}.{year:04}")
    }

    /// `1. März 2026`.
    #[must_use]
    pub fn german_long(self) -> String {
        let (year, _, day) = self.parts();
        format!("{day}. {} {year}", self.month_name())
    }

    /// `März`.
    #[must_use]
    pub fn month_name(self) -> &'static str {
        name_of(self.parts().1, &MONTHS)
    }

    /// `01 MAR 2026`.
    #[must_use]
    pub fn english(self) -> String {
        let (year, month, day) = self.parts();
        format!("{day:02} {} {year}", name_of(month, &MONTHS_EN))
    }

    /// `260301`, as machine readable zones write it.
    #[must_use]
    pub fn mrz(self) -> String {
        let (year, month, day) = self.parts();
        format!("{:02}{month:02}{day:02}", year.rem_euclid(100))
    }
}

fn name_of(month: i64, names: &[&'static str; 12]) -> &'static str {
    usize::try_from(month - 1).ok().and_then(|index| names.get(index)).copied().unwrap_or("")
}

/// An amount in euro cents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cents(pub i64);

impl Cents {
    /// `1234.56`.
    #[must_use]
    pub fn plain(self) -> String {
        format!("{}{}.{:02}", sign(self.0), self.0.abs() / 100, self.0.abs() % 100)
    }

    /// This share of it, in per mille.
    #[must_use]
    pub fn share(self, per_mille: i64) -> Self {
        Self(self.0 * per_mille / 1000)
    }
}

impl fmt::Display for Cents {
    /// `1.234,56`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = (self.0.abs() / 100).to_string();
        let mut grouped = String::new();
        for (index, digit) in whole.chars().enumerate() {
            if index > 0 && (whole.len() - index).is_multiple_of(3) {
                grouped.push('.');
            }
            grouped.push(digit);
        }
        write!(formatter, "{}{grouped},{:02}", sign(self.0), self.0.abs() % 100)
    }
}

fn sign(value: i64) -> &'static str {
    if value < 0 { "-" } else { "" }
}
