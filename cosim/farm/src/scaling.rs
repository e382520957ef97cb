//! What another number of tasks would take, from what the pieces took.

use crate::lines;
use crate::task::TaskRecord;
use crate::{FarmError, Piece, RunFolder, Shard};
use serde::Serialize;
use std::fs;

/// What was measured in a run.
#[derive(Clone, Debug)]
pub struct Measured {
    /// The pieces with their wall times in seconds.
    pub pieces: Vec<(Piece, f64)>,
    /// What a task takes besides its pieces, in seconds: the mean of the tasks that say so.
    pub start_seconds: f64,
}

/// What a number of tasks would take, all at once, each on a processor like those of the run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Predicted {
    /// How many.
    pub tasks: u64,
    /// Wall time until the last one ends.
    pub seconds: f64,
    /// Wall time of all pieces, one after another, by that of so many processors.
    pub efficiency: f64,
}

/// What a run took.
///
/// # Errors
/// [`FarmError::File`], [`FarmError::Lines`].
pub fn measured(run: &RunFolder) -> Result<Measured, FarmError> {
    let mut pieces = Vec::new();
    let mut starts = Vec::new();
    for task in run.tasks() {
        let file = run.pieces(task);
        if !file.exists() {
            continue;
        }
        for line in lines::read(&file)?.lines {
            let seconds = line.run.map_or(0.0, |run| run.seconds);
            let piece = Piece {
                at: line.at,
                name: line.piece,
                seed: line.seed,
            };
            pieces.push((piece, seconds));
        }
        let record = fs::read(run.record(task)).ok();
        let record = record.and_then(|bytes| serde_json::from_slice::<TaskRecord>(&bytes).ok());
        starts.extend(record.map(|record| record.seconds - record.piece_seconds));
    }
    let count = starts.len().max(1) as f64;
    Ok(Measured {
        pieces,
        start_seconds: starts.iter().sum::<f64>() / count,
    })
}

/// What `tasks` tasks would take, by the same spread of pieces.
pub fn predicted(measured: &Measured, tasks: u64) -> Predicted {
    let mut loads = vec![0.0; tasks.max(1) as usize];
    let mut all = 0.0;
    for (piece, seconds) in &measured.pieces {
        loads[Shard::of(piece, tasks.max(1)) as usize - 1] += seconds;
        all += seconds;
    }
    let longest = loads.into_iter().fold(0.0, f64::max);
    let seconds = longest + measured.start_seconds;
    Predicted {
        tasks,
        seconds,
        efficiency: all / (seconds * tasks.max(1) as f64).max(f64::MIN_POSITIVE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_task_has_all_pieces_and_many_wait_for_the_longest() {
        let piece = |at| Piece {
            at,
            name: at.to_string(),
            seed: 0,
        };
        let pieces = (0..8).map(|at| (piece(at), if at == 3 { 5.0 } else { 1.0 }));
        let measured = Measured {
            pieces: pieces.collect(),
            start_seconds: 0.5,
        };
        let one = predicted(&measured, 1);
        assert_eq!((one.seconds, one.efficiency), (12.5, 12.0 / 12.5));
        let many = predicted(&measured, 10_000);
        assert!(many.seconds >= 5.5 && many.seconds < one.seconds);
        assert!(many.efficiency <= 12.0 / (5.5 * 10_000.0));
    }
}
