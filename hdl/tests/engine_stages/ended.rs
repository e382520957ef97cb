//! Jobs leave their slots in order, and come to the store stage in order; one that failed keeps its slot until it is told.

use super::{config, Draw};
use heddle_format::Format;
use heddle_hdl::describe::Pins;
use heddle_hdl::engine::Ended;
use heddle_hdl::Site;
use std::collections::VecDeque;

/// Jobs by their numbers, some of which failed: how many were done, or what is wrong. With `keep` one that failed is
/// expected to have its slot until it is done.
fn runs(seed: u64, keep: bool) -> Result<u64, String> {
    let config = config(4, 4, Format::Int8, 64);
    let mut uut = Pins::new(Ended::at(&Site::whole(&config)));
    let mut draw = Draw(seed);
    uut.set("rst_ni", false);
    uut.cycle();
    uut.set("rst_ni", true);
    let (mut number, mut done, mut most) = (0u64, 0u64, 0);
    let mut bad = draw.once_in(6);
    // Those that wait, and the one that is stored: number, and whether it failed.
    let mut waiting: VecDeque<(u64, bool)> = VecDeque::new();
    let mut stored: Option<(u64, bool)> = None;
    for _ in 0..4000 {
        let offers = number - done < 16 && draw.once_in(2);
        let ends = stored.is_some() && draw.once_in(12);
        uut.set("job_valid_i", offers);
        uut.set("job_slot_i", (number % 4) as u8);
        uut.set("job_index_i", number as u16);
        uut.set("kept_n_kept_i", (number % 64) as u8);
        uut.set("bad_i", u8::from(bad) << (number % 4));
        uut.set("last_ready_i", stored.is_none());
        uut.set("done_i", ends);
        uut.settle();
        let held = stored.is_some_and(|(_, bad)| bad) || waiting.iter().any(|(_, bad)| *bad);
        let alone = waiting.is_empty() && stored.is_none();
        let may = !held && (!bad || alone);
        let comes = offers && may;
        if (uut.get("job_ready_o") == 1) != may {
            return Err(format!(
                "job {number}, failed: {bad}, beside {waiting:?} and {stored:?}"
            ));
        }
        let told = ends && stored.is_some_and(|(_, bad)| bad);
        let leaves = if keep { comes && !bad || told } else { comes };
        if (uut.get("left_o") == 1) != leaves {
            return Err(format!(
                "job {number}, failed: {bad}, leaves its slot: {}",
                !leaves
            ));
        }
        let takes = uut.get("last_valid_o") == 1 && stored.is_none();
        if takes {
            let (next, bad) = waiting.front().ok_or("a job from nowhere")?;
            let seen = (
                uut.get("last_index_o"),
                uut.get("last_n_kept_o"),
                uut.get("last_bad_o"),
            );
            if seen
                != (
                    u128::from(*next as u16),
                    u128::from(next % 64),
                    u128::from(*bad),
                )
            {
                return Err(format!("{seen:?} instead of {next}, {bad}"));
            }
        }
        uut.cycle();
        if ends {
            (stored, done) = (None, done + 1);
        }
        if takes {
            stored = waiting.pop_front();
        }
        if comes {
            waiting.push_back((number, bad));
            number += 1;
            bad = draw.once_in(6);
        }
        most = most.max(waiting.len());
    }
    match most > 8 {
        true => Ok(done),
        false => Err(format!("{most} jobs waited at most")),
    }
}

#[test]
fn jobs_leave_slots_and_come_in_order() {
    for seed in 1..4 {
        let done = runs(seed, true).unwrap_or_else(|wrong| panic!("seed {seed}: {wrong}"));
        assert!(done > 200, "only {done} jobs");
    }
}

#[test]
fn a_slot_kept_by_one_that_failed_would_be_noticed() {
    assert!(runs(1, false).is_err());
}
