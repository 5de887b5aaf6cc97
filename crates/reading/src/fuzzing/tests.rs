use super::*;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::sync::Mutex;
use std::time::Instant;

type Door = (&'static str, fn(&[u8]));

/// Every door by its name in `fuzz/`.
const DOORS: [Door; 16] = [
    ("file", file),
    ("pdf", pdf),
    ("form_value", form_value),
    ("picture", picture),
    ("gray", gray),
    ("office", office),
    ("office_body", office_body),
    ("rtf", rtf),
    ("markup", markup),
    ("plain", plain),
    ("holder", holder),
    ("packed_rtf", packed_rtf),
    ("law", law),
    ("protocol", protocol),
    ("tesseract", tesseract),
    ("binding", binding),
];
/// Damaged inputs for each door, where `FUZZ_SECONDS` does not ask for more.
const INPUTS: u32 = 300;
/// One input that takes longer is a finding.
const INPUT_TIME_MAX: Duration = Duration::from_secs(10);
/// What formats are made of.
const WORDS: [&[u8]; 24] = [
    b"\0",
    b"\xff\xff\xff\xff",
    b"\0\0\0\x80",
    b"-1",
    b"9999999999",
    b"{",
    b"}",
    b"\\u-1 ",
    b"<",
    b">",
    b"&#x110000;",
    b"&amp;",
    b"]]>",
    b"<!--",
    b"obj",
    b"<<",
    b">>",
    b"endstream",
    b"1e39",
    b"NaN",
    b"\t",
    b"\r\n",
    b"\xed\xa0\x80",
    b"\\bin99999999 ",
];

static PANICS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap() % below.max(1)
    }

    fn damage(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = seeds[self.roll(seeds.len())].clone();
        for _ in 0..1 + self.roll(6) {
            let at = self.roll(bytes.len() + 1);
            let end = (at + self.roll(64)).min(bytes.len());
            match self.roll(7) {
                0 => bytes.truncate(at),
                1 => drop(bytes.drain(at..end)),
                2 => drop(bytes.splice(at..at, WORDS[self.roll(WORDS.len())].to_vec())),
                3 => {
                    let again = bytes[at..end].repeat(1 + self.roll(20));
                    drop(bytes.splice(at..at, again));
                }
                4 => {
                    let other = &seeds[self.roll(seeds.len())];
                    let from = self.roll(other.len());
                    bytes.splice(at.., other[from..].to_vec());
                }
                _ => {
                    if let Some(byte) = bytes.get_mut(at) {
                        *byte = u8::try_from(self.roll(256)).unwrap();
                    }
                }
            }
        }
        bytes
    }
}

/// Without the coverage that guides `cargo xtask fuzz`, but in every run of the tests.
#[test]
#[expect(clippy::disallowed_methods, reason = "how long, as whoever runs the tests says")]
fn every_door_bears_damaged_seeds() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        // Other people's parsers panic, and are held by their thread.
        if info.location().is_some_and(|place| !place.file().contains("/registry/src/")) {
            PANICS.lock().unwrap().push(info.to_string());
            before(info);
        }
    }));
    let seconds = std::env::var("FUZZ_SECONDS").ok().map(|given| given.parse::<u64>().unwrap());
    let only = std::env::var("FUZZ_DOOR").unwrap_or_default();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds");
    let mut findings = Vec::new();
    for (name, door) in DOORS.into_iter().filter(|(name, _)| only.is_empty() || *name == only) {
        let paths = fs_err::read_dir(folder.join(name)).unwrap().map(|entry| entry.unwrap().path());
        let mut seeds: Vec<Vec<u8>> = paths.map(|path| fs_err::read(path).unwrap()).collect();
        seeds.sort();
        assert!(!seeds.is_empty(), "{name} has no seed");
        let (mut dice, started, mut inputs) = (Dice(0x9e37_79b9_7f4a_7c15), Instant::now(), 0_u32);
        loop {
            let bytes = seeds.get(usize::try_from(inputs).unwrap()).cloned();
            let bytes = bytes.unwrap_or_else(|| dice.damage(&seeds));
            let one = Instant::now();
            let outcome = panic::catch_unwind(AssertUnwindSafe(|| door(&bytes)));
            let told: Vec<String> = PANICS.lock().unwrap().drain(..).collect();
            if outcome.is_err() || !told.is_empty() || one.elapsed() > INPUT_TIME_MAX {
                findings.push(format!(
                    "{name}: {told:?} {:?}: {}",
                    one.elapsed(),
                    bytes.escape_ascii()
                ));
            }
            inputs += 1;
            let enough =
                seconds.map_or(inputs >= INPUTS, |most| started.elapsed().as_secs() >= most);
            if enough || findings.len() > 20 {
                break;
            }
        }
        println!("{name}: {inputs} inputs, {:?}", started.elapsed());
    }
    assert!(findings.is_empty(), "{}", findings.join("\n"));
}
