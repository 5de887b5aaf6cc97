//! A calendar day. A decree is in force by days, and a day means Europe/Berlin.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use std::fmt;
use std::time::SystemTime;

/// A calendar day, without a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(NaiveDate);

impl Day {
    /// The day, if the calendar has it.
    #[must_use]
    pub fn new(year: i32, month: u32, day: u32) -> Option<Self> {
        // Four digits hold every day of a decree and keep the German form readable.
        if !(1..=9999).contains(&year) {
            return None;
        }
        NaiveDate::from_ymd_opt(year, month, day).map(Self)
    }

    /// The day that it is in Europe/Berlin at `time`.
    #[must_use]
    pub fn at(time: SystemTime) -> Self {
        let utc: DateTime<Utc> = time.into();
        Self(utc.with_timezone(&chrono_tz::Europe::Berlin).date_naive())
    }

    /// Reads "2024-03-12".
    #[must_use]
    pub fn parse_iso(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '-');
        let year = parts.next()?.parse().ok()?;
        let month = parts.next()?.parse().ok()?;
        let day = parts.next()?.parse().ok()?;
        Self::new(year, month, day)
    }

    /// The year.
    #[must_use]
    pub fn year(self) -> i32 {
        self.0.year()
    }

    /// The month, from 1.
    #[must_use]
    pub fn month(self) -> u32 {
        self.0.month()
    }

    /// The day of the month, from 1.
    #[must_use]
    pub fn day(self) -> u32 {
        self.0.day()
    }

    /// Before any day that [`Day::new`] makes.
    pub(crate) const FIRST: Self = Self(NaiveDate::MIN);

    /// The day before; the first day of the calendar has none and stays.
    #[must_use]
    pub fn before(self) -> Self {
        Self(self.0.pred_opt().unwrap_or(self.0))
    }

    /// The day after; the last day of the calendar has none and stays.
    #[must_use]
    pub fn after(self) -> Self {
        Self(self.0.succ_opt().unwrap_or(self.0))
    }

    /// As German offices write it: "12.03.2024".
    #[must_use]
    pub fn german(self) -> String {
        format!("{:02}.{:02}.{:04}", self.day(), self.month(), self.year())
    }
}

/// ISO 8601: "2024-03-12".
impl fmt::Display for Day {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:04}-{:02}-{:02}", self.year(), self.month(), self.day())
    }
}

#[cfg(test)]
mod tests {
    use super::Day;
    use std::time::{Duration, SystemTime};

    #[test]
    fn a_day_means_berlin() {
        // 2024-03-31 22:30 UTC is already April in Berlin (summer time began that day).
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_711_924_200);
        assert_eq!(Day::at(time).to_string(), "2024-04-01");
    }

    #[test]
    fn reads_and_writes() {
        let day = Day::parse_iso("2024-03-01").unwrap();
        assert_eq!(day.german(), "01.03.2024");
        assert_eq!(day.before().to_string(), "2024-02-29");
        for wrong in ["2024-02-30", "2024-3", "", "x-1-1", "20240-01-01"] {
            assert_eq!(Day::parse_iso(wrong), None, "{wrong}");
        }
    }
}
