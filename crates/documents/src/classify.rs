//! What a paper is: cues, structures and the shipped classifier, one calibrated probability, and
//! the honesty to say that it is none of the known ones.

mod combine;
mod cues;
mod language;
mod split;
pub(crate) mod zone;

use std::ops::Range;
use std::time::Instant;

use inference::{Lane, Purpose, Request};
use reading::{MaskKind, Page, Paper, TextSource};

use crate::knowledge::{BLANK, Knowledge, UNKNOWN};
use crate::service::{Config, Inner};
use crate::text::PageText;
use crate::{ClassScore, Classified, ClassifiedDocument, Error, InputPaper, Place, own};

pub use combine::{Calibration, Judged, judge, prediction_set};
pub(crate) use cues::Cues;
pub use split::{NAMES as SIGNAL_NAMES, Signals};
pub use zone::{MachineZone, machine_zone};

/// A paper with fewer letters and digits than this is blank.
const SIGNS_MIN: usize = 20;
/// Text below this quality cannot be trusted to be text.
const QUALITY_MIN: f32 = 0.3;
/// Pages from the beginning in which cues are looked for; the last page is looked at too.
const CUE_PAGES_MAX: usize = 3;

/// Texts of one question to the engine, which limits them and serves others in between.
const TEXTS_AT_A_TIME: usize = 32;

/// One paper within a file, before its class is known.
struct Candidate<'a> {
    input: InputPaper<'a>,
    first_page: u32,
    last_page: u32,
    scores: Vec<f32>,
    said: Vec<cues::Said>,
    zone: Option<zone::Zone>,
    language: String,
    /// The classifier's scores are in `scores`.
    model_heard: bool,
}

pub(crate) async fn classify(
    inner: &Inner,
    papers: &[InputPaper<'_>],
    lane: &Lane,
    deadline: Option<Instant>,
) -> Result<Classified, Error> {
    let mut classified = Classified::default();
    let mut asking = Asking { inner, lane, deadline, classified: &mut classified };
    let mut candidates: Vec<Candidate<'_>> = Vec::new();
    for input in papers {
        candidates.extend(read(&mut asking, *input).await?);
    }
    ask_model(&mut asking, &mut candidates).await?;
    for candidate in candidates.iter_mut().filter(|_| !inner.knowledge.own().is_empty()) {
        let text = candidate.text(&inner.config);
        own::add(&inner.knowledge, &mut candidate.scores, &text);
    }
    classified.documents = candidates.iter().map(|candidate| decide(inner, candidate)).collect();
    Ok(classified)
}

/// What cues, structures and the classifier say of whole papers, one score per class; the samples of
/// the office's own classes are left out.
pub(crate) async fn hear_whole(
    inner: &Inner,
    papers: &[Paper],
    lane: &Lane,
) -> Result<Vec<Vec<f32>>, Error> {
    let whole = |paper| {
        let input = InputPaper { file_index: 0, filename: "", paper };
        let pages: Vec<PageText<'_>> = paper.pages.iter().map(PageText::new).collect();
        candidate(inner, input, &pages)
    };
    let mut candidates: Vec<Candidate<'_>> = papers.iter().filter_map(whole).collect();
    let mut classified = Classified::default();
    let mut asking = Asking { inner, lane, deadline: None, classified: &mut classified };
    ask_model(&mut asking, &mut candidates).await?;
    Ok(candidates.into_iter().map(|candidate| candidate.scores).collect())
}

/// What the pages of a file say at each place where it could be divided, and where it would be.
pub(crate) fn divide(
    inner: &Inner,
    paper: &Paper,
    model: &[Vec<Option<f32>>],
    begins: &[usize],
) -> (Vec<Option<Signals>>, Vec<Range<usize>>) {
    let pages: Vec<PageText<'_>> = paper.pages.iter().map(PageText::new).collect();
    (split::signals(inner, &pages, model, begins), split::ranges(inner, &pages, model))
}

/// Summed scores of one whole paper, one per class: what [`judge`] turns into probabilities.
pub(crate) fn scores(
    inner: &Inner,
    paper: &Paper,
    model: &[Option<f32>],
    model_temperature: f32,
) -> Vec<f32> {
    let pages: Vec<PageText<'_>> = paper.pages.iter().map(PageText::new).collect();
    let (mut scores, _, _) = hear(inner, &pages);
    combine::add_model(&mut scores, model, model_temperature);
    own::add(&inner.knowledge, &mut scores, &excerpt(paper.pages.iter(), &inner.config));
    scores
}

/// What cues and structures say of a paper's pages.
fn hear(inner: &Inner, pages: &[PageText<'_>]) -> (Vec<f32>, Vec<cues::Said>, Option<zone::Zone>) {
    let said = inner.cues.read(telling(pages));
    let zone = zone::find(pages);
    let zone_scores = zone::scores(&inner.knowledge, zone.as_ref());
    let scores = said.iter().zip(zone_scores).map(|(said, zone)| said.score() + zone).collect();
    (scores, said, zone)
}

/// Splits a file into papers and lets cues and structures speak.
async fn read<'a>(
    asking: &mut Asking<'_>,
    input: InputPaper<'a>,
) -> Result<Vec<Candidate<'a>>, Error> {
    let inner = asking.inner;
    let pages: Vec<PageText<'_>> = input.paper.pages.iter().map(PageText::new).collect();
    let mut heard = Vec::new();
    // A file of one page is one paper: nothing to ask.
    if pages.len() > 1 {
        let page = |page| excerpt(std::iter::once(page), &inner.config);
        heard = asking.hear(input.paper.pages.iter().map(page).collect()).await?;
    }
    let candidates = split::ranges(inner, &pages, &heard).into_iter().filter_map(|range| {
        let mut candidate = candidate(inner, input, pages.get(range.clone())?)?;
        // Of a paper of one page the classifier has said all already.
        if let (1, Some(said)) = (range.len(), heard.get(range.start)) {
            candidate.add_model(inner, said);
        }
        Some(candidate)
    });
    Ok(candidates.collect())
}

