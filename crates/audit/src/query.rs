//! Reading records: pages, filters, and the derived index behind them.

use std::time::SystemTime;

use crate::entry::Record;

/// Which records. An empty filter is all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Where to begin.
    pub first_index: u64,
    /// How many at most; 0 is 100, and never more than 1000.
    pub limit: u32,
    /// Of this department alone.
    pub department: Option<String>,
    /// Of this method alone.
    pub method: Option<String>,
    /// With this outcome alone.
    pub outcome: Option<String>,
    /// Written at this time or later.
    pub from: Option<SystemTime>,
    /// Written before this time.
    pub to: Option<SystemTime>,
    /// With this MAC of the inference id alone, hexadecimal.
    pub inference: Option<String>,
}

/// Records that fit a filter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordPage {
    /// In the order of the log.
    pub records: Vec<Record>,
    /// Where to go on: one past the last record looked at, also when the filter left none.
    pub next_index: u64,
    /// Records so far; `next_index == tree_size` is the end.
    pub tree_size: u64,
}
