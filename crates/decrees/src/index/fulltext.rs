//! One analysed field of all passages in a tantivy index of its own, scored by BM25.
//!
//! Scores are summed term by term into an array over all passages: the filter by day then works
//! before the ranking, each field has its own parameters, and the score of any rank is at hand.

use crate::Error;
use crate::files::failed;
use fs_err as fs;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tantivy::directory::MmapDirectory;
use tantivy::index::InvertedIndexReader;
use tantivy::indexer::LogMergePolicy;
use tantivy::query::FuzzyTermQuery;
use tantivy::schema::{
    FAST, Field, IndexRecordOption, STRING, Schema, TextFieldIndexing, TextOptions,
};
use tantivy::tokenizer::TextAnalyzer;
use tantivy::{Index, IndexReader, IndexWriter, ReloadPolicy, TERMINATED, TantivyDocument, Term};

const ANALYZER: &str = "german";

/// Saturation and length normalisation of BM25.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parameters {
    pub(crate) k1: f32,
    pub(crate) b: f32,
}

/// The index of one field.
pub(crate) struct FullText {
    directory: PathBuf,
    analyzer: TextAnalyzer,
    parameters: Parameters,
    fields: Fields,
    writer: IndexWriter,
    reader: IndexReader,
    position: Position,
}

/// Up to where in the journal an index is complete.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Position {
    /// Entries that are in.
    pub(crate) entries: u64,
    /// Tells the last of them from the same entry of another journal.
    pub(crate) mark: String,
}

#[derive(Clone, Copy, Debug)]
struct Fields {
    ordinal: Field,
    text: Field,
    norm: Field,
}

/// How an index is made.
pub(crate) struct Setup<'a> {
    pub(crate) directory: &'a Path,
    pub(crate) analyzer: TextAnalyzer,
    pub(crate) parameters: Parameters,
    pub(crate) writer_bytes: usize,
}

impl std::fmt::Debug for FullText {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("FullText")
            .field("directory", &self.directory)
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}

impl FullText {
    /// Opens the index, or begins an empty one where that fails in any way.
    pub(crate) fn open(setup: Setup<'_>) -> Result<Self, Error> {
        let directory = setup.directory;
        let known = directory.exists();
        match Self::try_open(&setup) {
            Err(error) if known => {
                tracing::warn!(%error, directory = %directory.display(), "full-text index is in doubt: it is rebuilt");
                fs::remove_dir_all(directory).map_err(failed(directory))?;
                Self::try_open(&setup)
            }
            other => other,
        }
    }

    fn try_open(setup: &Setup<'_>) -> Result<Self, Error> {
        fs::create_dir_all(setup.directory).map_err(failed(setup.directory))?;
        let (schema, fields) = schema();
        let directory =
            MmapDirectory::open(setup.directory).map_err(|e| Error::FullText(e.into()))?;
        let index = Index::open_or_create(directory, schema).map_err(Error::FullText)?;
        index.tokenizers().register(ANALYZER, setup.analyzer.clone());
        let payload = index.load_metas().map_err(Error::FullText)?.payload;
        let position = payload.and_then(|text| Position::parse(&text)).unwrap_or_default();
        let writer: IndexWriter =
            index.writer_with_num_threads(1, setup.writer_bytes).map_err(Error::FullText)?;
        let mut policy = LogMergePolicy::default();
        policy.set_min_num_segments(6);
        writer.set_merge_policy(Box::new(policy));
        let reader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .try_into()
            .map_err(Error::FullText)?;
        Ok(Self {
            directory: setup.directory.to_owned(),
            analyzer: setup.analyzer.clone(),
            parameters: setup.parameters,
            fields,
            writer,
            reader,
            position,
        })
    }

    /// What is committed.
    pub(crate) fn position(&self) -> &Position {
        &self.position
    }

    /// Adds a passage, or more of one; it is seen after the next commit.
    pub(crate) fn add(&self, ordinal: u32, text: String, norms: &[String]) -> Result<(), Error> {
        let mut document = TantivyDocument::new();
        document.add_u64(self.fields.ordinal, u64::from(ordinal));
        document.add_text(self.fields.text, text);
        for norm in norms {
            document.add_text(self.fields.norm, norm);
        }
        self.writer.add_document(document).map_err(Error::FullText)?;
        Ok(())
    }

    /// Makes what was added durable; with it the index is complete up to `position`.
    pub(crate) fn commit(&mut self, position: &Position) -> Result<(), Error> {
        let mut commit = self.writer.prepare_commit().map_err(Error::FullText)?;
        commit.set_payload(&format!("{} {}", position.entries, position.mark));
        commit.commit().map_err(Error::FullText)?;
        self.position = position.clone();
        Ok(())
    }

