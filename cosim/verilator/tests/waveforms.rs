//! VCD and FST waveforms and coverage reports are written where they are asked for.

mod common;

use heddle_verilator::{Coverage, Model, Trace, VerilatorError};
use std::fs;
use std::path::Path;

/// Resets the counter and lets it count to `until`.
fn count(model: &mut Model, until: u64) {
    let [rst_ni, en_i] = ["rst_ni", "en_i"].map(|name| model.port(name).unwrap());
    model.set(rst_ni, 0);
    model.cycle().unwrap();
    model.set(rst_ni, 1);
    model.set(en_i, 1);
    for _ in 0..until {
        model.cycle().unwrap();
    }
}

#[test]
fn vcd_holds_every_value_of_a_port() {
    let folder = tempfile::tempdir().unwrap();
    let library = common::builder("counter")
        .trace(Trace::Vcd)
        .build()
        .unwrap();
    let mut model = library.model().unwrap();
    let path = folder.path().join("wave.vcd");
    model.open_trace(&path).unwrap();
    count(&mut model, 5);
    model.close_trace().unwrap();
    count(&mut model, 7); // not in the file
    let text = fs::read_to_string(&path).unwrap();
    let declaration = text
        .lines()
        .find(|line| line.contains(" count_o "))
        .unwrap();
    let code = declaration.split_whitespace().nth(3).unwrap();
    let counts: Vec<u64> = text
        .lines()
        .filter_map(|line| line.strip_prefix('b')?.split_once(' '))
        .filter(|(_, of)| *of == code)
        .map(|(bits, _)| u64::from_str_radix(bits, 2).unwrap())
        .collect();
    assert_eq!(counts, [0, 1, 2, 3, 4, 5]);
    let last_time = text
        .lines()
        .filter_map(|line| line.strip_prefix('#'))
        .next_back();
    assert_eq!(last_time, Some("11"));
}

#[test]
fn a_second_waveform_of_one_model_is_a_file_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let library = common::builder("counter")
        .trace(Trace::Vcd)
        .build()
        .unwrap();
    let mut model = library.model().unwrap();
    let sizes = ["one.vcd", "two.vcd"].map(|name| {
        let path = folder.path().join(name);
        model.open_trace(&path).unwrap();
        count(&mut model, 3);
        model.flush_trace().unwrap();
        fs::metadata(&path).unwrap().len()
    });
    drop(model);
    assert!(sizes.iter().all(|&size| size > 500), "{sizes:?}");
    let text = fs::read_to_string(folder.path().join("two.vcd")).unwrap();
    assert!(text.contains("#8") && !text.contains("#7\n"), "{text}");
}

#[test]
fn fst_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let library = match common::builder("counter").trace(Trace::Fst).build() {
        Ok(library) => library,
        // The compression libraries' headers are not everywhere; then the message
        // must say what to install.
        Err(error @ VerilatorError::MissingLibrary { .. }) => {
            assert!(error.to_string().contains("apt-get install"), "{error}");
            eprintln!("FST is not tested here: {error}");
            return;
        }
        Err(error) => panic!("{error}"),
    };
    let mut model = library.model().unwrap();
    let path = folder.path().join("wave.fst");
    model.open_trace(&path).unwrap();
    count(&mut model, 9);
    drop(model);
    let bytes = fs::read(&path).unwrap();
    // Block type 0 is the header, 329 bytes long; its first numbers are the first
    // and last time.
    assert_eq!(bytes[0], 0);
    assert_eq!(u64::from_be_bytes(bytes[1..9].try_into().unwrap()), 329);
    assert_eq!(u64::from_be_bytes(bytes[9..17].try_into().unwrap()), 0);
    assert_eq!(u64::from_be_bytes(bytes[17..25].try_into().unwrap()), 19);
}

