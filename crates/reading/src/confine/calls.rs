//! The system calls that are left to a process that reads a foreign file. Everything else answers
//! as if the kernel did not know it, which libraries take better than a refusal: `clone3`, whose
//! flags no filter can see, becomes `clone`.

use libc as c;
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition,
    SeccompFilter, SeccompRule, TargetArch,
};
use std::collections::BTreeMap;
use std::io;

/// Memory, threads, time, pipes, and files that landlock lets be opened.
const ALWAYS: &[c::c_long] = &[
    c::SYS_brk,
    c::SYS_clock_getres,
    c::SYS_clock_gettime,
    c::SYS_clock_nanosleep,
    c::SYS_close,
    c::SYS_dup,
    c::SYS_dup3,
    c::SYS_exit,
    c::SYS_exit_group,
    c::SYS_faccessat,
    c::SYS_faccessat2,
    c::SYS_fadvise64,
    c::SYS_fcntl,
    c::SYS_fstat,
    c::SYS_futex,
    c::SYS_getcwd,
    c::SYS_getdents64,
    c::SYS_getegid,
    c::SYS_geteuid,
    c::SYS_getgid,
    c::SYS_getpid,
    c::SYS_getppid,
    c::SYS_getrandom,
    c::SYS_getrusage,
    c::SYS_gettid,
    c::SYS_gettimeofday,
    c::SYS_getuid,
    c::SYS_lseek,
    c::SYS_madvise,
    c::SYS_membarrier,
    c::SYS_mmap,
    c::SYS_mprotect,
    c::SYS_mremap,
    c::SYS_munmap,
    c::SYS_nanosleep,
    c::SYS_newfstatat,
    c::SYS_openat,
    c::SYS_pipe2,
    c::SYS_ppoll,
    c::SYS_pread64,
    c::SYS_prlimit64,
    c::SYS_read,
    c::SYS_readlinkat,
    c::SYS_readv,
    c::SYS_restart_syscall,
    c::SYS_rseq,
    c::SYS_rt_sigaction,
    c::SYS_rt_sigprocmask,
    c::SYS_rt_sigreturn,
    c::SYS_sched_getaffinity,
    c::SYS_sched_yield,
    c::SYS_set_robust_list,
    c::SYS_set_tid_address,
    c::SYS_sigaltstack,
    c::SYS_statx,
    c::SYS_sysinfo,
    c::SYS_tgkill,
    c::SYS_times,
    c::SYS_uname,
    c::SYS_write,
    c::SYS_writev,
];

/// What x86-64 has beside newer calls of the same meaning.
#[cfg(target_arch = "x86_64")]
const OLDER: &[c::c_long] = &[
    c::SYS_access,
    c::SYS_arch_prctl,
    c::SYS_dup2,
    c::SYS_getrlimit,
    c::SYS_lstat,
    c::SYS_open,
    c::SYS_pipe,
    c::SYS_poll,
    c::SYS_readlink,
    c::SYS_select,
    c::SYS_stat,
    c::SYS_time,
];
#[cfg(not(target_arch = "x86_64"))]
const OLDER: &[c::c_long] = &[];

/// To start a reader of scans, and to end it.
const PROGRAMS: &[c::c_long] =
    &[c::SYS_execve, c::SYS_kill, c::SYS_recvfrom, c::SYS_recvmsg, c::SYS_wait4, c::SYS_waitid];

const NAMESPACES: c::c_int = c::CLONE_NEWUSER
    | c::CLONE_NEWNS
    | c::CLONE_NEWNET
    | c::CLONE_NEWPID
    | c::CLONE_NEWIPC
    | c::CLONE_NEWUTS
    | c::CLONE_NEWCGROUP;

/// Lets through what is listed, for this thread and every thread and program that it starts.
/// `programs`: may it start other programs?
pub(super) fn filter(programs: bool) -> io::Result<()> {
    let program = program(programs).map_err(io::Error::other)?;
    seccompiler::apply_filter(&program).map_err(io::Error::other)
}

fn program(programs: bool) -> Result<BpfProgram, BackendError> {
    let listed = ALWAYS.iter().chain(OLDER).chain(if programs { PROGRAMS } else { &[] });
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> =
        listed.map(|call| (*call, Vec::new())).collect();
    let clone = if programs {
        // In the namespaces that there are: in one of its own a process is its own administrator.
        when(0, SeccompCmpOp::MaskedEq(wide(NAMESPACES)), 0)?
    } else {
        when(0, SeccompCmpOp::MaskedEq(wide(c::CLONE_THREAD)), c::CLONE_THREAD)?
    };
    rules.insert(c::SYS_clone, vec![clone]);
    // Is it a terminal? And pipes that do not block.
    let controls =
        [c::TCGETS, c::FIONBIO].into_iter().filter_map(|control| control.try_into().ok());
    let controls = controls.map(|control| when(1, SeccompCmpOp::Eq, control));
    rules.insert(c::SYS_ioctl, controls.collect::<Result<_, _>>()?);
    let settings = [c::PR_SET_NAME, c::PR_SET_PDEATHSIG, c::PR_SET_VMA];
    let settings = settings.into_iter().map(|setting| when(0, SeccompCmpOp::Eq, setting));
    rules.insert(c::SYS_prctl, settings.collect::<Result<_, _>>()?);
    // A pair within the process, over which a program that did not start says why.
    rules.insert(c::SYS_socketpair, vec![when(0, SeccompCmpOp::Eq, c::AF_UNIX)?]);
    let unknown = SeccompAction::Errno(c::ENOSYS.unsigned_abs());
    let architecture = TargetArch::try_from(std::env::consts::ARCH)?;
    SeccompFilter::new(rules, unknown, SeccompAction::Allow, architecture)?.try_into()
}

/// A rule on the lower half of one argument.
fn when(argument: u8, how: SeccompCmpOp, value: i32) -> Result<SeccompRule, BackendError> {
    let condition = SeccompCondition::new(argument, SeccompCmpArgLen::Dword, how, wide(value))?;
    SeccompRule::new(vec![condition])
}

/// The bits of a flag as the kernel compares them.
fn wide(flags: i32) -> u64 {
    u64::from(flags.cast_unsigned())
}
