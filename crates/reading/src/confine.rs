//! Takes rights away from this process before it reads a byte of a foreign file.
//!
//! What is left: read the system's libraries, fonts and Tesseract's data, run Tesseract, answer over
//! the pipes. No file can be written, no connection opened. Two things of the kernel see to it: landlock
//! says which files, seccomp which system calls ([`calls`]). What landlock cannot deny on an older kernel
//! (connections, truncation) needs calls that are not let through.

mod calls;

use crate::limits::Limits;
use crate::paddle::Networks;
use crate::protocol::Confinement;
use landlock::{
    ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError,
    RulesetStatus, Scope, path_beneath_rules,
};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// The newest landlock this crate asks for; older kernels give what they know.
const NEWEST: ABI = ABI::V6;

/// What programs and libraries need to start.
const READABLE: [&str; 8] = [
    "/usr",
    "/lib",
    "/lib64",
    "/bin",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/fonts",
];

/// Confines this process and everything it will start.
pub(crate) fn confine(limits: &Limits) -> io::Result<Confinement> {
    let seconds = limits.time_max.as_secs().saturating_add(2);
    limit(libc::RLIMIT_AS, limits.memory_bytes_max)?;
    limit(libc::RLIMIT_CPU, seconds)?;
    // Pipes are not files: the answer still gets out.
    limit(libc::RLIMIT_FSIZE, 0)?;
    limit(libc::RLIMIT_NOFILE, 64)?;
    limit(libc::RLIMIT_CORE, 0)?;
    // Should the parent be gone, nobody else would stop this process at its time.
    #[expect(unsafe_code, reason = "libc offers no safe alarm")]
    // SAFETY: alarm takes a number and touches no memory of ours.
    unsafe {
        libc::alarm(libc::c_uint::try_from(seconds).unwrap_or(libc::c_uint::MAX));
    }
    let files = landlock(limits).map_err(io::Error::other)?;
    let converts = limits.converter.as_ref().is_some_and(|converter| converter.held.is_some());
    let calls = calls::filter(limits.recogniser.is_some() || converts).is_ok();
    Ok(match (files, calls) {
        (true, true) => Confinement::Full,
        (true, false) | (false, true) => Confinement::Partial,
        (false, false) => Confinement::None,
    })
}

fn limit(resource: libc::__rlimit_resource_t, value: u64) -> io::Result<()> {
    let wanted = libc::rlimit { rlim_cur: value, rlim_max: value };
    #[expect(unsafe_code, reason = "libc offers no safe setrlimit")]
    // SAFETY: the pointer is to a live, initialised struct that setrlimit only reads.
    let status = unsafe { libc::setrlimit(resource, &raw const wanted) };
    if status == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Whether files are out of reach. Also sets `no_new_privs`.
fn landlock(limits: &Limits) -> Result<bool, RulesetError> {
    let tools = limits.recogniser.iter().flat_map(|recogniser| {
        [recogniser.data.as_path(), recogniser.program.parent().unwrap_or(Path::new("/usr/bin"))]
    });
    let networks = limits.networks.iter().flat_map(Networks::paths);
    let readable = READABLE.iter().map(Path::new).chain(tools).chain(networks);
    let status = Ruleset::default()
        .handle_access(AccessFs::from_all(NEWEST))?
        .handle_access(AccessNet::from_all(NEWEST))?
        .scope(Scope::from_all(NEWEST))?
        .create()?
        .add_rules(path_beneath_rules(readable, AccessFs::from_read(NEWEST)))?
        .restrict_self()?;
    Ok(match status.ruleset {
        RulesetStatus::FullyEnforced | RulesetStatus::PartiallyEnforced => true,
        RulesetStatus::NotEnforced => false,
    })
}

/// Has the kernel kill the command when the thread that started it ends, so that Tesseract does
/// not outlive a killed child.
pub(crate) fn die_with_parent(command: &mut Command) {
    #[expect(unsafe_code, reason = "what runs between fork and exec can only be set so")]
    // SAFETY: prctl is async-signal-safe and the closure allocates nothing.
    unsafe {
        command.pre_exec(|| {
            if libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) == 0 {
                Ok(())
            } else {
                Err(io::Error::last_os_error())
            }
        });
    }
}

#[cfg(test)]
mod tests;
