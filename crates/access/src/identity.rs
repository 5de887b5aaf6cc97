//! Who calls: read from the URIs of a client certificate, and from nothing else in it.

use std::collections::BTreeSet;

use crate::{Role, UnknownName};

/// Before the department's name in a certificate's URI.
pub const DEPARTMENT_URN: &str = "urn:amtshilfe:department:";
/// Before the role's name in a certificate's URI.
pub const ROLE_URN: &str = "urn:amtshilfe:role:";

/// Longest department name: it becomes a folder, a metric label and a field of every record.
const NAME_BYTES_MAX: usize = 63;

/// A department as its certificate names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The department's name.
    pub department: String,
    /// What it may be; never empty when made by [`Identity::from_uris`].
    pub roles: BTreeSet<Role>,
    /// SHA-256 of the certificate, in lower-case hex.
    pub fingerprint: String,
}

/// Why a certificate names nobody.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// No department URI.
    #[error("the certificate names no department ({DEPARTMENT_URN}NAME)")]
    NoDepartment,
    /// Two or more: which one would be recorded?
    #[error("the certificate names {count} departments, exactly one is needed")]
    SeveralDepartments {
        /// How many were found.
        count: usize,
    },
    /// A name that could not be a folder or a label.
    #[error(
        "the department name {name:?} is not usable: lower-case letters, digits, '-' and '_', \
         beginning with a letter, at most 63"
    )]
    BadName {
        /// The name as given.
        name: String,
    },
    /// No role URI.
    #[error("the certificate names no role ({ROLE_URN}ROLE)")]
    NoRole,
    /// A role URI with an unknown word: refused rather than passed over, it may be a typing error.
    #[error("the certificate names a role that does not exist")]
    UnknownRole(#[source] UnknownName),
    /// A URI in our name space that is neither department nor role.
    #[error("the certificate holds the unknown name {uri:?}")]
    UnknownUri {
        /// The URI.
        uri: String,
    },
}

impl Identity {
    /// Reads the department and roles from a certificate's URI names.
    ///
    /// URIs outside `urn:amtshilfe:` belong to somebody else and are passed over.
    pub fn from_uris(uris: &[String], fingerprint: String) -> Result<Identity, IdentityError> {
        let mut departments = Vec::new();
        let mut roles = BTreeSet::new();
        for uri in uris {
            if let Some(name) = uri.strip_prefix(DEPARTMENT_URN) {
                departments.push(name);
            } else if let Some(role) = uri.strip_prefix(ROLE_URN) {
                roles.insert(role.parse().map_err(IdentityError::UnknownRole)?);
            } else if uri.to_ascii_lowercase().starts_with("urn:amtshilfe:") {
                return Err(IdentityError::UnknownUri { uri: uri.clone() });
            }
        }
        let department = match departments.as_slice() {
            [] => return Err(IdentityError::NoDepartment),
            [one] => *one,
            several => {
                return Err(IdentityError::SeveralDepartments { count: several.len() });
            }
        };
        check_department_name(department)?;
        if roles.is_empty() {
            return Err(IdentityError::NoRole);
        }
        Ok(Identity { department: department.to_owned(), roles, fingerprint })
    }
}

/// Whether a name may stand in certificates, folders, records and metrics.
pub fn check_department_name(name: &str) -> Result<(), IdentityError> {
    let begins = name.starts_with(|first: char| first.is_ascii_lowercase());
    let continues = name.bytes().all(|byte| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_')
    });
    if begins && continues && name.len() <= NAME_BYTES_MAX {
        Ok(())
    } else {
        Err(IdentityError::BadName { name: name.to_owned() })
    }
}

#[cfg(test)]
mod tests;
