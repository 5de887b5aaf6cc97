//! Command line of the generator of papers.
#![forbid(unsafe_code)]

use anyhow::Result;
use clap::{Parser, Subcommand};
use papers::cases::{self, Plant};
use papers::day::Day;
use papers::generate::{self, Order};
use papers::layouts::Families;
use papers::measure::{self, Judge};
use papers::paper::Format;
use papers::{masking, names, own, samples, split, train, zones};
use std::path::PathBuf;

/// Makes invented papers, with the truth about each as JSON, and trains the document classifier.
///
/// Everybody on the papers is invented. The same seed gives the same files.
#[derive(Debug, Parser)]
#[command(name = "papers", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Writes papers in bulk: CLASS/NUMBER.pdf and so on, and CLASS/NUMBER.truth.json.
    ///
    /// Example: papers generate --out /tmp/papers --count 5 --classes passport,payslip
    /// --formats pdf,scan-pdf
    Generate {
        /// Folder to write.
        #[arg(long)]
        out: PathBuf,
        /// Seed of the households; each paper of each class has its own.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Papers of each class.
        #[arg(long, default_value_t = 3)]
        count: u64,
        /// Class ids of the taxonomy, with commas; all that have templates when left out.
        #[arg(long, value_delimiter = ',')]
        classes: Vec<String>,
        /// Kinds of files.
        #[arg(long, value_delimiter = ',', default_value = "pdf")]
        formats: Vec<Format>,
        /// One more file of each paper, its kind in turn: for a set that mixes them.
        #[arg(long, value_delimiter = ',')]
        turn: Vec<Format>,
        /// Layouts: those that may be tuned on, those held back to measure, the second set of these (20 classes), or
        /// the first two together.
        #[arg(long, default_value = "train")]
        families: Families,
    },
    /// Writes whole applications of all types, TYPE-NUMBER/ with papers and case.json: what belongs there, and what was
    /// planted. Measured by `cargo xtask measure application`.
    ///
    /// Example: papers cases --out /tmp/cases --count 10 --families all
    Cases {
        /// Folder to write.
        #[arg(long)]
        out: PathBuf,
        /// Seed of the households.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Cases of each application type.
        #[arg(long, default_value_t = 10)]
        count: u64,
        /// Application types, with commas; all when left out.
        #[arg(long, value_delimiter = ',')]
        types: Vec<String>,
        /// Only cases of these plants; the mixture when left out.
        #[arg(long, value_delimiter = ',')]
        plants: Vec<Plant>,
        /// Kinds of files; each paper takes one by chance.
        #[arg(long, value_delimiter = ',', default_value = "pdf")]
        formats: Vec<Format>,
        /// Layouts: those that may be tuned on, those held back to measure, or all.
        #[arg(long, default_value = "train")]
        families: Families,
    },
    /// Writes pairs of cases that differ only in nationality, origin of the name, sex, age, script of the name or quality
    /// of the photo, for `amtshilfe fairness`.
    Pairs {
        /// Folder to write.
        #[arg(long)]
        out: PathBuf,
        /// Seed of the households.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Pairs for each attribute.
        #[arg(long, default_value_t = 100)]
        count: u64,
        /// Pairs of photos, which take longest to read.
        #[arg(long, default_value_t = 10)]
        photos: u64,
    },
    /// Writes names in eight orthographies as PDF in several fonts, with the truth about each as JSON.
    Names {
        /// Folder to write.
        #[arg(long)]
        out: PathBuf,
    },
    /// Writes the samples that the repository carries.
    Samples {
        /// Folder to write.
        #[arg(long, default_value = "samples")]
        out: PathBuf,
    },
    /// Trains the classifier of papers and writes the model folder.
    ///
    /// Draws texts of every class from the wordings in texts/, holds whole families of wordings
    /// back to calibrate and measure, and prints the figures.
    Train {
        /// Folder to write (the appliance ships models/papers-linear).
        #[arg(long, default_value = "models/papers-linear")]
        out: PathBuf,
        /// Seed of texts and steps.
        #[arg(long, default_value_t = 20_261_124)]
        seed: u64,
    },
    /// Writes the invented papers that classes of an office's own are compared with.
    Background {
        /// File to write.
        #[arg(long, default_value = "crates/documents/knowledge/background.txt")]
        out: PathBuf,
        /// Seed of the texts.
        #[arg(long, default_value_t = 20_261_125)]
        seed: u64,
    },
    /// Measures classes of an office's own: six kinds of papers that the taxonomy does not know, made classes from 3,
    /// 5, 10 and 20 samples. Shares: of papers of the samples' layouts that are recognised, undamaged and as scanners and people leave them; of the same kind in another
    /// office's wording, without and with a heading given; of other papers of the same town hall, and of shipped
    /// classes and strangers, that are drawn to the class; of samples recognised in the preview that leaves one out.
    OwnClasses {
        /// The folder of the shipped classifier.
        #[arg(long, default_value = "models/papers-linear")]
        model: PathBuf,
    },
    /// Measures the masking of religion, ethnic origin, health, offences and card numbers: passages put into papers
    /// from the templates, printed and misread, and what is masked on papers that say nothing of the kind.
    Masking {
        /// Papers for each template, without passages.
        #[arg(long, default_value_t = 4)]
        count: u64,
        /// The set of passages: those that the terms were made with, or those held back; default: both.
        #[arg(long, value_enum)]
        set: Option<masking::Set>,
        /// Prints what was missed and what was masked for nothing. Not for the set held back.
        #[arg(long)]
        show: bool,
    },
    /// Measures how files of five papers are divided, on bundles of wordings and layouts that the splitter was not
    /// fitted on, as digital and as recognised text: precision, recall and F1 of boundaries with a bootstrap
    /// interval, share of files entirely right, and share of single papers of several pages that are cut.
    Split {
        /// The folder of the shipped classifier.
        #[arg(long, default_value = "models/papers-linear")]
        model: PathBuf,
        /// Bundles of each kind.
        #[arg(long, default_value_t = 250)]
        count: usize,
        /// Seed of the bundles.
        #[arg(long, default_value_t = 20_261_126)]
        seed: u64,
        /// Fit the weights on bundles of the other wordings and layouts, and print them for
        /// crates/documents/src/classify/split.rs.
        #[arg(long)]
        fit: bool,
        /// Name what was wrong.
        #[arg(long)]
        errors: bool,
    },
    /// Measures machine readable zones of all five formats, read as the appliance reads them: from a scan and from a
    /// photo with glare over the zone. Shares with both (or all three) lines exact, and zones taken for sure that differ.
    Zones {
        /// The program read-file.
        #[arg(long)]
        reader: PathBuf,
        /// Folder with PP-OCRv6's files.
        #[arg(long)]
        networks: PathBuf,
        /// Papers; each is read twice.
        #[arg(long, default_value_t = 200)]
        count: u64,
        /// Seed of the households.
        #[arg(long, default_value_t = 90_303)]
        seed: u64,
        /// Folder that keeps recognised texts; what is there is not read again.
        #[arg(long)]
        texts: Option<PathBuf>,
    },
    /// Measures a model folder on papers from the templates, which training never sees.
    Measure {
        /// The model folder.
        #[arg(long, default_value = "models/papers-linear")]
        model: PathBuf,
        /// Households for each template.
        #[arg(long, default_value_t = 10)]
        count: u64,
        /// Texts that are no papers: gzipped JSON lines with a field "text".
        #[arg(long)]
        strangers: Option<PathBuf>,
    },
}

