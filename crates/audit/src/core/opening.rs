//! Opening: every record is hashed again, every checkpoint compared, open starts are closed.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Mutex, RwLock};
use std::time::Instant;

use journal::{Index, Journal};

use super::{CHECKPOINT, Core, RECORD, State, batches};
use crate::entry::{Entry, Kind, Record};
use crate::error::Error;
use crate::leaf;
use crate::log::{Clock, Config};
use crate::note::{self, Signer};
use crate::tree;

/// The largest journal entry: a leaf or a checkpoint, and the byte that says which.
const ENTRY_BYTES_MAX: usize = leaf::LEAF_BYTES_MAX + 1;

impl Core {
    pub(crate) fn open(config: &Config, clock: Clock) -> Result<Core, Error> {
        note::check_origin(&config.origin)?;
        let journal = Journal::open(journal::Config {
            directory: config.directory.join("journal"),
            segment_bytes_max: config.segment_bytes_max,
            entry_bytes_max: ENTRY_BYTES_MAX,
        })?;
        let signer = signer(config, journal.len())?;
        let index = Index::open(&config.index_directory)?;
        let replayed = Replayed::read(&journal, &signer)?;
        let core = Core {
            journal,
            index,
            signer,
            clock,
            state: RwLock::new(replayed.state),
            indexed: AtomicU64::new(0),
            index_poisoned: AtomicBool::new(false),
            failed: AtomicBool::new(false),
            write_times: Mutex::new(VecDeque::new()),
        };
        core.check_index();
        let ends = replayed.open_starts.into_values().map(end_of).collect();
        let mut due = batches(ends);
        if due.is_empty() && !replayed.ends_with_checkpoint {
            due.push(Vec::new());
        }
        for batch in due {
            core.write(batch)?;
        }
        core.index_new_records();
        Ok(core)
    }
}

fn signer(config: &Config, records: u64) -> Result<Signer, Error> {
    let path: PathBuf = config.directory.join("signing.key");
    let signer = if path.exists() {
        Signer::load(&path, &config.origin)?
    } else if records > 0 {
        return Err(Error::KeyMissing { path, records });
    } else {
        let signer = Signer::generate(&config.origin)?;
        signer.store(&path)?;
        signer
    };
    let public = config.directory.join("verifier.key");
    let text = format!("{}\n", signer.verifier_key());
    if fs_err::read_to_string(&public).ok().as_ref() != Some(&text) {
        note::write_durably(&public, &text, 0o644)?;
    }
    Ok(signer)
}

struct Replayed {
    state: State,
    open_starts: BTreeMap<u64, Record>,
    ends_with_checkpoint: bool,
}

impl Replayed {
    fn read(journal: &Journal, signer: &Signer) -> Result<Replayed, Error> {
        let mut replayed = Replayed {
            state: State::default(),
            open_starts: BTreeMap::new(),
            ends_with_checkpoint: false,
        };
        let mut newest = None;
        for entry in journal.entries(0) {
            let (sequence, bytes) = entry?;
            let contradiction = |what| Error::Contradiction { what, sequence };
            match bytes.split_first() {
                Some((&RECORD, leaf)) => {
                    replayed.state.tree.push(tree::leaf_hash(leaf));
                    replayed.take(sequence, leaf).map_err(contradiction)?;
                }
                Some((&CHECKPOINT, note)) => {
                    let note = std::str::from_utf8(note)
                        .map_err(|_| contradiction("the checkpoint isn't text"))?;
                    replayed.check(note).map_err(contradiction)?;
                    newest = Some((sequence, note.to_owned()));
                }
                Some(_) | None => {
                    return Err(contradiction("neither record nor checkpoint stands"));
                }
            }
        }
        if let Some((sequence, note)) = newest {
            let own = note::size_and_root(&note).map(|(size, root)| signer.checkpoint(size, &root));
            if own.as_ref() != Some(&note) {
                let what = "the newest checkpoint isn't signed by this log's key";
                return Err(Error::Contradiction { what, sequence });
            }
            replayed.state.checkpoint = note;
            replayed.state.checkpoint_at = Some(Instant::now());
        }
        replayed.state.size = replayed.state.tree.len();
        Ok(replayed)
    }

    fn take(&mut self, sequence: u64, leaf: &[u8]) -> Result<(), &'static str> {
        const UNREADABLE: &str = "the record cannot be read";
        let place = leaf::place(leaf).ok_or(UNREADABLE)?;
        let state = &mut self.state;
        let index = state.sequences.len() as u64;
        if place.index != index {
            return Err("the record stands in another's place");
        }
        state.sequences.push(sequence);
        if state.last_at.is_some_and(|last| place.at < last) {
            state.ordered_from = index;
        }
        state.last_at = Some(place.at);
        self.ends_with_checkpoint = false;
        match place.kind {
            Kind::Start => {
                let record = leaf::decode(leaf.to_vec()).ok_or(UNREADABLE)?;
                self.open_starts.insert(index, record);
            }
            Kind::End => {
                if let Some(start) = place.start_index {
                    self.open_starts.remove(&start);
                }
            }
            Kind::Call | Kind::Change | Kind::Erasure => {}
        }
        Ok(())
    }

    fn check(&mut self, note: &str) -> Result<(), &'static str> {
        let (size, root) = note::size_and_root(note).ok_or("the checkpoint cannot be read")?;
        if size != self.state.tree.len() {
            return Err("the checkpoint is over another number of records");
        }
        if self.state.tree.root(size) != Some(root) {
            return Err("the records contradict the checkpoint");
        }
        self.ends_with_checkpoint = true;
        Ok(())
    }
}

/// The end of a stream or job that the appliance didn't live to see.
fn end_of(start: Record) -> Entry {
    Entry {
        kind: Kind::End,
        outcome: "ABORTED".to_owned(),
        facts: [("reason".to_owned(), "restart".to_owned())].into(),
        start_index: Some(start.index),
        department: start.entry.department,
        caller: start.entry.caller,
        method: start.entry.method,
        mode: start.entry.mode,
        inference: start.entry.inference,
        ..Entry::default()
    }
}
