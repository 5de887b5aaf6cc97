//! A fresh appliance for one measurement, on loopback, with an empty data folder.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::workspace::succeed;

/// How long it may take to start, and to stop.
const WAIT_MAX: Duration = Duration::from_secs(60);
const WAIT: Duration = Duration::from_millis(100);

/// A running appliance. Stopped when dropped, however the measurement ended.
pub(crate) struct Appliance {
    program: PathBuf,
    /// Data folder, identities and log.
    folder: PathBuf,
    target: String,
    child: Child,
}

impl Appliance {
    /// Starts `serve` on free ports. What an earlier run left in `folder` is removed.
    pub(crate) fn start(program: &Path, folder: &Path) -> Result<Appliance> {
        if folder.exists() {
            fs_err::remove_dir_all(folder)?;
        }
        fs_err::create_dir_all(folder)?;
        let log = fs_err::File::create(folder.join("appliance.log"))?;
        let child = Command::new(program)
            .arg("serve")
            .arg("--data")
            .arg(folder.join("data"))
            .args(["--grpc", "127.0.0.1:0", "--console", "127.0.0.1:0"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log.into_parts().0)
            .spawn()
            .with_context(|| format!("failed to start {}", program.display()))?;
        let (program, folder) = (program.to_owned(), folder.to_owned());
        let mut appliance = Appliance { program, folder, target: String::new(), child };
        appliance.target = appliance.wait_for_address()?;
        Ok(appliance)
    }

    /// The address is written once the appliance answers.
    fn wait_for_address(&mut self) -> Result<String> {
        let path = self.folder.join("data/addresses.toml");
        let started = Instant::now();
        while started.elapsed() < WAIT_MAX {
            if let Some(status) = self.child.try_wait()? {
                bail!("the appliance ended with {status}; see {}", self.log().display());
            }
            if let Ok(text) = fs_err::read_to_string(&path) {
                let addresses: toml::Table = toml::from_str(&text)?;
                let grpc = addresses.get("grpc").and_then(|address| address.as_str());
                return Ok(grpc.context("no address of gRPC")?.to_owned());
            }
            sleep(WAIT);
        }
        bail!("the appliance does not answer; see {}", self.log().display())
    }

    fn log(&self) -> PathBuf {
        self.folder.join("appliance.log")
    }

    /// `host:port` of gRPC.
    pub(crate) fn target(&self) -> &str {
        &self.target
    }

    /// The key that the log's signatures are checked with.
    pub(crate) fn verifier_key(&self) -> PathBuf {
        self.folder.join("data/audit/verifier.key")
    }

    /// Issues a certificate and says in which folder it lies.
    pub(crate) fn identity(&self, department: &str, roles: &[&str]) -> Result<PathBuf> {
        let out = self.folder.join("identities").join(department);
        let mut command = Command::new(&self.program);
        command.args(["department", "add", department, "--data"]).arg(self.folder.join("data"));
        command.arg("--out").arg(&out).stdout(Stdio::null());
        for role in roles {
            command.args(["--role", role]);
        }
        succeed(&mut command)?;
        Ok(out)
    }

    /// Stops it in order and removes its data.
    pub(crate) fn stop(mut self) -> Result<()> {
        self.end();
        fs_err::remove_dir_all(&self.folder).context("failed to remove the data")
    }

    /// Asks it to stop, by its id; past the wait it is killed.
    fn end(&mut self) {
        let asked = Command::new("kill").arg(self.child.id().to_string()).status();
        let started = Instant::now();
        while asked.is_ok() && started.elapsed() < WAIT_MAX {
            if self.child.try_wait().is_ok_and(|status| status.is_some()) {
                return;
            }
            sleep(WAIT);
        }
        if let Err(error) = self.child.kill().and_then(|()| self.child.wait().map(drop)) {
            println!("failed to stop the appliance: {error}");
        }
    }
}

impl Drop for Appliance {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|status| status.is_none()) {
            self.end();
        }
    }
}
