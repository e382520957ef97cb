//! Libraries as they are written in practice, and what becomes of them.

use heddle_liberty::{LibertyError, Library};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// The head of a library, for attributes to stand in.
const HEAD: &str = "time_unit : \"1ns\"; capacitive_load_unit (1,pf); nom_voltage : 1.8;";

/// A flip-flop with both outputs, one with the inverse alone, and an inverter.
const CELLS: &str = "
  cell (DFQ) { area : 5; ff (IQ,IQN) { clocked_on : \"(CK)\"; next_state : \" D \"; clear : \"(!R)\"; }
    pin (CK) { direction : input; capacitance : 0.1; } pin (D) { direction : input; }
    pin (R) { direction : input; }
    pin (QN) { direction : output; function : \"IQN\"; internal_power () { } }
    pin (Q) { direction : output; function : \"(IQ)\"; } }
  cell (DFN) { area : 4; dont_use : true; ff (IQ,IQN) { clocked_on : \"CK\"; next_state : \"D\"; }
    pin (CK) { direction : input; } pin (D) { direction : input; }
    pin (QN) { direction : output; function : \"!IQ\"; } }
  cell (INV) { area : 1; pin (A) { direction : input; rise_capacitance : 1; fall_capacitance : 3; }
    pin (Y) { direction : output; function : \"A'\"; } }
  cell (RAM) { area : 9; bus (D) { bus_type : b; direction : input; } }
  cell (ICG) { statetable (\"CLK EN\", \"IQ\") { table : \"L L : - : L ,\\
      L H : - : H\"; } pin (GCLK) { direction : output; state_function : \"CLK * IQ\"; } }";

fn library(head: &str, cells: &str) -> Result<Library, LibertyError> {
    let text = format!("library (l) {{ {head} {cells} }}");
    Library::parse(&[("l.lib", &text)], &[])
}

/// The error says so.
fn fails(found: Result<Library, LibertyError>, words: &[&str]) {
    let error = found.expect_err("it must fail").to_string();
    for word in words {
        assert!(error.contains(word), "'{word}' is not in: {error}");
    }
}

#[test]
fn values_are_in_si_units_whatever_the_file_counts_in() {
    for (units, time, farad) in [
        (
            "time_unit : \"1ps\"; capacitive_load_unit (1, ff);",
            1e-12,
            1e-15,
        ),
        (
            "capacitive_load_unit (\"0.1\",\"pF\"); time_unit : 10ps;",
            1e-11,
            1e-13,
        ),
        (
            "time_unit : \"100 ps\"; capacitive_load_unit (1000.0, ff);",
            1e-10,
            1e-12,
        ),
        ("capacitive_load_unit (1.0000000000,\"pf\");", 1e-9, 1e-12),
        // what tools assume, and the report says
        ("", 1e-9, 1e-12),
    ] {
        let found = library(units, CELLS).unwrap();
        let near = |found: f64, wanted: f64| assert!((found / wanted - 1.0).abs() < 1e-12);
        near(found.units.time, time);
        near(
            found.cells["DFQ"].pin("CK").unwrap().capacitance,
            0.1 * farad,
        );
        // the mean of the edges where there is nothing else
        near(
            found.cells["INV"].pin("A").unwrap().capacitance,
            2.0 * farad,
        );
        assert_eq!(
            units.is_empty(),
            found.notes.len() == 1,
            "{:?}",
            found.notes
        );
        // and as written for the tools
        let again = Library::parse(&[("again", &found.text())], &[]).unwrap();
        near(again.units.time, time);
        near(again.units.capacitance, farad);
    }
    for (units, word) in [
        ("time_unit : \"1 parsec\";", "1 parsec"),
        ("time_unit : \"3ns\";", "time_unit"),
        ("capacitive_load_unit (1, ohm);", "1,ohm"),
        ("capacitive_load_unit (0, pf);", "0,pf"),
        ("voltage_unit : \"-1V\";", "-1V"),
        ("nom_voltage : high;", "high"),
        ("nom_voltage : 0;", "0 V"),
    ] {
        fails(library(units, CELLS), &["l.lib", word]);
    }
}

#[test]
fn the_supply_is_found_wherever_it_stands() {
    let group = "operating_conditions (slow) { voltage : 1.6; temperature : 125; }";
    for (head, wanted) in [
        (
            format!("{group} default_operating_conditions : slow;"),
            "slow, 1.6 V, 125 C",
        ),
        (
            format!("default_operating_conditions : \"slow\"; {group}"),
            "slow, 1.6 V, 125 C",
        ),
        (
            format!("nom_voltage : 1.8; nom_temperature : 25.0; {group}"),
            "nominal, 1.8 V, 25 C",
        ),
        // a default that is not there
        (
            "nom_voltage : 1.8; default_operating_conditions : x;".into(),
            "nominal, 1.8 V, ? C",
        ),
        (group.into(), "slow, 1.6 V, 125 C"),
        (
            format!(
                "voltage_unit : \"100mV\"; default_operating_conditions : slow; {}",
                group.replace("1.6", "16")
            ),
            "slow, 1.6 V, 125 C",
        ),
    ] {
        let found = library(&head, CELLS).unwrap();
        assert_eq!(found.supply().unwrap().to_string(), wanted, "{head}");
        // the tools find it where OpenSTA looks, behind the group that it names
        let text = found.text();
        let again = Library::parse(&[("again", &text)], &[]).unwrap();
        assert_eq!(
            again.supply().unwrap().voltage,
            found.supply().unwrap().voltage
        );
        let default = text.find("default_operating_conditions").unwrap();
        assert!(default > text.find("operating_conditions (").unwrap());
    }
    let none = library("default_operating_conditions : x;", CELLS).unwrap();
    assert!(!none.text().contains("default_operating_conditions"));
    let error = none.supply().unwrap_err().to_string();
    assert!(
        error.contains("l.lib") && error.contains("nom_voltage"),
        "{error}"
    );
}

#[test]
fn cells_that_cannot_be_understood_are_refused_where_they_are_used() {
    let found = library(HEAD, CELLS).unwrap();
    assert_eq!(found.cells.len(), 5);
    assert_eq!(found.cells["RAM"].area, Some(9.0));
    assert!(found.cell("INV", "i").is_ok());
    for (name, word) in [
        ("RAM", "bus"),
        ("ICG", "statetable"),
        ("XOR", "does not have it"),
    ] {
        let error = found.cell(name, "mesh.x").unwrap_err().to_string();
        assert!(error.contains("mesh.x") && error.contains(word), "{error}");
    }
    let wrong = CELLS
        .replace("area : 1;", "area : small;")
        .replace("\"A'\"", "\"A +\"");
    assert!(library(HEAD, &wrong).unwrap().cell("INV", "i").is_err());
    fails(library(HEAD, ""), &["no cells"]);
    let include = "include_file (secret)";
    fails(library(include, CELLS), &["secret"]);
}

#[test]
fn what_is_mapped_onto_leaves_out_what_is_not_to_be_used() {
    let found = library(HEAD, CELLS).unwrap();
    assert_eq!(found.left_out, ["DFN"]);
    let mapping = found.mapping_text();
    assert!(!mapping.contains("DFN") && found.text().contains("DFN"));
    // one output, and what the register does in plain words
    for (text, is) in [
        ("pin (QN)", false),
        ("pin (Q)", true),
        ("function : \"IQ\";", true),
        ("clocked_on : \"CK\";", true),
        ("next_state : \"D\";", true),
        ("clear : \"!R\";", true),
    ] {
        assert_eq!(mapping.contains(text), is, "{text} in {mapping}");
    }
    assert!(!found.inverts_registers());

    let text = format!("library (l) {{ {HEAD} {CELLS} }}");
    let read = |patterns: &[&str]| {
        let patterns: Vec<_> = patterns.iter().map(|text| (*text).to_owned()).collect();
        Library::parse(&[("l.lib", &text)], &patterns)
    };
    assert_eq!(
        read(&["DF?", "[R]AM"]).unwrap().left_out,
        ["DFN", "DFQ", "RAM"]
    );
    fails(
        read(&["XYZ*"]),
        &["XYZ*", "none of the library's 5 cells", "DFN"],
    );
    fails(read(&["[a"]), &["[a"]);
    fails(read(&["*"]), &["all of its cells"]);
    // without the one that has Q, an inverter is behind every register
    let usable = CELLS.replace("dont_use : true;", "");
    let text = format!("library (l) {{ {HEAD} {usable} }}");
    assert!(Library::parse(&[("l.lib", &text)], &[])
        .unwrap()
        .inverts_registers());
    // the same said in another way: the state is the inverse of the data
    let text = text
        .replace("\"D\"", "\"!D\"")
        .replace("function : \"!IQ\"", "function : \"IQ\"");
    let other = Library::parse(&[("l.lib", &text)], &[]).unwrap();
    assert!(other.inverts_registers() && other.mapping_text().contains("next_state : \"!D\""));
}

/// A library of this name with these cells of [`CELLS`], and a template of its own.
fn part(name: &str, cells: &[&str], index: &str) -> String {
    let mut text = format!(
        "library ({name}) {{ {HEAD} lu_table_template (t) {{ variable_1 : x; index_1 (\"{index}\"); }}"
    );
    for cell in CELLS.split("\n  cell ").skip(1) {
        if cells
            .iter()
            .any(|name| cell.starts_with(&format!("({name})")))
        {
            text += &format!(
                "\n  cell {}",
                cell.replace(
                    "internal_power () { }",
                    "timing () { cell_rise (t) { values (\"1 2\"); } }"
                )
            );
        }
    }
    text + "}"
}

#[test]
fn several_files_are_one_library_in_any_order() {
    let whole = part("l", &["DFQ", "DFN", "INV"], "0, 1");
    let whole = Library::parse(&[("whole", &whole)], &[]).unwrap();
    let parts = [
        part("l", &["INV"], "0, 1"),
        part("l", &["DFQ"], "0, 1"),
        // one cell twice, the same both times
        part("l", &["DFN", "INV"], "0, 1"),
    ];
    let read = |order: [usize; 3]| {
        let texts: Vec<_> = order
            .iter()
            .map(|&at| ("p.lib", parts[at].as_str()))
            .collect();
        Library::parse(&texts, &[]).unwrap()
    };
    for order in [[0, 1, 2], [2, 0, 1], [1, 2, 0]] {
        let found = read(order);
        assert_eq!(found.text(), whole.text());
        assert_eq!(found.cells, whole.cells);
    }
    // names of both, and a template of the same name that is another one
    let other = part("m", &["DFQ"], "0, 7");
    let found = Library::parse(&[("a", &parts[0]), ("b", &other)], &[]).unwrap();
    assert_eq!(found.name, "l + m");
    let text = found.text();
    for word in ["lu_table_template (t_2)", "cell_rise (t_2)", "0, 7", "0, 1"] {
        assert!(text.contains(word), "{word} in {text}");
    }
}

#[test]
fn files_that_do_not_go_together_are_told_apart() {
    let one = part("l", &["INV"], "0");
    for (from, to, words) in [
        ("1ns", "1ps", ["unit of time is 1ps", "1ns"]),
        (
            "(1,pf)",
            "(1,ff)",
            ["unit of capacitance", "units, thresholds"],
        ),
        ("1.8", "1.62", ["supply", "1.62 V"]),
        (
            "nom_voltage",
            "slew_derate_from_library : 0.5; nom_voltage",
            ["slew_derate_from_library", "not given"],
        ),
        ("area : 1;", "area : 2;", ["INV", "corners"]),
    ] {
        let other = one.replacen(from, to, 1);
        assert_ne!(one, other);
        let found = Library::parse(&[("a.lib", &one), ("b.lib", &other)], &[]);
        fails(found, &["a.lib", "b.lib", words[0], words[1]]);
    }
    // one file may hold two
    let both = format!("{one}\n{}", part("m", &["DFQ"], "0"));
    assert_eq!(Library::parse(&[("c", &both)], &[]).unwrap().cells.len(), 2);
}

fn put(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

#[test]
fn files_come_compressed_marked_and_from_other_systems() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let text = part("l", &["DFQ", "INV"], "0, 1");
    let read = |path: &PathBuf| Library::read(std::slice::from_ref(path), &[]);
    let plain = read(&put(folder, "plain.lib", text.as_bytes())).unwrap();
    let marked = format!("\u{feff}{}", text.replace('\n', "\r\n"));
    let packed = gzip(text.as_bytes());
    let twice = [&packed[..], &gzip(b"/* the end */")].concat();
    for (name, bytes) in [
        ("marked.lib", marked.as_bytes()),
        ("a.lib.gz", &packed),
        // told by what it holds
        ("gz.lib", &packed),
        ("two.gz", &twice),
        ("marked.gz", &gzip(marked.as_bytes())),
        ("latin.lib", &[b"/* \xb5m */", text.as_bytes()].concat()),
    ] {
        let found = read(&put(folder, name, bytes)).unwrap();
        assert_eq!(found.text(), plain.text(), "{name}");
    }
    // a file with the cells, from another folder than this one
    put(folder, "cells.inc", CELLS.as_bytes());
    let head = format!("library (l) {{ {HEAD} include_file (\"cells.inc\"); }}");
    assert_eq!(
        read(&put(folder, "head.lib", head.as_bytes()))
            .unwrap()
            .cells
            .len(),
        5
    );
    put(folder, "loop.inc", b"include_file (loop.inc);");
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (name, bytes, word) in [
        ("cut.lib.gz", &packed[..packed.len() / 2], "decompress"),
        ("wide.lib", &[b"\xff\xfe", &wide[..]].concat(), "UTF-16"),
        ("binary.lib", &[0, 1, 2, 3, 200], "line 1"),
        ("empty.lib", b"", "no library"),
        ("other.lib", b"cell (a) { }", "'cell'"),
        (
            "loop.lib",
            b"library (l) { include_file (loop.inc); }",
            "64 deep",
        ),
        (
            "lost.lib",
            b"library (l) { include_file (lost.inc); }",
            "lost.inc",
        ),
    ] {
        fails(read(&put(folder, name, bytes)), &[word]);
    }
    fails(read(&folder.join("none.lib")), &["cannot read", "none.lib"]);
    fails(read(&folder.to_owned()), &["cannot read"]);
}
