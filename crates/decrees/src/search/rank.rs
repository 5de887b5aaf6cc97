//! From a query to hits: filter, score, fuse, rerank, cite. Pure computing over one snapshot.

use super::filter::{Conditions, Filter};
use super::fusion::{
    EXPANSION_WEIGHT, LATE_PASSAGES, LATE_SHARE, NAMED, NAMED_ALONE, NAMED_LONG, SHORT_WORDS_MAX,
    Scale, WORDS_SHARE, best, dense_share,
};
use super::highlights::Marker;
use super::late::LateQuery;
use super::{Evidence, Hit, Strategy, place};
use crate::analysis::words;
use crate::index::document::own_marks;
use crate::index::{Lexical, Snapshot};
use crate::texts::Texts;
use crate::{Error, references};
use std::sync::Arc;

/// Passages whose cosine is computed again with the exact query.
const RESCORED: usize = 200;

/// Passages that [`Evidence`] looks at.
const NEAREST: usize = 10;

/// A query, embedded and tokenized where the strategy needs it.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) text: String,
    /// Words of the rules for what the query says; may be empty.
    pub(crate) expansion: String,
    pub(crate) limit: usize,
    pub(crate) strategy: Strategy,
    pub(crate) conditions: Conditions,
    /// The query's vector; empty for lexical search.
    pub(crate) vector: Vec<f32>,
    /// The query's tokens, for late interaction.
    pub(crate) tokens: Vec<u32>,
}

/// A passage on its way to a hit.
#[derive(Clone, Copy, Debug, Default)]
struct Scored {
    passage: u32,
    score: f32,
    lexical: f32,
    dense: f32,
    late: f32,
}

/// The best passages, and how far they carry the question.
#[derive(Debug)]
pub(crate) struct Ranked {
    pub(crate) hits: Vec<Hit>,
    pub(crate) evidence: Evidence,
}

/// Finds the best passages.
pub(crate) fn rank(
    question: &Question,
    snapshot: &Snapshot,
    texts: &Arc<Texts>,
) -> Result<Ranked, Error> {
    let filter = question.conditions.apply(&snapshot.lexical)?;
    let terms = snapshot.lexical.words.terms(&question.text);
    let (scored, evidence) = match question.strategy {
        Strategy::Lexical => lexical_only(question, snapshot, &filter, &terms)?,
        Strategy::Dense => dense_only(question, snapshot, &filter),
        Strategy::Hybrid => hybrid(question, snapshot, &filter, &terms)?,
    };
    let terms = terms.into_iter().map(|(term, _)| term);
    let mut marker = Marker::new(terms, snapshot.lexical.words.analyzer());
    let mut hits = Vec::with_capacity(scored.len());
    for scored in scored {
        hits.extend(hit(scored, snapshot, texts, &mut marker)?);
    }
    Ok(Ranked { hits, evidence })
}

/// What words and n-grams say of every allowed passage, in the filter's order.
struct LexicalScores {
    /// The fused score, and whether anything matched.
    scores: Vec<(f32, bool)>,
    /// The part of the question's n-grams that the best passage holds, by weight.
    covered: f32,
    /// Whether there is a passage that the question names.
    named: bool,
}

fn lexical(
    question: &Question,
    snapshot: &Snapshot,
    filter: &Filter,
    terms: &[(String, f32)],
) -> Result<LexicalScores, Error> {
    let Snapshot { lexical, .. } = snapshot;
    let mut words = lexical.words.scores(terms)?;
    let own = lexical.grams.terms(&question.text);
    let mut grams = lexical.grams.scores(&own)?;
    let of = |scores: &[f32], passage: u32| {
        usize::try_from(passage).ok().and_then(|i| scores.get(i)).copied().unwrap_or(0.0)
    };
    let best = filter.passages.iter().map(|p| of(&grams, *p)).fold(0.0, f32::max);
    let covered = best / lexical.grams.most(&own)?.max(f32::MIN_POSITIVE);
    if !question.expansion.is_empty() {
        for (scores, view) in [(&mut words, &lexical.words), (&mut grams, &lexical.grams)] {
            let more = view.scores(&view.terms(&question.expansion))?;
            scores.iter_mut().zip(more).for_each(|(score, more)| *score += EXPANSION_WEIGHT * more);
        }
    }
    let by_words = Scale::by_hundredth(filter.passages.iter().map(|p| of(&words, *p)));
    let by_grams = Scale::by_hundredth(filter.passages.iter().map(|p| of(&grams, *p)));
    let named = Named::read(&question.text, lexical)?;
    let fused = filter.passages.iter().map(|passage| {
        let (word, gram, named) = (of(&words, *passage), of(&grams, *passage), named.of(*passage));
        let score = WORDS_SHARE * by_words.of(word) + (1.0 - WORDS_SHARE) * by_grams.of(gram);
        (score + named, word > 0.0 || gram > 0.0 || named > 0.0)
    });
    let scores = fused.collect();
    let named = filter.passages.iter().any(|passage| named.of(*passage) > 0.0);
    Ok(LexicalScores { scores, covered, named })
}