fn candidate<'a>(
    inner: &Inner,
    input: InputPaper<'a>,
    pages: &[PageText<'_>],
) -> Option<Candidate<'a>> {
    let (scores, said, zone) = hear(inner, pages);
    Some(Candidate {
        input,
        first_page: pages.first()?.page.number,
        last_page: pages.last()?.page.number,
        scores,
        said,
        zone,
        language: language::guess(&inner.knowledge, pages),
        model_heard: false,
    })
}

/// The pages that tell what a paper is.
fn telling<'b, 'a>(pages: &'b [PageText<'a>]) -> &'b [PageText<'a>] {
    pages.get(..pages.len().min(CUE_PAGES_MAX)).unwrap_or_default()
}

/// Adds what the shipped classifier says, where the engine has one.
async fn ask_model(asking: &mut Asking<'_>, candidates: &mut [Candidate<'_>]) -> Result<(), Error> {
    let inner = asking.inner;
    let open = || candidates.iter().filter(|candidate| !candidate.model_heard);
    let texts = open().map(|candidate| candidate.text(&inner.config)).collect();
    let heard = asking.hear(texts).await?;
    let open = candidates.iter_mut().filter(|candidate| !candidate.model_heard);
    for (candidate, said) in open.zip(&heard) {
        candidate.add_model(inner, said);
    }
    Ok(())
}

/// Asks the shipped classifier within one call.
struct Asking<'a> {
    inner: &'a Inner,
    lane: &'a Lane,
    deadline: Option<Instant>,
    /// Where models and times are noted.
    classified: &'a mut Classified,
}

