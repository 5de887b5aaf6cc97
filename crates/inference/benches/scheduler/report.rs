//! The table.

use super::device::CAPACITY;
use super::{Arrival, FLOOD, Outcome};
use inference::Scheduling;
use std::time::Duration;

/// One replay.
pub(crate) struct Run {
    pub(crate) outcomes: Vec<(Arrival, Outcome)>,
    /// Tokens that the device computed.
    pub(crate) computed: u64,
    pub(crate) elapsed: Duration,
}

/// All replays of one order under one load.
pub(crate) struct Totals {
    pub(crate) scheduling: Scheduling,
    load: f64,
    outcomes: Vec<(Arrival, Outcome)>,
    computed: u64,
    seconds: f64,
}

impl Totals {
    pub(crate) fn new(scheduling: Scheduling, load: f64) -> Self {
        Self { scheduling, load, outcomes: vec![], computed: 0, seconds: 0.0 }
    }

    pub(crate) fn add(&mut self, run: Run) {
        self.outcomes.extend(run.outcomes);
        self.computed += run.computed;
        self.seconds += run.elapsed.as_secs_f64();
    }

    /// Tokens computed a second.
    fn throughput(&self) -> f64 {
        number(self.computed) / self.seconds
    }

    /// Tokens a second that a department asked for, or got in time.
    fn tokens(&self, department: usize, in_time: bool) -> f64 {
        let own = self.outcomes.iter().filter(|(arrival, outcome)| {
            arrival.department == department && (!in_time || matches!(outcome, Outcome::InTime(_)))
        });
        let tokens: u64 = own.map(|(arrival, _)| arrival.tokens * arrival.texts as u64).sum();
        number(tokens) / self.seconds
    }

    /// Share of the requests with an outcome, of the flood or of the others or of all.
    fn share(&self, flood: Option<bool>, is: impl Fn(&Outcome) -> bool) -> f64 {
        let own = self.outcomes.iter().filter(|(arrival, _)| {
            flood.is_none_or(|flood| flood == (arrival.department == FLOOD))
        });
        let (mut all, mut hits) = (0, 0);
        for (_, outcome) in own {
            all += 1;
            hits += u64::from(is(outcome));
        }
        number(hits) / number(all).max(1.0)
    }

    /// Latency of the departments that do not flood; one without an answer in time counts as
    /// worse than any.
    fn percentile(&self, share: f64) -> Option<f64> {
        let own = self.outcomes.iter().filter(|(arrival, _)| arrival.department != FLOOD);
        let mut times: Vec<Duration> = own
            .map(|(_, outcome)| match outcome {
                Outcome::InTime(time) => *time,
                Outcome::Missed | Outcome::Refused | Outcome::Full => Duration::MAX,
            })
            .collect();
        times.sort_unstable();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index")]
        let index = (number(times.len() as u64) * share) as usize;
        let time = times.get(index.min(times.len().saturating_sub(1)))?;
        (*time < Duration::MAX).then_some(time.as_secs_f64() * 1e3)
    }

    /// Jain's index over the departments, of what each got in time against its max-min fair share
    /// of the device: 1 is fair.
    fn jain(&self) -> f64 {
        let asked: Vec<f64> =
            (0..=FLOOD).map(|department| self.tokens(department, false)).collect();
        let fair = max_min(&asked, CAPACITY);
        let got: Vec<f64> = (0..=FLOOD)
            .zip(fair)
            .filter(|(_, fair)| *fair > 0.0)
            .map(|(department, fair)| self.tokens(department, true) / fair)
            .collect();
        let (sum, squares) = got
            .iter()
            .fold((0.0, 0.0), |(sum, squares), share| (sum + share, squares + share * share));
        sum * sum / (number(got.len() as u64) * squares).max(f64::MIN_POSITIVE)
    }
}

/// Fair shares of a capacity: nobody gets more than asked for, and what is left over is shared.
fn max_min(asked: &[f64], capacity: f64) -> Vec<f64> {
    let mut level = 0.0;
    let mut left = capacity;
    let mut sorted = asked.to_vec();
    sorted.sort_by(f64::total_cmp);
    for (index, demand) in sorted.iter().enumerate() {
        level = left / number((sorted.len() - index) as u64);
        if *demand >= level {
            break;
        }
        left -= demand;
        level = f64::INFINITY;
    }
    asked.iter().map(|demand| demand.min(level)).collect()
}

pub(crate) fn head() {
    println!(
        "load order  computed/s  in time/s | all: missed refused | others: missed refused \
         p50 ms  p95 ms | flood: in time  Jain"
    );
}

pub(crate) fn rows(both: &[Totals; 2]) {
    for totals in both {
        let order = if totals.scheduling == Scheduling::Fair { "fair" } else { "fifo" };
        let in_time: f64 = (0..=FLOOD).map(|department| totals.tokens(department, true)).sum();
        let missed = |flood| 100.0 * totals.share(flood, |outcome| *outcome == Outcome::Missed);
        let refused = |flood| {
            let refused = |outcome: &Outcome| matches!(outcome, Outcome::Refused | Outcome::Full);
            100.0 * totals.share(flood, refused)
        };
        let ms = |share| totals.percentile(share).map_or("late".into(), |ms| format!("{ms:.1}"));
        println!(
            "{:>4} {order}  {:>10.0} {:>10.0} |    {:>6.1}% {:>6.1}% |       {:>6.1}% {:>6.1}% {:>6} \
             {:>7} | {:>13.1}% {:>5.3}",
            totals.load,
            totals.throughput(),
            in_time,
            missed(None),
            refused(None),
            missed(Some(false)),
            refused(Some(false)),
            ms(0.5),
            ms(0.95),
            100.0 * totals.share(Some(true), |outcome| matches!(outcome, Outcome::InTime(_))),
            totals.jain(),
        );
    }
    let [fair, fifo] = both;
    let missed = |totals: &Totals| totals.share(None, |outcome| *outcome == Outcome::Missed);
    let late =
        |totals: &Totals| totals.share(None, |outcome| !matches!(outcome, Outcome::InTime(_)));
    println!(
        "     fair/fifo: throughput {:.3}, missed {:.2}, missed or refused {:.2}",
        fair.throughput() / fifo.throughput(),
        missed(fair) / missed(fifo).max(1e-9),
        late(fair) / late(fifo).max(1e-9),
    );
}

#[expect(clippy::cast_precision_loss, reason = "counts of a benchmark")]
fn number(count: u64) -> f64 {
    count as f64
}
