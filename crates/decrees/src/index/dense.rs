//! Windows of passages as int8 vectors and token ids, in memory-mapped files that only grow.
//!
//! `state.json` says how much of each file is whole, and for which model; it is replaced after the
//! files are synced. Whatever lies behind it is cut off, and a state that does not fit begins anew.

use super::dot;
use crate::Error;
use crate::files::{failed, write_durably};
use fs_err as fs;
use inference::{HeldModel, TokenTable};
use memmap2::Mmap;
use serde::{Deserialize, Serialize};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Passage (u32), scale (f32) and end of the window's tokens (u64).
const WINDOW_BYTES: usize = 16;
const TOKEN_BYTES: usize = 2;
/// Rows are read in blocks, so that products are summed in the cache.
const BLOCK_ROWS: u32 = 1_024;
/// Threads of one scan, and the fewest passages that are worth one.
const SCAN_THREADS_MAX: usize = 4;
const SCAN_PASSAGES_MIN: usize = 16_384;

/// How much of the files is whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct State {
    model: String,
    dimensions: usize,
    /// Passages whose windows are all in.
    passages: u32,
    windows: u32,
    tokens: u64,
}

/// A window of a passage, embedded.
#[derive(Debug)]
pub(crate) struct Embedded {
    pub(crate) passage: u32,
    pub(crate) vector: Vec<f32>,
    pub(crate) tokens: Vec<u32>,
}

/// The files, for writing.
#[derive(Debug)]
pub(crate) struct DenseFiles {
    directory: PathBuf,
    vectors: fs::File,
    windows: fs::File,
    tokens: fs::File,
    state: State,
    token_counts: TokenCounts,
}

/// In how many windows each token occurs.
#[derive(Clone, Debug, Default)]
struct TokenCounts {
    windows: Vec<u32>,
    /// The last window that was counted for a token.
    seen: Vec<u32>,
}

/// A whole state of the files, for searching.
#[derive(Debug)]
pub(crate) struct DenseView {
    dimensions: usize,
    vectors: Option<Mmap>,
    windows: Option<Mmap>,
    tokens: Option<Mmap>,
    /// First window of each passage, and one past the last window of all.
    firsts: Vec<u32>,
    token_windows: Vec<u32>,
    /// For late interaction, where the model has one.
    pub(crate) table: Option<TokenTable>,
    /// Whose vectors these are: it embeds the queries for them. None where there are none.
    pub(crate) model: Option<HeldModel>,
}

/// Passages whose windows are all in a folder, by what it says; 0 where it is another model's.
pub(crate) fn embedded(directory: &Path, model: &str, dimensions: usize) -> u32 {
    read_state(directory, model, dimensions).map_or(0, |state| state.passages)
}

fn read_state(directory: &Path, model: &str, dimensions: usize) -> Option<State> {
    let text = fs::read_to_string(directory.join("state.json")).ok()?;
    let state: State = serde_json::from_str(&text).ok()?;
    (state.model == model && state.dimensions == dimensions).then_some(state)
}

impl DenseFiles {
    /// Opens the files for a model; anything that does not fit begins anew.
    pub(crate) fn open(
        directory: &Path,
        model: &str,
        dimensions: usize,
        passages: u32,
    ) -> Result<Self, Error> {
        fs::create_dir_all(directory).map_err(failed(directory))?;
        let state = read_state(directory, model, dimensions)
            .filter(|state| state.passages <= passages)
            .unwrap_or_else(|| State { model: model.to_owned(), dimensions, ..State::default() });
        let open = |name: &str| {
            let path = directory.join(name);
            let mut options = fs::OpenOptions::new();
            options.read(true).write(true).create(true).truncate(false);
            options.open(&path).map_err(failed(&path))
        };
        let mut files = Self {
            directory: directory.to_owned(),
            vectors: open("vectors.i8")?,
            windows: open("windows.bin")?,
            tokens: open("tokens.u16")?,
            state,
            token_counts: TokenCounts::default(),
        };
        if !files.cut()? {
            tracing::warn!(directory = %directory.display(), "vectors are in doubt: they are computed again");
            files.state = State { model: model.to_owned(), dimensions, ..State::default() };
            files.cut()?;
        }
        files.count_tokens()?;
        Ok(files)
    }

