use super::confine;
use crate::limits::{Limits, Recogniser};
use crate::protocol::Confinement;
use crate::read::tests::limits;
use std::io::{ErrorKind, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};

/// Runs in a process of its own, since confinement cannot be undone.
#[test]
#[ignore = "run by a_confined_process_can_read_libraries_and_nothing_else"]
fn probe() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let recogniser = Recogniser {
        program: "/usr/bin/true".into(),
        languages: String::new(),
        data: "/usr/share".into(),
    };
    let level = confine(&Limits { recogniser: Some(recogniser), ..limits() }).unwrap();
    assert!(fs_err::read_dir("/usr").is_ok());
    assert!(Command::new("/usr/bin/true").status().unwrap().success());
    let denied = |error: &std::io::Error| error.kind() == ErrorKind::PermissionDenied;
    if level == Confinement::Full {
        assert!(denied(&fs_err::File::open("/etc/passwd").unwrap_err()));
        let place = std::env::temp_dir().join("reading-probe");
        assert!(denied(&fs_err::File::create(place).unwrap_err()));
        let unknown = TcpStream::connect(address).unwrap_err();
        assert_eq!(unknown.raw_os_error(), Some(libc::ENOSYS));
        assert_eq!(std::thread::spawn(|| 7).join().unwrap(), 7);
    }
    std::io::stderr().write_all(format!("level {level:?}").as_bytes()).unwrap();
}

/// The same without a program to start.
#[test]
#[ignore = "run by a_process_without_a_recogniser_starts_no_program"]
fn probe_alone() {
    let level = confine(&limits()).unwrap();
    if level == Confinement::Full {
        assert!(Command::new("/usr/bin/true").status().is_err());
        assert_eq!(std::thread::spawn(|| 7).join().unwrap(), 7);
    }
    std::io::stderr().write_all(format!("level {level:?}").as_bytes()).unwrap();
}

/// What a probe says in a process of its own.
fn run(probe: &str) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("confine::tests::{probe}"), "--ignored", "--nocapture"])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    // A kernel that knows both must be seen to use both.
    let release = fs_err::read_to_string("/proc/sys/kernel/osrelease").unwrap();
    println!("kernel {}: {said}", release.trim());
    assert!(said.contains("level Full") || !kernel_confines(), "{said}");
}

/// Asks the kernel itself: the newest landlock that it knows, and whether a filter could be set.
fn kernel_confines() -> bool {
    #[expect(unsafe_code, reason = "the kernel answers only so")]
    // SAFETY: both calls take no memory: a null pointer of length 0, and a flag.
    let (landlock, seccomp) = unsafe {
        let version = 1;
        let none = std::ptr::null::<u8>();
        (
            libc::syscall(libc::SYS_landlock_create_ruleset, none, 0, version),
            libc::prctl(libc::PR_GET_SECCOMP, 0, 0, 0, 0),
        )
    };
    landlock > 0 && seccomp >= 0
}

#[test]
fn a_confined_process_can_read_libraries_and_nothing_else() {
    run("probe");
}

#[test]
fn a_process_without_a_recogniser_starts_no_program() {
    run("probe_alone");
}
