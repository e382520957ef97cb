//! OpenSTA on a netlist so small that its power can be told by hand.

use heddle_liberty::Library;
use heddle_power::netlist::Netlist;
use heddle_power::sta::{self, Slews};
use heddle_power::{view, Activity, Clocks, Element, Elements, Power};
use std::path::Path;
use std::process::Command;

/// 2 V; picofarad and picojoule. An inverter, an AND gate and a flip-flop.
const LIBRARY: &str = include_str!("fixtures/tiny.lib");

/// y = !(a & b), q takes it: nets 0 ck, 1 a, 2 b, 3 q, 4 n, 5 d.
const NETLIST: &str = r#"{"modules":{"top":{
  "ports":{"ck":{"direction":"input","bits":[2]},"a":{"direction":"input","bits":[3]},
    "b":{"direction":"input","bits":[4]},"q":{"direction":"output","bits":[7]}},
  "cells":{
    "g":{"type":"AND","connections":{"A":[3],"B":[4],"Y":[5]}},
    "i":{"type":"INV","connections":{"A":[5],"Y":[6]}},
    "f":{"type":"DFF","connections":{"D":[6],"CK":[2],"Q":[7]}}}}}}"#;

const PERIOD_NS: f64 = 10.0;

fn library() -> Library {
    read(LIBRARY)
}

fn read(text: &str) -> Library {
    Library::parse(&[("tiny.lib", text)], &[]).unwrap()
}