    /// Cuts the files to the state; false where one is too short for it.
    fn cut(&mut self) -> Result<bool, Error> {
        let sizes = self.sizes();
        for (file, size) in
            [&mut self.vectors, &mut self.windows, &mut self.tokens].into_iter().zip(sizes)
        {
            let path = file.path().to_owned();
            if file.metadata().map_err(failed(&path))?.len() < size {
                return Ok(false);
            }
            file.set_len(size).map_err(failed(&path))?;
            file.seek(SeekFrom::Start(size)).map_err(failed(&path))?;
        }
        Ok(true)
    }

    fn sizes(&self) -> [u64; 3] {
        let windows = u64::from(self.state.windows);
        let bytes = |each: usize| windows * u64::try_from(each).unwrap_or(u64::MAX);
        [bytes(self.state.dimensions), bytes(WINDOW_BYTES), self.state.tokens * 2]
    }

    fn count_tokens(&mut self) -> Result<(), Error> {
        let view = self.view(self.state.passages, None)?;
        for window in 0..self.state.windows {
            let tokens = view.window_tokens(window);
            self.token_counts.add(window, tokens.map(u32::from));
        }
        Ok(())
    }

    /// Passages whose windows are all in.
    pub(crate) fn passages(&self) -> u32 {
        self.state.passages
    }

    /// Appends windows, in the order of their passages; with them all passages up to `passages` are
    /// complete. Durable when it returns.
    pub(crate) fn append(&mut self, windows: &[Embedded], passages: u32) -> Result<(), Error> {
        let mut state = self.state.clone();
        let (mut vectors, mut records, mut tokens) = (vec![], vec![], vec![]);
        for window in windows {
            let (values, scale) = dot::quantize(&window.vector);
            if values.len() != state.dimensions {
                continue;
            }
            vectors.extend(values.iter().map(|value| value.to_le_bytes()[0]));
            // A vocabulary beyond u16 knows no late interaction; its ids are not kept.
            let kept: Vec<u16> =
                window.tokens.iter().filter_map(|token| u16::try_from(*token).ok()).collect();
            tokens.extend(kept.iter().flat_map(|token| token.to_le_bytes()));
            self.token_counts.add(state.windows, kept.iter().map(|token| u32::from(*token)));
            state.tokens += u64::try_from(kept.len()).unwrap_or(0);
            state.windows += 1;
            records.extend_from_slice(&window.passage.to_le_bytes());
            records.extend_from_slice(&scale.to_le_bytes());
            records.extend_from_slice(&state.tokens.to_le_bytes());
        }
        state.passages = passages;
        let parts = [
            (&mut self.vectors, vectors),
            (&mut self.windows, records),
            (&mut self.tokens, tokens),
        ];
        for (file, bytes) in parts {
            let path = file.path().to_owned();
            file.write_all(&bytes).and_then(|()| file.sync_data()).map_err(failed(&path))?;
        }
        let path = self.directory.join("state.json");
        let text = serde_json::to_vec(&state)
            .map_err(|error| failed(&path)(std::io::Error::other(error)))?;
        write_durably(&path, &text)?;
        self.state = state;
        Ok(())
    }

    /// What is whole, for searching over `passages` passages.
    pub(crate) fn view(
        &self,
        passages: u32,
        table: Option<TokenTable>,
    ) -> Result<DenseView, Error> {
        let [vectors, windows, tokens] = self.sizes();
        let mut view = DenseView {
            dimensions: self.state.dimensions,
            vectors: map(&self.vectors, vectors)?,
            windows: map(&self.windows, windows)?,
            tokens: map(&self.tokens, tokens)?,
            firsts: Vec::new(),
            token_windows: self.token_counts.windows.clone(),
            table,
            model: None,
        };
        view.firsts.reserve(usize::try_from(passages).unwrap_or(0) + 1);
        for window in 0..self.state.windows {
            let passage = view.window(window).map_or(0, |(passage, _, _)| passage);
            let wanted = usize::try_from(passage).unwrap_or(usize::MAX);
            while view.firsts.len() <= wanted {
                view.firsts.push(window);
            }
        }
        let known = usize::try_from(self.state.passages).unwrap_or(0);
        while view.firsts.len() <= known {
            view.firsts.push(self.state.windows);
        }
        Ok(view)
    }
}

