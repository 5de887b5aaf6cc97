//! Where everything lies in the data folder.

use std::path::{Path, PathBuf};

/// The data folder of one appliance.
#[derive(Clone, Debug)]
pub struct Layout {
    root: PathBuf,
}

impl Layout {
    /// The folder may not exist yet.
    #[must_use]
    pub fn new(root: PathBuf) -> Layout {
        Layout { root }
    }

    /// The folder itself.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The audit log, its signing key and `verifier.key`.
    #[must_use]
    pub fn audit(&self) -> PathBuf {
        self.root.join("audit")
    }

    /// The verifier key an auditor takes along.
    #[must_use]
    pub fn verifier_key(&self) -> PathBuf {
        self.audit().join("verifier.key")
    }

    /// Case keys and what is held under them.
    #[must_use]
    pub fn cases(&self) -> PathBuf {
        self.root.join("cases")
    }

    /// Decree versions: journal and content-addressed files.
    #[must_use]
    pub fn decrees(&self) -> PathBuf {
        self.root.join("decrees")
    }

    /// Look-up indexes that can be deleted at any time.
    #[must_use]
    pub fn index(&self) -> PathBuf {
        self.root.join("index")
    }

    /// Models that this town added to the embedded ones, one folder each.
    #[must_use]
    pub fn models(&self) -> PathBuf {
        self.root.join("models")
    }

    /// The authority and the server's certificate.
    #[must_use]
    pub fn tls(&self) -> PathBuf {
        self.root.join("tls")
    }

    /// The policy file.
    #[must_use]
    pub fn policy(&self) -> PathBuf {
        self.root.join("policy.toml")
    }

    /// What people say and what the rules call it, where the office has its own list.
    #[must_use]
    pub fn glossary(&self) -> PathBuf {
        self.root.join("glossary.tsv")
    }

    /// Classes of papers of the office's own, a folder each.
    #[must_use]
    pub fn classes(&self) -> PathBuf {
        self.root.join("classes")
    }

    /// The configuration file, where `--config` names no other.
    #[must_use]
    pub fn config(&self) -> PathBuf {
        self.root.join("config.toml")
    }

    /// Certificates of the demo's departments, one folder each.
    #[must_use]
    pub fn identities(&self) -> PathBuf {
        self.root.join("identities")
    }

    /// The certificate and key of one department of the demo.
    #[must_use]
    pub fn identity(&self, department: &str) -> PathBuf {
        self.identities().join(department)
    }

    /// The demo's papers and decrees.
    #[must_use]
    pub fn samples(&self) -> PathBuf {
        self.root.join("samples")
    }

    /// Where a running appliance listens, for the commands that call it.
    #[must_use]
    pub fn addresses(&self) -> PathBuf {
        self.root.join("addresses.toml")
    }

    /// Held by a running appliance, so that two never write the same journals.
    #[must_use]
    pub fn lock(&self) -> PathBuf {
        self.root.join("lock")
    }

    /// Orders to a running appliance.
    #[must_use]
    pub fn control(&self) -> PathBuf {
        self.root.join("control")
    }

    /// What was taken from the watched folder, and what became of it.
    #[must_use]
    pub fn watched(&self) -> PathBuf {
        self.root.join("watched.json")
    }

    /// One-time sign-ins of the console that wait to be used.
    #[must_use]
    pub fn sign_ins(&self) -> PathBuf {
        self.root.join("sign-ins")
    }
}