/// A limit on the size of files stands for a full disk: writing fails in the same place. The
/// test runs itself under it, since it holds for a whole process.
#[test]
fn a_waveform_that_finds_no_room_is_an_error_and_not_the_end() {
    const ROLE: &str = "HEDDLE_TEST_NO_ROOM";
    let Ok(folder) = std::env::var(ROLE) else {
        let folder = tempfile::tempdir().unwrap();
        for (kind, trace) in [("vcd", Trace::Vcd), ("fst", Trace::Fst)] {
            // there is no room for building it later
            if common::builder("counter").trace(trace).build().is_err() {
                eprintln!("{kind} is not tested here");
                continue;
            }
            // through pipes: the limit holds for a file that this test's output goes to, too
            let output = std::process::Command::new("bash")
                .args(["-c", "trap '' XFSZ; ulimit -f 1 && exec \"$0\" \"$@\""])
                .arg(std::env::current_exe().unwrap())
                .args([
                    "--exact",
                    "a_waveform_that_finds_no_room_is_an_error_and_not_the_end",
                ])
                .env(ROLE, folder.path().join(format!("wave.{kind}")))
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success(), "{kind}: {}\n{said}", output.status);
        }
        return;
    };
    let path = Path::new(&folder);
    let kind = match path.extension() {
        Some(extension) if extension == "fst" => Trace::Fst,
        _ => Trace::Vcd,
    };
    let library = common::builder("counter").trace(kind).build().unwrap();
    let mut model = library.model().unwrap();
    model.open_trace(path).unwrap();
    let [rst_ni, en_i] = ["rst_ni", "en_i"].map(|name| model.port(name).unwrap());
    model.set(rst_ni, 1);
    model.set(en_i, 1);
    let run = (0..20_000).try_for_each(|_| model.cycle());
    let error = run.and_then(|()| model.close_trace()).unwrap_err();
    let words = ["File too large", "no room"];
    let message = error.to_string();
    assert!(words.iter().any(|word| message.contains(word)), "{message}");
    drop(model);
    // closing without a look at the result
    let mut model = library.model().unwrap();
    model.open_trace(path).unwrap();
    let _ = (0..20_000).try_for_each(|_| model.cycle());
    drop(model);
}

#[test]
fn coverage_counts_what_ran() {
    let folder = tempfile::tempdir().unwrap();
    let library = common::builder("counter")
        .coverage(Coverage::LineAndToggle)
        .build()
        .unwrap();
    // Lines and toggles that were hit after counting to `until`.
    let hit = |until| {
        let mut model = library.model().unwrap();
        count(&mut model, until);
        let path = folder.path().join(format!("coverage{until}.dat"));
        model.write_coverage(&path).unwrap();
        let text = fs::read_to_string(path).unwrap();
        assert!(text.starts_with("# SystemC::Coverage"), "{text}");
        assert!(text.contains("counter.v"), "{text}");
        let points = text.lines().filter(|line| line.starts_with("C "));
        let hit = points.clone().filter(|line| !line.ends_with(" 0")).count();
        assert!(hit < points.count());
        hit
    };
    assert!(hit(1) < hit(8));
}

#[test]
fn what_was_not_built_or_cannot_be_written_is_an_error() {
    let nowhere = Path::new("/nonexistent/folder/file");
    let mut plain = common::builder("counter").build().unwrap().model().unwrap();
    let error = plain.open_trace(nowhere).unwrap_err().to_string();
    assert!(error.contains("Builder::trace"), "{error}");
    let error = plain.write_coverage(nowhere).unwrap_err().to_string();
    assert!(error.contains("Builder::coverage"), "{error}");

    let traced = common::builder("counter")
        .trace(Trace::Vcd)
        .build()
        .unwrap();
    let error = traced.model().unwrap().open_trace(nowhere).unwrap_err();
    assert!(
        error.to_string().contains("/nonexistent/folder/file"),
        "{error}"
    );
    let covered = common::builder("counter")
        .coverage(Coverage::LineAndToggle)
        .build()
        .unwrap();
    let error = covered
        .model()
        .unwrap()
        .write_coverage(nowhere)
        .unwrap_err();
    assert!(matches!(error, VerilatorError::Output { .. }), "{error}");
}