fn map(file: &fs::File, size: u64) -> Result<Option<Mmap>, Error> {
    let length = usize::try_from(size).unwrap_or(usize::MAX);
    if length == 0 {
        return Ok(None);
    }
    #[expect(unsafe_code, reason = "vectors are read where they lie")]
    // SAFETY: the file only grows while the process runs: it is cut at opening, before any map of
    // it exists, and nobody else writes into the data folder of a running appliance.
    let map = unsafe { memmap2::MmapOptions::new().len(length).map(file.file()) };
    map.map(Some).map_err(failed(file.path()))
}

impl TokenCounts {
    fn add(&mut self, window: u32, tokens: impl Iterator<Item = u32>) {
        for token in tokens {
            let Ok(index) = usize::try_from(token) else { continue };
            if index >= self.windows.len() {
                self.windows.resize(index + 1, 0);
                self.seen.resize(index + 1, u32::MAX);
            }
            if let (Some(count), Some(seen)) =
                (self.windows.get_mut(index), self.seen.get_mut(index))
                && *seen != window
            {
                *seen = window;
                *count += 1;
            }
        }
    }
}

impl DenseView {
    /// A view without vectors.
    pub(crate) fn empty() -> Self {
        Self {
            dimensions: 0,
            vectors: None,
            windows: None,
            tokens: None,
            firsts: vec![0],
            token_windows: Vec::new(),
            table: None,
            model: None,
        }
    }

    /// Passages that dense search sees.
    pub(crate) fn passages(&self) -> u32 {
        u32::try_from(self.firsts.len().saturating_sub(1)).unwrap_or(u32::MAX)
    }

    /// Windows of all passages.
    pub(crate) fn windows(&self) -> u32 {
        self.firsts.last().copied().unwrap_or(0)
    }

    /// Windows that hold a token.
    pub(crate) fn windows_with(&self, token: u32) -> u32 {
        let count = usize::try_from(token).ok().and_then(|index| self.token_windows.get(index));
        count.copied().unwrap_or(0)
    }

    /// The windows of a passage.
    pub(crate) fn of_passage(&self, passage: u32) -> std::ops::Range<u32> {
        let at = |index: u32| usize::try_from(index).ok().and_then(|i| self.firsts.get(i)).copied();
        match (at(passage), at(passage.saturating_add(1))) {
            (Some(from), Some(to)) => from..to,
            (None, _) | (_, None) => 0..0,
        }
    }

    /// Passage, scale and end of tokens of a window.
    fn window(&self, window: u32) -> Option<(u32, f32, u64)> {
        let at = usize::try_from(window).ok()?.checked_mul(WINDOW_BYTES)?;
        let record = self.windows.as_ref()?.get(at..at + WINDOW_BYTES)?;
        let (passage, rest) = record.split_first_chunk::<4>()?;
        let (scale, rest) = rest.split_first_chunk::<4>()?;
        let (end, _) = rest.split_first_chunk::<8>()?;
        Some((u32::from_le_bytes(*passage), f32::from_le_bytes(*scale), u64::from_le_bytes(*end)))
    }

