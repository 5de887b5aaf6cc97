//! `classes`: works on the data folder; a running appliance takes up what has changed.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use appliance::client;
use appliance::layout::Layout;
use appliance::own_classes::{Order, Store};
use appliance::serve::open_documents;
use documents::own::{Action, Definition, History, OwnClass, Preview, State};
use documents::{Documents, Title};
use inference::Lane;

use super::{Invocation, block_on, system_clock};
use crate::cli::classes::{Add, Classes, Which, Why};

/// Who changes classes here, in the audit log.
const BY: &str = "command-line";
/// Under whose account samples are judged.
const LANE: &str = "command-line";
/// A sample larger than this is not read; a page of a scan has a few megabytes.
const SAMPLE_BYTES_MAX: u64 = 64 << 20;

pub(crate) fn run(context: &Invocation, command: Classes) -> Result<ExitCode> {
    let layout = context.layout()?;
    let store = Store::new(&layout);
    let shop = Shop { context, layout: &layout, store: &store };
    match command {
        Classes::List => list(&store)?,
        Classes::Show { id } => show(&store, &id)?,
        Classes::Add(arguments) => shop.add(arguments)?,
        Classes::Preview { which } => {
            let (class, version) = shop.wanted(&which)?;
            print(&which.id, version, &shop.try_out(class)?);
        }
        Classes::Enable { which, anyway, why } => return shop.enable(&which, anyway, why),
        Classes::Disable { id, why } => {
            let State::Live { version } = store.history(&id)?.state() else {
                bail!("{id} ist nicht in Kraft / is not in force");
            };
            shop.change(&id, Action::Disable, version, why)?;
        }
        Classes::Rollback { id, to, why } => {
            let earlier = store.history(&id)?.earlier();
            let version = to.or(earlier).with_context(|| {
                format!(
                    "{id}: keine frühere Fassung war je in Kraft / no earlier version was in force"
                )
            })?;
            shop.change(&id, Action::RollBack, version, why)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn list(store: &Store) -> Result<()> {
    let ids = store.ids()?;
    if ids.is_empty() {
        println!("keine eigenen Dokumentarten / no classes of the office's own");
    }
    for id in ids {
        let history = store.history(&id)?;
        let class = store.version(&id, history.last_version())?;
        println!("{id:<36} {:<44} {}", state(&history), class.definition().title.de);
    }
    Ok(())
}

fn show(store: &Store, id: &str) -> Result<()> {
    let history = store.history(id)?;
    let class = store.version(id, history.last_version())?;
    let definition = class.definition();
    println!("{id}  {}", state(&history));
    println!("  {} / {}", definition.title.de, definition.title.en);
    if !definition.description.is_empty() {
        println!("  {}", definition.description);
    }
    for (label, words) in [
        ("Überschriften / headings", &definition.headings),
        ("Wörter / phrases", &definition.phrases),
    ] {
        println!(
            "  {label}: {}",
            if words.is_empty() { "–".to_owned() } else { words.join(" | ") }
        );
    }
    println!("  Beispiele / samples: {}{}", class.samples(), mark(class.is_provisional()));
    println!("  Änderungen / changes:");
    for change in history.changes() {
        let at = chrono::DateTime::from_timestamp(i64::try_from(change.at_s)?, 0);
        println!(
            "    {}  {:<10} {:<4} {:<12} {}  {}",
            at.map(|at| at.format("%Y-%m-%d %H:%M UTC").to_string()).unwrap_or_default(),
            change.action.as_str(),
            change.version,
            change.reason.as_str(),
            change.by,
            change.note
        );
        println!("      sha256 {}", change.digest);
    }
    Ok(())
}

fn state(history: &History) -> String {
    let last = history.last_version();
    match history.state() {
        State::Draft => format!("Entwurf / draft, Fassung / version {last}"),
        State::Live { version } => {
            format!("in Kraft / live, Fassung / version {version} von / of {last}")
        }
        State::Off => format!("außer Kraft / off, Fassung / version {last}"),
    }
}

fn mark(provisional: bool) -> &'static str {
    if provisional { "  (vorläufig / provisional)" } else { "" }
}

/// What the commands that change or try something work with.
struct Shop<'a> {
    context: &'a Invocation,
    layout: &'a Layout,
    store: &'a Store,
}

impl Shop<'_> {
    fn add(&self, arguments: Add) -> Result<()> {
        let files = arguments.samples.clone();
        let id = arguments.id.clone();
        let why = Why { reason: arguments.why.reason, note: arguments.why.note.clone() };
        let definition = self.definition(arguments)?;
        definition.check()?;
        let settings =
            self.context.settings(self.context.config(self.layout)?, self.layout.clone())?;
        let (reader, documents) = open_documents(&settings)?;
        let class = block_on(async {
            let mut papers = Vec::with_capacity(files.len());
            for path in &files {
                let read = reader.read(bytes(path)?, &name(path)).await;
                papers.push(read.map_err(|error| {
                    anyhow::anyhow!(
                        "{}: {} / {}",
                        path.display(),
                        error.message("de"),
                        error.message("en")
                    )
                })?);
            }
            Ok(documents.describe(definition, &papers, &Lane::bulk(LANE)).await?)
        })?;
        let version = self.store.save(&class, order(why))?;
        println!(
            "{id}: Fassung {version} gespeichert, Entwurf / version {version} saved, a draft; {} Beispiele / samples{}",
            class.samples(),
            mark(class.is_provisional())
        );
        println!("weiter mit / go on with: amtshilfe classes preview {id}");
        Ok(())
    }

    /// As given; what is left out is taken from the newest version.
    fn definition(&self, given: Add) -> Result<Definition> {
        let newest = match self.store.history(&given.id) {
            Ok(history) => Some(self.store.version(&given.id, history.last_version())?),
            Err(_) => None,
        };
        let before = newest.as_ref().map(OwnClass::definition);
        let title = |given: Option<String>, before: Option<&str>, option: &str| {
            given.or_else(|| before.map(str::to_owned)).with_context(|| {
                format!(
                    "{option} fehlt: wie das Papier heißt / is missing: what the paper is called"
                )
            })
        };
        let words = |given: Vec<String>, before: Option<&Vec<String>>| {
            if given.is_empty() { before.cloned().unwrap_or_default() } else { given }
        };
        Ok(Definition {
            title: Title {
                de: title(given.title_de, before.map(|one| one.title.de.as_str()), "--title-de")?,
                en: title(given.title_en, before.map(|one| one.title.en.as_str()), "--title-en")?,
            },
            description: given
                .description
                .or_else(|| before.map(|one| one.description.clone()))
                .unwrap_or_default(),
            headings: words(given.headings, before.map(|one| &one.headings)),
            phrases: words(given.phrases, before.map(|one| &one.phrases)),
            id: given.id,
        })
    }

    fn wanted(&self, which: &Which) -> Result<(OwnClass, u32)> {
        let last = self.store.history(&which.id)?.last_version();
        let version = which.version.unwrap_or(last);
        Ok((self.store.version(&which.id, version)?, version))
    }

    fn try_out(&self, class: OwnClass) -> Result<Preview> {
        let id = class.definition().id.clone();
        let settings =
            self.context.settings(self.context.config(self.layout)?, self.layout.clone())?;
        let (_, documents) = open_documents(&settings)?;
        let documents: Documents = documents.with_knowledge(self.store.with(class)?);
        block_on(async { Ok(documents.preview(&id, &Lane::bulk(LANE)).await?) })
    }

    fn enable(&self, which: &Which, anyway: bool, why: Why) -> Result<ExitCode> {
        let (class, version) = self.wanted(which)?;
        let preview = self.try_out(class)?;
        print(&which.id, version, &preview);
        if !preview.is_sound() && !anyway {
            println!(
                "nicht in Kraft gesetzt: mehr oder einheitlichere Beispiele, oder --anyway\n\
                 not put in force: more samples, or samples more alike, or --anyway"
            );
            return Ok(ExitCode::FAILURE);
        }
        self.change(&which.id, Action::Enable, version, why)?;
        Ok(ExitCode::SUCCESS)
    }

    fn change(&self, id: &str, action: Action, version: u32, why: Why) -> Result<()> {
        self.store.change(id, action, version, order(why))?;
        let when = if client::running_at(self.layout).is_some() {
            "binnen einer Sekunde / within a second"
        } else {
            "ab dem nächsten Start / from the next start"
        };
        println!("{id}: {}, {when}", state(&self.store.history(id)?));
        Ok(())
    }
}

