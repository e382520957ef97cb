//! Destinations of every kind.

use heddle_files::{Destination, FileError, Outputs};
use rustix::fs::{mkfifoat, mknodat, FileType, Mode, CWD};
use std::fs::{self, File, Permissions};
use std::io::{self, Read};
use std::os::unix::fs::{symlink, FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::thread;

fn write(path: &Path, text: &str) -> Result<(), FileError> {
    Destination::open(path)?.write(text.as_bytes())
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().mode() & 0o7777
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// A device node like the system's null (1, 3) or full (1, 7) device, where that is permitted.
fn node(path: &Path, minor: u32) -> bool {
    let device = rustix::fs::makedev(1, minor);
    let made = mknodat(
        CWD,
        path,
        FileType::CharacterDevice,
        Mode::from_raw_mode(0o666),
        device,
    );
    // A container may permit the node and not its use.
    let usable = made.is_ok() && File::options().write(true).open(path).is_ok();
    if !usable {
        eprintln!("skipped: this user may not make device nodes");
        let _ = fs::remove_file(path);
    }
    usable
}

#[test]
fn a_file_keeps_its_mode_and_owner_and_a_new_one_gets_the_users() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.json");
    write(&path, "new").unwrap();
    let usual = folder.path().join("usual");
    fs::write(&usual, "").unwrap();
    assert_eq!(mode(&path), mode(&usual));
    for bits in [0o600, 0o640, 0o666] {
        fs::set_permissions(&path, Permissions::from_mode(bits)).unwrap();
        write(&path, "newer").unwrap();
        assert_eq!(mode(&path), bits);
    }
    if std::os::unix::fs::chown(&path, Some(1234), Some(4321)).is_ok() {
        write(&path, "newest").unwrap();
        let about = fs::metadata(&path).unwrap();
        assert_eq!((about.uid(), about.gid()), (1234, 4321));
    }
    assert_eq!(names(folder.path()), ["report.json", "usual"]);
}

#[test]
fn a_link_stays_and_what_it_leads_to_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("far")).unwrap();
    fs::write(at("far/file"), "old").unwrap();
    fs::set_permissions(at("far/file"), Permissions::from_mode(0o600)).unwrap();
    symlink("far/file", at("near")).unwrap();
    symlink("near", at("link")).unwrap();
    symlink("far/made", at("gap")).unwrap();
    write(&at("link"), "new").unwrap();
    write(&at("gap"), "made").unwrap();
    for link in ["near", "link", "gap"] {
        assert!(fs::symlink_metadata(at(link)).unwrap().is_symlink());
    }
    assert_eq!(fs::read_to_string(at("far/file")).unwrap(), "new");
    assert_eq!(mode(&at("far/file")), 0o600);
    assert_eq!(fs::read_to_string(at("far/made")).unwrap(), "made");
    assert_eq!(names(folder.path()), ["far", "gap", "link", "near"]);
}

#[test]
fn other_names_of_a_file_keep_what_it_had() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("one"), "old").unwrap();
    fs::hard_link(at("one"), at("two")).unwrap();
    write(&at("one"), "new").unwrap();
    assert_eq!(fs::read_to_string(at("one")).unwrap(), "new");
    assert_eq!(fs::read_to_string(at("two")).unwrap(), "old");
}

#[test]
fn a_failure_half_way_leaves_the_old_file_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.json");
    write(&path, "old").unwrap();
    let error = Destination::open(&path)
        .unwrap()
        .fill(|out| {
            out.write_all(b"half of the new")?;
            Err(io::Error::other("disk full"))
        })
        .unwrap_err();
    assert!(error.to_string().contains("disk full"), "{error}");
    assert!(!error.is_bad_input());
    assert_eq!(fs::read(&path).unwrap(), b"old");
    assert_eq!(names(folder.path()), ["report.json"]);
}

#[test]
fn devices_are_written_to_and_stay() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    write(Path::new("/dev/null"), "gone").unwrap();
    if !node(&at("null"), 3) || !node(&at("full"), 7) {
        return;
    }
    symlink("null", at("link")).unwrap();
    for name in ["null", "link"] {
        write(&at(name), "gone").unwrap();
    }
    let error = write(&at("full"), "no room").unwrap_err();
    assert!(error.to_string().contains("No space left"), "{error}");
    assert!(!error.is_bad_input());
    for name in ["null", "full"] {
        let kind = fs::symlink_metadata(at(name)).unwrap().file_type();
        assert!(kind.is_char_device(), "{name}");
    }
    assert_eq!(names(folder.path()), ["full", "link", "null"]);
}

