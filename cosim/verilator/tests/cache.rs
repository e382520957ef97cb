//! The cache: hits, misses, damage, leftovers, builders that meet, cancellation.

mod common;

use heddle_verilator::{Builder, Library, VerilatorError};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A module whose output is a constant, so that libraries tell what they were
/// built from.
fn constant(folder: &Path, value: u8) -> PathBuf {
    let path = folder.join("constant.v");
    let text =
        format!("module constant (output wire [7:0] q_o);\n assign q_o = 8'd{value};\nendmodule\n");
    fs::write(&path, text).unwrap();
    path
}

fn value(library: &Library) -> u64 {
    let mut model = library.model().unwrap();
    model.eval().unwrap();
    model.get(model.port("q_o").unwrap())
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.ends_with(".lock"))
        .collect();
    names.sort();
    names
}

#[test]
fn a_hit_builds_nothing_and_a_changed_file_misses() {
    let cache = common::fresh_cache();
    let sources = tempfile::tempdir().unwrap();
    let builder = |path| Builder::new("constant").file(path).cache_dir(cache.path());
    let before = names(cache.path()).len();
    let first = builder(constant(sources.path(), 1)).build().unwrap();
    let built = fs::metadata(first.path()).unwrap().modified().unwrap();
    assert_eq!(names(cache.path()).len(), before + 1);

    // The same text elsewhere is the same model.
    let moved = tempfile::tempdir().unwrap();
    let start = Instant::now();
    let second = builder(constant(moved.path(), 1)).build().unwrap();
    assert!(
        start.elapsed() < Duration::from_secs(1),
        "{:?}",
        start.elapsed()
    );
    assert_eq!(second.path(), first.path());
    assert_eq!(
        fs::metadata(second.path()).unwrap().modified().unwrap(),
        built
    );

    let third = builder(constant(sources.path(), 2)).build().unwrap();
    assert_ne!(third.path(), first.path());
    assert_eq!([value(&first), value(&second), value(&third)], [1, 1, 2]);
}

#[test]
fn an_included_file_and_a_flag_count_too() {
    let cache = common::fresh_cache();
    let sources = tempfile::tempdir().unwrap();
    let top = sources.path().join("constant.v");
    fs::write(
        &top,
        "module constant (output wire [7:0] q_o);\n`include \"value.vh\"\nassign q_o = VALUE + `MORE;\nendmodule\n",
    )
    .unwrap();
    let includes = sources.path().join("include");
    fs::create_dir(&includes).unwrap();
    let build = |included: u8, more: u8| {
        let text = format!("localparam [7:0] VALUE = {included};\n");
        fs::write(includes.join("value.vh"), text).unwrap();
        let library = Builder::new("constant")
            .file(&top)
            .include_dir(&includes)
            .flag(format!("+define+MORE={more}"))
            .cache_dir(cache.path())
            .build()
            .unwrap();
        value(&library)
    };
    assert_eq!([build(5, 0), build(6, 0), build(5, 1)], [5, 6, 6]);
}

#[test]
fn a_damaged_entry_is_built_again() {
    let cache = common::fresh_cache();
    let sources = tempfile::tempdir().unwrap();
    let builder = Builder::new("constant")
        .file(constant(sources.path(), 3))
        .cache_dir(cache.path());
    let path = builder.build().unwrap().path().to_owned();
    let entry = path.parent().unwrap();
    let sound = fs::read(&path).unwrap();
    // A new file each time: this process may still have the old one mapped.
    let replace = |bytes: &[u8]| {
        fs::remove_file(&path).unwrap();
        fs::write(&path, bytes).unwrap();
    };
    let damage: [&dyn Fn(); 4] = [
        &|| replace(&sound[..sound.len() / 2]),
        &|| replace(b"not a library"),
        &|| fs::remove_file(&path).unwrap(),
        &|| fs::write(entry.join("checksums.json"), "{").unwrap(),
    ];
    for damage in damage {
        damage();
        assert_eq!(value(&builder.build().unwrap()), 3);
        assert!(fs::metadata(&path).unwrap().len() > 10_000);
    }
}

#[test]
fn leftovers_of_a_killed_builder_do_no_harm() {
    let cache = common::fresh_cache();
    let sources = tempfile::tempdir().unwrap();
    let builder = Builder::new("constant")
        .file(constant(sources.path(), 4))
        .cache_dir(cache.path());
    let path = builder.build().unwrap().path().to_owned();
    let entry = path.parent().unwrap();
    fs::remove_dir_all(entry).unwrap();
    let part = entry.with_extension("12345.part");
    fs::create_dir_all(part.join("work")).unwrap();
    fs::write(part.join("work/all.cpp"), "left over").unwrap();
    assert_eq!(value(&builder.build().unwrap()), 4);
    assert!(!part.exists());
}

#[test]
fn builders_of_one_model_at_once_build_it_once() {
    let cache = common::fresh_cache();
    let sources = tempfile::tempdir().unwrap();
    let builder = Builder::new("constant")
        .file(constant(sources.path(), 5))
        .cache_dir(cache.path());
    let libraries: Vec<Library> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| builder.build().unwrap()))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    assert!(libraries.iter().all(|library| value(library) == 5));
    let left = names(cache.path());
    assert!(left.iter().all(|name| !name.ends_with(".part")), "{left:?}");
}

#[test]
fn cancelling_ends_the_tools_and_leaves_nothing() {
    let cache = common::fresh_cache();
    let folder = tempfile::tempdir().unwrap();
    let before = names(cache.path());
    // A compiler that takes its time and says that it ran to its end.
    let (slow, begun, done) = (
        folder.path().join("slow"),
        folder.path().join("begun"),
        folder.path().join("done"),
    );
    let verilator = common::verilator();
    common::script(
        &slow,
        &format!(
            "case \"$*\" in *--cc*) touch {}; (sleep 2; touch {}) & wait;; *) exec {} \"$@\";; esac",
            begun.display(),
            done.display(),
            verilator.display()
        ),
    );
    let cancel = Arc::new(AtomicBool::new(false));
    let builder = Builder::new("constant")
        .file(constant(folder.path(), 6))
        .cache_dir(cache.path())
        .verilator(&slow)
        .cancel(cancel.clone());
    let build = std::thread::spawn(move || builder.build());
    let start = Instant::now();
    while !begun.exists() {
        assert!(start.elapsed() < Duration::from_secs(10));
        std::thread::sleep(Duration::from_millis(5));
    }
    cancel.store(true, Ordering::Relaxed);
    let error = build.join().unwrap().unwrap_err();
    assert!(matches!(error, VerilatorError::Cancelled), "{error}");
    assert_eq!(names(cache.path()), before);
    std::thread::sleep(Duration::from_millis(2500));
    assert!(!done.exists(), "the tool's child lived on");
}

#[test]
fn a_cache_that_cannot_be_made_is_an_error() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let error = common::builder("counter")
        .cache_dir(file.path().join("cache"))
        .build()
        .unwrap_err();
    assert!(matches!(error, VerilatorError::Cache { .. }), "{error}");
    assert!(error.to_string().contains("HEDDLE_CACHE"), "{error}");
}
