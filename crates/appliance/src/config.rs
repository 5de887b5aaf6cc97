//! The configuration: one TOML file, a few environment variables, and the command line over both.
//!
//! The only module that reads the environment. An unknown key is an error, because a setting that
//! is silently not applied is found out in the worst moment.

use std::ffi::OsString;
use std::io;
use std::net::SocketAddr;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Bytes of one mebibyte, the unit of size limits in the file.
pub const MIB: u64 = 1024 * 1024;

/// What the environment says.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `AMTSHILFE_DATA`: as `--data`.
    pub data: Option<PathBuf>,
    /// `AMTSHILFE_CONFIG`: as `--config`.
    pub config: Option<PathBuf>,
    /// `AMTSHILFE_LOG`: as `log.filter`.
    pub log: Option<String>,
    /// Whether standard error goes to the systemd journal, which has timestamps of its own.
    pub journal: bool,
    /// Where programs are looked for.
    pub path: Option<OsString>,
}

impl Environment {
    /// Reads it once, at start.
    #[must_use]
    pub fn read() -> Environment {
        let text = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        Environment {
            data: text("AMTSHILFE_DATA").map(PathBuf::from),
            config: text("AMTSHILFE_CONFIG").map(PathBuf::from),
            log: text("AMTSHILFE_LOG").and_then(|value| value.into_string().ok()),
            journal: text("JOURNAL_STREAM").is_some(),
            path: std::env::var_os("PATH"),
        }
    }

    /// The first program of this name on the search path.
    #[must_use]
    pub fn program(&self, name: &str) -> Option<PathBuf> {
        let path = self.path.as_ref()?;
        std::env::split_paths(path).map(|folder| folder.join(name)).find(|file| file.is_file())
    }
}

/// The configuration in force.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
pub struct Config {
    /// Where the appliance listens.
    pub listen: Listen,
    /// Bounds on what clients may send.
    pub limits: Limits,
    /// How papers are read.
    pub reading: Reading,
    /// How models are run.
    pub models: Models,
    /// How decrees are found.
    pub decrees: Decrees,
    /// When cases erase themselves.
    pub cases: Cases,
    /// Work accepted now and done later.
    pub jobs: Jobs,
    /// What goes to standard error.
    pub log: Log,
    /// How the appliance stops.
    pub shutdown: Shutdown,
}

/// Where the appliance listens.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Listen {
    /// gRPC for departments.
    pub grpc: SocketAddr,
    /// The console, and `/metrics`.
    pub console: SocketAddr,
    /// Further names and addresses of this machine, for the server's certificate.
    pub names: Vec<String>,
    /// Connections at a time, over both ports each.
    pub connections_max: usize,
    /// How long a client may take to prove who it is.
    pub handshake_s: u64,
}

impl Default for Listen {
    fn default() -> Listen {
        Listen {
            grpc: SocketAddr::from(([0, 0, 0, 0], 50051)),
            console: SocketAddr::from(([0, 0, 0, 0], 8443)),
            names: Vec::new(),
            connections_max: 1024,
            handshake_s: 10,
        }
    }
}

/// Bounds on what clients may send.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// One gRPC request; also the most that a file sent inside it may have.
    pub request_mib_max: u64,
    /// One file sent through `UploadService`.
    pub file_mib_max: u64,
    /// Files of one call.
    pub files_max: usize,
    /// Pages of one file.
    pub pages_max: u32,
    /// Texts of one call of `InferenceService`.
    pub texts_max: usize,
    /// How long an upload is kept.
    pub upload_lifetime_s: u64,
    /// How long a call may take where the client sets no deadline.
    pub call_s_max: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            request_mib_max: 16,
            file_mib_max: 200,
            files_max: 100,
            pages_max: 1000,
            texts_max: 512,
            upload_lifetime_s: 3600,
            call_s_max: 300,
        }
    }
}

/// When the key of a case that nobody uses is erased.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Cases {
    /// After its last use in the applicant's mode.
    pub applicant_idle_h: NonZero<u32>,
    /// After its last use in the office's mode.
    pub office_idle_h: NonZero<u32>,
}

