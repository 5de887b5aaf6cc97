//! What is computed next, and what is not even queued. Pure: it has no thread, no lock and no
//! clock; the engine's threads and the tests under a virtual clock drive the same code.
//!
//! Two fair queues (texts that wait for a tokenizer, encoded texts that wait for the device), a
//! cost model for each model, and two decisions: whether a request can meet its deadline at all,
//! and which texts make the next batch.

use self::forecast::Rate;
use super::cost::{CostModel, Largest, Shape, number};
use super::forming::Forming;
use crate::fair::{FairQueue, Verdict};
use crate::{CostLoad, Lane, Scheduling, Urgency};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

mod forecast;
pub(crate) use self::forecast::TooLate;

/// Tokens in a byte of text before any text was encoded; German has about one in four bytes.
const TOKENS_PER_BYTE: f64 = 0.2;
/// How much a new text moves the tokens per byte.
const TOKENS_PER_BYTE_STEP: f64 = 0.05;

/// Something that waits, as the scheduler sees it.
pub(crate) trait Work {
    fn lane(&self) -> &Lane;
    /// Which model's batch it goes into.
    fn model(&self) -> ModelId;
    /// What it will cost the device.
    fn shape(&self) -> Shape;
    fn deadline(&self) -> Option<Instant>;
    /// Whether anybody still waits for it.
    fn is_wanted(&self) -> bool;
}

/// One load of a model; another one of the same name has another id.
pub(crate) type ModelId = u64;

/// Limits of the scheduler.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) scheduling: Scheduling,
    pub(crate) largest: Largest,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Scheduler<R, U> {
    limits: Limits,
    raw: FairQueue<R>,
    ready: FairQueue<U>,
    tallies: BTreeMap<(String, Urgency), Tally>,
    arrivals: BTreeMap<(String, Urgency), Rate>,
    models: BTreeMap<ModelId, Learned>,
    /// When the batch under way is expected to end.
    busy_until: Option<Instant>,
    /// Requests that still have to be encoded before the next batch is formed.
    hold: usize,
}

/// What waits in a lane, in both queues.
#[derive(Clone, Debug, Default)]
struct Tally {
    weight: f64,
    pieces: usize,
    units: usize,
    shapes: BTreeMap<ModelId, Shape>,
}

#[derive(Debug)]
struct Learned {
    cost: CostModel,
    tokens_max: u64,
    batch_tokens_max: u64,
    tokens_per_byte: f64,
}

/// A lane for the load snapshot.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct LaneState {
    pub(crate) pieces: usize,
    pub(crate) units: usize,
    pub(crate) tokens: u64,
    pub(crate) lag: f64,
}

/// A batch of one model, never empty.
#[derive(Debug)]
pub(crate) struct Formed<U> {
    pub(crate) units: Vec<U>,
    pub(crate) shape: Shape,
    /// How full it is against its tightest limit of tokens, texts or time; 0 to 1.
    pub(crate) fill: f64,
}

