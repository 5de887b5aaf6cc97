//! Files that are either whole or not there: written beside, synced, renamed.

use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readable {
    /// The owner only: keys and tokens.
    ByOwner,
    /// Everybody: certificates, policy.
    ByAll,
}

/// Puts a file in place in one step.
pub fn write(path: &Path, bytes: &[u8], readable: Readable) -> io::Result<()> {
    let mode = match readable {
        Readable::ByOwner => 0o600,
        Readable::ByAll => 0o644,
    };
    let mut beside = path.as_os_str().to_owned();
    beside.push(".tmp");
    let beside = Path::new(&beside);
    // Left by a crash: its mode could be another.
    if beside.exists() {
        fs_err::remove_file(beside)?;
    }
    let mut options = fs_err::OpenOptions::new();
    options.write(true).create_new(true);
    options.options_mut().mode(mode);
    let mut file = options.open(beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs_err::rename(beside, path)?;
    if let Some(parent) = path.parent() {
        fs_err::File::open(parent)?.sync_all()?;
    }
    Ok(())
}

/// Makes a folder that only its owner may look into.
pub fn private_folder(path: &Path) -> io::Result<()> {
    fs_err::create_dir_all(path)?;
    fs_err::set_permissions(path, std::fs::Permissions::from_mode(0o700))
}
