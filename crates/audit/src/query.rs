//! Reading records: pages, filters, and the derived index behind them.
//!
//! The index has, for each department and each method, its records in the order of the log, and for each time the first
//! record from then on. Without it the same pages come, slower.

use std::sync::atomic::Ordering;
use std::time::{SystemTime, UNIX_EPOCH};

use journal::Write;

use crate::core::Core;
use crate::entry::Record;
use crate::error::Error;

/// Records of a page where the filter doesn't say.
const LIMIT_DEFAULT: usize = 100;
/// Records of a page at most.
const LIMIT_MAX: usize = 1000;
/// Records looked at for one page; the caller goes on from `next_index`.
const LOOKED_AT_MAX: usize = 20_000;
/// Candidates taken from the index at a time.
const CANDIDATES: usize = 256;
/// Records put into the index at a time.
const INDEX_BATCH: u64 = 1000;
/// The root over the indexed records: an index of another log is a doubt.
/// Another letter where the index holds something else than before: it is then made anew.
const ROOT_KEY: &[u8] = b"s";

/// Which records. An empty filter is all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Where to begin.
    pub first_index: u64,
    /// How many at most; 0 is 100, and never more than 1000.
    pub limit: usize,
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

impl Filter {
    fn fits(&self, record: &Record) -> bool {
        let is = |wanted: &Option<String>, found: &str| {
            wanted.as_ref().is_none_or(|wanted| wanted == found)
        };
        is(&self.department, &record.entry.department)
            && is(&self.method, &record.entry.method)
            && is(&self.outcome, &record.entry.outcome)
            && is(&self.inference, &record.entry.inference)
            && self.from.is_none_or(|from| record.at >= from)
            && self.to.is_none_or(|to| record.at < to)
    }
}

impl Core {
    pub(crate) fn records(&self, filter: &Filter) -> Result<RecordPage, Error> {
        let limit = match filter.limit {
            0 => LIMIT_DEFAULT,
            limit => limit.min(LIMIT_MAX),
        };
        let (size, ordered_from) = {
            let state = self.read_state();
            (state.size, state.ordered_from)
        };
        let mut page = RecordPage {
            records: Vec::new(),
            next_index: self.first_candidate(filter)?.min(size),
            tree_size: size,
        };
        let mut looked_at = 0;
        while page.next_index < size && page.records.len() < limit && looked_at < LOOKED_AT_MAX {
            let (candidates, covered) = self.candidates(filter, page.next_index, size)?;
            for index in candidates {
                let record = self.record(index)?;
                looked_at += 1;
                if index >= ordered_from && filter.to.is_some_and(|to| record.at >= to) {
                    page.next_index = size;
                    return Ok(page);
                }
                page.next_index = index + 1;
                if filter.fits(&record) {
                    page.records.push(record);
                }
                if page.records.len() == limit {
                    return Ok(page);
                }
            }
            page.next_index = covered;
        }
        Ok(page)
    }

    /// Where the first record that can fit is, at the earliest.
    fn first_candidate(&self, filter: &Filter) -> Result<u64, Error> {
        let indexed = self.indexed.load(Ordering::Acquire);
        let Some(from) = filter.from.filter(|_| indexed > 0) else {
            return Ok(filter.first_index);
        };
        let found = self.index.range(&time_key(micros(from), 0), b"u", 1, false)?;
        let by_time = found.first().and_then(|(key, _)| last_number(key)).unwrap_or(indexed);
        Ok(filter.first_index.max(by_time))
    }

    /// Some records from `from` on that can fit, and up to where these are all.
    fn candidates(&self, filter: &Filter, from: u64, size: u64) -> Result<(Vec<u64>, u64), Error> {
        let indexed = self.indexed.load(Ordering::Acquire).min(size);
        // Of the two a method is the rarer one, as a rule.
        let method = filter.method.as_ref().map(|method| (METHOD, method));
        let narrowed = method.or(filter.department.as_ref().map(|name| (DEPARTMENT, name)));
        let Some((kind, name)) = narrowed.filter(|_| from < indexed) else {
            let end = size.min(from + CANDIDATES as u64);
            return Ok(((from..end).collect(), end));
        };
        let (start, end) = (name_key(kind, name, from), name_key(kind, name, indexed));
        let found = self.index.range(&start, &end, CANDIDATES, false)?;
        let indices: Vec<u64> = found.iter().filter_map(|(key, _)| last_number(key)).collect();
        let covered = match indices.last() {
            Some(last) if indices.len() == CANDIDATES => last + 1,
            Some(_) | None => indexed,
        };
        Ok((indices, covered))
    }

