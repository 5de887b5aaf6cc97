//! Load now and over the last hour.

use askama::Template;
use axum::extract;
use axum::response::Response;

use super::{Frame, html};
use crate::State;
use crate::language::Language;
use crate::load::{Sample, count};
use crate::plot::{Plot, number};
use crate::session::Person;

#[derive(Template)]
#[template(path = "load.html")]
struct Page {
    frame: Frame,
    body: Fragment,
}

/// The part that the page's script fetches again every few seconds.
#[derive(Template)]
#[template(path = "load_fragment.html")]
struct Fragment {
    tiles: Vec<Tile>,
    plots: Vec<Drawn>,
    lanes: Vec<inference::LaneLoad>,
    words: Words,
}

/// A plot with its caption.
struct Drawn {
    title: String,
    svg: String,
}

struct Tile {
    name: &'static str,
    value: String,
    unit: &'static str,
}

struct Words {
    lanes: &'static str,
    department: &'static str,
    urgency: &'static str,
    requests: &'static str,
    tokens: &'static str,
    nothing_waits: &'static str,
    hour: &'static str,
}

pub(crate) async fn page(
    extract::State(state): extract::State<State>,
    person: Person,
    language: Language,
) -> Response {
    let body = body(&state, language);
    html(&Page { frame: Frame::new(&state, Some(person), language, "load"), body })
}

pub(crate) async fn fragment(
    extract::State(state): extract::State<State>,
    _person: Person,
    language: Language,
) -> Response {
    html(&body(&state, language))
}

fn body(state: &State, language: Language) -> Fragment {
    let samples = state.history.samples();
    let load = state.engine.load();
    let last = samples.last().cloned().unwrap_or_default();
    Fragment {
        tiles: tiles(&load, &last, language),
        plots: plots(&samples, language).iter().map(draw).collect(),
        lanes: load.lanes.into_iter().filter(|lane| lane.requests > 0).collect(),
        words: Words {
            lanes: language.pick("Warteschlangen", "Queues"),
            department: language.pick("Stelle", "Department"),
            urgency: language.pick("Dringlichkeit", "Urgency"),
            requests: language.pick("Anfragen", "Requests"),
            tokens: language.pick("Tokens", "Tokens"),
            nothing_waits: language.pick("Zurzeit wartet nichts.", "Nothing is waiting."),
            hour: language.pick("Die letzte Stunde", "The last hour"),
        },
    }
}

fn draw(plot: &Plot<'_>) -> Drawn {
    let unit = if plot.unit.is_empty() { String::new() } else { format!(" ({})", plot.unit) };
    Drawn { title: format!("{}{unit}", plot.title), svg: plot.svg() }
}

fn tiles(load: &inference::Load, last: &Sample, language: Language) -> Vec<Tile> {
    let queued: usize = load.lanes.iter().map(|lane| lane.requests).sum();
    let gib = |bytes: u64| format!("{:.1}", count(bytes) / f64::from(1 << 30));
    let mut tiles = vec![
        Tile {
            name: language.pick("Wartende Anfragen", "Requests waiting"),
            value: queued.to_string(),
            unit: "",
        },
        Tile {
            name: language.pick("Durchsatz", "Throughput"),
            value: number(load.tokens_per_second),
            unit: "Tokens/s",
        },
        Tile {
            name: language.pick("Auslastung der Recheneinheit", "Device busy"),
            value: number(load.busy * 100.0),
            unit: "%",
        },
        Tile {
            name: language.pick("Stapel seit dem Start", "Batches since start"),
            value: number(count(load.batches)),
            unit: "",
        },
        Tile {
            name: language.pick("Prozessor", "Processor"),
            value: number(last.cpu_percent),
            unit: "%",
        },
        Tile {
            name: language.pick("Arbeitsspeicher", "Memory"),
            value: format!("{} / {}", gib(last.memory_used_bytes), gib(last.memory_total_bytes)),
            unit: "GiB",
        },
    ];
    if last.gpus.is_empty() {
        tiles.push(Tile {
            name: language.pick("Grafikprozessor", "GPU"),
            value: language.pick("keiner", "none").to_owned(),
            unit: "",
        });
    }
    for gpu in &last.gpus {
        tiles.push(Tile {
            name: language.pick("Grafikprozessor", "GPU"),
            value: gpu.usage_percent.map_or_else(|| gpu.model.clone(), number),
            unit: if gpu.usage_percent.is_some() { "%" } else { "" },
        });
        if let Some((used, total)) = gpu.memory_used_bytes.zip(gpu.memory_total_bytes) {
            tiles.push(Tile {
                name: language.pick("Grafikspeicher", "GPU memory"),
                value: format!("{} / {}", gib(used), gib(total)),
                unit: "GiB",
            });
        }
    }
    tiles
}

fn plots(samples: &[Sample], language: Language) -> Vec<Plot<'static>> {
    let now = samples.last().map_or(0, |sample| sample.at_s);
    let ends = (language.pick("vor 1 Stunde", "1 hour ago"), language.pick("jetzt", "now"));
    let plot = |title, unit, top, value: &dyn Fn(&Sample) -> Option<f64>| Plot {
        title,
        unit,
        top,
        points: samples
            .iter()
            .filter_map(|sample| Some((count(now.saturating_sub(sample.at_s)), value(sample)?)))
            .collect(),
        ends,
    };
    let memory = |sample: &Sample| Some(count(sample.memory_used_bytes) / f64::from(1 << 30));
    let memory_top = samples.last().map(|last| count(last.memory_total_bytes) / f64::from(1 << 30));
    let mut plots = vec![
        plot("Tokens", "/s", None, &|sample| Some(sample.tokens_per_second)),
        plot(language.pick("Wartende Anfragen", "Requests waiting"), "", None, &|sample| {
            Some(count(sample.queued as u64))
        }),
        plot(language.pick("Stapel", "Batches"), "/s", None, &|sample| {
            Some(sample.batches_per_second)
        }),
        plot(language.pick("Recheneinheit", "Device"), "%", Some(100.0), &|sample| {
            Some(sample.busy * 100.0)
        }),
        plot(language.pick("Prozessor", "Processor"), "%", Some(100.0), &|sample| {
            Some(sample.cpu_percent)
        }),
        plot(language.pick("Arbeitsspeicher", "Memory"), "GiB", memory_top, &memory),
    ];
    if samples.iter().any(|sample| !sample.gpus.is_empty()) {
        let usage = |sample: &Sample| sample.gpus.first().and_then(|gpu| gpu.usage_percent);
        plots.push(plot(language.pick("Grafikprozessor", "GPU"), "%", Some(100.0), &usage));
    }
    plots
}
