//! A run of the engine against the model.

use super::Modelled;
use crate::memory::Kind;
use crate::run_report::RunReport;
use std::collections::BTreeMap;

/// Where `run` departs from what the model says of its program, in words.
pub fn difference(run: &RunReport, modelled: Option<&Modelled>) -> Option<String> {
    let Some(modelled) = modelled else {
        return Some(format!(
            "the model does not end, the engine did after {} cycles",
            run.cycles
        ));
    };
    let cycles = ("cycles".to_owned(), run.cycles, modelled.cycles);
    let counters = run.counters.iter().zip(modelled.counters.iter());
    let counters = counters.map(|((name, seen), (_, told))| (name, seen, told));
    let seen: BTreeMap<Kind, u64> = run
        .traffic
        .read
        .iter()
        .map(|(kind, volume)| (*kind, volume.bytes))
        .collect();
    let bytes = Kind::ALL.map(|kind| {
        let of = |bytes: &BTreeMap<Kind, u64>| bytes.get(&kind).copied().unwrap_or(0);
        let name = format!("bytes_read_of {}", kind.name());
        (name, of(&seen), of(&modelled.bytes_read_of))
    });
    let all = std::iter::once(cycles).chain(counters).chain(bytes);
    let differences: Vec<String> = all
        .filter(|(_, seen, told)| seen != told)
        .map(|(name, seen, told)| format!("{name}: engine {seen}, model {told}"))
        .collect();
    (!differences.is_empty())
        .then(|| format!("not as the cycle model says: {}", differences.join("; ")))
}
