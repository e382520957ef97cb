//! A sample of the mutants of `scripts/mutate.sh`: the regression passes without a mutant and
//! notices most of those drawn; and controls of what it notices them with.

use heddle_engine::Sizes;
use heddle_hdl::{generate, ArrayConfig};
use heddle_testbenches::mutation::equal::{Miter, Verdict};
use heddle_testbenches::mutation::{
    self, engine, first_difference, Mutant, Netlist, Thorough, PRELOADS,
};

fn int8() -> ArrayConfig {
    mutation::designs().swap_remove(0).1
}

#[test]
fn a_sample_is_noticed() {
    let config = int8();
    let dir = tempfile::tempdir().unwrap();
    let netlist = Netlist::make(&config, 30, 2, dir.path()).unwrap();
    assert_eq!(netlist.mutants.len(), 30);
    let library = mutation::build(&netlist).unwrap();
    let notice = |number| mutation::notice(&config, &library, number, Thorough::Sample).unwrap();
    assert_eq!(
        notice(0),
        None,
        "without a mutant there is nothing to notice"
    );
    let (mut missed, mut other) = (Vec::new(), Vec::new());
    for mutant in &netlist.mutants {
        match notice(mutant.number) {
            None => missed.push(mutant),
            // What only moves too much is the same to a proof, which looks at the edge.
            Some(what) if what.contains("moves") => {}
            Some(_) => other.push(mutant),
        }
    }
    assert!(missed.len() <= 6, "{missed:#?}");

    // What is noticed at the edge is never proved to be equal.
    let other = &other[..3];
    let miter = Miter::new(&config, &netlist, other, dir.path()).unwrap();
    for mutant in other {
        let verdict = miter.verdict(mutant, 5, dir.path()).unwrap();
        assert_ne!(verdict, Verdict::Equal, "{mutant:?}");
    }
}

/// An engine without a mutant is clean and keeps to the model of its cycles and counters; most of a few mutants are noticed.
#[test]
fn a_sample_of_the_engine_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let (verilog, mutants) = engine::netlist(12, 2, dir.path()).unwrap();
    let library = engine::build(&verilog).unwrap();
    let mut regression = engine::Regression::new(Sizes::new(&engine::config())).unwrap();
    assert_eq!(regression.calibrate(&library).unwrap(), None);
    let survives = |of: &&Mutant| engine::notice(&regression, &library, of.number).is_none();
    let missed: Vec<_> = mutants.iter().filter(survives).collect();
    assert!(missed.len() <= 4, "{missed:#?}");
}

/// What is noticed of `design`, the int8 array's Verilog with changes, or of what moves in it
/// being judged `off_by` cycles too early.
fn noticed(design: &str, off_by: usize) -> Option<String> {
    let config = int8();
    let dir = tempfile::tempdir().unwrap();
    let netlist = Netlist::of(&config, design, 1, 1, dir.path()).unwrap();
    let library = mutation::build(&netlist).unwrap();
    let mut array = mutation::array(&config, &library, 0, PRELOADS[0]).unwrap();
    array.off_by = off_by;
    first_difference::<i8>(&config, &mut array, PRELOADS[0], Thorough::Sample)
}

#[test]
fn faults_that_only_cost_power_are_noticed() {
    let design = generate(&int8()).unwrap().text();
    assert_eq!(noticed(&design, 0), None);
    let off = noticed(&design, 1).expect("the rule of another cycle");
    assert!(off.contains("moves"), "{off}");
    let faults = [
        ("(en_i & mac_i)", "(en_i)", "Activation"),
        ("(en_i & live_i)", "(en_i)", "Adder"),
        ("(en_i & arrives & occupied)", "(en_i)", "Words"),
    ];
    for (from, to, group) in faults {
        let changed = design.replace(from, to);
        assert_ne!(changed, design, "{from}");
        let found = noticed(&changed, 0).unwrap_or_else(|| panic!("{to} is not noticed"));
        assert!(found.contains("moves") && found.contains(group), "{found}");
    }
}
