//! `heddle explore --pieces`: each array with its probability is a piece. The front is found when
//! all are there.

use super::explore::Swept;
use super::network_table::digest;
use super::pieces::{Judged, PieceArgs, PieceRun};
use crate::CosimError;
use heddle_farm::{piece_seed, Piece, Verdict, What};
use heddle_files::InputError;
use heddle_hdl::ArrayConfig;
use heddle_network::explore::{count_point, Point};
use heddle_schedule::mapper::Rules;
use serde_json::{json, Value};
use std::collections::BTreeMap;

/// An array and a probability of dropping a unit.
type Combination = (ArrayConfig, f64);

fn name((array, p): &Combination) -> String {
    let array = array.resolved();
    let (rows, cols, flow) = (array.rows, array.cols, array.dataflow);
    format!("{rows}x{cols}.{flow}.add{}.p{p}", array.add_stages())
}

/// The combination whose piece has a name.
///
/// # Errors
/// [`CosimError::Input`] if there is none.
pub fn named(wanted: &str, combinations: Vec<Combination>) -> Result<Combination, CosimError> {
    let first = combinations.first().map(name).unwrap_or_default();
    let found = combinations.into_iter().find(|it| name(it) == wanted);
    found.ok_or_else(|| {
        let remedy = format!("name a point of the sweep, such as {first}");
        InputError::new("--piece", wanted, remedy).into()
    })
}

/// Counts the points of a shard.
pub fn run(
    args: &PieceArgs,
    swept: &Swept,
    rules: Rules,
    combinations: &[Combination],
) -> Result<PieceRun, CosimError> {
    let names: Vec<String> = combinations.iter().map(name).collect();
    let sites: Vec<_> = swept.sites.iter().map(|site| site.name()).collect();
    let what = What {
        kind: "explore",
        configuration: json!({
            "network": swept.network.name,
            "network_sha256": digest(swept.network),
            "format": swept.format.name(),
            "sites": sites,
            "flow": rules.flow.to_string(),
            "no_transpose": rules.no_transpose,
            "x_layout": rules.units.to_string(),
            "points": names,
        }),
        // Nothing is drawn.
        seed: 0,
        pieces: combinations.len() as u64,
        tools: BTreeMap::new(),
    };
    let piece = |at: u64| {
        let name = names[at as usize].clone();
        Piece {
            at,
            seed: piece_seed(0, &name),
            name,
        }
    };
    args.run(what, piece, |piece| {
        let combination = combinations[piece.at as usize];
        let point = count_point(swept.network, &swept.sites, rules, combination)?;
        Ok(Judged {
            verdict: Verdict::Right,
            result: to_json(&point),
            why: None,
        })
    })
}

fn to_json(point: &Point) -> Value {
    json!({
        "array": point.array,
        "pes": point.pes,
        "p": point.p,
        "dense_cycles": point.dense_cycles,
        "packed_cycles": point.packed_cycles,
        "dense_utilisation": point.dense_utilisation,
        "packed_utilisation": point.packed_utilisation,
        "speedup": point.speedup,
    })
}

/// All points, if they are all there and could be counted.
pub fn points(run: &PieceRun, combinations: &[Combination]) -> Option<Vec<Point>> {
    let all = run.all && run.lines.len() == combinations.len();
    let points = run
        .lines
        .iter()
        .zip(combinations)
        .map(|(line, (array, p))| {
            let value = |name: &str| line.result.get(name);
            let float = |name| value(name)?.as_f64();
            Some(Point {
                array: array.resolved(),
                pes: value("pes")?.as_u64()?,
                p: *p,
                dense_cycles: value("dense_cycles")?.as_u64()?,
                packed_cycles: value("packed_cycles")?.as_u64()?,
                dense_utilisation: float("dense_utilisation")?,
                packed_utilisation: float("packed_utilisation")?,
                speedup: float("speedup")?,
                front: false,
            })
        });
    match all {
        true => points.collect(),
        false => None,
    }
}