impl Asking<'_> {
    /// The classifier's raw score for each class it knows, text by text. Empty where the engine has no
    /// such classifier; of an empty text it says nothing.
    async fn hear(&mut self, texts: Vec<String>) -> Result<Vec<Vec<Option<f32>>>, Error> {
        let inner = self.inner;
        let name = inner.config.classifier.as_str();
        let (Some(engine), false) = (&inner.engine, name.is_empty()) else { return Ok(Vec::new()) };
        let classes = inner.knowledge.classes().len();
        let mut heard: Vec<Vec<Option<f32>>> = vec![Vec::new(); texts.len()];
        let mut asked: Vec<(usize, String)> =
            texts.into_iter().enumerate().filter(|(_, text)| !text.trim().is_empty()).collect();
        for part in asked.chunks_mut(TEXTS_AT_A_TIME) {
            let request = Request {
                model: Some(name.to_owned()),
                texts: part.iter_mut().map(|(_, text)| std::mem::take(text)).collect(),
                purpose: Purpose::Passage,
                lane: self.lane.clone(),
                deadline: self.deadline,
            };
            let answer = match engine.classify(request).await {
                Ok(answer) => answer,
                // The appliance may go without: cues and structures speak alone then.
                Err(inference::Error::UnknownModel { .. }) => return Ok(Vec::new()),
                Err(error) => return Err(Error::Engine(error)),
            };
            let Some(labels) = labels(inner, &answer.model) else { return Ok(Vec::new()) };
            for ((at, _), scores) in part.iter().zip(&answer.value) {
                let mut known = vec![None; classes];
                for (label, score) in labels.iter().zip(scores) {
                    if let Some(slot) = label.and_then(|class| known.get_mut(class)) {
                        *slot = Some(*score);
                    }
                }
                if let Some(slot) = heard.get_mut(*at) {
                    *slot = known;
                }
            }
            if !self.classified.models.contains(&answer.model) {
                self.classified.models.push(answer.model);
            }
            self.classified.queue_time += answer.queue_time;
            self.classified.compute_time += answer.compute_time;
            self.classified.truncated |= answer.truncated;
        }
        Ok(heard)
    }
}

/// The class of each label of the model that answered; none where it has been exchanged meanwhile.
fn labels(inner: &Inner, answered: &inference::ModelUse) -> Option<Vec<Option<usize>>> {
    let models = inner.engine.as_ref()?.models();
    let model = models.iter().find(|model| model.usage() == *answered)?;
    Some(model.labels.iter().map(|label| inner.knowledge.position(label)).collect())
}

impl Candidate<'_> {
    /// Adds the classifier's raw scores, one per class.
    fn add_model(&mut self, inner: &Inner, model: &[Option<f32>]) {
        let temperature = inner.knowledge.calibration().model_temperature;
        combine::add_model(&mut self.scores, model, temperature);
        self.model_heard = true;
    }

    fn text(&self, config: &Config) -> String {
        excerpt(self.input.pages(self.first_page, self.last_page), config)
    }
}

/// The beginning of the text and some of its end.
pub(crate) fn excerpt<'a>(pages: impl Iterator<Item = &'a Page>, config: &Config) -> String {
    let text: Vec<char> = pages.flat_map(|page| page.text.chars().chain(['\n'])).collect();
    let head = config.head_characters_max.min(text.len());
    let tail = head.max(text.len().saturating_sub(config.tail_characters_max));
    let parts = [text.get(..head), text.get(tail..)];
    let mut excerpt = String::new();
    for part in parts.into_iter().flatten() {
        excerpt.extend(part);
        excerpt.push('\n');
    }
    excerpt
}

fn decide(inner: &Inner, candidate: &Candidate<'_>) -> ClassifiedDocument {
    let calibration = inner.knowledge.calibration();
    let (source, quality) = text_facts(candidate);
    let judged = combine::judge(&inner.knowledge, &candidate.scores, calibration);
    let best = judged.classes.first().copied();
    let mut document = ClassifiedDocument {
        file_index: candidate.input.file_index,
        filename: candidate.input.filename.to_owned(),
        first_page: candidate.first_page,
        last_page: candidate.last_page,
        document_class: UNKNOWN.to_owned(),
        probability: judged.stranger,
        prediction_set: combine::prediction_set(&inner.knowledge, &judged, calibration),
        abstained: true,
        evidence: Vec::new(),
        language: candidate.language.clone(),
        text_source: source,
        text_quality: f64::from(quality),
        provisional: false,
        masked: masked(candidate),
    };
    let settled = best.filter(|(_, probability)| *probability >= inner.config.probability_min);
    if is_blank(candidate, quality) && settled.is_none() {
        document.document_class = BLANK.to_owned();
        document.probability = 0.9;
        document.abstained = false;
        document.prediction_set =
            vec![ClassScore { document_class: BLANK.to_owned(), probability: 0.9 }];
    } else if let Some((class, probability)) = settled
        && let Some(class_id) = inner.knowledge.classes().get(class).map(|class| &class.id)
    {
        document.document_class.clone_from(class_id);
        document.probability = probability;
        document.abstained = false;
        document.provisional = inner.knowledge.is_provisional(class_id);
    }
    let spoken = best.map_or(0, |(class, _)| class);
    document.evidence = evidence(&inner.knowledge, candidate, spoken, inner.config.evidence_max);
    document
}

