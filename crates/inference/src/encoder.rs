//! Text to sequence: a tokenizer or a featuriser, with the model's prefixes and limit.

use crate::features::Featuriser;
use crate::manifest::Manifest;
use crate::{EncodeError, Purpose, Sequence};
use std::sync::Arc;
use tokenizers::Tokenizer;

mod unigram;
use unigram::Unigram;

/// Encodes texts for one model. Cheap to clone; used by several threads at once.
#[derive(Clone, Debug)]
pub struct Encoder {
    kind: Kind,
    passage_prefix: String,
    query_prefix: String,
    tokens_max: usize,
}

#[derive(Clone, Debug)]
enum Kind {
    Tokens(Tokens),
    Features(Featuriser),
}

#[derive(Clone, Debug)]
struct Tokens {
    tokenizer: Arc<Tokenizer>,
    /// A shorter way to the same ids, where the tokenizer is of the kind that it knows.
    unigram: Option<Arc<Unigram>>,
    special_tokens: bool,
}

impl Tokens {
    fn ids(&self, text: &str, special_tokens: bool) -> Result<Vec<u32>, EncodeError> {
        if let Some(ids) = self.unigram.as_ref().and_then(|unigram| unigram.encode(text)) {
            return Ok(ids);
        }
        let encoding = self
            .tokenizer
            .encode_fast(text, special_tokens)
            .map_err(|source| EncodeError::Text { source })?;
        Ok(encoding.get_ids().to_vec())
    }
}

/// One encoded text with what its answer has to say about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Encoded {
    /// What the backend reads.
    pub sequence: Sequence,
    /// Tokens, or words for a bag of features; what the queue counts.
    pub tokens: u32,
    /// Whether the text was cut.
    pub truncated: bool,
}

impl Encoder {
    /// An encoder from the bytes of a Hugging Face tokenizer.json. Truncation and padding that
    /// the file asks for are ignored: the manifest's `tokens_max` cuts, and nothing is padded.
    ///
    /// # Errors
    /// When the bytes are no tokenizer.
    pub fn from_tokenizer_json(
        bytes: &[u8],
        manifest: &Manifest,
        special_tokens: bool,
    ) -> Result<Self, EncodeError> {
        let mut tokenizer =
            Tokenizer::from_bytes(bytes).map_err(|source| EncodeError::Tokenizer { source })?;
        tokenizer.with_padding(None);
        tokenizer.with_truncation(None).map_err(|source| EncodeError::Tokenizer { source })?;
        let unigram = Unigram::from_tokenizer_json(bytes).map(Arc::new);
        let tokens = Tokens { tokenizer: Arc::new(tokenizer), unigram, special_tokens };
        Ok(Self::new(Kind::Tokens(tokens), manifest))
    }

    /// An encoder that hashes features.
    #[must_use]
    pub fn from_featuriser(featuriser: Featuriser, manifest: &Manifest) -> Self {
        Self::new(Kind::Features(featuriser), manifest)
    }

    fn new(kind: Kind, manifest: &Manifest) -> Self {
        Self {
            kind,
            passage_prefix: manifest.passage_prefix.clone(),
            query_prefix: manifest.query_prefix.clone(),
            tokens_max: manifest.tokens_max,
        }
    }

    /// Encodes a text for its purpose.
    ///
    /// # Errors
    /// When the tokenizer fails on the text.
    pub fn encode(&self, text: &str, purpose: Purpose) -> Result<Encoded, EncodeError> {
        let prefix = match purpose {
            Purpose::Passage => &self.passage_prefix,
            Purpose::Query => &self.query_prefix,
        };
        let prefixed;
        let text = if prefix.is_empty() {
            text
        } else {
            prefixed = format!("{prefix}{text}");
            &prefixed
        };
        match &self.kind {
            Kind::Tokens(tokens) => {
                let ids = tokens.ids(text, tokens.special_tokens)?;
                Ok(self.cut(&ids, &[], tokens.special_tokens))
            }
            Kind::Features(featuriser) => Ok(encode_features(featuriser, text)),
        }
    }

    /// Encodes a question and a text as one sequence of two segments.
    ///
    /// # Errors
    /// When the tokenizer fails, or the model reads features.
    pub fn encode_pair(&self, query: &str, text: &str) -> Result<Encoded, EncodeError> {
        let Kind::Tokens(Tokens { tokenizer, special_tokens, .. }) = &self.kind else {
            return Err(EncodeError::NoTokens { operation: "encode a pair" });
        };
        let encoding = tokenizer
            .encode_fast((query, text), *special_tokens)
            .map_err(|source| EncodeError::Text { source })?;
        Ok(self.cut(encoding.get_ids(), encoding.get_type_ids(), *special_tokens))
    }

    /// The bare token ids of a text: no prefix, no special tokens, not cut. Late interaction
    /// matches them one by one.
    ///
    /// # Errors
    /// When the tokenizer fails, or the model reads features.
    pub fn token_ids(&self, text: &str) -> Result<Vec<u32>, EncodeError> {
        match &self.kind {
            Kind::Tokens(tokens) => tokens.ids(text, false),
            Kind::Features(_) => Err(EncodeError::NoTokens { operation: "list tokens" }),
        }
    }

    /// Cuts to the model's limit and keeps the closing special token, which every BERT-like
    /// model was trained to see.
    fn cut(&self, ids: &[u32], segments: &[u32], special_tokens: bool) -> Encoded {
        let truncated = ids.len() > self.tokens_max;
        let kept = ids.len().min(self.tokens_max);
        let mut ids_kept: Vec<u32> = ids.iter().take(kept).copied().collect();
        if truncated
            && special_tokens
            && let (Some(last), Some(closing)) = (ids_kept.last_mut(), ids.last())
        {
            *last = *closing;
        }
        let segments = segments.iter().take(kept).copied().collect();
        let tokens = u32::try_from(kept).unwrap_or(u32::MAX);
        Encoded {
            sequence: Sequence { ids: ids_kept, segments, values: vec![] },
            tokens,
            truncated,
        }
    }
}

fn encode_features(featuriser: &Featuriser, text: &str) -> Encoded {
    let features = featuriser.features(text);
    let (ids, values) =
        features.features.iter().map(|feature| (feature.bucket, feature.value)).unzip();
    Encoded {
        sequence: Sequence { ids, segments: vec![], values },
        tokens: features.words,
        truncated: features.truncated,
    }
}
