use std::path::Path;
use std::time::UNIX_EPOCH;

use super::*;

const NOW_S: u64 = 1_795_521_600;

fn uploads(directory: &Path, limits: UploadLimits) -> Uploads {
    let clock = || UNIX_EPOCH + Duration::from_secs(NOW_S);
    Uploads::start(directory.to_path_buf(), limits, Arc::new(clock)).unwrap()
}

fn send(
    uploads: &Uploads,
    department: &str,
    bytes: &[u8],
    piece: usize,
) -> Result<UploadInfo, Error> {
    let mut upload = uploads.begin(department, bytes.len() as u64)?;
    for chunk in bytes.chunks(piece) {
        upload.write(chunk)?;
    }
    upload.finish()
}

fn files(directory: &Path) -> usize {
    fs_err::read_dir(directory).unwrap().count()
}

fn content(size: usize) -> Vec<u8> {
    (0..size).map(|at| u8::try_from(at % 251).unwrap()).collect()
}

#[test]
fn what_was_sent_is_read_again_by_its_department_alone() {
    let folder = tempfile::tempdir().unwrap();
    let uploads = uploads(folder.path(), UploadLimits::default());
    for size in [0, 1, FRAME_BYTES - 1, FRAME_BYTES, FRAME_BYTES + 1, 3 * FRAME_BYTES, 200_001] {
        for piece in [1000, 100_000] {
            let bytes = content(size);
            let info = send(&uploads, "standesamt", &bytes, piece).unwrap();
            assert_eq!((info.size, info.sha256), (size as u64, Sha256::digest(&bytes).into()));
            assert_eq!(info.expires_at, UNIX_EPOCH + Duration::from_secs(NOW_S + 1800));
            assert_eq!(uploads.open("standesamt", &info.id).unwrap(), bytes, "{size}");
            let stranger = uploads.open("buergerbuero", &info.id);
            assert!(matches!(stranger, Err(Error::UnknownUpload)));
            uploads.remove("buergerbuero", &info.id);
            uploads.remove("standesamt", &info.id);
            assert!(matches!(uploads.open("standesamt", &info.id), Err(Error::UnknownUpload)));
        }
    }
    assert_eq!(files(folder.path()), 0);
}

#[test]
fn nothing_is_readable_on_disk_and_nothing_can_be_changed_there() {
    let folder = tempfile::tempdir().unwrap();
    let uploads = uploads(folder.path(), UploadLimits::default());
    let text = b"Zwetschgenkuchen ".repeat(10_000);
    let info = send(&uploads, "standesamt", &text, 1 << 20).unwrap();
    let path = folder.path().join(format!("{}.{EXTENSION}", info.id));
    let sealed = fs_err::read(&path).unwrap();
    assert!(!sealed.windows(10).any(|window| window == b"Zwetschgen"));
    let frame = FRAME_BYTES + TAG_BYTES;
    let mut swapped = sealed.clone();
    swapped[..2 * frame].rotate_left(frame);
    let mut flipped = sealed.clone();
    flipped[frame + 5] ^= 1;
    for spoilt in
        [&swapped, &flipped, &sealed[..frame].to_vec(), &sealed[..sealed.len() - 1].to_vec()]
    {
        fs_err::write(&path, spoilt).unwrap();
        assert!(matches!(uploads.open("standesamt", &info.id), Err(Error::Sealed)));
    }
    fs_err::write(&path, &sealed).unwrap();
    assert_eq!(uploads.open("standesamt", &info.id).unwrap(), text);
}