#[test]
fn the_reader_of_a_pipe_gets_all_and_one_that_goes_away_is_no_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe");
    mkfifoat(CWD, &path, Mode::from_raw_mode(0o600)).unwrap();
    let long = "0123456789".repeat(100_000);
    let destination = Destination::open(&path).unwrap();
    let reader = thread::spawn({
        let path = path.clone();
        move || fs::read_to_string(path).unwrap()
    });
    destination.write(long.as_bytes()).unwrap();
    assert_eq!(reader.join().unwrap(), long);
    let reader = thread::spawn({
        let path = path.clone();
        move || File::open(path).unwrap().read_exact(&mut [0; 10]).unwrap()
    });
    destination.write(long.as_bytes()).unwrap();
    reader.join().unwrap();
    let kind = fs::symlink_metadata(&path).unwrap().file_type();
    assert!(kind.is_fifo());
}

#[test]
fn who_listens_at_a_socket_gets_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let listener = UnixListener::bind(&path).unwrap();
    let reader = thread::spawn(move || io::read_to_string(listener.accept().unwrap().0).unwrap());
    write(&path, "heard").unwrap();
    assert_eq!(reader.join().unwrap(), "heard");
    let error = Destination::open(&path).unwrap_err();
    assert!(error.is_bad_input(), "nobody listens any more: {error}");
}

#[test]
fn a_place_that_cannot_be_written_is_told_before_the_work() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("file"), "").unwrap();
    let long = "n".repeat(300);
    for (name, word) in [
        ("none/x", "there is no folder"),
        ("", "it is a folder"),
        ("file/x", "Not a directory"),
        (long.as_str(), "too long"),
    ] {
        let error = Destination::open(&at(name)).unwrap_err();
        assert!(error.is_bad_input(), "{error}");
        let message = error.to_string();
        assert!(message.starts_with("cannot write /"), "{message}");
        assert!(message.contains(word), "{name}: {message}");
    }
    assert_eq!(names(folder.path()), ["file"]);
}

#[test]
fn no_output_has_the_place_of_another_or_of_an_input() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("in"), "").unwrap();
    symlink("in", at("also-in")).unwrap();
    symlink("new", at("also-new")).unwrap();
    let mut outputs = Outputs::new();
    outputs.reads("--trace", &at("in"));
    outputs.open("--report", &at("new")).unwrap();
    for (name, other) in [
        ("in", "--trace"),
        ("also-in", "--trace"),
        ("new", "--report"),
        ("also-new", "--report"),
    ] {
        let error = outputs.open("--plot", &at(name)).unwrap_err().to_string();
        assert!(error.contains("--plot") && error.contains(other), "{error}");
    }
    // any number of outputs may be thrown away
    for option in ["--plot", "--csv"] {
        outputs.open(option, Path::new("/dev/null")).unwrap();
    }
    assert!(!outputs.take_standard_output());
    outputs.open("--curves", Path::new("-")).unwrap();
    assert!(outputs.take_standard_output());
    outputs.open("--csv", Path::new("/dev/stdout")).unwrap_err();
}

#[test]
fn what_others_write_goes_where_our_own_output_would() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("old"), "").unwrap();
    fs::set_permissions(at("old"), Permissions::from_mode(0o600)).unwrap();
    mkfifoat(CWD, at("pipe"), Mode::from_raw_mode(0o600)).unwrap();
    let reader = thread::spawn({
        let path = at("pipe");
        move || fs::read_to_string(path).unwrap()
    });
    for name in ["old", "new", "pipe"] {
        let destination = Destination::open(&at(name)).unwrap();
        let outside = destination.outside().unwrap();
        fs::write(outside.path(), "wave").unwrap();
        outside.finish().unwrap();
    }
    assert_eq!(reader.join().unwrap(), "wave");
    assert_eq!(fs::read_to_string(at("old")).unwrap(), "wave");
    assert_eq!(mode(&at("old")), 0o600);
    assert_eq!(fs::read_to_string(at("new")).unwrap(), "wave");
    // what was begun and not finished goes away
    let destination = Destination::open(&at("old")).unwrap();
    fs::write(destination.outside().unwrap().path(), "half").unwrap();
    assert_eq!(names(folder.path()), ["new", "old", "pipe"]);
}
