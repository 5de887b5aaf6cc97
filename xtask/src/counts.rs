//! How many tests passed and failed, read from what their runners write.

use std::fmt;
use std::ops::AddAssign;

/// Tests that ran.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Counts) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} passed, {} failed", self.passed, self.failed)
    }
}

impl Counts {
    /// Of a line such as `test result: ok. 12 passed; 0 failed; 1 ignored` or `12 passed, 0 failed`.
    pub(crate) fn of_line(line: &str) -> Option<Counts> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let before = |wanted: &str| {
            words.windows(2).find_map(|pair| match pair {
                [number, word] if word.trim_end_matches([',', ';', '.']) == wanted => {
                    number.parse().ok()
                }
                _ => None,
            })
        };
        Some(Counts { passed: before("passed")?, failed: before("failed")? })
    }

    /// Of the `JUnit` report that nextest writes.
    pub(crate) fn of_junit(report: &str) -> Option<Counts> {
        let head = report.split_once("<testsuites ")?.1.split_once('>')?.0;
        let attribute = |name: &str| -> Option<u64> {
            head.split_once(&format!("{name}=\""))?.1.split_once('"')?.0.parse().ok()
        };
        let failed = attribute("failures")? + attribute("errors")?;
        Some(Counts { passed: attribute("tests")?.checked_sub(failed)?, failed })
    }
}

#[cfg(test)]
mod tests {
    use super::Counts;

    #[test]
    fn counts_of_runners() {
        for (line, expected) in [
            ("test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured", Some((12, 0))),
            ("test result: FAILED. 3 passed; 2 failed; 0 ignored", Some((3, 2))),
            ("7 passed, 1 failed", Some((7, 1))),
            ("running 12 tests", None),
        ] {
            let expected = expected.map(|(passed, failed)| Counts { passed, failed });
            assert_eq!(Counts::of_line(line), expected, "{line}");
        }
    }

    #[test]
    fn counts_of_a_report() {
        let report = "<?xml version=\"1.0\"?>\n<testsuites name=\"nextest-run\" tests=\"9\" \
                      failures=\"2\" errors=\"1\" uuid=\"x\">\n<testsuite tests=\"4\">";
        assert_eq!(Counts::of_junit(report), Some(Counts { passed: 6, failed: 3 }));
        assert_eq!(Counts::of_junit(""), None);
    }
}