    /// Takes up the index where it stands; any doubt empties it.
    pub(crate) fn check_index(&self) {
        let position = self.index.position();
        let (indexed, root) = {
            let state = self.read_state();
            let indexed = state.sequences.partition_point(|&sequence| sequence < position) as u64;
            (indexed, state.tree.root(indexed))
        };
        let is_ours = position <= self.journal.len()
            && matches!(self.index.get(ROOT_KEY), Ok(Some(found)) if root.is_some_and(|root| found == root));
        if is_ours {
            self.indexed.store(indexed, Ordering::Release);
        } else if let Err(error) = self.index.reset() {
            self.index_failed(&error);
        }
    }

    /// Puts what was written since into the index.
    pub(crate) fn index_new_records(&self) {
        loop {
            let from = self.indexed.load(Ordering::Acquire);
            let size = self.read_state().size;
            if from >= size || self.index_poisoned.load(Ordering::Acquire) {
                return;
            }
            let to = size.min(from + INDEX_BATCH);
            match self.index_records(from, to) {
                Ok(()) => self.indexed.store(to, Ordering::Release),
                Err(error) => return self.index_failed(&error),
            }
        }
    }

    fn index_records(&self, from: u64, to: u64) -> Result<(), Error> {
        let mut writes = Vec::new();
        let mut latest = match from.checked_sub(1) {
            Some(_) => self.latest_indexed()?,
            None => 0,
        };
        for index in from..to {
            let record = self.record(index)?;
            latest = latest.max(micros(record.at));
            for (kind, name) in
                [(DEPARTMENT, &record.entry.department), (METHOD, &record.entry.method)]
            {
                writes.push(Write::Put { key: name_key(kind, name, index), value: Vec::new() });
            }
            writes.push(Write::Put { key: time_key(latest, index), value: Vec::new() });
        }
        let (position, root) = {
            let state = self.read_state();
            let last =
                usize::try_from(to).ok().and_then(|to| state.sequences.get(to.checked_sub(1)?));
            (last.map_or(0, |last| last + 1), state.tree.root(to).unwrap_or_default())
        };
        writes.push(Write::Put { key: ROOT_KEY.to_vec(), value: root.to_vec() });
        self.index.apply(position, writes)?;
        Ok(())
    }

    /// The latest time that stands in the index.
    fn latest_indexed(&self) -> Result<u64, Error> {
        let last = self.index.range(b"t", b"u", 1, true)?;
        let time = last.first().and_then(|(key, _)| key.get(1..9)?.try_into().ok());
        Ok(time.map_or(0, u64::from_be_bytes))
    }

    /// The log goes on without its index until it is opened again.
    fn index_failed(&self, error: &(dyn std::error::Error + 'static)) {
        tracing::warn!(error, "the index of the audit log failed; records are found without it");
        self.index_poisoned.store(true, Ordering::Release);
        self.indexed.store(0, Ordering::Release);
    }
}

/// What a name in the index is of.
const DEPARTMENT: &[u8] = b"d";
const METHOD: &[u8] = b"m";

/// Of what, the name, 0, the index: the records with that name in their order.
fn name_key(kind: &[u8], name: &str, index: u64) -> Vec<u8> {
    [kind, name.as_bytes(), &[0], &index.to_be_bytes()].concat()
}

/// `t`, the latest time up to the record, the index. These times never run backwards, so the first key from
/// a time on names the first record that can be that late.
fn time_key(latest: u64, index: u64) -> Vec<u8> {
    [b"t".as_slice(), &latest.to_be_bytes(), &index.to_be_bytes()].concat()
}

fn last_number(key: &[u8]) -> Option<u64> {
    key.last_chunk().map(|bytes| u64::from_be_bytes(*bytes))
}

fn micros(at: SystemTime) -> u64 {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}
