//! The demo: an appliance with everything a first look needs, on loopback, with invented data.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use access::Role;

use crate::authority::{self, Authority, write_identity};
use crate::client::import::{self, Progress, Summary};
use crate::client::{self, Target, sources};
use crate::durable_file::{self, Readable};
use crate::layout::Layout;
use crate::samples::{self, Written};

/// Who takes part, and as what.
pub const CAST: [(&str, &[Role]); 5] = [
    ("auslaenderamt", &[Role::Client]),
    ("buergerbuero", &[Role::Client]),
    // Looks things up as a client too, so that one certificate can import and then try it out.
    ("erlasse", &[Role::CorpusEditor, Role::Client]),
    ("verwaltung", &[Role::Administrator]),
    ("revision", &[Role::Auditor]),
];

const POLICY: &str = r#"# The policy of the demo. Change it while the demo runs: it is read again within seconds,
# and the change is recorded.

[default]
modes = ["applicant", "office"]
weight = 1

[departments.auslaenderamt]
weight = 2            # a larger share of the device when both departments work

[departments.buergerbuero]

[departments.erlasse]

[departments.verwaltung]

[departments.revision]
"#;

/// Why there is no demo.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file.
    #[error("failed to prepare the demo's folder {path}")]
    Folder {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// Certificates.
    #[error("failed to issue the demo's certificates")]
    Authority(#[from] authority::Error),
    /// The first import.
    #[error("failed to import the sample decrees")]
    Import(#[from] client::Error),
}

/// Writes what the demo starts from: authority, certificates, policy, samples. What is there stays.
pub fn prepare(layout: &Layout, now: SystemTime) -> Result<Written, Error> {
    let failed = |source| Error::Folder { path: layout.root().to_owned(), source };
    durable_file::private_folder(layout.root()).map_err(failed)?;
    let authority = Authority::open_or_create(&layout.tls(), now)?;
    if !layout.policy().exists() {
        durable_file::write(&layout.policy(), POLICY.as_bytes(), Readable::ByAll)
            .map_err(failed)?;
    }
    for (name, roles) in CAST {
        let folder = layout.identity(name);
        if !folder.join("cert.pem").exists() {
            let issued = authority.issue_department(name, roles, now)?;
            write_identity(&folder, authority.certificate_pem(), &issued).map_err(failed)?;
        }
    }
    samples::write(&layout.samples()).map_err(failed)
}

/// Imports the sample decrees the way an office would: by gRPC, with the editor's certificate.
pub async fn import_decrees(
    layout: &Layout,
    server: String,
    written: &Written,
) -> Result<Summary, Error> {
    let Some(folder) = &written.decrees else { return Ok(Summary::default()) };
    let found = sources::find(std::slice::from_ref(folder))?;
    let target = Target { identity: layout.identity("erlasse"), server };
    let channel = client::connect(&target).await?;
    let (summary, ended) = import::run(channel, found, Arc::new(Silent)).await;
    ended?;
    Ok(summary)
}

struct Silent;

impl Progress for Silent {
    fn more(&self, _decrees: u64) {}
    fn answered(&self, _summary: &Summary) {}
}