/// What was masked on a candidate's pages, counted by kind.
fn masked(candidate: &Candidate<'_>) -> Vec<(MaskKind, u32)> {
    let pages = || candidate.input.pages(candidate.first_page, candidate.last_page);
    let count =
        |kind| pages().flat_map(|page| &page.masks).filter(|mask| mask.kind == kind).count();
    MaskKind::ALL
        .into_iter()
        .map(|kind| (kind, u32::try_from(count(kind)).unwrap_or(u32::MAX)))
        .filter(|(_, count)| *count > 0)
        .collect()
}

fn text_facts(candidate: &Candidate<'_>) -> (TextSource, f32) {
    let pages = || candidate.input.pages(candidate.first_page, candidate.last_page);
    let source = if pages().any(|page| page.source == TextSource::Ocr) {
        TextSource::Ocr
    } else if pages().any(|page| page.source == TextSource::Form) {
        TextSource::Form
    } else {
        TextSource::Digital
    };
    // A blank back does not make the front less readable: pages count by what stands on them.
    let (weighed, total) = pages().fold((0.0_f32, 0.0_f32), |(weighed, total), page| {
        let weight = f32::from(u16::try_from(page.text.len()).unwrap_or(u16::MAX)) + 1.0;
        (weighed + weight * page.quality, total + weight)
    });
    (source, if total > 0.0 { (weighed / total).clamp(0.0, 1.0) } else { 0.0 })
}

fn is_blank(candidate: &Candidate<'_>, quality: f32) -> bool {
    let signs = candidate
        .input
        .pages(candidate.first_page, candidate.last_page)
        .flat_map(|page| page.text.chars())
        .filter(|character| character.is_alphanumeric())
        .take(SIGNS_MIN)
        .count();
    signs < SIGNS_MIN || quality < QUALITY_MIN
}

/// The places that spoke for the best class, most telling first.
fn evidence(
    knowledge: &Knowledge,
    candidate: &Candidate<'_>,
    class: usize,
    places_max: usize,
) -> Vec<Place> {
    let place = |page: u32, start: u32, end: u32| {
        let page = candidate.input.pages(page, page).next()?;
        Some(candidate.input.place(page, start, end))
    };
    let mut places = Vec::new();
    if let Some(zone) = &candidate.zone
        && let Some(structure) = zone::structure(&zone.data)
        && knowledge.classes().get(class).is_some_and(|class| class.structure.contains(&structure))
    {
        places.extend(place(zone.page, zone.start, zone.end));
    }
    let mut found: Vec<cues::Found> = candidate
        .said
        .get(class)
        .map(|said| said.found.iter().filter(|found| found.weight > 0.2).copied().collect())
        .unwrap_or_default();
    let length = |found: &cues::Found| found.end - found.start;
    found.sort_by(|a, b| b.weight.total_cmp(&a.weight).then(length(b).cmp(&length(a))));
    for cue in found {
        if places.len() >= places_max {
            break;
        }
        let covered = |known: &Place| {
            known.page == cue.page && known.start < cue.end && cue.start < known.end
        };
        if !places.iter().any(covered) {
            places.extend(place(cue.page, cue.start, cue.end));
        }
    }
    places
}

#[cfg(test)]
mod tests;
