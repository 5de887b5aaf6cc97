//! Days as papers, forms and callers write them.

use chrono::{Datelike as _, Months, NaiveDate};

/// A day in the calendar of the office (Europe/Berlin).
pub type Day = NaiveDate;

/// Reads a day: ISO 8601, or German with dots. Days with unknown parts are not known.
#[must_use]
pub fn day(text: &str) -> Option<Day> {
    let text = text.trim();
    NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .or_else(|_| NaiveDate::parse_from_str(text, "%d.%m.%Y"))
        .ok()
        .filter(|day| (1900..=2200).contains(&day.year()))
}

/// A month as a number that counts months, from `2026-09` or `09.2026` or a day in it.
pub(crate) fn month(text: &str) -> Option<i32> {
    let text = text.trim();
    let (year, month) = match text.split_once('-') {
        Some((year, rest)) => (year, rest.split('-').next().unwrap_or_default()),
        None => {
            let (month, year) = text.rsplit_once(['.', '/'])?;
            (year, month.rsplit('.').next().unwrap_or_default())
        }
    };
    let (year, month): (i32, i32) = (year.parse().ok()?, month.parse().ok()?);
    ((1900..=2200).contains(&year) && (1..=12).contains(&month)).then(|| year * 12 + month - 1)
}

/// The month a day lies in, counted as [`month`] does.
pub(crate) fn month_of(day: Day) -> i32 {
    day.year() * 12 + i32::try_from(day.month0()).unwrap_or_default()
}

/// The last day of a month counted as [`month`] does.
pub(crate) fn month_end(month: i32) -> Option<Day> {
    let next = month + 1;
    NaiveDate::from_ymd_opt(next.div_euclid(12), u32::try_from(next.rem_euclid(12)).ok()? + 1, 1)?
        .pred_opt()
}

/// `months` later; the last day of a shorter month where there is no such day.
pub(crate) fn months_later(day: Day, months: u32) -> Option<Day> {
    day.checked_add_months(Months::new(months))
}

/// Whole years from birth to a day.
pub(crate) fn age(birth: Day, on: Day) -> Option<u32> {
    on.years_since(birth)
}

/// Whether day and month stand in each other's place.
pub(crate) fn swapped(left: Day, right: Day) -> bool {
    left.year() == right.year() && left.day() == right.month() && left.month() == right.day()
}

/// The last day of `SS 2026` or `WS 2026/27`: summer ends with September, winter with March, as at most
/// universities; universities of applied sciences end a month earlier.
pub(crate) fn semester_end(value: &str) -> Option<Day> {
    let (half, year) = value.split_once(' ')?;
    let year: i32 = year.split('/').next()?.parse().ok()?;
    match half {
        "SS" => day(&format!("{year}-09-30")),
        "WS" => day(&format!("{}-03-31", year + 1)),
        _ => None,
    }
}