    /// What is committed, for searching.
    pub(crate) fn view(&self, passages: usize) -> Result<View, Error> {
        self.reader.reload().map_err(Error::FullText)?;
        let searcher = self.reader.searcher();
        let mut view = View {
            analyzer: self.analyzer.clone(),
            fields: self.fields,
            segments: Vec::new(),
            length_factors: vec![0.0; passages],
            documents: 0,
        };
        let mut lengths = vec![0_u32; passages];
        let mut tokens = 0_u64;
        for reader in searcher.segment_readers() {
            let column = reader.fast_fields().u64("ordinal").map_err(Error::FullText)?;
            let norms = reader.get_fieldnorms_reader(self.fields.text).map_err(Error::FullText)?;
            let ordinals: Vec<u32> = (0..reader.max_doc())
                .map(|doc| {
                    let ordinal = column.first(doc).unwrap_or(u64::MAX);
                    u32::try_from(ordinal).unwrap_or(u32::MAX)
                })
                .collect();
            for (doc, ordinal) in (0..).zip(&ordinals) {
                if let Some(length) = slot(&mut lengths, *ordinal) {
                    *length += norms.fieldnorm(doc);
                }
            }
            let text = reader.inverted_index(self.fields.text).map_err(Error::FullText)?;
            let norm = reader.inverted_index(self.fields.norm).map_err(Error::FullText)?;
            tokens += text.total_num_tokens();
            view.documents += ordinals.len();
            view.segments.push(Segment { ordinals, text, norm });
        }
        let average = ratio(tokens, view.documents);
        let Parameters { k1, b } = self.parameters;
        for (factor, length) in view.length_factors.iter_mut().zip(lengths) {
            *factor = k1 * (1.0 - b + b * ratio(u64::from(length), 1) / average.max(1.0));
        }
        Ok(view)
    }

    /// Ends the index and deletes its files.
    pub(crate) fn delete(self) -> Result<(), Error> {
        let Self { directory, writer, reader, .. } = self;
        drop((writer, reader));
        fs::remove_dir_all(&directory).map_err(failed(&directory))
    }
}

impl Position {
    fn parse(payload: &str) -> Option<Self> {
        let (entries, mark) = payload.split_once(' ')?;
        Some(Self { entries: entries.parse().ok()?, mark: mark.to_owned() })
    }
}

fn schema() -> (Schema, Fields) {
    let mut builder = Schema::builder();
    let ordinal = builder.add_u64_field("ordinal", FAST);
    let indexing = TextFieldIndexing::default()
        .set_tokenizer(ANALYZER)
        .set_index_option(IndexRecordOption::WithFreqs)
        .set_fieldnorms(true);
    let text =
        builder.add_text_field("text", TextOptions::default().set_indexing_options(indexing));
    let norm = builder.add_text_field("norm", STRING);
    (builder.build(), Fields { ordinal, text, norm })
}

/// A committed state of the index.
pub(crate) struct View {
    analyzer: TextAnalyzer,
    fields: Fields,
    segments: Vec<Segment>,
    /// By passage: `k1 * (1 - b + b * length / average)`.
    length_factors: Vec<f32>,
    documents: usize,
}

struct Segment {
    /// Passage of each document.
    ordinals: Vec<u32>,
    text: Arc<InvertedIndexReader>,
    norm: Arc<InvertedIndexReader>,
}

impl std::fmt::Debug for View {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("View").field("documents", &self.documents).finish_non_exhaustive()
    }
}

impl View {
    /// The terms of a text with their counts.
    pub(crate) fn terms(&self, text: &str) -> Vec<(String, f32)> {
        crate::analysis::terms(&mut self.analyzer.clone(), text)
    }

    /// The analyzer of the field.
    pub(crate) fn analyzer(&self) -> TextAnalyzer {
        self.analyzer.clone()
    }

    /// BM25 of every passage, 0 where no term occurs.
    pub(crate) fn scores(&self, terms: &[(String, f32)]) -> Result<Vec<f32>, Error> {
        let mut scores = vec![0.0; self.length_factors.len()];
        for (term, weight) in terms {
            let term = Term::from_field_text(self.fields.text, term);
            self.add_term(&term, *weight, &mut scores)?;
        }
        Ok(scores)
    }

    /// More than any passage can score for the terms.
    pub(crate) fn most(&self, terms: &[(String, f32)]) -> Result<f32, Error> {
        let mut most = 0.0;
        for (term, weight) in terms {
            most += weight * inverse_frequency(self.passages_with(term)?, self.documents);
        }
        Ok(most)
    }

    /// How many passages hold a term.
    pub(crate) fn passages_with(&self, term: &str) -> Result<u64, Error> {
        let term = Term::from_field_text(self.fields.text, term);
        let mut found = 0;
        for segment in &self.segments {
            let info = segment.text.get_term_info(&term);
            let info = info.map_err(|error| Error::FullText(error.into()))?;
            found += info.map_or(0, |info| u64::from(info.doc_freq));
        }
        Ok(found)
    }

