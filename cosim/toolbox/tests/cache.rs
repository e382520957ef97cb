//! What others leave in a cache is not taken, what is sound is, and each thing is built once.

use heddle_toolbox::{Cache, Cached, Cancel, ToolboxError};
use std::fs::{self, Permissions};
use std::os::unix::fs::{chown, symlink, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Barrier;
use std::time::Duration;

const KEY: &str = "key";
const NOBODY: u32 = 65534;

/// The thing of [`KEY`], and whether it was there.
fn thing(cache: &Cache) -> (String, bool) {
    let built: Cached<PathBuf> = cache
        .entry(
            KEY,
            &["thing", "list"],
            None,
            |work, keep| {
                fs::write(work.join("scratch"), "").unwrap();
                fs::write(keep.join("thing"), "ours").unwrap();
                fs::write(keep.join("list"), "").unwrap();
                Ok::<_, ToolboxError>(())
            },
            |entry| Ok(entry.to_owned()),
        )
        .unwrap();
    let text = fs::read_to_string(built.value.join("thing")).unwrap();
    (text, built.was_there)
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn is_root() -> bool {
    let root = fs::metadata("/proc/self").map(|it| std::os::unix::fs::MetadataExt::uid(&it));
    root.is_ok_and(|user| user == 0)
}

/// Has something planted where the entry is, and finds that the thing is built again.
fn planted(what: &str, plant: impl Fn(&Path)) {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::open(&folder.path().join("cache")).unwrap();
    assert_eq!(thing(&cache), ("ours".into(), false));
    assert_eq!(thing(&cache), ("ours".into(), true), "the control");
    plant(&folder.path().join("cache").join(KEY));
    assert_eq!(thing(&cache), ("ours".into(), false), "{what}");
    assert_eq!(thing(&cache), ("ours".into(), true), "{what}");
}

#[test]
fn an_entry_counts_only_with_every_file_in_its_list_and_right() {
    let list = |entry: &Path, text: &str| fs::write(entry.join("checksums.json"), text).unwrap();
    let foreign = |entry: &Path| fs::write(entry.join("thing"), "foreign").unwrap();
    planted("no list", |entry| {
        foreign(entry);
        fs::remove_file(entry.join("checksums.json")).unwrap();
    });
    planted("an empty list", |entry| {
        foreign(entry);
        list(entry, "{}");
    });
    planted("a short list", |entry| {
        foreign(entry);
        let text = fs::read_to_string(entry.join("checksums.json")).unwrap();
        let mut sums: serde_json::Value = serde_json::from_str(&text).unwrap();
        sums.as_object_mut().unwrap().remove("thing").unwrap();
        list(entry, &sums.to_string());
    });
    planted("another list", |entry| list(entry, "[]"));
    planted("another file", foreign);
    planted("a missing file", |entry| {
        fs::remove_file(entry.join("list")).unwrap();
    });
}

#[test]
fn what_is_no_folder_of_files_is_replaced() {
    planted("a plain file", |entry| {
        fs::remove_dir_all(entry).unwrap();
        fs::write(entry, "").unwrap();
    });
    planted("a link to a sound entry", |entry| {
        let elsewhere = entry.with_file_name("elsewhere");
        fs::rename(entry, &elsewhere).unwrap();
        symlink(&elsewhere, entry).unwrap();
    });
    planted("a link that leads nowhere", |entry| {
        fs::remove_dir_all(entry).unwrap();
        symlink("/nowhere", entry).unwrap();
    });
    planted("a link for a file", |entry| {
        let elsewhere = entry.with_file_name("elsewhere");
        fs::rename(entry.join("thing"), &elsewhere).unwrap();
        symlink(&elsewhere, entry.join("thing")).unwrap();
    });
    planted("a folder for a file", |entry| {
        fs::remove_file(entry.join("thing")).unwrap();
        fs::create_dir(entry.join("thing")).unwrap();
    });
}

#[test]
fn what_others_can_write_is_built_again() {
    for bits in [0o777, 0o775, 0o757] {
        planted("an open folder", |entry| mode(entry, bits));
        planted("an open file", |entry| {
            mode(&entry.join("thing"), bits & 0o666)
        });
        planted("an open list", |entry| {
            mode(&entry.join("checksums.json"), bits & 0o666);
        });
    }
    if is_root() {
        let give = |path: &Path| chown(path, Some(NOBODY), None).unwrap();
        planted("another user's folder", give);
        planted("another user's file", |entry| give(&entry.join("thing")));
        planted("another user's list", |entry| {
            give(&entry.join("checksums.json"));
        });
    }
}

#[test]
fn a_cache_that_others_can_write_is_refused_with_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let above = folder.path().canonicalize().unwrap().join("above");
    let cache = above.join("cache");
    Cache::open(&cache).unwrap();
    let refused = |words: &[&str]| {
        let error = Cache::open(&cache).unwrap_err();
        assert!(error.is_bad_input(), "{error}");
        let error = error.to_string();
        for word in [&["--cache", "HEDDLE_CACHE"], words].concat() {
            assert!(error.contains(word), "'{word}' not in: {error}");
        }
    };
    for bits in [0o777, 0o1777, 0o775, 0o757] {
        mode(&cache, bits);
        refused(&["can be written by", "chmod go-w", "above/cache"]);
    }
    mode(&cache, 0o755);
    mode(&above, 0o757);
    refused(&["above can be written by everybody", "chmod go-w"]);
    // where only the owner can remove things, as in /tmp
    mode(&above, 0o1777);
    Cache::open(&cache).unwrap();
    mode(&above, 0o755);
    if is_root() {
        chown(&cache, Some(NOBODY), None).unwrap();
        refused(&["above/cache belongs to the user with number 65534"]);
        chown(&cache, Some(0), None).unwrap();
        chown(&above, Some(NOBODY), None).unwrap();
        refused(&["above belongs to the user with number 65534"]);
    }
}

#[test]
fn what_is_built_is_closed_to_others() {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::open(&folder.path().join("a/b")).unwrap();
    let keep = |_: &Path, keep: &Path| {
        fs::write(keep.join("thing"), "ours").unwrap();
        // as a umask of 0 would leave them
        mode(&keep.join("thing"), 0o666);
        mode(keep, 0o777);
        Ok::<_, ToolboxError>(())
    };
    let entry = cache.entry(KEY, &["thing"], None, keep, |entry| Ok(entry.to_owned()));
    let entry = entry.unwrap().value;
    let made = ["", "thing", "checksums.json", ".."].map(|name| entry.join(name));
    for path in made {
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o022, 0, "{}: {mode:o}", path.display());
    }
    for folder in [entry.join(".."), entry.join("../..")] {
        assert_eq!(
            fs::metadata(folder).unwrap().permissions().mode() & 0o777,
            0o700
        );
    }
}

