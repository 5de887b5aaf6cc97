//! When a request would be ready: by what waits, and by what is likely to arrive meanwhile.

use super::{ModelId, Scheduler, Shape, Tally, Work};
use crate::engine::cost::{number, seconds_to_duration};
use crate::{Lane, Scheduling, Urgency};
use std::time::{Duration, Instant};

/// How far back the rate of arrivals looks.
const RATE_SECONDS: f64 = 2.0;
/// Below so many tokens a second a lane is forgotten.
const RATE_MIN: f64 = 0.1;
/// Steps in which what arrives while one waits is added to what one waits for.
const STEPS: usize = 12;

/// Why a request is refused: it would be ready after `needed`, and has only `left`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooLate {
    pub(crate) needed: Duration,
    pub(crate) left: Duration,
}

/// What a lane lately asked for, a second; an exponential average.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    tokens: f64,
    /// On the device.
    seconds: f64,
    weight: f64,
    at: Instant,
}

impl Rate {
    fn at(self, now: Instant) -> Self {
        let past = now.saturating_duration_since(self.at).as_secs_f64();
        let fading = (-past / RATE_SECONDS).exp();
        let (tokens, seconds) = (self.tokens * fading, self.seconds * fading);
        Self { tokens, seconds, at: now.max(self.at), ..self }
    }
}

/// A lane that competes with the one in question.
struct Rival {
    urgency: Urgency,
    /// Where it stands in virtual time.
    tag: f64,
    weight: f64,
    tokens: f64,
    seconds: f64,
    /// What arrives for it in a second.
    tokens_rate: f64,
    seconds_rate: f64,
}

impl Rival {
    /// Tokens and seconds in the next `wait` seconds.
    fn work(&self, wait: f64) -> (f64, f64) {
        (self.tokens + self.tokens_rate * wait, self.seconds + self.seconds_rate * wait)
    }
}

impl<R: Work, U: Work> Scheduler<R, U> {
    /// Whether a request can be ready by its deadline, with a tenth of the time, and at most a
    /// batch, to spare: where a queue is as long as its deadlines allow, every second of those
    /// taken without it would be late, and computed for nothing. Nothing is refused while the
    /// device is free, or before the model's speed is known.
    pub(crate) fn admit(
        &self,
        lane: &Lane,
        (model, shape): (ModelId, Shape),
        deadline: Option<Instant>,
        now: Instant,
    ) -> Result<(), TooLate> {
        let Some(deadline) = deadline else { return Ok(()) };
        let known = self.models.get(&model).is_some_and(|learned| learned.cost.is_known());
        let idle = self.busy_until.is_none() && self.tallies.is_empty();
        if !known || idle || self.limits.scheduling == Scheduling::Fifo {
            return Ok(());
        }
        let left = deadline.saturating_duration_since(now);
        let spare = self.limits.largest.time.min(left / 10);
        let needed = self.ready_after(lane, (model, shape), now) + spare;
        if needed > left { Err(TooLate { needed, left }) } else { Ok(()) }
    }

    /// When half of what a lane has waiting will have been computed.
    pub(crate) fn retry_after(&self, lane: &Lane, now: Instant) -> Duration {
        self.ready_after(lane, (ModelId::MAX, Shape::default()), now) / 2
    }

    /// Notes what a lane asks for.
    pub(super) fn note_arrival(&mut self, work: &impl Work, now: Instant) {
        let shape = work.shape();
        let seconds = self.models.get(&work.model()).map_or(0.0, |learned| {
            learned.cost.drain(shape, &self.largest(learned)) / RATE_SECONDS
        });
        let tokens = number(shape.tokens) / RATE_SECONDS;
        let weight = f64::from(work.lane().weight.max(1));
        self.arrivals.retain(|_, rate| {
            *rate = rate.at(now);
            rate.tokens > RATE_MIN
        });
        let key = (work.lane().department.clone(), work.lane().urgency);
        let nothing = Rate { tokens: 0.0, seconds: 0.0, weight, at: now };
        let rate = self.arrivals.entry(key).or_insert(nothing);
        *rate = Rate { tokens: rate.tokens + tokens, seconds: rate.seconds + seconds, ..*rate };
        rate.weight = weight;
    }