fn order(why: Why) -> Order {
    Order { at: system_clock()(), by: BY.to_owned(), reason: why.reason, note: why.note }
}

fn name(path: &std::path::Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn bytes(path: &PathBuf) -> Result<Vec<u8>> {
    let length = fs_err::metadata(path)?.len();
    if length > SAMPLE_BYTES_MAX {
        bail!("{}: {length} Bytes, erlaubt sind / allowed are {SAMPLE_BYTES_MAX}", path.display());
    }
    Ok(fs_err::read(path)?)
}

fn print(id: &str, version: u32, preview: &Preview) {
    println!("{id}, Fassung / version {version}{}", mark(preview.provisional));
    println!(
        "Beispiele, jedes gegen die übrigen / samples, each against the others: {} von / of {} erkannt / recognised",
        preview.recognised,
        preview.samples.len()
    );
    for (number, verdict) in preview.samples.iter().enumerate() {
        if verdict.document_class != id {
            println!(
                "  Beispiel / sample {}: {} ({:.0} %)",
                number + 1,
                verdict.document_class,
                verdict.probability * 100.0
            );
        }
    }
    println!(
        "Papiere anderer Arten, die angezogen würden / papers of other classes drawn to it: {} von / of {}",
        preview.drawn_count(),
        preview.papers
    );
    for drawn in &preview.drawn {
        println!("  {}: {}", drawn.document_class, drawn.count);
    }
    println!("Merkmale je Beispiel / features of a sample: {}", preview.features);
}
