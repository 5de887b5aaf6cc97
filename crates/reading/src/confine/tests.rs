use super::confine;
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
    let level = confine(&limits()).unwrap();
    assert!(fs_err::read_dir("/usr").is_ok());
    assert!(Command::new("/usr/bin/true").status().unwrap().success());
    if level == Confinement::None {
        return;
    }
    let denied = |error: &std::io::Error| error.kind() == ErrorKind::PermissionDenied;
    assert!(denied(&fs_err::File::open("/etc/passwd").unwrap_err()));
    let place = std::env::temp_dir().join("reading-probe");
    assert!(denied(&fs_err::File::create(place).unwrap_err()));
    if level == Confinement::Full {
        assert!(denied(&TcpStream::connect(address).unwrap_err()));
    }
    std::io::stderr().write_all(format!("level {level:?}").as_bytes()).unwrap();
}

#[test]
fn a_confined_process_can_read_libraries_and_nothing_else() {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "confine::tests::probe", "--ignored", "--nocapture"])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    println!("{said}");
}
