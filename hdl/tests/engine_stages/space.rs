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
    let mut given = 0;
    let mut last = 0..0;
    let mut need = draw.below(words) + 1;
    let mut keep = false;
    let mut waited = 0;
    // The same was needed in the cycle before; and nobody had any words then.
    let (mut asked, mut alone) = (false, true);
    for _ in 0..4000 {
        uut.set("a_need_i", if keep { 0 } else { need });
        uut.set("a_keep_i", keep);
        uut.settle();
        let fits = asked && uut.get("a_fits_o") == 1;
        let takes = fits && at_work.len() < 4 && draw.once_in(2);
        let done = !at_work.is_empty() && draw.once_in(8);
        uut.set("a_take_i", takes);
        uut.set("a_done_i", done);
        uut.settle();
        let word = uut.get("a_word_o") as u64;
        if asked && alone && !fits {
            return Err(format!(
                "{need} of {words} words do not fit where none are used"
            ));
        }
        uut.cycle();
        (asked, alone) = (!takes, at_work.is_empty());
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

/// Jobs that come and end, of chains and without sums; how many were refused, or what is wrong.
/// `slack` is added to each job's sums that are looked at.
fn sums(slack: u64) -> Result<u64, String> {
    let config = config(4, 4, Format::Int8, 64);
    let mut uut = Pins::new(Space::at(&Site::whole(&config)));
    let mut draw = Draw(7);
    uut.set("rst_ni", false);
    uut.cycle();
    uut.set("rst_ni", true);
    // Chains under way, each with its jobs that are not done.
    let mut chains: VecDeque<(Range<u64>, u64)> = VecDeque::new();
    let mut refused = 0;
    for _ in 0..4000 {
        let from = draw.below(60);
        let none = draw.once_in(8);
        let range = match none {
            true => from..0,
            false => from..from + draw.below(20) + 1,
        };
        let join = none || draw.once_in(2);
        let joins = join && !chains.is_empty();
        uut.set("sums_from_i", range.start);
        uut.set("sums_to_i", range.end);
        uut.set("sums_join_i", join);
        uut.settle();
        let apart = !chains
            .iter()
            .any(|(other, _)| overlap(other, &(range.start..range.end + slack)));
        let expected = joins || (apart || join) && chains.len() < 4;
        if (uut.get("sums_free_o") == 1) != expected {
            return Err(format!("{range:?}, {join}, beside {chains:?}"));
        }
        refused += u64::from(!expected);
        let jobs: u64 = chains.iter().map(|(_, jobs)| jobs).sum();
        let takes = expected && jobs < 16 && draw.once_in(2);
        let done = jobs > 0 && draw.once_in(3);
        uut.set("sums_take_i", takes);
        uut.set("done_i", done);
        uut.cycle();
        match (takes, joins) {
            (true, true) => chains.back_mut().expect("a chain").1 += 1,
            (true, false) => chains.push_back((range, 1)),
            (false, _) => {}
        }
        if done {
            let oldest = chains.front_mut().expect("a chain");
            oldest.1 -= 1;
            if oldest.1 == 0 {
                chains.pop_front();
            }
        }
    }
    Ok(refused)
}

#[test]
fn sums_are_free_where_no_job_under_way_has_them() {
    let refused = sums(0).unwrap_or_else(|wrong| panic!("{wrong}"));
    assert!(refused > 100, "{refused} were refused");
}

#[test]
fn sums_of_two_would_be_noticed() {
    assert!(sums(2).is_err());
}