    /// The token ids of a window.
    pub(crate) fn window_tokens(&self, window: u32) -> impl Iterator<Item = u16> + '_ {
        let end = self.window(window).map_or(0, |(_, _, end)| end);
        let start = window.checked_sub(1).and_then(|before| self.window(before));
        let start = start.map_or(0, |(_, _, end)| end);
        let byte =
            |token: u64| usize::try_from(token).unwrap_or(usize::MAX).saturating_mul(TOKEN_BYTES);
        let bytes = self.tokens.as_ref().and_then(|tokens| tokens.get(byte(start)..byte(end)));
        bytes
            .unwrap_or_default()
            .chunks_exact(TOKEN_BYTES)
            .filter_map(|pair| pair.first_chunk::<2>().map(|pair| u16::from_le_bytes(*pair)))
    }

    fn rows(&self, windows: std::ops::Range<u32>) -> &[i8] {
        let byte = |window: u32| {
            usize::try_from(window).unwrap_or(usize::MAX).saturating_mul(self.dimensions)
        };
        let bytes: &[u8] = self
            .vectors
            .as_ref()
            .and_then(|vectors| vectors.get(byte(windows.start)..byte(windows.end)))
            .unwrap_or_default();
        #[expect(unsafe_code, reason = "bytes of a file are int8 values as they are")]
        // SAFETY: i8 has the size, alignment and validity of u8; length and lifetime are kept.
        let rows = unsafe { std::slice::from_raw_parts(bytes.as_ptr().cast::<i8>(), bytes.len()) };
        rows
    }

    /// The cosine of the query with the best window of each passage, by int8; what is not wanted or
    /// has no vector yet gets none. Over a large corpus on several threads.
    pub(crate) fn scan(&self, query: &[f32], wanted: &[bool]) -> Vec<Option<f32>> {
        let mut best: Vec<Option<f32>> = vec![None; wanted.len()];
        if query.len() != self.dimensions {
            return best;
        }
        let quantized = dot::quantize(query);
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let stretch = wanted.len().div_ceil(cores.min(SCAN_THREADS_MAX)).max(SCAN_PASSAGES_MIN);
        let mut stretches = best.chunks_mut(stretch).zip(wanted.chunks(stretch)).zip(0_usize..);
        let own = stretches.next();
        std::thread::scope(|scope| {
            for ((best, wanted), number) in stretches {
                let quantized = &quantized;
                scope.spawn(move || self.scan_stretch(quantized, number * stretch, wanted, best));
            }
            if let Some(((best, wanted), _)) = own {
                self.scan_stretch(&quantized, 0, wanted, best);
            }
        });
        best
    }

    /// The same for the passages from `first` on; `wanted` and `best` are theirs.
    fn scan_stretch(
        &self,
        (values, step): &(Vec<i8>, f32),
        first: usize,
        wanted: &[bool],
        best: &mut [Option<f32>],
    ) {
        let Ok(offset) = u32::try_from(first) else { return };
        let mut products = Vec::new();
        for run in runs(wanted, self.passages().saturating_sub(offset)) {
            let (start, last) = (self.of_passage(run.start + offset), run.end - 1 + offset);
            let windows = start.start..self.of_passage(last).end;
            let mut from = windows.start;
            while from < windows.end {
                let to = windows.end.min(from.saturating_add(BLOCK_ROWS));
                products.clear();
                dot::products(values, self.rows(from..to), &mut products);
                for (window, product) in (from..to).zip(&products) {
                    let Some((passage, scale, _)) = self.window(window) else { continue };
                    let cosine = dot::real(*product) * scale * step;
                    let place = passage.checked_sub(offset).and_then(|at| usize::try_from(at).ok());
                    if let Some(place) = place.and_then(|at| best.get_mut(at)) {
                        *place = Some(place.map_or(cosine, |known| known.max(cosine)));
                    }
                }
                from = to;
            }
        }
    }

    /// The cosine of the exact query with the best window of a passage.
    pub(crate) fn rescore(&self, query: &[f32], passage: u32) -> Option<f32> {
        self.of_passage(passage)
            .filter_map(|window| {
                let (_, scale, _) = self.window(window)?;
                Some(dot::dot_exact(query, self.rows(window..window + 1)) * scale)
            })
            .reduce(f32::max)
    }
}

/// Stretches of wanted passages below `end`.
fn runs(wanted: &[bool], end: u32) -> impl Iterator<Item = std::ops::Range<u32>> + '_ {
    let mut next = 0;
    let is = move |passage: u32| {
        passage < end && usize::try_from(passage).ok().and_then(|i| wanted.get(i)) == Some(&true)
    };
    std::iter::from_fn(move || {
        while next < end && !is(next) {
            next += 1;
        }
        let start = next;
        while is(next) {
            next += 1;
        }
        (start < next).then_some(start..next)
    })
}

#[cfg(test)]
mod tests;
