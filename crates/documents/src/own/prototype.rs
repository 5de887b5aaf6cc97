//! How like the samples of a class a paper is, and how much that says.

use std::sync::LazyLock;

use inference::features::{Feature, FeatureConfig, Featuriser, weigh};

use super::{OwnClass, STEPS, background};

/// What similarity says takes away at most so much, like the shipped classifier.
const SAYS_MIN: f32 = -1.0;
/// And adds at most so much: more than the classifier may, because it knows the very form.
const SAYS_MAX: f32 = 8.0;
/// Between the most similar paper of the background (0) and a sample to its nearest fellow (1): from here on a class is
/// likelier than a stranger. Below it stand papers that share no more than the letterhead.
const EVEN: f32 = 0.5;
/// What the whole way from 0 to 1 says.
const SLOPE: f32 = 10.0;
/// Samples hardly more alike than any other papers do not make the way shorter than this.
const WAY_MIN: f32 = 0.1;

/// Turns texts into vectors of length 1: hashed words and character n-grams, weighted by how rare they are in the
/// background.
#[derive(Debug)]
pub(crate) struct Space {
    featuriser: Featuriser,
    idf: Vec<f32>,
    /// Vectors of the papers that similarities are compared with.
    compared: Vec<Vec<Feature>>,
}

static SPACE: LazyLock<Space> = LazyLock::new(Space::new);

impl Space {
    /// The one there is; made at its first use.
    pub(crate) fn get() -> &'static Self {
        &SPACE
    }

    fn new() -> Self {
        let config = FeatureConfig::default();
        let mut hit = vec![0.0_f32; usize::try_from(config.buckets).unwrap_or(0)];
        let featuriser = Featuriser::new(config);
        let mut papers = 0.0_f32;
        for paper in background::all() {
            papers += 1.0;
            for feature in featuriser.features(paper.text).features {
                let bucket = usize::try_from(feature.bucket).ok();
                if let Some(hit) = bucket.and_then(|bucket| hit.get_mut(bucket)) {
                    *hit += 1.0;
                }
            }
        }
        let idf = hit.into_iter().map(|hit| ((1.0 + papers) / (1.0 + hit)).ln()).collect();
        let mut space = Self { featuriser, idf, compared: Vec::new() };
        space.compared = background::compared().map(|paper| space.vector(paper.text)).collect();
        space
    }

    /// A text as a vector of length 1, sorted by bucket; empty where it has no words.
    pub(crate) fn vector(&self, text: &str) -> Vec<Feature> {
        let mut features = self.featuriser.features(text).features;
        weigh(&mut features, &self.idf);
        features
    }
}

/// The samples of a class and what their similarity means.
#[derive(Debug)]
pub(crate) struct Prototype {
    samples: Vec<Vec<Feature>>,
    /// Similarity of a sample to its nearest fellow, the median of all.
    fellow: f32,
    /// The highest similarity of a paper of the background.
    stranger: f32,
}

impl Prototype {
    pub(crate) fn of(class: &OwnClass) -> Self {
        Self::new(vectors(class))
    }

    /// Each vector holds only what it shares with another one.
    pub(crate) fn new(samples: Vec<Vec<Feature>>) -> Self {
        let mut fellows: Vec<f32> = samples
            .iter()
            .enumerate()
            .map(|(at, sample)| {
                let others = samples.iter().enumerate().filter(|(other, _)| *other != at);
                others.map(|(_, other)| similarity(other, sample)).fold(0.0, f32::max)
            })
            .collect();
        fellows.sort_by(f32::total_cmp);
        let fellow = fellows.get(fellows.len() / 2).copied().unwrap_or(0.0);
        let mut prototype = Self { samples, fellow, stranger: 0.0 };
        let compared = Space::get().compared.iter();
        prototype.stranger = compared.map(|paper| prototype.nearest(paper)).fold(0.0, f32::max);
        prototype
    }

    /// What the likeness of a paper says for the class, in the unit of scores; `even` is the score at which a class is
    /// as likely as a stranger.
    pub(crate) fn says(&self, paper: &[Feature], even: f32) -> f32 {
        let way = (self.fellow - self.stranger).max(WAY_MIN);
        let gone = (self.nearest(paper) - self.stranger) / way;
        (even + SLOPE * (gone - EVEN)).clamp(SAYS_MIN, SAYS_MAX)
    }

    fn nearest(&self, paper: &[Feature]) -> f32 {
        self.samples.iter().map(|sample| similarity(sample, paper)).fold(0.0, f32::max)
    }
}

/// The kept features of every sample.
pub(crate) fn vectors(class: &OwnClass) -> Vec<Vec<Feature>> {
    let vector = |sample: &super::Sample| {
        let features = sample.features.iter();
        let feature = |(bucket, share): &(u16, u16)| Feature {
            bucket: u32::from(*bucket),
            value: f32::from(*share) / STEPS,
        };
        features.map(feature).collect()
    };
    class.samples.iter().map(vector).collect()
}

/// Keeps of each vector the buckets that at least one other hits: what a person filled in falls away, what the paper
/// itself says stays.
pub(crate) fn shared(vectors: &[Vec<Feature>]) -> Vec<Vec<Feature>> {
    let mut hits = std::collections::HashMap::new();
    for feature in vectors.iter().flatten() {
        *hits.entry(feature.bucket).or_insert(0_usize) += 1;
    }
    let keep = |feature: &&Feature| hits.get(&feature.bucket).is_some_and(|hits| *hits > 1);
    vectors.iter().map(|vector| vector.iter().filter(keep).copied().collect()).collect()
}

/// The scalar product of two vectors sorted by bucket.
fn similarity(one: &[Feature], other: &[Feature]) -> f32 {
    let (mut ones, mut others) = (one.iter().peekable(), other.iter().peekable());
    let mut sum = 0.0;
    while let (Some(a), Some(b)) = (ones.peek(), others.peek()) {
        match a.bucket.cmp(&b.bucket) {
            std::cmp::Ordering::Less => drop(ones.next()),
            std::cmp::Ordering::Greater => drop(others.next()),
            std::cmp::Ordering::Equal => {
                sum += a.value * b.value;
                ones.next();
                others.next();
            }
        }
    }
    sum
}