impl Default for Cases {
    fn default() -> Cases {
        Cases {
            applicant_idle_h: const { NonZero::new(24).unwrap() },
            office_idle_h: const { NonZero::new(30 * 24).unwrap() },
        }
    }
}

/// Work accepted now and done later (`JobService`).
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Jobs {
    /// Jobs worked on at a time.
    pub at_a_time: NonZero<usize>,
    /// Jobs of a department that may wait.
    pub waiting_max: u64,
    /// Jobs of a department that are known, ended ones included.
    pub held_max: u64,
    /// What the jobs of a department may hold on the disk.
    pub department_mib_max: u64,
    /// How long one may be worked on.
    pub work_s_max: u64,
    /// How long one is held with its result, from its submission on.
    pub lifetime_s: u64,
}

impl Default for Jobs {
    fn default() -> Jobs {
        Jobs {
            at_a_time: const { NonZero::new(2).unwrap() },
            waiting_max: 1000,
            held_max: 10_000,
            department_mib_max: 4096,
            work_s_max: 3600,
            lifetime_s: 24 * 3600,
        }
    }
}

/// How papers are read.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Reading {
    /// With what scans are read.
    pub ocr: Recognition,
    /// The Tesseract program; unset: looked for on the search path.
    pub tesseract: Option<PathBuf>,
    /// How long one file may take.
    pub file_s_max: u64,
    /// Memory of the process that reads one file.
    pub memory_mib_max: u64,
    /// Whether to start where the kernel does not confine that process fully.
    pub confinement: Confinement,
}

/// What is asked of the kernel.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Confinement {
    /// Landlock and seccomp, or the appliance does not start.
    Required,
    /// What there is.
    BestEffort,
}

/// With what scans are read.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub enum Recognition {
    /// The networks of PP-OCRv6 where they are installed, else Tesseract.
    #[default]
    #[serde(rename = "auto")]
    Auto,
    /// The networks; without them the appliance does not start.
    #[serde(rename = "pp-ocrv6")]
    Networks,
    /// Tesseract, whether there are networks or not.
    #[serde(rename = "tesseract")]
    Tesseract,
}

impl Default for Reading {
    fn default() -> Reading {
        Reading {
            ocr: Recognition::Auto,
            tesseract: None,
            file_s_max: 120,
            memory_mib_max: 1536,
            confinement: Confinement::Required,
        }
    }
}

/// How models are run.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
pub struct Models {
    /// Folder with further models; unset: `models` in the data folder.
    pub folder: Option<PathBuf>,
    /// Threads that turn text into tokens; unset: one for each core, at most 8.
    pub tokenizer_threads: Option<usize>,
    /// Threads that compute; unset: one for each core.
    pub compute_threads: Option<NonZero<usize>>,
    /// Longest time that a batch of several texts may take, milliseconds; unset: 50. Less answers
    /// sooner while another department floods the device, more computes faster in all.
    pub batch_ms_max: Option<NonZero<u64>>,
}

/// How decrees are found.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Decrees {
    /// Name of the model that embeds decrees and questions. `amtshilfe models reload` takes a
    /// change up; the old vectors serve until the new ones are complete.
    pub embedder: String,
    /// A folder whose new and changed files are imported; unset: none. Nothing in it is changed.
    pub watch: Option<PathBuf>,
    /// How often it is looked at. A file is taken once it was the same in two looks.
    pub watch_every_s: u64,
}

impl Default for Decrees {
    fn default() -> Decrees {
        let embedder = "recht-static-512".to_owned();
        Decrees { embedder, watch: None, watch_every_s: 10 }
    }
}

/// What goes to standard error.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// As `tracing` understands it, e.g. `info,api=debug`.
    pub filter: String,
    /// `text` or `json`.
    pub format: LogFormat,
}

