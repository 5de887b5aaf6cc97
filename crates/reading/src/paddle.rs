//! Recognition by the networks of PP-OCRv6: one finds the lines of a page, whichever way they lean
//! or run, the other reads each. Both are computed here, on one thread.

use crate::error::{FileError, Reason};
use crate::limits::Work;
use crate::picture::{Gray, Recognised};
pub use files::{NETWORK_FILES, NETWORK_FOLDER, NetworkFile, Networks, NetworksError};
use network::Network;
use oblong::Oblong;
use recognise::Letter;
use rten::ThreadPool;
use std::path::Path;
use std::sync::Arc;

mod detect;
mod files;
mod network;
mod oblong;
mod recognise;
mod words;

/// Lines that are read both ways to tell which way up a page lies.
const TRIED: usize = 5;
/// Pages whose longest lines are read more surely than this lie upright.
const UPRIGHT: f32 = 0.9;

/// Both networks, loaded.
pub(crate) struct Loaded {
    detector: Network,
    recogniser: Network,
    /// By label; the first stands for no letter.
    alphabet: Vec<String>,
}

/// A line and what it says.
struct ReadLine {
    oblong: Oblong,
    letters: Vec<Letter>,
}

impl std::fmt::Debug for Loaded {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Loaded").finish_non_exhaustive()
    }
}

/// What a network makes of one grey image of these edges, from -1 to 1: for comparing with other
/// software.
///
/// # Errors
/// When it cannot be loaded or computed.
pub fn probe_network(
    path: &Path,
    image: &[f32],
    height: usize,
    width: usize,
) -> Result<Vec<f32>, FileError> {
    let network = Network::load(path, &Arc::new(ThreadPool::with_num_threads(1)))?;
    Ok(network.run(image, height, width)?.values)
}

impl Loaded {
    /// Loads both, in about 0.1 s.
    pub(crate) fn load(files: &Networks) -> Result<Self, FileError> {
        // Files are read side by side in processes of their own; threads within would only wait.
        let pool = Arc::new(ThreadPool::with_num_threads(1));
        let detector = Network::load(&files.detector, &pool)?;
        let recogniser = Network::load(&files.recogniser, &pool)?;
        let Some(listed) = recogniser.metadata("character") else {
            return Err(FileError::new(Reason::Unreadable, "PP-OCR's recogniser names no letters"));
        };
        let alphabet = std::iter::once("").chain(listed.lines()).chain([" "]);
        let alphabet = alphabet.map(str::to_owned).collect();
        Ok(Self { detector, recogniser, alphabet })
    }

    /// Recognises one page, whichever way it lies. `scale` is points per pixel.
    pub(crate) fn recognise(
        &self,
        gray: &Gray,
        scale: f32,
        work: &Work<'_>,
    ) -> Result<Recognised, FileError> {
        let mut oblongs = detect::lines(&self.detector, gray)?;
        work.check_time()?;
        oblongs.sort_by(|a, b| b.length.total_cmp(&a.length));
        let rest = oblongs.split_off(oblongs.len().min(TRIED));
        let mut lines = self.read(gray, oblongs, work)?;
        let mut reversed = false;
        if words::sureness(&lines) < UPRIGHT {
            let other = lines.iter().map(|line| line.oblong.reversed()).collect();
            let other = self.read(gray, other, work)?;
            reversed = words::sureness(&other) > words::sureness(&lines);
            if reversed {
                lines = other;
            }
        }
        let turn = |oblong: Oblong| if reversed { oblong.reversed() } else { oblong };
        lines.extend(self.read(gray, rest.into_iter().map(turn).collect(), work)?);
        Ok(words::arrange(&lines, &self.alphabet, scale))
    }

    fn read(
        &self,
        gray: &Gray,
        oblongs: Vec<Oblong>,
        work: &Work<'_>,
    ) -> Result<Vec<ReadLine>, FileError> {
        let read = |oblong: Oblong| {
            work.check_time()?;
            let letters = recognise::letters(&self.recogniser, gray, &oblong)?;
            Ok(ReadLine { oblong, letters })
        };
        oblongs.into_iter().map(read).collect()
    }
}

#[cfg(test)]
mod tests;