#[test]
fn a_sound_entry_needs_neither_its_lock_nor_the_right_to_write() {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::open(folder.path()).unwrap();
    assert_eq!(thing(&cache), ("ours".into(), false));
    // nobody, not even root, can open this
    let lock = folder.path().join("key.lock");
    fs::remove_file(&lock).unwrap();
    fs::create_dir(&lock).unwrap();
    mode(folder.path(), 0o555);
    let cache = Cache::open(folder.path()).unwrap();
    assert_eq!(thing(&cache), ("ours".into(), true));
    fs::write(folder.path().join(KEY).join("thing"), "damaged").unwrap();
    let build = |_: &Path, _: &Path| -> Result<(), ToolboxError> { panic!("without a lock") };
    let error = cache
        .entry(KEY, &["thing"], None, build, |_| Ok(()))
        .unwrap_err();
    assert!(error.to_string().contains("key.lock"), "{error}");
    mode(folder.path(), 0o755);
}

#[test]
fn builders_at_once_build_once_and_waiting_can_be_cancelled() {
    let folder = tempfile::tempdir().unwrap();
    let (built, started) = (AtomicUsize::new(0), Barrier::new(4));
    let build = |_: &Path, keep: &Path| {
        built.fetch_add(1, Ordering::Relaxed);
        fs::write(keep.join("thing"), "ours").unwrap();
        // whoever else wants the entry has to wait, which can be cancelled
        let cache = Cache::open(folder.path()).unwrap();
        let cancel = Cancel::default();
        cancel.store(true, Ordering::Relaxed);
        let build = |_: &Path, _: &Path| -> Result<(), ToolboxError> { panic!("twice") };
        let waiting = cache.entry(KEY, &["thing"], Some(&cancel), build, |_| Ok(()));
        assert!(matches!(waiting, Err(ToolboxError::Cancelled)));
        Ok::<_, ToolboxError>(())
    };
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let cache = Cache::open(folder.path()).unwrap();
                started.wait();
                cache
                    .entry(KEY, &["thing"], None, build, |_| Ok(()))
                    .unwrap();
            });
        }
    });
    assert_eq!(built.into_inner(), 1);
}

