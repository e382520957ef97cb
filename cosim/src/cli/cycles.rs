//! `heddle cycles`

use super::array_args::ArrayArgs;
use super::network::NetworkArgs;
use super::{output, Outcome};
use crate::array::tiler::Extent;
use crate::cycles::job::{edge_of, kept_shape};
use crate::cycles::scalesim::{scalesim, Dataflow};
use crate::cycles::{bounds, count};
use crate::report::{align_right, grouped, plain};
use crate::CosimError;
use heddle_gemm::{Phase, Policy};
use heddle_hdl::ArrayConfig;
use serde_json::json;

/// Largest dimension that is counted.
const MAX_DIM: usize = 1 << 24;
/// Most tiles that are counted one by one, some seconds' worth.
const MAX_TILES: u64 = 1 << 30;

/// Counts cycles with the cycle model, which equals the Verilated array's own count on
/// every job. Either one product (--phase, --m, --k, --n) or a named network.
///
/// A product is M x K x N: A is M x K, B is K x N. A phase masks one dimension: fp k, bp n,
/// wg m; --keep says how many of it are kept. The limit is MACs / (rows * cols), of the
/// kept MACs under packed; utilisation is limit / cycles.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  heddle cycles --phase fp --m 20 --k 650 --n 2600 --format int8
  heddle cycles --phase wg --m 650 --k 20 --n 2600 --keep 325 --policy packed --json
  heddle cycles --network zaremba-medium
  heddle cycles --network zaremba-large --epoch --kind bernoulli --plot large.svg")]
pub struct CyclesArgs {
    /// Phase of the product: fp, bp or wg
    #[arg(long, value_name = "PHASE", value_parser = phase, required_unless_present = "network")]
    phase: Option<Phase>,
    /// Rows of A and C
    #[arg(long, value_name = "M", required_unless_present = "network")]
    m: Option<usize>,
    /// The reduction: columns of A, rows of B
    #[arg(long, value_name = "K", required_unless_present = "network")]
    k: Option<usize>,
    /// Columns of B and C
    #[arg(long, value_name = "N", required_unless_present = "network")]
    n: Option<usize>,
    /// How many of the masked dimension are kept [default: all]
    #[arg(long, value_name = "COUNT")]
    keep: Option<usize>,
    /// What becomes of dropped rows and columns: dense, gated or packed
    #[arg(long, value_name = "POLICY", default_value = "dense")]
    policy: Policy,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    network: NetworkArgs,
    #[command(flatten)]
    array: ArrayArgs,
}

pub(super) fn phase(name: &str) -> Result<Phase, String> {
    Phase::ALL
        .into_iter()
        .find(|phase| phase.name() == name)
        .ok_or_else(|| format!("unknown phase '{name}': use one of fp, bp, wg"))
}

pub fn run(args: &CyclesArgs) -> Result<Outcome, CosimError> {
    let config = args.array.config()?;
    match (
        args.network.network.as_deref(),
        args.phase,
        args.m,
        args.k,
        args.n,
    ) {
        (Some(name), ..) => args.network.run(name, config, args.json)?,
        (None, Some(phase), Some(m), Some(k), Some(n)) => product(args, config, phase, (m, k, n))?,
        // the command line requires them; this is for whoever changes it
        _ => {
            return Err(CosimError::Input {
                name: "--phase, --m, --k, --n",
                value: "incomplete".into(),
                remedy: "give all four, or --network".into(),
            })
        }
    }
    Ok(Outcome::Right)
}

fn product(
    args: &CyclesArgs,
    config: ArrayConfig,
    phase: Phase,
    shape: (usize, usize, usize),
) -> Result<(), CosimError> {
    let (m, k, n) = shape;
    for (name, value) in [("--m", m), ("--k", k), ("--n", n)] {
        if !(1..=MAX_DIM).contains(&value) {
            return Err(CosimError::Input {
                name,
                value: value.to_string(),
                remedy: format!("use a value from 1 to {MAX_DIM}"),
            });
        }
    }
    let tiles = k.div_ceil(config.rows) as u64 * n.div_ceil(config.cols) as u64;
    if tiles > MAX_TILES {
        return Err(CosimError::Input {
            name: "--k x --n",
            value: format!("{k} x {n}"),
            remedy: format!(
                "that is {tiles} tiles; choose sizes or an array that make at most {MAX_TILES}"
            ),
        });
    }
    let keep = args.keep.unwrap_or(match phase {
        Phase::Forward => k,
        Phase::Backward => n,
        Phase::WeightGradient => m,
    });
    let kept = kept_shape(phase, shape, keep)?;
    let count_of = |policy| count(&config, shape, kept, policy, edge_of(phase));
    let (counted, dense) = (count_of(args.policy), count_of(Policy::Dense));
    let bound = bounds::weight_stationary(&config, Extent::new(args.policy, shape, kept));
    let (sm, sk, sn) = if args.policy == Policy::Packed {
        kept
    } else {
        shape
    };
    let baseline = |dataflow| scalesim(dataflow, config.rows, config.cols, sm, sk, sn);
    let speedup = (counted.cycles > 0).then(|| dense.cycles as f64 / counted.cycles as f64);
    if args.json {
        return output::json(&output::versioned(json!({
            "array": config,
            "phase": phase,
            "policy": args.policy,
            "m": m,
            "k": k,
            "n": n,
            "keep": keep,
            "macs": counted.macs,
            "cycles": counted.cycles,
            "limit": counted.limit,
            "utilisation": counted.utilisation,
            "bound": bound,
            "tiles": counted.tiles,
            "breakdown": counted.breakdown,
            "ragged": counted.ragged,
            "dense_cycles": dense.cycles,
            "speedup": speedup,
            "scalesim": {
                "weight_stationary": baseline(Dataflow::WeightStationary),
                "output_stationary": baseline(Dataflow::OutputStationary),
            },
        })));
    }
    let mut table = plain(&["cycles", "of which"]);
    let mut row = |what: &str, value: String| {
        table.add_row(vec![what.to_owned(), value]);
    };
    let parts = counted.breakdown;
    row("total", grouped(counted.cycles));
    row("beats", grouped(parts.beats));
    row("waiting for weights", grouped(parts.weight_load));
    row("waiting for sums", grouped(parts.round_trip));
    row("draining", grouped(parts.drain));
    row(
        "limit (every PE busy)",
        grouped(counted.limit.round() as u64),
    );
    row("bound (whole tiles)", grouped(bound));
    row(
        "SCALE-Sim, weight stationary",
        grouped(baseline(Dataflow::WeightStationary)),
    );
    row(
        "SCALE-Sim, output stationary",
        grouped(baseline(Dataflow::OutputStationary)),
    );
    align_right(&mut table, 1);
    output::line(format!(
        "{phase} {m} x {k} x {n}, {keep} kept, {} on {} x {} {}",
        args.policy, config.rows, config.cols, config.format
    ))?;
    output::line(table)?;
    output::line(format!(
        "utilisation {:.1} %, {} times faster than dense ({} cycles), {} MACs in {} tiles",
        100.0 * counted.utilisation,
        speedup.map_or("infinitely many".to_owned(), |speedup| format!(
            "{speedup:.2}"
        )),
        grouped(dense.cycles),
        grouped(counted.macs),
        grouped(counted.tiles),
    ))
}
