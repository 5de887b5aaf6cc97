//! Text to a hashed bag of features, for linear classifiers.
//!
//! One definition for training and for use: the training tool calls [`Featuriser::features`] and
//! [`weigh`] with the same configuration that the manifest later carries. Changing what they
//! compute silently breaks every trained model, so [`FeatureConfig::version`] names the
//! definition and the tests pin it.
//!
//! **Definition, version 1.** The text is brought to NFKC and lower case; then every digit 0-9
//! becomes `0` (a form's numbers differ, their shape does not). A word is a run of letters and
//! digits, or one of `§ € % @`; only the first [`FeatureConfig::words_max`] words are read. The
//! features are runs of up to [`FeatureConfig::word_grams_max`] neighbouring words, and the
//! character n-grams of `_word_` (`_` marks the border, only the first 40 characters of a word
//! are read) between [`FeatureConfig::char_grams_min`] and [`FeatureConfig::char_grams_max`]
//! long. A feature's bucket is its hash modulo [`FeatureConfig::buckets`]; its value is
//! 1 + ln(how often its bucket was hit). No sign: collisions add up.

use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use unicode_normalization::UnicodeNormalization as _;

/// Characters that count as a word of their own.
const SYMBOLS: [char; 4] = ['§', '€', '%', '@'];
/// Characters of a word that give n-grams; past it a word is noise of a bad scan.
const WORD_CHARS_MAX: usize = 40;

/// What a featuriser does; stands in the manifest as `[features]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeatureConfig {
    /// The definition that the weights were trained with; this crate knows 1.
    pub version: u32,
    /// Number of buckets, at least 1.
    pub buckets: u32,
    /// Longest run of words; 0 reads no words, 2 is unigrams and bigrams.
    pub word_grams_max: usize,
    /// Shortest character n-gram.
    pub char_grams_min: usize,
    /// Longest character n-gram; less than the shortest reads none.
    pub char_grams_max: usize,
    /// Words read from the start of a text.
    pub words_max: usize,
}

impl Default for FeatureConfig {
    fn default() -> Self {
        Self {
            version: 1,
            buckets: 32_768,
            word_grams_max: 2,
            char_grams_min: 3,
            char_grams_max: 5,
            words_max: 4_000,
        }
    }
}

/// One bucket that a text hits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Feature {
    /// Below [`FeatureConfig::buckets`].
    pub bucket: u32,
    /// 1 + ln(count), before [`weigh`].
    pub value: f32,
}

/// The features of one text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Features {
    /// Sorted by bucket, each bucket once.
    pub features: Vec<Feature>,
    /// Words read.
    pub words: u32,
    /// Whether the text had more words than were read.
    pub truncated: bool,
}

/// Turns texts into features. Cheap to clone, no state.
#[derive(Clone, Debug)]
pub struct Featuriser {
    config: FeatureConfig,
}

impl Featuriser {
    /// A featuriser; a bucket count of 0 is taken as 1.
    #[must_use]
    pub fn new(config: FeatureConfig) -> Self {
        Self { config: FeatureConfig { buckets: config.buckets.max(1), ..config } }
    }

    /// Its configuration, for the manifest.
    #[must_use]
    pub fn config(&self) -> &FeatureConfig {
        &self.config
    }

    /// The features of `text`, before idf and normalisation.
    #[must_use]
    pub fn features(&self, text: &str) -> Features {
        let (words, truncated) = words(text, self.config.words_max);
        let mut counts = HashMap::new();
        self.count_word_grams(&words, &mut counts);
        for word in &words {
            self.count_char_grams(word, &mut counts);
        }
        let mut features: Vec<Feature> = counts
            .into_iter()
            .map(|(bucket, count)| Feature { bucket, value: 1.0 + as_f32(count).ln() })
            .collect();
        features.sort_unstable_by_key(|feature| feature.bucket);
        Features { features, words: u32::try_from(words.len()).unwrap_or(u32::MAX), truncated }
    }

    fn count_word_grams(&self, words: &[String], counts: &mut HashMap<u32, u32>) {
        for length in 1..=self.config.word_grams_max {
            for gram in words.windows(length) {
                let mut hash = Hash::new(b'w');
                for (index, word) in gram.iter().enumerate() {
                    if index > 0 {
                        hash.write(b" ");
                    }
                    hash.write(word.as_bytes());
                }
                self.count(hash, counts);
            }
        }
    }

    fn count_char_grams(&self, word: &str, counts: &mut HashMap<u32, u32>) {
        let mut marked = String::with_capacity(word.len() + 2);
        marked.push('_');
        marked.extend(word.chars().take(WORD_CHARS_MAX));
        marked.push('_');
        let mut borders: Vec<usize> = marked.char_indices().map(|(index, _)| index).collect();
        borders.push(marked.len());
        for length in self.config.char_grams_min.max(1)..=self.config.char_grams_max {
            for window in borders.windows(length + 1) {
                let (Some(start), Some(end)) = (window.first(), window.last()) else { continue };
                let Some(gram) = marked.as_bytes().get(*start..*end) else { continue };
                let mut hash = Hash::new(b'c');
                hash.write(gram);
                self.count(hash, counts);
            }
        }
    }

    fn count(&self, hash: Hash, counts: &mut HashMap<u32, u32>) {
        let count = counts.entry(hash.bucket(self.config.buckets)).or_insert(0);
        *count = count.saturating_add(1);
    }
}

/// Multiplies each value with its bucket's idf and brings the whole to length 1. A bucket that
/// `idf` does not cover becomes 0.
pub fn weigh(features: &mut [Feature], idf: &[f32]) {
    let mut square = 0.0_f32;
    for feature in features.iter_mut() {
        let idf = usize::try_from(feature.bucket).ok().and_then(|bucket| idf.get(bucket).copied());
        feature.value *= idf.unwrap_or(0.0);
        square += feature.value * feature.value;
    }
    if square > 0.0 {
        let scale = square.sqrt().recip();
        for feature in features {
            feature.value *= scale;
        }
    }
}

/// The words of a text as the featuriser reads them, and whether it was cut.
fn words(text: &str, words_max: usize) -> (Vec<String>, bool) {
    let mut words = Vec::new();
    let mut word = String::new();
    for character in text.nfkc().flat_map(char::to_lowercase) {
        if character.is_ascii_digit() {
            word.push('0');
        } else if character.is_alphanumeric() {
            word.push(character);
        } else {
            take(&mut word, &mut words);
            if SYMBOLS.contains(&character) {
                words.push(character.to_string());
            }
        }
        if words.len() > words_max {
            break;
        }
    }
    take(&mut word, &mut words);
    let truncated = words.len() > words_max;
    words.truncate(words_max);
    (words, truncated)
}

fn take(word: &mut String, words: &mut Vec<String>) {
    if !word.is_empty() {
        words.push(std::mem::take(word));
    }
}

/// FNV-1a over a kind byte and the feature's bytes, mixed so that the low bits depend on all.
struct Hash(u64);

impl Hash {
    fn new(kind: u8) -> Self {
        let mut hash = Self(0xcbf2_9ce4_8422_2325);
        hash.write(&[kind, b':']);
        hash
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    fn bucket(self, buckets: u32) -> u32 {
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        mixed = (mixed ^ (mixed >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
        mixed ^= mixed >> 33;
        u32::try_from(mixed % u64::from(buckets)).unwrap_or(0)
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^24")]
fn as_f32(count: u32) -> f32 {
    count as f32
}

#[cfg(test)]
mod tests;