#[expect(clippy::print_stdout, reason = "a command line talks to its user")]
fn main() -> Result<()> {
    let mut say = |line: &str| println!("{line}");
    match Arguments::parse().command {
        Command::Generate { out, seed, count, classes, formats, turn, families } => {
            let today = Day::new(2026, 11, 16);
            let order = Order { seed, count, classes, formats, turn, families, today };
            let written = generate::write(&order, &out)?;
            say(&format!("{written} papers in {}", out.display()));
            Ok(())
        }
        Command::Cases { out, seed, count, types, plants, formats, families } => {
            let order = cases::Order { seed, count, types, plants, formats, families };
            let written = cases::write(&order, &out)?;
            say(&format!("{written} cases in {}", out.display()));
            Ok(())
        }
        Command::Pairs { out, seed, count, photos } => {
            let written = cases::pairs::write(seed, count, photos, &out)?;
            say(&format!("{written} pairs in {}", out.display()));
            Ok(())
        }
        Command::Names { out } => {
            let set = names::write(&out)?;
            say(&format!("{set} names in {}", out.display()));
            Ok(())
        }
        Command::Samples { out } => {
            samples::write(&out)?;
            say(&format!("samples in {}", out.display()));
            Ok(())
        }
        Command::Background { out, seed } => {
            own::background(seed, &out)?;
            say(&format!("written to {}", out.display()));
            Ok(())
        }
        Command::Zones { reader, networks, count, seed, texts } => {
            zones::measure(&zones::Order { reader, networks, count, seed, texts }, &mut say)
        }
        Command::OwnClasses { model } => own::measure(&model, &mut say),
        Command::Masking { count, set, show } => masking::measure(count, set, show, &mut say),
        Command::Measure { model, count, strangers } => {
            let judge = Judge::read(&model)?;
            if let Some(path) = strangers {
                measure::strangers(&judge, &path, &mut say)?;
            }
            measure::templates(&judge, count, &mut say)
        }
        Command::Split { model, count, seed, fit, errors } => {
            let options = split::Options { count, seed, fit, errors };
            split::run(&Judge::read(&model)?, options, &mut say)
        }
        Command::Train { out, seed } => {
            train::run(&train::Options { seed, ..Default::default() }, &out, &mut say)
        }
    }
}
