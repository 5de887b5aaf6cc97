//! The load of the last hour, sampled every few seconds and kept in memory.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use inference::Engine;
use sysinfo::{CpuRefreshKind, Gpus, MemoryRefreshKind, RefreshKind, System};

use crate::Clock;

/// Between two samples.
pub(crate) const SAMPLE_INTERVAL: Duration = Duration::from_secs(5);
/// Samples of one hour.
const SAMPLES_MAX: usize = 720;

/// What the machine and the engine did at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sample {
    /// Seconds since 1970.
    pub at_s: u64,
    /// Requests that wait.
    pub queued: usize,
    /// Batches a second since the sample before.
    pub batches_per_second: f64,
    /// Tokens a second.
    pub tokens_per_second: f64,
    /// Share of time the device computed, 0 to 1.
    pub busy: f64,
    /// Processor use, 0 to 100.
    pub cpu_percent: f64,
    /// Memory of the machine in use.
    pub memory_used_bytes: u64,
    /// Memory of the machine.
    pub memory_total_bytes: u64,
    /// One for each GPU.
    pub gpus: Vec<GpuSample>,
}

/// What one GPU did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GpuSample {
    /// The card's name.
    pub model: String,
    /// Use, 0 to 100, where the driver says.
    pub usage_percent: Option<f64>,
    /// Memory in use, where the driver says.
    pub memory_used_bytes: Option<u64>,
    /// Memory of the card, where the driver says.
    pub memory_total_bytes: Option<u64>,
}

/// The samples of the last hour, oldest first.
#[derive(Debug, Default)]
pub struct History {
    samples: Mutex<VecDeque<Sample>>,
}

impl History {
    /// Adds the newest sample.
    pub fn push(&self, sample: Sample) {
        let mut samples = self.samples.lock().unwrap_or_else(PoisonError::into_inner);
        if samples.len() == SAMPLES_MAX {
            samples.pop_front();
        }
        samples.push_back(sample);
    }

    /// All samples, oldest first.
    #[must_use]
    pub fn samples(&self) -> Vec<Sample> {
        self.samples.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

/// Samples on a thread of its own until the history is dropped, and sets the gauges that `/metrics` shows. The
/// drivers' handles may not leave the thread that opened them.
///
/// # Errors
/// Where the system gives no thread.
pub fn start_sampling(
    engine: Engine,
    history: &Arc<History>,
    clock: Clock,
) -> Result<(), std::io::Error> {
    let history = Arc::downgrade(history);
    let sample_for_ever = move || {
        let mut probe = Probe::new();
        let mut batches_before = None;
        while let Some(history) = history.upgrade() {
            let mut sample = probe.measure();
            let load = engine.load();
            sample.at_s = seconds(clock());
            sample.queued = load.lanes.iter().map(|lane| lane.requests).sum();
            let new = load.batches.saturating_sub(batches_before.unwrap_or(load.batches));
            batches_before = Some(load.batches);
            sample.batches_per_second = count(new) / SAMPLE_INTERVAL.as_secs_f64();
            sample.tokens_per_second = load.tokens_per_second;
            sample.busy = load.busy;
            gauges(&sample);
            history.push(sample);
            drop(history);
            std::thread::sleep(SAMPLE_INTERVAL);
        }
    };
    std::thread::Builder::new().name("load".to_owned()).spawn(sample_for_ever).map(|_| ())
}

fn gauges(sample: &Sample) {
    metrics::gauge!("amtshilfe_queue_requests").set(count(sample.queued as u64));
    metrics::gauge!("amtshilfe_engine_busy_ratio").set(sample.busy);
    metrics::gauge!("amtshilfe_tokens_per_second").set(sample.tokens_per_second);
    metrics::gauge!("amtshilfe_cpu_usage_ratio").set(sample.cpu_percent / 100.0);
    metrics::gauge!("amtshilfe_memory_used_bytes").set(count(sample.memory_used_bytes));
    metrics::gauge!("amtshilfe_memory_total_bytes").set(count(sample.memory_total_bytes));
    for (index, gpu) in sample.gpus.iter().enumerate() {
        let labels = [("gpu", index.to_string()), ("modelName", gpu.model.clone())];
        if let Some(usage) = gpu.usage_percent {
            metrics::gauge!("DCGM_FI_DEV_GPU_UTIL", &labels).set(usage);
        }
        // DCGM counts framebuffer memory in MiB.
        if let Some(used) = gpu.memory_used_bytes {
            metrics::gauge!("DCGM_FI_DEV_FB_USED", &labels).set(count(used >> 20));
            let free = gpu.memory_total_bytes.map(|total| total.saturating_sub(used));
            if let Some(free) = free {
                metrics::gauge!("DCGM_FI_DEV_FB_FREE", &labels).set(count(free >> 20));
            }
        }
    }
}

/// What is kept between two looks at the system, since use is a difference.
struct Probe {
    system: Option<System>,
    gpus: Option<Gpus>,
}

impl Probe {
    fn new() -> Probe {
        let kinds = RefreshKind::nothing()
            .with_cpu(CpuRefreshKind::nothing().with_usage())
            .with_memory(MemoryRefreshKind::nothing().with_ram());
        // Without a driver there is no list; the console then shows no GPU.
        let gpus = Gpus::new_with_refreshed_list().ok();
        Probe { system: System::new_with_specifics(kinds).ok(), gpus }
    }

    fn measure(&mut self) -> Sample {
        let mut sample = Sample::default();
        if let Some(system) = &mut self.system {
            system.refresh_cpu_usage();
            system.refresh_memory();
            sample.cpu_percent = f64::from(system.global_cpu_usage());
            sample.memory_used_bytes = system.used_memory();
            sample.memory_total_bytes = system.total_memory();
        }
        if let Some(gpus) = &mut self.gpus {
            gpus.refresh(true);
            sample.gpus = gpus.iter().map(gpu_sample).collect();
        }
        sample
    }
}

fn gpu_sample(gpu: &sysinfo::Gpu) -> GpuSample {
    GpuSample {
        model: gpu.model().unwrap_or("GPU").to_owned(),
        usage_percent: gpu.usage().map(f64::from),
        memory_used_bytes: gpu.used_memory(),
        memory_total_bytes: gpu.total_memory(),
    }
}

fn seconds(at: SystemTime) -> u64 {
    at.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[expect(clippy::cast_precision_loss, reason = "a plot and a gauge need no more than 52 bits")]
pub(crate) fn count(number: u64) -> f64 {
    number as f64
}
