use super::*;
use std::io::Write;

fn add(source: &Path, models: &Path) -> Result<Option<PathBuf>, Error> {
    add_networks(source, &Folder::open(models).unwrap(), false, &|_| {})
}

#[test]
fn what_holds_no_networks_is_left_to_others() {
    let place = tempfile::tempdir().unwrap();
    let models = place.path().join("models");
    assert!(add(place.path(), &models).unwrap().is_none());
    let other = place.path().join("anderes.tar.gz");
    fs_err::write(&other, "kein Archiv").unwrap();
    assert!(add(&other, &models).unwrap().is_none());
    let broken = place.path().join("kaputt.whl");
    fs_err::write(&broken, "kein Archiv").unwrap();
    assert!(matches!(add(&broken, &models), Err(Error::Archive { .. })));
}

#[test]
fn another_file_of_the_same_name_is_refused_and_leaves_nothing() {
    let place = tempfile::tempdir().unwrap();
    let models = place.path().join("models");
    let wheel = place.path().join("rapidocr.whl");
    let mut writer = zip::ZipWriter::new(fs_err::File::create(&wheel).unwrap());
    for file in NETWORK_FILES {
        let name = format!("rapidocr/models/{}", file.name);
        writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(b"ein anderes Netz").unwrap();
    }
    writer.finish().unwrap();
    let error = add(&wheel, &models).unwrap_err();
    assert!(matches!(error, Error::Networks(_)), "{error:?}");
    assert!(!models.join(NETWORK_FOLDER).exists() && !models.join(".staged").exists());
    // One file alone is not enough.
    let folder = place.path().join("ordner");
    fs_err::create_dir(&folder).unwrap();
    fs_err::write(folder.join(NETWORK_FILES[0].name), "x").unwrap();
    assert!(matches!(add(&folder, &models), Err(Error::File(_))));
}

/// With the networks that `cargo xtask test` fetches.
#[test]
fn the_networks_are_put_in_place_once() {
    let Some(models) = std::env::var_os("AMTSHILFE_TEST_MODELS") else {
        eprintln!("skipped: AMTSHILFE_TEST_MODELS names no folder; `cargo xtask test` sets it");
        return;
    };
    let source = PathBuf::from(models).join(NETWORK_FOLDER);
    let place = tempfile::tempdir().unwrap();
    let target = add(&source, place.path()).unwrap().unwrap();
    Networks::open(&target).unwrap();
    assert!(matches!(add(&source, place.path()), Err(Error::Taken { .. })));
    Folder::open(place.path()).unwrap().remove(NETWORK_FOLDER).unwrap();
    assert!(!target.exists());
}