#[test]
fn leftovers_of_the_dead_go_and_builds_of_the_living_stay() {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::open(folder.path()).unwrap();
    let [dead, other, foreign] =
        ["key.17.part", "other.18.part", "key.x.part"].map(|name| folder.path().join(name));
    for left in [&dead, &other, &foreign] {
        fs::create_dir_all(left.join("work")).unwrap();
    }
    let build = |work: &Path, keep: &Path| {
        fs::write(keep.join("thing"), "").unwrap();
        // another key's builder, while this one is at work
        assert_eq!(thing(&cache), ("ours".into(), false));
        assert!(work.is_dir() && keep.is_dir());
        Ok::<_, ToolboxError>(())
    };
    cache
        .entry("living", &["thing"], None, build, |_| Ok(()))
        .unwrap();
    assert!(!dead.exists() && !other.exists() && foreign.exists());
}

#[test]
fn tools_work_where_the_path_is_plain() {
    let folder = tempfile::tempdir().unwrap();
    let plain = |path: &Path| heddle_toolbox::names::is_plain_path(path);
    for (name, inside) in [
        ("plain-1", true),
        ("a b", false),
        ("$(x)", false),
        ("a\nb", false),
    ] {
        let cache = Cache::open(&folder.path().join(name)).unwrap();
        let build = |work: &Path, keep: &Path| {
            assert!(plain(work), "{}", work.display());
            assert_eq!(keep.parent() == work.parent(), inside);
            fs::write(work.join("made"), "ours").unwrap();
            heddle_toolbox::move_file(&work.join("made"), &keep.join("thing"))
        };
        cache
            .entry(KEY, &["thing"], None, build, |_| Ok(()))
            .unwrap();
    }
}

/// A library that, loaded first, has `flock` fail as on a file system without locks.
fn without_locks(folder: &Path) -> PathBuf {
    let source = folder.join("flock.c");
    let text = "#include <errno.h>\nint flock(int file, int how) { errno = ENOLCK; return -1; }\n";
    fs::write(&source, text).unwrap();
    let library = folder.join("flock.so");
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-o"])
        .args([&library, &source])
        .status();
    assert!(built.unwrap().success());
    library
}

/// One of many processes that start at once: see the test below.
#[test]
#[ignore = "run by another test, in processes of its own"]
fn one_of_many() {
    let folder = PathBuf::from(std::env::var("HEDDLE_TEST_FOLDER").unwrap());
    while !folder.join("go").exists() {
        std::thread::sleep(Duration::from_millis(1));
    }
    let cache = Cache::open(&folder.join("cache")).unwrap();
    let built: Cached<Vec<u8>> = cache
        .entry(
            KEY,
            &["thing"],
            None,
            |_, keep| {
                let mine = folder.join(format!("built-{}", std::process::id()));
                fs::write(mine, "").unwrap();
                // Half of it is there for a while.
                fs::write(keep.join("thing"), "ou").unwrap();
                std::thread::sleep(Duration::from_millis(100));
                fs::write(keep.join("thing"), "ours").unwrap();
                Ok::<_, ToolboxError>(())
            },
            |entry| Ok(fs::read(entry.join("thing")).unwrap()),
        )
        .unwrap();
    assert_eq!(built.value, b"ours");
}

/// How many of 24 processes that start at once build the thing; all of them get it.
fn builders(preload: Option<&Path>) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("cache");
    Cache::open(&cache).unwrap();
    // what a version before left, and what another machine may still be building
    let foreign = cache.join(format!("{KEY}.elsewhere.1-0.part"));
    fs::create_dir(&foreign).unwrap();
    fs::write(cache.join(KEY), "no entry").unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "one_of_many", "--ignored", "--test-threads", "1"])
        .env("HEDDLE_TEST_FOLDER", folder.path())
        .stdout(std::process::Stdio::null());
    if let Some(library) = preload {
        command.env("LD_PRELOAD", library);
    }
    let all: Vec<_> = (0..24).map(|_| command.spawn().unwrap()).collect();
    fs::write(folder.path().join("go"), "").unwrap();
    for mut one in all {
        assert!(one.wait().unwrap().success());
    }
    let names = |path: &Path| -> Vec<String> {
        let entries = fs::read_dir(path).unwrap().flatten();
        entries
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect()
    };
    let parts = names(&cache)
        .into_iter()
        .filter(|name| name.ends_with(".part"));
    let parts: Vec<String> = parts.collect();
    assert_eq!(
        parts,
        ["key.elsewhere.1-0.part"],
        "others' work is left alone"
    );
    assert_eq!(fs::read(cache.join(KEY).join("thing")).unwrap(), b"ours");
    let built = names(folder.path());
    built
        .iter()
        .filter(|name| name.starts_with("built-"))
        .count()
}

#[test]
fn many_processes_at_once_get_one_thing_with_locks_and_without() {
    let folder = tempfile::tempdir().unwrap();
    let library = without_locks(folder.path());
    assert_eq!(builders(None), 1);
    let without = builders(Some(&library));
    assert!(
        without > 1,
        "the control: locks are missing, {without} built"
    );
}