    /// Of the terms at most so many slips (1 or 2) away that begin with the same letter, the one in the most
    /// passages; none where there is no such term.
    pub(crate) fn nearest(&self, term: &str, slips: u8) -> Result<Option<String>, Error> {
        let io = |error: std::io::Error| Error::FullText(error.into());
        let Some(first) = term.chars().next() else { return Ok(None) };
        let first = first.to_string();
        let wanted = Term::from_field_text(self.fields.text, term);
        let near = FuzzyTermQuery::new(wanted, slips, true);
        let mut found: HashMap<String, u64> = HashMap::new();
        for segment in &self.segments {
            let automaton = near.automaton().map_err(Error::FullText)?;
            let terms = segment.text.terms().search(automaton).ge(&first);
            let mut terms = terms.into_stream().map_err(io)?;
            while terms.advance() {
                let Ok(term) = std::str::from_utf8(terms.key()) else { continue };
                if !term.starts_with(&first) {
                    break;
                }
                *found.entry(term.to_owned()).or_default() += u64::from(terms.value().doc_freq);
            }
        }
        // Of equally many the first by the alphabet, so that the same question finds the same.
        let order = |one: &(String, u64), other: &(String, u64)| {
            one.1.cmp(&other.1).then_with(|| other.0.cmp(&one.0))
        };
        Ok(found.into_iter().max_by(order).map(|(term, _)| term))
    }

    fn add_term(&self, term: &Term, weight: f32, scores: &mut [f32]) -> Result<(), Error> {
        let io = |error: std::io::Error| Error::FullText(error.into());
        let mut found = 0;
        let mut lists = Vec::with_capacity(self.segments.len());
        for segment in &self.segments {
            if let Some(info) = segment.text.get_term_info(term).map_err(io)? {
                found += u64::from(info.doc_freq);
                lists.push((segment, info));
            }
        }
        let weight = weight * inverse_frequency(found, self.documents);
        for (segment, info) in lists {
            let mut block = segment
                .text
                .read_block_postings_from_terminfo(&info, IndexRecordOption::WithFreqs)
                .map_err(io)?;
            while !block.docs().is_empty() {
                let pairs = block.docs().iter().zip(block.freqs());
                for (doc, frequency) in pairs {
                    if *doc == TERMINATED {
                        break;
                    }
                    let Some(ordinal) = place(&segment.ordinals, *doc).copied() else { continue };
                    let Some(factor) = place(&self.length_factors, ordinal) else { continue };
                    let frequency = ratio(u64::from(*frequency), 1);
                    let gain = weight * frequency / (frequency + factor);
                    if let Some(score) = slot(scores, ordinal) {
                        *score += gain;
                    }
                }
                block.advance();
            }
        }
        Ok(())
    }

    /// Whether each passage cites or is one of the norms.
    pub(crate) fn with_norms(&self, norms: &[String]) -> Result<Vec<bool>, Error> {
        let mut found = vec![false; self.length_factors.len()];
        for ordinal in self.norm_passages(norms)? {
            if let Some(hit) = slot(&mut found, ordinal) {
                *hit = true;
            }
        }
        Ok(found)
    }

    /// The passages that cite or are one of the norms, ascending, each once.
    pub(crate) fn norm_passages(&self, norms: &[String]) -> Result<Vec<u32>, Error> {
        let mut found = Vec::new();
        for norm in norms {
            let term = Term::from_field_text(self.fields.norm, norm);
            for segment in &self.segments {
                postings(segment, &segment.norm, &term, &mut found)?;
            }
        }
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    /// The passages that hold each of the terms, ascending; none where there is no term.
    pub(crate) fn with_all(&self, terms: &[(String, f32)]) -> Result<Vec<u32>, Error> {
        let mut held: Option<Vec<u32>> = None;
        for (term, _) in terms {
            let term = Term::from_field_text(self.fields.text, term);
            let mut with = Vec::new();
            for segment in &self.segments {
                postings(segment, &segment.text, &term, &mut with)?;
            }
            with.sort_unstable();
            if let Some(held) = &held {
                with.retain(|ordinal| held.binary_search(ordinal).is_ok());
            }
            if with.is_empty() {
                return Ok(with);
            }
            held = Some(with);
        }
        Ok(held.unwrap_or_default())
    }
}

/// Appends the passages of a segment that hold a term of one of its fields.
fn postings(
    segment: &Segment,
    field: &InvertedIndexReader,
    term: &Term,
    found: &mut Vec<u32>,
) -> Result<(), Error> {
    let list = field.read_block_postings(term, IndexRecordOption::Basic);
    let Some(mut block) = list.map_err(|error| Error::FullText(error.into()))? else {
        return Ok(());
    };
    while !block.docs().is_empty() {
        found.extend(block.docs().iter().filter_map(|doc| place(&segment.ordinals, *doc).copied()));
        block.advance();
    }
    Ok(())
}

fn inverse_frequency(found: u64, documents: usize) -> f32 {
    let found = ratio(found, 1);
    let documents = ratio(u64::try_from(documents).unwrap_or(u64::MAX), 1);
    (1.0 + (documents - found + 0.5) / (found + 0.5)).max(1.0).ln()
}

#[expect(clippy::cast_precision_loss, reason = "counts for a score, not for an address")]
fn ratio(count: u64, of: usize) -> f32 {
    count as f32 / of.max(1) as f32
}

fn place<T>(values: &[T], index: u32) -> Option<&T> {
    values.get(usize::try_from(index).ok()?)
}

fn slot<T>(values: &mut [T], index: u32) -> Option<&mut T> {
    values.get_mut(usize::try_from(index).ok()?)
}