/// The passages that a question names: "§ 18b AufenthG" asks for that section, and first for it.
struct Named {
    passages: Vec<bool>,
    weight: f32,
}

impl Named {
    fn read(question: &str, lexical: &Lexical) -> Result<Self, Error> {
        let norms = references::cited(question);
        if norms.is_empty() {
            return Ok(Self { passages: Vec::new(), weight: 0.0 });
        }
        let weight = if words(&references::without(question)).next().is_none() {
            NAMED_ALONE
        } else if words(question).nth(SHORT_WORDS_MAX).is_none() {
            NAMED
        } else {
            NAMED_LONG
        };
        Ok(Self { passages: lexical.grams.with_norms(&own_marks(&norms))?, weight })
    }

    fn of(&self, passage: u32) -> f32 {
        let named = usize::try_from(passage).ok().and_then(|at| self.passages.get(at)).copied();
        if named.unwrap_or(false) { self.weight } else { 0.0 }
    }
}

fn lexical_only(
    question: &Question,
    snapshot: &Snapshot,
    filter: &Filter,
    terms: &[(String, f32)],
) -> Result<(Vec<Scored>, Evidence), Error> {
    let LexicalScores { scores, covered, named } = lexical(question, snapshot, filter, terms)?;
    let matched = filter.passages.iter().zip(scores).filter(|(_, (_, matched))| *matched);
    let candidates = matched.map(|(passage, (score, _))| (score, *passage));
    let scored = best(candidates, question.limit)
        .into_iter()
        .map(|(score, passage)| Scored { passage, score, lexical: score, ..Scored::default() })
        .collect();
    Ok((scored, Evidence { covered, named, ..Evidence::default() }))
}

/// The cosine of every allowed passage; the best with the exact query.
fn dense(question: &Question, snapshot: &Snapshot, filter: &Filter) -> Vec<Option<f32>> {
    let mut cosines = snapshot.dense.scan(&question.vector, &filter.allowed);
    let at = |cosines: &[Option<f32>], passage: u32| {
        usize::try_from(passage).ok().and_then(|i| cosines.get(i)).copied().flatten()
    };
    let found = filter.passages.iter().filter_map(|p| Some((at(&cosines, *p)?, *p)));
    for (_, passage) in best(found, RESCORED) {
        let exact = snapshot.dense.rescore(&question.vector, passage);
        if let Some(slot) = usize::try_from(passage).ok().and_then(|i| cosines.get_mut(i)) {
            *slot = exact.or(*slot);
        }
    }
    filter.passages.iter().map(|passage| at(&cosines, *passage)).collect()
}

fn dense_only(
    question: &Question,
    snapshot: &Snapshot,
    filter: &Filter,
) -> (Vec<Scored>, Evidence) {
    let cosines = dense(question, snapshot, filter);
    let candidates = filter.passages.iter().zip(cosines);
    let candidates = candidates.filter_map(|(passage, cosine)| Some((cosine?, *passage)));
    let mut scored: Vec<Scored> = best(candidates, question.limit.max(NEAREST))
        .into_iter()
        .map(|(score, passage)| Scored { passage, score, dense: score, ..Scored::default() })
        .collect();
    let near = near(&scored, snapshot);
    scored.truncate(question.limit);
    (scored, Evidence { near, ..Evidence::default() })
}

