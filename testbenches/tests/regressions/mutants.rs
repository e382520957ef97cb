//! A sample of the mutants of `scripts/mutate.sh`: the regression passes without a mutant and
//! notices most of those drawn.

use heddle_testbenches::mutation::{self, Thorough};

#[test]
fn a_sample_is_noticed() {
    let (_, config) = mutation::designs().swap_remove(0);
    let dir = tempfile::tempdir().unwrap();
    let netlist = mutation::mutate(&config, 30, 2, dir.path()).unwrap();
    assert_eq!(netlist.mutants.len(), 30);
    let library = mutation::build(&netlist).unwrap();
    let notice =
        |number: usize| mutation::notice(&config, &library, number, Thorough::Sample).unwrap();
    assert_eq!(
        notice(0),
        None,
        "without a mutant there is nothing to notice"
    );
    let mut missed = netlist.mutants.clone();
    missed.retain(|mutant| notice(mutant.number).is_none());
    assert!(missed.len() <= 6, "{missed:#?}");
}