#[test]
fn every_limit_holds_and_says_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let limits = UploadLimits {
        upload_bytes_max: 1000,
        department_bytes_max: 1500,
        department_uploads_max: 3,
        ..UploadLimits::default()
    };
    let uploads = uploads(folder.path(), limits);
    let passed = |result: Result<UploadInfo, Error>| match result {
        Err(Error::Limit { limit, allowed, actual }) => (limit, allowed, actual),
        other => panic!("{other:?}"),
    };
    let mut unfinished = uploads.begin("a", 0).unwrap();
    unfinished.write(&content(900)).unwrap();
    drop(unfinished);
    assert_eq!(files(folder.path()), 0, "what isn't finished is removed");

    let first = send(&uploads, "a", &content(1000), 100).unwrap();
    assert_eq!(passed(send(&uploads, "a", &content(501), 100)), ("department_bytes", 1500, 1501));
    let under_way = uploads.begin("a", 400).unwrap();
    assert_eq!(passed(send(&uploads, "a", &content(101), 100)), ("department_bytes", 1500, 1501));
    send(&uploads, "b", &content(1000), 100).unwrap();
    send(&uploads, "a", &content(100), 100).unwrap();
    assert_eq!(passed(send(&uploads, "a", &[], 1)), ("department_uploads", 3, 4));
    drop(under_way);
    uploads.remove("a", &first.id);
    send(&uploads, "a", &content(1000), 100).unwrap();
}

#[test]
fn another_size_than_declared_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let uploads = uploads(folder.path(), UploadLimits::default());
    for actual in [9, 11] {
        let mut upload = uploads.begin("a", 10).unwrap();
        upload.write(&content(actual)).unwrap();
        let refused = upload.finish();
        assert!(matches!(refused, Err(Error::SizeMismatch { declared: 10, .. })));
    }
    assert_eq!(files(folder.path()), 0);
    assert!(uploads.departments().values().all(|held| held.bytes == 0 && held.uploads == 0));
}

#[test]
fn expired_uploads_are_gone_and_give_their_room_back() {
    let folder = tempfile::tempdir().unwrap();
    let limits = UploadLimits {
        lifetime: Duration::ZERO,
        department_uploads_max: 1,
        ..UploadLimits::default()
    };
    let uploads = uploads(folder.path(), limits);
    let info = send(&uploads, "a", &content(10), 10).unwrap();
    assert!(matches!(uploads.open("a", &info.id), Err(Error::UnknownUpload)));
    assert_eq!((uploads.sweep(), uploads.sweep(), files(folder.path())), (1, 0, 0));
    for _ in 0..3 {
        send(&uploads, "a", &content(10), 10).unwrap();
    }
    assert_eq!(files(folder.path()), 1);
}

#[test]
fn a_start_removes_what_an_earlier_run_has_left() {
    let folder = tempfile::tempdir().unwrap();
    let before = uploads(folder.path(), UploadLimits::default());
    let info = send(&before, "a", &content(10), 10).unwrap();
    std::mem::forget(before.begin("a", 10).unwrap());
    assert_eq!(files(folder.path()), 2);
    let after = uploads(folder.path(), UploadLimits::default());
    assert_eq!(files(folder.path()), 0);
    assert!(matches!(after.open("a", &info.id), Err(Error::UnknownUpload)));
}

#[test]
fn an_upload_past_the_limit_is_counted_and_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let limits = UploadLimits { upload_bytes_max: 1000, ..UploadLimits::default() };
    let uploads = uploads(folder.path(), limits);
    for declared in [0, 2500] {
        let mut upload = uploads.begin("a", declared).unwrap();
        for _ in 0..5 {
            upload.write(&[7; 500]).unwrap();
        }
        let info = upload.finish().unwrap();
        assert_eq!(info.size, 2500);
        assert!(matches!(
            uploads.open("a", &info.id),
            Err(Error::Limit { allowed: 1000, actual: 2500, .. })
        ));
        assert_eq!(files(folder.path()), 0, "nothing on the disk");
        uploads.remove("a", &info.id);
        assert!(matches!(uploads.open("a", &info.id), Err(Error::UnknownUpload)));
    }
    let mut upload = uploads.begin("a", 0).unwrap();
    let cut_off = (0..100).find(|_| upload.write(&[7; 500]).is_err());
    assert_eq!(cut_off, Some(32), "sixteen times the limit");
}