    /// How long until the end of a lane's queue, with `extra` appended, is computed: until its
    /// last text starts, every other lane is served up to the same virtual time, with what waits
    /// in it and with what arrives for it meanwhile at its present rate.
    pub(super) fn ready_after(
        &self,
        lane: &Lane,
        extra: (ModelId, Shape),
        now: Instant,
    ) -> Duration {
        let key = (lane.department.clone(), lane.urgency);
        let mut own = self.tallies.get(&key).cloned().unwrap_or_default();
        *own.shapes.entry(extra.0).or_default() += extra.1;
        let rivals = self.rivals(lane, now);
        let last = number(extra.1.tokens) / number(extra.1.texts.max(1));
        let ahead = own.tokens() - last;
        let base = self.models.get(&extra.0).map_or(0.0, |learned| learned.cost.base());
        let alone = self.drain(&own) + base;
        let mut wait = alone;
        for _ in 0..STEPS {
            wait = alone + self.rivals_seconds(lane, ahead, &rivals, wait);
        }
        let busy = self.busy_until.map(|until| until.saturating_duration_since(now));
        seconds_to_duration(wait) + busy.unwrap_or_default()
    }

    /// Seconds that others are served before the last text of a lane starts, which has `ahead`
    /// tokens before it; and half of what is likely to share its batch, for whose end it waits.
    fn rivals_seconds(&self, lane: &Lane, ahead: f64, rivals: &[Rival], wait: f64) -> f64 {
        let weight = f64::from(lane.weight.max(1));
        let end = self.ready.lane_tag(&lane.department, lane.urgency) + ahead / weight;
        let (mut served, mut seconds, mut behind) = (ahead, 0.0, 0.0);
        for rival in rivals.iter().filter(|rival| rival.urgency == lane.urgency) {
            let (tokens, work) = rival.work(wait);
            let part = share((end - rival.tag) * rival.weight, tokens);
            served += part * tokens;
            seconds += part * work;
            behind += (1.0 - part) * work;
        }
        // The other urgency is served by the same rule, one level up.
        let other = rivals.iter().filter(|rival| rival.urgency != lane.urgency);
        let (tokens, work) = other
            .map(|rival| rival.work(wait))
            .fold((0.0, 0.0), |sum, rival| (sum.0 + rival.0, sum.1 + rival.1));
        let (tag, class_weight) = self.ready.class_tag(lane.urgency);
        let (other_tag, other_weight) = self.ready.class_tag(opposite(lane.urgency));
        let part = share((tag + served / class_weight - other_tag) * other_weight, tokens);
        seconds += part * work;
        behind += (1.0 - part) * work;
        seconds + behind.min(self.limits.largest.time.as_secs_f64()) / 2.0
    }

    fn rivals(&self, lane: &Lane, now: Instant) -> Vec<Rival> {
        let mut rivals = vec![];
        let own = |(department, urgency): &(String, Urgency)| {
            *department == lane.department && *urgency == lane.urgency
        };
        let mut add = |key: &(String, Urgency), tally: Option<&Tally>, rate: Option<Rate>| {
            rivals.push(Rival {
                urgency: key.1,
                tag: self.ready.lane_tag(&key.0, key.1),
                weight: tally
                    .map(|tally| tally.weight)
                    .or(rate.map(|rate| rate.weight))
                    .unwrap_or(1.0),
                tokens: tally.map_or(0.0, Tally::tokens),
                seconds: tally.map_or(0.0, |tally| self.drain(tally)),
                tokens_rate: rate.map_or(0.0, |rate| rate.tokens),
                seconds_rate: rate.map_or(0.0, |rate| rate.seconds),
            });
        };
        for (key, tally) in self.tallies.iter().filter(|(key, _)| !own(key)) {
            add(key, Some(tally), self.arrivals.get(key).map(|rate| rate.at(now)));
        }
        for (key, rate) in self.arrivals.iter().filter(|(key, _)| !own(key)) {
            if !self.tallies.contains_key(key) {
                add(key, None, Some(rate.at(now)));
            }
        }
        rivals
    }

    /// Seconds for what a lane has waiting.
    fn drain(&self, tally: &Tally) -> f64 {
        let seconds = tally.shapes.iter().map(|(model, shape)| match self.models.get(model) {
            Some(learned) => learned.cost.drain(*shape, &self.largest(learned)),
            None => 0.0,
        });
        seconds.sum()
    }
}

/// `part` of `whole`, 0 to 1.
fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { (part / whole).clamp(0.0, 1.0) } else { 0.0 }
}

fn opposite(urgency: Urgency) -> Urgency {
    match urgency {
        Urgency::Interactive => Urgency::Bulk,
        Urgency::Bulk => Urgency::Interactive,
    }
}