fn hybrid(
    question: &Question,
    snapshot: &Snapshot,
    filter: &Filter,
    terms: &[(String, f32)],
) -> Result<(Vec<Scored>, Evidence), Error> {
    // Side by side: each takes about half of the time of a search.
    let (by_words, cosines) = std::thread::scope(|scope| {
        let dense = scope.spawn(|| dense(question, snapshot, filter));
        (lexical(question, snapshot, filter, terms), dense.join())
    });
    let LexicalScores { scores: lexical, covered, named } = by_words?;
    let cosines = cosines.map_err(|_| Error::SearchEnded)?;
    // Both lists follow the filter; a passage is found again by its place there.
    let share = dense_share(words(&question.text).count(), covered);
    let candidates = fuse(&lexical, &cosines, share).zip(0_u32..);
    let mut found: Vec<Scored> = best(candidates, question.limit.max(LATE_PASSAGES))
        .into_iter()
        .filter_map(|(score, place)| {
            let place = usize::try_from(place).ok()?;
            Some(Scored {
                passage: *filter.passages.get(place)?,
                score,
                lexical: lexical.get(place)?.0,
                dense: cosines.get(place).copied().flatten().unwrap_or(0.0),
                late: 0.0,
            })
        })
        .collect();
    rerank(&mut found, question, snapshot);
    let near = near(&found, snapshot);
    found.truncate(question.limit);
    Ok((found, Evidence { covered, near, named }))
}

fn fuse(lexical: &[(f32, bool)], cosines: &[Option<f32>], share: f32) -> impl Iterator<Item = f32> {
    let scale = Scale::by_hundredth(cosines.iter().copied().flatten());
    lexical.iter().zip(cosines).map(move |((lexical, _), cosine)| {
        // While a passage waits for its vector, lexical search carries it alone.
        let dense = cosine.map_or(0.0, |cosine| scale.of(cosine));
        (1.0 - share) * lexical + share * dense
    })
}

/// Puts the best passages into the order of late interaction and fused score together.
fn rerank(found: &mut [Scored], question: &Question, snapshot: &Snapshot) {
    let Some(table) = &snapshot.dense.table else { return };
    let Some(query) = LateQuery::new(&question.tokens, &snapshot.dense, table) else { return };
    let count = found.len().min(LATE_PASSAGES);
    let Some((top, rest)) = found.split_at_mut_checked(count) else { return };
    let passages: Vec<u32> = top.iter().map(|scored| scored.passage).collect();
    let scores = query.scores(&passages, &snapshot.dense, table);
    let scale = Scale::by_extremes(scores.iter().copied().flatten());
    for (scored, late) in top.iter_mut().zip(scores) {
        scored.late = late.map_or(0.0, |late| scale.of(late));
        scored.score = (1.0 - LATE_SHARE) * scored.score + LATE_SHARE * scored.late;
    }
    // Late interaction adds nothing negative, so what it did not see stays behind.
    rest.iter_mut().for_each(|scored| scored.score *= 1.0 - LATE_SHARE);
    top.sort_by(|left, right| right.score.total_cmp(&left.score));
}

/// The mean cosine of the best passages; none for an embedder without a token table, whose cosines
/// may lie anywhere.
fn near(found: &[Scored], snapshot: &Snapshot) -> Option<f32> {
    snapshot.dense.table.as_ref()?;
    let best = found.get(..found.len().min(NEAREST))?;
    let count = u16::try_from(best.len()).unwrap_or(u16::MAX).max(1);
    Some(best.iter().map(|scored| scored.dense).sum::<f32>() / f32::from(count))
}

fn hit(
    scored: Scored,
    snapshot: &Snapshot,
    texts: &Arc<Texts>,
    marker: &mut Marker,
) -> Result<Option<Hit>, Error> {
    let found = place::passage(&snapshot.lexical, scored.passage, texts)?;
    let Some(passage) = found else { return Ok(None) };
    let highlights = marker.spans(&passage.text);
    Ok(Some(Hit {
        passage,
        score: f64::from(scored.score),
        lexical_score: f64::from(scored.lexical.max(0.0)),
        dense_score: f64::from(scored.dense),
        rerank_score: f64::from(scored.late),
        highlights,
    }))
}
