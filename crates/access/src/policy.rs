//! The policy file: what each department is granted beyond its certificate's roles.
//!
//! A department that stands in no table is treated by `[default]`: its certificate, issued by the
//! appliance's own authority, already says who it is and which roles it has.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::identity::check_department_name;
use crate::methods::matches;
use crate::{IdentityError, Mode, UnknownName};

/// Largest weight: beyond it the scheduler's arithmetic would lose its meaning for the others.
const WEIGHT_MAX: u32 = 100;

/// What the policy says about one department.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Department {
    /// Its name; "default" for those that have no table of their own.
    pub name: String,
    /// The modes it may use.
    pub modes: BTreeSet<Mode>,
    /// Patterns of methods it may call; empty: all that its roles allow.
    pub methods: Vec<String>,
    /// Its share of the device when departments compete, 1 to 100.
    pub weight: u32,
    /// Shut out altogether, e.g. after a key was lost.
    pub blocked: bool,
}

impl Department {
    /// Whether the policy leaves the department this method.
    #[must_use]
    pub fn grants(&self, method: &str) -> bool {
        self.methods.is_empty() || self.methods.iter().any(|pattern| matches(pattern, method))
    }
}

/// The policy in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    default: Department,
    departments: BTreeMap<String, Department>,
    digest: String,
}

impl Default for Policy {
    /// Every department that holds a certificate, by its roles.
    fn default() -> Policy {
        Policy {
            default: open(),
            departments: BTreeMap::new(),
            digest: hex::encode(Sha256::digest(b"")),
        }
    }
}

/// Why a policy file is not taken.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// Not TOML, a wrong type, or an unknown key.
    #[error("the policy file is not readable")]
    Syntax(#[source] Box<toml::de::Error>),
    /// A table with a name that no certificate can carry.
    #[error("the policy names a department that cannot exist")]
    Name(#[source] IdentityError),
    /// A word that is no mode.
    #[error("the policy of {department:?} names an unknown mode")]
    Mode {
        /// Whose table.
        department: String,
        /// Which word.
        #[source]
        source: UnknownName,
    },
    /// A weight outside its bounds.
    #[error("the weight {weight} of {department:?} is outside 1 to {WEIGHT_MAX}")]
    Weight {
        /// Whose table.
        department: String,
        /// The weight as given.
        weight: u32,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    default: Table,
    #[serde(default)]
    departments: BTreeMap<String, Table>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    modes: Option<Vec<String>>,
    methods: Option<Vec<String>>,
    weight: Option<u32>,
    blocked: Option<bool>,
}

impl Policy {
    /// Reads a policy file. What a department's table leaves out comes from `[default]`.
    pub fn parse(text: &str) -> Result<Policy, PolicyError> {
        let file: File =
            toml::from_str(text).map_err(|error| PolicyError::Syntax(Box::new(error)))?;
        let default = complete("default", file.default, &open())?;
        let mut departments = BTreeMap::new();
        for (name, table) in file.departments {
            check_department_name(&name).map_err(PolicyError::Name)?;
            let department = complete(&name, table, &default)?;
            departments.insert(name, department);
        }
        let digest = hex::encode(Sha256::digest(text.as_bytes()));
        Ok(Policy { default, departments, digest })
    }

    /// The policy of the demo and of tests: two departments, the first with the larger share.
    #[must_use]
    pub fn demo() -> Policy {
        let named = |name: &str, weight| Department { name: name.to_owned(), weight, ..open() };
        let departments = [named("auslaenderamt", 2), named("buergerbuero", 1)];
        Policy {
            default: open(),
            departments: departments.into_iter().map(|one| (one.name.clone(), one)).collect(),
            digest: hex::encode(Sha256::digest(b"demo")),
        }
    }

    /// What is granted to a department; the default where it has no table.
    #[must_use]
    pub fn department(&self, name: &str) -> &Department {
        self.departments.get(name).unwrap_or(&self.default)
    }

    /// The departments that have a table of their own, by name.
    #[must_use]
    pub fn departments(&self) -> Vec<Department> {
        self.departments.values().cloned().collect()
    }

    /// The department's share of the device when departments compete.
    #[must_use]
    pub fn weight(&self, department: &str) -> u32 {
        self.department(department).weight
    }

    /// SHA-256 of the file, in hex: stands in the record of every change of policy.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }
}

/// What a department gets where the file says nothing.
fn open() -> Department {
    Department {
        name: "default".to_owned(),
        modes: BTreeSet::from(Mode::ALL),
        methods: Vec::new(),
        weight: 1,
        blocked: false,
    }
}

fn complete(name: &str, table: Table, default: &Department) -> Result<Department, PolicyError> {
    let modes = match table.modes {
        None => default.modes.clone(),
        Some(words) => words
            .iter()
            .map(|word| word.parse())
            .collect::<Result<_, _>>()
            .map_err(|source| PolicyError::Mode { department: name.to_owned(), source })?,
    };
    let weight = table.weight.unwrap_or(default.weight);
    if !(1..=WEIGHT_MAX).contains(&weight) {
        return Err(PolicyError::Weight { department: name.to_owned(), weight });
    }
    Ok(Department {
        name: name.to_owned(),
        modes,
        methods: table.methods.unwrap_or_else(|| default.methods.clone()),
        weight,
        blocked: table.blocked.unwrap_or(default.blocked),
    })
}

#[cfg(test)]
mod tests;
