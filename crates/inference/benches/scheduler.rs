//! What fair scheduling costs and brings: the same arrivals, replayed in both orders.
//!
//! An open loop (Poisson arrivals that do not wait for answers) of four departments with short
//! requests and one that floods the device, against a device that takes its time by a known law.
//! Every request has a deadline. `Fair` and `Fifo` runs alternate, and both see the same texts at
//! the same moments; the device sleeps, so that a busy machine disturbs little.
//!
//! ```text
//! cargo bench -p inference --bench scheduler -- [SECONDS] [REPETITIONS]
//! ```
#![expect(clippy::print_stdout, reason = "prints its table")]

#[path = "scheduler/device.rs"]
mod device;
#[path = "scheduler/report.rs"]
mod report;

use device::{CAPACITY, engine, text};
use inference::{Error, Lane, Request, Scheduling};
use report::{Run, Totals};
use std::time::{Duration, Instant};

/// Departments that do nothing special; each asks for a tenth of what the device can do.
const DEPARTMENTS: usize = 4;
const DEPARTMENT_SHARE: f64 = 0.1;
const DEPARTMENT_DEADLINE: Duration = Duration::from_millis(300);
const DEPARTMENT_TOKENS: std::ops::Range<u64> = 32..192;
/// The one that floods, with all that is left to the load.
const FLOOD: usize = DEPARTMENTS;
const FLOOD_TEXTS: usize = 8;
const FLOOD_TOKENS: u64 = 128;
const FLOOD_DEADLINE: Duration = Duration::from_secs(1);
/// What all of them ask for against what the device can do; the first is without the flood.
const LOADS: [f64; 3] = [0.4, 0.8, 1.5];

/// One request of the replay.
#[derive(Clone, Copy, Debug)]
struct Arrival {
    at: Duration,
    department: usize,
    texts: usize,
    tokens: u64,
    deadline: Duration,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Outcome {
    InTime(Duration),
    /// Taken, and not answered by its deadline.
    Missed,
    /// Refused at once, because its deadline could not be met.
    Refused,
    /// Refused at once, because its lane was full.
    Full,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut numbers = std::env::args().skip(1).filter_map(|word| word.parse::<u64>().ok());
    let seconds = Duration::from_secs(numbers.next().unwrap_or(8));
    let repetitions = numbers.next().unwrap_or(3);
    let runtime = tokio::runtime::Runtime::new()?;
    println!(
        "device: {CAPACITY:.0} tokens/s; {} s × {repetitions} for each row",
        seconds.as_secs()
    );
    report::head();
    for load in LOADS {
        let mut totals = [Totals::new(Scheduling::Fair, load), Totals::new(Scheduling::Fifo, load)];
        for repetition in 0..repetitions {
            let arrivals = arrivals(load, seconds, repetition);
            for totals in &mut totals {
                totals.add(runtime.block_on(replay(totals.scheduling, &arrivals))?);
            }
            totals.reverse();
        }
        totals.sort_by_key(|totals| totals.scheduling == Scheduling::Fifo);
        report::rows(&totals);
    }
    Ok(())
}

/// Poisson arrivals of every department, by time; the same for the same numbers.
fn arrivals(load: f64, seconds: Duration, seed: u64) -> Vec<Arrival> {
    let mut random = Random(seed + 1);
    let mut arrivals = vec![];
    let others = DEPARTMENT_SHARE * f64::from(u8::try_from(DEPARTMENTS).unwrap_or(u8::MAX));
    for department in 0..=FLOOD {
        let flood = department == FLOOD;
        let share = if flood { (load - others).max(0.0) } else { DEPARTMENT_SHARE };
        let texts = if flood { FLOOD_TEXTS } else { 1 };
        let mean = u32::try_from(DEPARTMENT_TOKENS.start.midpoint(DEPARTMENT_TOKENS.end));
        let mean = if flood { 1_024.0 } else { f64::from(mean.unwrap_or(u32::MAX)) };
        if share < 1e-9 {
            continue;
        }
        let mut at = 0.0;
        loop {
            at -= random.unit().ln() * mean / (share * CAPACITY);
            if at > seconds.as_secs_f64() {
                break;
            }
            let tokens = if flood { FLOOD_TOKENS } else { random.within(DEPARTMENT_TOKENS) };
            let deadline = if flood { FLOOD_DEADLINE } else { DEPARTMENT_DEADLINE };
            let at = Duration::from_secs_f64(at);
            arrivals.push(Arrival { at, department, texts, tokens, deadline });
        }
    }
    arrivals.sort_by_key(|arrival| arrival.at);
    arrivals
}

async fn replay(scheduling: Scheduling, arrivals: &[Arrival]) -> Result<Run, Error> {
    let engine = engine(scheduling)?;
    // Returns once the models are warm.
    engine.self_test().await?;
    let before = engine.load().tokens;
    let start = Instant::now();
    let mut tasks = vec![];
    for arrival in arrivals.iter().copied() {
        tokio::time::sleep_until((start + arrival.at).into()).await;
        let engine = engine.clone();
        tasks.push(tokio::spawn(async move {
            let lane = Lane::interactive(format!("department {}", arrival.department));
            let mut request = Request::passages(vec![text(arrival.tokens); arrival.texts], lane);
            // The clock of the caller: from the moment at which it meant to ask.
            let asked = start + arrival.at;
            request.deadline = Some(asked + arrival.deadline);
            let outcome = match engine.embed(request).await {
                Ok(_) if asked.elapsed() <= arrival.deadline => Outcome::InTime(asked.elapsed()),
                Err(Error::DeadlineUnreachable { .. }) => Outcome::Refused,
                Err(Error::QueueFull { .. }) => Outcome::Full,
                Ok(_) | Err(_) => Outcome::Missed,
            };
            (arrival, outcome)
        }));
    }
    let mut outcomes = vec![];
    for task in tasks {
        outcomes.extend(task.await.ok());
    }
    // Until the last answer: what still waits when the arrivals end is work like any other.
    let (computed, elapsed) = (engine.load().tokens - before, start.elapsed());
    Ok(Run { outcomes, computed, elapsed })
}

/// Numbers that are the same in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Above 0, up to 1.
    fn unit(&mut self) -> f64 {
        let high = u32::try_from(self.next() >> 32).unwrap_or(u32::MAX);
        (f64::from(high) + 1.0) / (f64::from(u32::MAX) + 1.0)
    }

    fn within(&mut self, range: std::ops::Range<u64>) -> u64 {
        range.start + self.next() % (range.end - range.start)
    }
}