impl Default for Log {
    fn default() -> Log {
        Log { filter: "info,tantivy=warn,sled=warn".to_owned(), format: LogFormat::Text }
    }
}

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// How the appliance stops.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Shutdown {
    /// Between saying `NOT_SERVING` and accepting no more calls.
    pub notice_ms: u64,
    /// How long calls under way may still take.
    pub finish_s_max: u64,
}

impl Shutdown {
    /// Between saying `NOT_SERVING` and accepting no more calls.
    #[must_use]
    pub fn notice(&self) -> Duration {
        Duration::from_millis(self.notice_ms)
    }

    /// How long calls under way may still take.
    #[must_use]
    pub fn finish_max(&self) -> Duration {
        Duration::from_secs(self.finish_s_max)
    }
}

impl Default for Shutdown {
    fn default() -> Shutdown {
        Shutdown { notice_ms: 2000, finish_s_max: 30 }
    }
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file named by the command line or the environment is not there, or not readable.
    #[error("failed to read the configuration")]
    File(#[from] io::Error),
    /// Not TOML, a wrong type, or an unknown key.
    #[error("failed to understand the configuration {path}")]
    Syntax {
        /// Which file.
        path: PathBuf,
        /// Where and what.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// A folder that depends on where the appliance was started.
    #[error("failed to take the setting {name} = {path}: it must begin with /")]
    Relative {
        /// Which setting.
        name: &'static str,
        /// What it says.
        path: PathBuf,
    },
    /// A limit that leaves nothing over.
    #[error("failed to take the setting {name} = {value}: it must be {wanted}")]
    Bound {
        /// Which setting.
        name: &'static str,
        /// What it says.
        value: u64,
        /// What it may say.
        wanted: &'static str,
    },
}

impl Config {
    /// Reads the file named, else the data folder's own where there is one, else the defaults.
    pub fn load(named: Option<&Path>, own: &Path) -> Result<Config, Error> {
        let path = match named {
            Some(path) => path,
            None if own.exists() => own,
            None => return Ok(Config::default()),
        };
        Config::parse(&fs_err::read_to_string(path)?, path)
    }

    /// Reads the text of a configuration file; `path` is for the messages.
    pub fn parse(text: &str, path: &Path) -> Result<Config, Error> {
        let config: Config = toml::from_str(text)
            .map_err(|source| Error::Syntax { path: path.to_owned(), source: Box::new(source) })?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), Error> {
        let within = |name, value: u64, least: u64, most: u64, wanted| {
            if (least..=most).contains(&value) {
                Ok(())
            } else {
                Err(Error::Bound { name, value, wanted })
            }
        };
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let limits = &self.limits;
        within("limits.request_mib_max", limits.request_mib_max, 1, 1024, "1 to 1024")?;
        within("limits.file_mib_max", limits.file_mib_max, 1, 4096, "1 to 4096")?;
        within("limits.files_max", count(limits.files_max), 1, 10_000, "1 to 10000")?;
        within("limits.pages_max", limits.pages_max.into(), 1, 100_000, "1 to 100000")?;
        within("limits.texts_max", count(limits.texts_max), 1, 10_000, "1 to 10000")?;
        within("limits.call_s_max", limits.call_s_max, 1, 86_400, "1 to 86400")?;
        within("limits.upload_lifetime_s", limits.upload_lifetime_s, 1, 604_800, "1 to 604800")?;
        within("reading.file_s_max", self.reading.file_s_max, 1, 3600, "1 to 3600")?;
        within("reading.memory_mib_max", self.reading.memory_mib_max, 128, 65_536, "128 to 65536")?;
        let watch_every_s = self.decrees.watch_every_s;
        within("decrees.watch_every_s", watch_every_s, 1, 86_400, "1 to 86400")?;
        if let Some(path) = self.decrees.watch.as_ref().filter(|path| path.is_relative()) {
            return Err(Error::Relative { name: "decrees.watch", path: path.clone() });
        }
        let connections = count(self.listen.connections_max);
        within("listen.connections_max", connections, 1, 65_536, "1 to 65536")?;
        within("listen.handshake_s", self.listen.handshake_s, 1, 120, "1 to 120")
    }
}

#[cfg(test)]
mod tests;
