//! Words of two jobs never overlap while both are at work, and what fits is found.

use super::{config, Draw};
use heddle_format::Format;
use heddle_hdl::describe::Pins;
use heddle_hdl::engine::Space;
use heddle_hdl::Site;
use std::collections::VecDeque;
use std::ops::Range;

fn overlap(a: &Range<u64>, b: &Range<u64>) -> bool {
    a.start < b.end && b.start < a.end
}

/// What is wrong, if anything is; `slack` is added to each A that is looked at.
fn runs(seed: u64, slack: u64) -> Result<u64, String> {
    let config = config(4, 4, Format::Int8, 64);
    let words = config.engine().a_words as u64;
    let mut uut = Pins::new(Space::at(&Site::whole(&config)));
    let mut draw = Draw(seed);
    uut.set("rst_ni", false);
    uut.cycle();
    uut.set("rst_ni", true);
    let mut at_work: VecDeque<Range<u64>> = VecDeque::new();
    let (mut slot, mut given) = (0u64, 0);
    let mut last = 0..0;
    let mut need = draw.below(words) + 1;
    let mut keep = false;
    let mut waited = 0;
    for _ in 0..4000 {
        uut.set("slot_i", slot as u8);
        uut.set("a_need_i", if keep { 0 } else { need });
        uut.set("a_keep_i", keep);
        uut.settle();
        let fits = uut.get("a_fits_o") == 1;
        let takes = fits && at_work.len() < 4 && draw.once_in(2);
        let done = !at_work.is_empty() && draw.once_in(8);
        uut.set("a_take_i", takes);
        uut.set("a_done_i", done);
        uut.settle();
        let word = uut.get("a_word_o") as u64;
        if at_work.is_empty() && !fits {
            return Err(format!(
                "{need} of {words} words do not fit where none are used"
            ));
        }
        uut.cycle();
        waited += 1;
        if done {
            at_work.pop_front();
        }
        if takes {
            let range = if keep {
                last.clone()
            } else {
                word..word + need
            };
            let seen = range.start..range.end + slack;
            if seen.end > words {
                return Err(format!("{seen:?} is beyond the end"));
            }
            if keep && word != range.start {
                return Err(format!("{word} is not where the last one is"));
            }
            if let Some(other) = at_work.iter().find(|other| !keep && overlap(other, &seen)) {
                return Err(format!("{seen:?} and {other:?}"));
            }
            at_work.push_back(range.clone());
            last = range;
            given += 1;
            slot = (slot + 1) % 4;
            keep = given > 0 && draw.once_in(4);
            need = draw.mostly(3, words, words / 5) + 1;
            waited = 0;
        }
        if waited > 400 {
            return Err("nothing fits any more".into());
        }
    }
    Ok(given)
}

#[test]
fn every_a_has_words_of_its_own() {
    for seed in 1..6 {
        let given = runs(seed, 0).unwrap_or_else(|wrong| panic!("seed {seed}: {wrong}"));
        assert!(given > 200, "only {given} jobs");
    }
}

#[test]
fn words_of_two_would_be_noticed() {
    assert!(runs(1, 3).is_err());
}

#[test]
fn sums_are_free_where_no_job_under_way_has_them() {
    let config = config(4, 4, Format::Int8, 64);
    let mut uut = Pins::new(Space::at(&Site::whole(&config)));
    let mut draw = Draw(7);
    uut.set("rst_ni", false);
    uut.cycle();
    uut.set("rst_ni", true);
    // A job without sums of its own is under way like the others.
    let mut jobs: VecDeque<Option<Range<u64>>> = VecDeque::new();
    let (mut slot, mut refused) = (0u64, 0);
    for _ in 0..2000 {
        let from = draw.below(60);
        let range = from..from + draw.below(20) + 1;
        uut.set("slot_i", slot as u8);
        uut.set("sums_from_i", range.start);
        uut.set("sums_to_i", range.end);
        uut.settle();
        let expected = !jobs.iter().flatten().any(|other| overlap(other, &range));
        assert_eq!(
            uut.get("sums_free_o") == 1,
            expected,
            "{range:?} beside {jobs:?}"
        );
        refused += u64::from(!expected);
        let comes = jobs.len() < 4 && draw.once_in(2);
        let owns = comes && expected;
        let done = !jobs.is_empty() && draw.once_in(3);
        uut.set("sums_take_i", owns);
        uut.set("done_i", done);
        uut.cycle();
        if done {
            jobs.pop_front();
        }
        if comes {
            jobs.push_back(owns.then_some(range));
            slot = (slot + 1) % 4;
        }
    }
    assert!(refused > 100, "{refused} were refused");
}