impl<R: Work, U: Work> Scheduler<R, U> {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            raw: FairQueue::new(),
            ready: FairQueue::new(),
            tallies: BTreeMap::new(),
            arrivals: BTreeMap::new(),
            models: BTreeMap::new(),
            busy_until: None,
            hold: 0,
        }
    }

    pub(crate) fn add_model(&mut self, id: ModelId, tokens_max: u64, batch_tokens_max: u64) {
        let cost = CostModel::new();
        let tokens_per_byte = TOKENS_PER_BYTE;
        self.models.insert(id, Learned { cost, tokens_max, batch_tokens_max, tokens_per_byte });
    }

    pub(crate) fn remove_model(&mut self, id: ModelId) {
        self.models.remove(&id);
    }

    pub(crate) fn cost(&self, model: ModelId) -> CostLoad {
        self.models.get(&model).map_or_else(CostLoad::default, |learned| learned.cost.load())
    }

    // Before the queue.

    /// What texts of these lengths in bytes are likely to cost.
    pub(crate) fn estimate(&self, model: ModelId, bytes: impl Iterator<Item = usize>) -> Shape {
        let Some(learned) = self.models.get(&model) else { return Shape::default() };
        bytes.fold(Shape::default(), |sum, bytes| {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "an estimate; both factors are positive"
            )]
            let tokens = (number(bytes as u64) * learned.tokens_per_byte) as u64;
            sum.plus(Shape::text(tokens.min(learned.tokens_max)))
        })
    }

    // The queues.

    /// Queues for a tokenizer, whose time is shared in bytes.
    pub(crate) fn push_raw(&mut self, piece: R, bytes: u64, now: Instant) {
        self.tally(piece.lane()).add(&piece).pieces += 1;
        self.note_arrival(&piece, now);
        let lane = self.queue_lane(piece.lane());
        self.raw.push(&lane, 0, bytes, piece);
    }

    /// The fairest piece that somebody still waits for; what nobody wants goes to `dropped`.
    pub(crate) fn pop_raw(&mut self, now: Instant, dropped: &mut Vec<R>) -> Option<R> {
        let before = dropped.len();
        let judge = |piece: &R| if is_due(piece, now) { Verdict::Take } else { Verdict::Drop };
        let piece = self.raw.pop(judge, dropped);
        for gone in dropped.iter().skip(before).chain(&piece) {
            remove(&mut self.tallies, gone, |tally| tally.pieces -= 1);
        }
        piece
    }

    /// Notes what a text became, for the next estimate.
    pub(crate) fn encoded(&mut self, model: ModelId, bytes: usize, tokens: u32) {
        let Some(learned) = self.models.get_mut(&model).filter(|_| bytes > 0) else { return };
        let ratio = f64::from(tokens) / number(bytes as u64);
        // A text that was cut says too little about its length.
        if u64::from(tokens) < learned.tokens_max {
            learned.tokens_per_byte += TOKENS_PER_BYTE_STEP * (ratio - learned.tokens_per_byte);
        }
    }

    pub(crate) fn push_ready(&mut self, unit: U) {
        self.tally(unit.lane()).add(&unit).units += 1;
        let lane = self.queue_lane(unit.lane());
        self.ready.push(&lane, unit.model(), unit.shape().tokens, unit);
    }

    /// No batch is formed until so many further requests have been encoded.
    pub(crate) fn hold_until(&mut self, requests: usize) {
        self.hold = requests;
    }

    pub(crate) fn request_is_encoded(&mut self) {
        self.hold = self.hold.saturating_sub(1);
    }

    /// The next batch, if anything waits: there is no idle delay. The fairest text is always
    /// taken, however long it is; others of its model join it in their order, while the limits of
    /// tokens, texts and time hold, and while the batch ends before the earliest deadline that it
    /// can meet.
    pub(crate) fn next_batch(&mut self, now: Instant, dropped: &mut Vec<U>) -> Option<Formed<U>> {
        if self.hold > 0 {
            return None;
        }
        let before = dropped.len();
        let formed = self.form(now, dropped);
        let taken = formed.iter().flat_map(|formed| &formed.units);
        for gone in dropped.iter().skip(before).chain(taken) {
            remove(&mut self.tallies, gone, |tally| tally.units -= 1);
        }
        let formed = formed?;
        let model = formed.units.first().map(Work::model);
        let cost = model.and_then(|model| self.models.get(&model));
        self.busy_until = cost.map(|learned| now + learned.cost.batch(formed.shape));
        Some(formed)
    }

    fn form(&mut self, now: Instant, dropped: &mut Vec<U>) -> Option<Formed<U>> {
        let fresh = |unit: &U| if is_due(unit, now) { Verdict::Take } else { Verdict::Drop };
        let first = self.ready.pop(fresh, dropped)?;
        let unknown = Learned::unknown();
        let learned = self.models.get(&first.model()).unwrap_or(&unknown);
        let deadlines = self.limits.scheduling == Scheduling::Fair;
        let largest = self.largest(learned);
        let mut forming = Forming::new(&learned.cost, largest, now, deadlines);
        let model = first.model();
        forming.add(&first);
        let mut units = vec![first];
        while (units.len() as u64) < largest.texts {
            let judge = |unit: &U| {
                if !is_due(unit, now) {
                    Verdict::Drop
                } else if unit.model() != model {
                    Verdict::Skip
                } else if forming.has_room(unit) {
                    Verdict::Take
                } else {
                    Verdict::Full
                }
            };
            let Some(unit) = self.ready.pop(judge, dropped) else { break };
            forming.add(&unit);
            units.push(unit);
        }
        Some(Formed { units, shape: forming.shape(), fill: forming.fill() })
    }

    /// The batch under way has ended; `time` is none where it failed and teaches nothing.
    pub(crate) fn finished(&mut self, model: ModelId, shape: Shape, time: Option<Duration>) {
        self.busy_until = None;
        if let (Some(learned), Some(time)) = (self.models.get_mut(&model), time) {
            learned.cost.add(shape, time);
        }
    }

    /// Takes all that waits.
    pub(crate) fn clear(&mut self) -> (Vec<R>, Vec<U>) {
        self.tallies.clear();
        (self.raw.clear(), self.ready.clear())
    }

    pub(crate) fn lane_state(&self, department: &str, urgency: Urgency) -> LaneState {
        let Some(tally) = self.tallies.get(&(department.to_owned(), urgency)) else {
            return LaneState::default();
        };
        LaneState {
            pieces: tally.pieces,
            units: tally.units,
            tokens: tally.shapes.values().map(|shape| shape.tokens).sum(),
            lag: self.ready.lag(department, urgency),
        }
    }

    fn largest(&self, learned: &Learned) -> Largest {
        let largest = self.limits.largest;
        Largest { tokens: largest.tokens.min(learned.batch_tokens_max), ..largest }
    }

    fn tally(&mut self, lane: &Lane) -> &mut Tally {
        let tally = self.tallies.entry((lane.department.clone(), lane.urgency)).or_default();
        tally.weight = f64::from(lane.weight.max(1));
        tally
    }

    /// Where an item queues: in order of arrival, all share one lane.
    fn queue_lane(&self, lane: &Lane) -> Lane {
        match self.limits.scheduling {
            Scheduling::Fair => lane.clone(),
            Scheduling::Fifo => Lane::interactive(""),
        }
    }
}

