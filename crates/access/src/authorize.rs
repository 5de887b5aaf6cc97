//! The one place where a [`Permit`] is made.

use crate::methods::roles_for;
use crate::{Identity, Mode, Policy, Role};

/// That a department may call a method, in a mode where the call has one.
///
/// Its fields are private and it has no constructor, so that holding one proves the check.
#[derive(Clone, Debug)]
pub struct Permit {
    identity: Identity,
    method: String,
    mode: Option<Mode>,
    weight: u32,
}

impl Permit {
    /// Who was permitted.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The department's name.
    #[must_use]
    pub fn department(&self) -> &str {
        &self.identity.department
    }

    /// What was permitted, e.g. `amtshilfe.v1.DecreeService/Search`.
    #[must_use]
    pub fn method(&self) -> &str {
        &self.method
    }

    /// In which mode; `None` for calls that have none.
    #[must_use]
    pub fn mode(&self) -> Option<Mode> {
        self.mode
    }

    /// The department's share of the device when departments compete.
    #[must_use]
    pub fn weight(&self) -> u32 {
        self.weight
    }
}

/// A call that is not allowed. It is recorded like an answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("department {department:?} may not call {method}: {reason}")]
pub struct Refusal {
    /// Who asked.
    pub department: String,
    /// For what.
    pub method: String,
    /// Why not.
    pub reason: RefusalReason,
}

/// Why a call is not allowed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefusalReason {
    /// The certificate has none of the roles that the method needs.
    #[error("it needs the role {}", join(needed))]
    RoleMissing {
        /// Any one of these would do.
        needed: &'static [Role],
    },
    /// The policy grants the department other methods only.
    #[error("the policy does not grant the department this method")]
    MethodNotGranted,
    /// The policy grants the department the other mode only.
    #[error("the policy does not grant the department the {mode} mode")]
    ModeNotGranted {
        /// The mode that was asked for.
        mode: Mode,
    },
    /// The policy shuts the department out.
    #[error("the policy blocks the department")]
    DepartmentBlocked,
    /// There is no such method.
    #[error("there is no such method")]
    UnknownMethod,
}

impl RefusalReason {
    /// For machines: the `reason` of `google.rpc.ErrorInfo`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            RefusalReason::RoleMissing { .. } => "ROLE_MISSING",
            RefusalReason::MethodNotGranted => "METHOD_NOT_GRANTED",
            RefusalReason::ModeNotGranted { .. } => "MODE_NOT_GRANTED",
            RefusalReason::DepartmentBlocked => "DEPARTMENT_BLOCKED",
            RefusalReason::UnknownMethod => "UNKNOWN_METHOD",
        }
    }
}

/// Permits or refuses one call.
///
/// `mode` is `None` for calls without one, and for the opening of a stream whose messages each
/// carry their own: those are authorised again one by one.
pub fn authorize(
    policy: &Policy,
    identity: &Identity,
    method: &str,
    mode: Option<Mode>,
) -> Result<Permit, Refusal> {
    let method = method.strip_prefix('/').unwrap_or(method);
    let refuse = |reason| Refusal {
        department: identity.department.clone(),
        method: method.to_owned(),
        reason,
    };
    let department = policy.department(&identity.department);
    if department.blocked {
        return Err(refuse(RefusalReason::DepartmentBlocked));
    }
    let needed = roles_for(method).ok_or_else(|| refuse(RefusalReason::UnknownMethod))?;
    if !needed.iter().any(|role| identity.roles.contains(role)) {
        return Err(refuse(RefusalReason::RoleMissing { needed }));
    }
    if !department.grants(method) {
        return Err(refuse(RefusalReason::MethodNotGranted));
    }
    if let Some(mode) = mode.filter(|mode| !department.modes.contains(mode)) {
        return Err(refuse(RefusalReason::ModeNotGranted { mode }));
    }
    Ok(Permit {
        identity: identity.clone(),
        method: method.to_owned(),
        mode,
        weight: department.weight,
    })
}

fn join(roles: &[Role]) -> String {
    roles.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(" or ")
}

#[cfg(test)]
mod tests;