/// The same cells, counted in other units: every time, capacitance and energy times a factor.
fn counted(units: &[(&str, &str)], time: f64, farad: f64, energy: f64) -> String {
    let scaled = |line: &str, factor: f64| {
        let mut out = String::new();
        for (at, part) in line.split('"').enumerate() {
            match at % 2 {
                0 => out += part,
                _ => {
                    let numbers = part.split(", ").map(|n| n.parse::<f64>().unwrap() * factor);
                    let numbers: Vec<_> = numbers.map(|n| n.to_string()).collect();
                    out += &format!("\"{}\"", numbers.join(", "));
                }
            }
        }
        out
    };
    let lines = LIBRARY.lines().map(|line| match line {
        line if line.contains("_power(") => match line.split_once("values") {
            Some((index, values)) => {
                format!("{}values{}", scaled(index, time), scaled(values, energy))
            }
            None => line.to_owned(),
        },
        line if line.contains("index_1") || line.contains("values") => scaled(line, time),
        line => match line.split_once(" capacitance : ") {
            Some((before, rest)) => {
                let (number, after) = rest.split_once(';').unwrap();
                let number = number.parse::<f64>().unwrap() * farad;
                format!("{before} capacitance : {number};{after}")
            }
            None => line.to_owned(),
        },
    });
    let mut text = lines.collect::<Vec<_>>().join("\n");
    for (from, to) in units {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    text
}

fn netlist() -> Netlist {
    Netlist::parse("netlist", NETLIST, "top").unwrap()
}

/// Of 100 cycles, each net with so many changes.
fn activity(toggles: [u64; 6]) -> Activity {
    Activity {
        cycles: 100,
        toggles: toggles.to_vec(),
        high: vec![100; 6],
    }
}

fn run_sta(folder: &Path, script: &str) {
    std::fs::write(folder.join(sta::SCRIPT), script).unwrap();
    let output = Command::new("sta")
        .args(["-no_splash", "-exit", sta::SCRIPT])
        .current_dir(folder)
        .output()
        .expect("apt-get install opensta");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(!said.contains("Error"), "{said}");
}

/// The transitions that OpenSTA finds with the library as it is.
fn slews(folder: &Path, library: &Library) -> Slews {
    let netlist = netlist();
    std::fs::write(folder.join("tiny.lib"), library.text()).unwrap();
    std::fs::write(folder.join(sta::NETLIST), sta::plain_netlist(&netlist)).unwrap();
    let clocks = Clocks::find(&netlist, library, "ck").unwrap();
    run_sta(
        folder,
        &sta::slews_script(&netlist, &clocks, "tiny.lib", &library.units),
    );
    let text = std::fs::read_to_string(folder.join(sta::SLEWS)).unwrap();
    sta::read_slews("slews", &text, &netlist).unwrap()
}

fn powers(library: &Library, runs: &[Activity]) -> Vec<Elements> {
    let folder = tempfile::tempdir().unwrap();
    let slews = slews(folder.path(), library);
    let netlist = netlist();
    let folder = folder.path();
    let put = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    put(
        sta::VIEW,
        &view::liberty(library, library.cells.values()).unwrap(),
    );
    put(sta::NETLIST, &sta::view_netlist(&netlist, library).unwrap());
    for (run, activity) in runs.iter().enumerate() {
        let text = sta::activities(&netlist, library, activity).unwrap();
        put(&sta::activity_file(run), &text);
    }
    let script = sta::power_script(&netlist, library, &slews, PERIOD_NS, runs.len()).unwrap();
    run_sta(folder, &script);
    let text = std::fs::read_to_string(folder.join(sta::POWERS)).unwrap();
    let powers = sta::read_powers("powers", &text, &netlist, runs.len()).unwrap();
    powers.into_iter().map(|all| Elements { all }).collect()
}

fn of(elements: &Elements, wanted: Element) -> Power {
    let found = elements.all.iter().find(|(element, _)| *element == wanted);
    found.unwrap().1
}

fn close(found: f64, expected: f64) {
    assert!(
        (found - expected).abs() <= 1e-5 * expected.abs() + 1e-15,
        "{found:e} is not {expected:e}"
    );
}

#[test]
fn power_is_what_it_is_by_hand() {
    // ck twice a cycle, a 20, b 30, n 10, d 40, q 60 times in 100 cycles of 10 ns: these are
    // 2e8, 2e7, 3e7, 1e7, 4e7 and 6e7 changes in a second
    let toggles = [200, 20, 30, 60, 10, 40];
    let runs = [
        activity(toggles),
        activity(toggles.map(|n| 2 * n)),
        activity([0; 6]),
    ];
    let all = powers(&library(), &runs);
    let run = &all[0];
    run.check(&netlist(), &library(), &activity(toggles), PERIOD_NS)
        .unwrap();
    // the AND gate: the mean of (0.5 + 0.7) / 2 and (1.5 + 1.7) / 2 pJ for each change of n,
    // and 0.5 * 0.01 pF * (2 V)^2
    let gate = of(run, Element::Instance(0));
    close(gate.internal, 1.1e-12 * 1e7);
    close(gate.switching, 0.5 * 0.01e-12 * 4.0 * 1e7);
    close(gate.leakage, 3e-9);
    // the inverter's energy is what the transition at its input is in ns, in pJ, and all
    // transitions in this library are 0.25 ns
    let inverter = of(run, Element::Instance(1));
    close(inverter.internal, 0.25e-12 * 4e7);
    close(inverter.switching, 0.5 * 0.01e-12 * 4.0 * 4e7);
    // the flip-flop: D (0.05 + 0.07) / 2, Q (0.5 + 0.7) / 2; no load at Q
    let register = of(run, Element::Instance(2));
    close(register.internal, 0.06e-12 * 4e7 + 0.6e-12 * 6e7);
    close(register.switching, 0.0);
    // its clock pin apart: (0.2 + 0.4) / 2
    let clock = of(run, Element::ClockPins(2));
    close(clock.internal, 0.3e-12 * 2e8);
    close(clock.leakage, 0.0);
    // the clock's net, driven from outside
    close(
        of(run, Element::Source(0)).switching,
        0.5 * 0.02e-12 * 4.0 * 2e8,
    );
    close(
        of(run, Element::Source(1)).switching,
        0.5 * 0.01e-12 * 4.0 * 2e7,
    );

    // twice the activity is twice the dynamic power, none is none, and leakage stays
    for ((element, once), (_, twice)) in run.all.iter().zip(&all[1].all) {
        close(twice.dynamic(), 2.0 * once.dynamic());
        close(twice.leakage, once.leakage);
        let rest = of(&all[2], *element);
        assert_eq!((rest.internal, rest.switching), (0.0, 0.0));
        close(rest.leakage, once.leakage);
    }
}

#[test]
fn the_same_power_whatever_the_library_counts_in() {
    let run = activity([200, 20, 30, 60, 10, 40]);
    let all = powers(&library(), std::slice::from_ref(&run)).remove(0);
    let time = ("\"1ns\"", "\"1ps\"");
    for text in [
        counted(&[time, ("(1,pf)", "(1,ff)")], 1e3, 1e3, 1e3),
        counted(
            &[("\"1ns\"", "\"100ps\""), ("(1,pf)", "(\"0.1\", pF)")],
            10.0,
            10.0,
            10.0,
        ),
        // energies are capacitance times voltage squared
        counted(
            &[("\"1V\"", "\"100mV\""), (" voltage : 2.0", " voltage : 20")],
            1.0,
            1.0,
            100.0,
        ),
        counted(
            &[
                ("\"1nW\"", "\"1uW\""),
                ("cell_leakage_power : 3;", "cell_leakage_power : 0.003;"),
            ],
            1.0,
            1.0,
            1.0,
        ),
        // the supply is said elsewhere, and attributes stand in another order
        LIBRARY
            .replace("default_operating_conditions : typical;", "")
            .replace(
                "nom_process : 1;",
                "default_operating_conditions : typical; nom_process : 1;",
            ),
        LIBRARY.replace("default_operating_conditions : typical;", ""),
    ] {
        let library = read(&text);
        let found = powers(&library, std::slice::from_ref(&run)).remove(0);
        found.check(&netlist(), &library, &run, PERIOD_NS).unwrap();
        for ((element, here), (_, there)) in found.all.iter().zip(&all.all) {
            for (here, there) in [
                (here.internal, there.internal),
                (here.switching, there.switching),
                (here.leakage, there.leakage),
            ] {
                assert!(
                    (here - there).abs() <= 1e-4 * there,
                    "{element:?}: {here} {there}"
                );
            }
        }
    }
    // and it is seen where the unit alone is another one
    let library = read(&LIBRARY.replace("(1,pf)", "(1,ff)"));
    let found = powers(&library, std::slice::from_ref(&run)).remove(0);
    let switching = |of: &Elements| of.all.iter().map(|(_, power)| power.switching).sum::<f64>();
    close(switching(&found), switching(&all) / 1e3);
}

#[test]
fn an_output_that_nothing_takes_costs_its_energy() {
    let text = LIBRARY.replace(
        "    pin(Q) {",
        "    pin(QN) { direction : output; capacitance : 0; function : \"IQN\";\n      \
         internal_power() { related_pin : \"CK\"; rise_power(scalar) { values(\"0.25\"); }\n      \
         fall_power(scalar) { values(\"0.25\"); } } }\n    pin(Q) {",
    );
    let library = read(&text);
    // yosys does not know of it
    assert!(!library.mapping_text().contains("pin (QN)"));
    let mut netlist = netlist();
    netlist.connect_outputs(&library).unwrap();
    assert_eq!(netlist.nets, 7);
    let pins = netlist.instances.iter().find(|found| found.cell == "DFF");
    let pins: Vec<_> = pins
        .unwrap()
        .pins
        .iter()
        .map(|(pin, _)| pin.as_str())
        .collect();
    assert!(pins.contains(&"QN"), "{pins:?}");
    // one without energy needs no net
    netlist = self::netlist();
    let library = read(&text.replace(
        "internal_power() { related_pin : \"CK\"; rise_power(scalar) { values(\"0.25\"); }",
        "timing() {",
    ));
    netlist.connect_outputs(&library).unwrap();
    assert_eq!(netlist.nets, 6);
}

#[test]
fn power_that_does_not_come_from_the_measured_activity_is_refused() {
    let counted = activity([200, 20, 30, 60, 10, 40]);
    let run = &powers(&library(), std::slice::from_ref(&counted))[0];
    let check = |activity: &Activity| run.check(&netlist(), &library(), activity, PERIOD_NS);
    check(&counted).unwrap();
    // a single change more of a single net
    let error = check(&activity([200, 20, 30, 60, 10, 41])).unwrap_err();
    assert!(error.to_string().contains("measured activity"), "{error}");
}

#[test]
fn a_library_without_a_supply_is_refused() {
    let text = LIBRARY
        .replace("operating_conditions(typical)", "// ")
        .replace("nom_voltage", "// ");
    let library = Library::parse(&[("tiny.lib", &text)], &[]).unwrap();
    let error = library.supply().unwrap_err();
    assert!(
        error.to_string().contains("operating_conditions"),
        "{error}"
    );
}