impl Learned {
    /// For a model that was removed while its last texts waited.
    fn unknown() -> Self {
        Self {
            cost: CostModel::new(),
            tokens_max: u64::MAX,
            batch_tokens_max: u64::MAX,
            tokens_per_byte: TOKENS_PER_BYTE,
        }
    }
}

impl Tally {
    fn tokens(&self) -> f64 {
        number(self.shapes.values().map(|shape| shape.tokens).sum())
    }

    fn add(&mut self, work: &impl Work) -> &mut Self {
        *self.shapes.entry(work.model()).or_default() += work.shape();
        self
    }
}

/// Takes an item out of its lane's tally.
fn remove<W: Work>(
    tallies: &mut BTreeMap<(String, Urgency), Tally>,
    work: &W,
    count: impl Fn(&mut Tally),
) {
    let key = (work.lane().department.clone(), work.lane().urgency);
    let Some(tally) = tallies.get_mut(&key) else { return };
    count(tally);
    if let Some(shape) = tally.shapes.get_mut(&work.model()) {
        *shape -= work.shape();
        if shape.texts == 0 {
            tally.shapes.remove(&work.model());
        }
    }
    if tally.pieces == 0 && tally.units == 0 {
        tallies.remove(&key);
    }
}

fn is_due(work: &impl Work, now: Instant) -> bool {
    work.is_wanted() && work.deadline().is_none_or(|deadline| deadline > now)
}

#[cfg(test)]
mod tests;
