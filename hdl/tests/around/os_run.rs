//! The sequencer of runs beside its array, as its instance to copy connects them.

use crate::common;
use crate::configs;
use crate::ends::{Sink, Source, Word};
use crate::rig::{planted, Noise, Rig};
use crate::runs::Run;
use heddle_hdl::around::{around_design, generate_around, Around, GROUP_BITS};
use heddle_hdl::emit::{Design, Direction, Module, Port};
use heddle_hdl::manifest::write_design;
use heddle_hdl::{ArrayConfig, Prefix};
use std::collections::VecDeque;
use std::fmt::Write;

fn design(config: &ArrayConfig) -> Design {
    generate_around(config, &Prefix::default(), &[Around::OsRun]).unwrap()
}

/// `design` with a module `block` whose ports are those of heddle_os_run that are not the array's. In it
/// stands the instance to copy, as the folder has it.
fn with_block(config: &ArrayConfig, mut design: Design) -> Design {
    let (_guard, dir) = common::folder();
    write_design(&design, config, &dir).unwrap();
    let text = std::fs::read_to_string(dir.join("heddle_os_run_inst.vh")).unwrap();
    let run = design.modules.iter().find(|m| m.name == "heddle_os_run");
    let is_outer = |port: &&Port| text.contains(&format!(" {}; ", port.name));
    let ports: Vec<Port> = run
        .unwrap()
        .ports
        .iter()
        .filter(is_outer)
        .cloned()
        .collect();
    let declared = |prefix: &str| {
        let ports = ports.iter().map(|port| {
            let way = match port.direction {
                Direction::Input => "input",
                Direction::Output => "output",
            };
            format!("{way} wire [{}:0] {prefix}{}", port.bits - 1, port.name)
        });
        ports.collect::<Vec<_>>().join(", ")
    };
    let mut inner = format!("module pins ({});\n{text}", declared("p_"));
    let mut outer = format!("module block ({});\n", declared(""));
    let mut pins = Vec::new();
    for port in &ports {
        let name = &port.name;
        match port.direction {
            Direction::Input => writeln!(inner, "assign {name} = p_{name};").unwrap(),
            Direction::Output => writeln!(inner, "assign p_{name} = {name};").unwrap(),
        }
        pins.push(format!(".p_{name}({name})"));
    }
    for name in ["clear_i", "test_en_i"] {
        if text.contains(&format!("wire {name};")) {
            writeln!(inner, "assign {name} = 1'b0;").unwrap();
        }
    }
    inner += "endmodule\n";
    writeln!(outer, "pins u_pins ({});\nendmodule", pins.join(", ")).unwrap();
    for (name, text) in [("pins", inner), ("block", outer)] {
        design.modules.push(Module {
            name: name.into(),
            ports: ports.clone(),
            lanes: vec![None; ports.len()],
            text,
        });
    }
    design
}

/// A row of sums that is expected.
#[derive(Debug)]
struct Row {
    /// Of run, operand, seed and sum: last, group, row, tile.
    place: [u64; 4],
    keep: Vec<bool>,
    sums: Vec<u64>,
}

struct Bench<'a> {
    config: &'a ArrayConfig,
    rig: Rig,
    run: Source,
    op: Source,
    seed: Source,
    sum: Sink,
    expected: VecDeque<Row>,
}

impl<'a> Bench<'a> {
    fn new(config: &'a ArrayConfig, design: Design) -> Self {
        let tiles = config.phases() > 1;
        let mut run = vec!["run_groups_i", "run_rows_i", "run_zero_i"];
        let mut sum = vec![
            "sum_last_o",
            "sum_group_o",
            "sum_row_o",
            "sum_keep_o",
            "sum_o",
        ];
        if tiles {
            run.push("run_tiles_i");
            sum.push("sum_tile_o");
        }
        let op = [
            "op_last_i",
            "op_keep_i",
            "op_row_keep_i",
            "op_col_keep_i",
            "op_a_i",
            "op_b_i",
        ];
        Self {
            config,
            rig: Rig::new(&with_block(config, design)),
            run: Source::new("run_valid_i", "run_ready_o", &run),
            op: Source::new("op_valid_i", "op_ready_o", &op),
            seed: Source::new("seed_valid_i", "seed_ready_o", &["seed_keep_i", "seed_i"]),
            sum: Sink::new("sum_valid_o", "sum_ready_i", &sum),
            expected: VecDeque::new(),
        }
    }

    fn add(&mut self, run: &Run) {
        let config = self.config;
        let (bits, acc) = (config.operand_bits(), config.acc_bits());
        let number = |value: usize| Word::default().with(value as u64, GROUP_BITS);
        let bit = |value: bool| Word::default().with(value.into(), 1);
        let mut command = vec![
            number(run.groups.len() - 1),
            Word::default().with(run.rows as u64 - 1, 8),
            bit(run.zero),
        ];
        if config.phases() > 1 {
            command.push(Word::default().with(run.tiles as u64 - 1, 8));
        }
        self.run.waiting.push_back(command);
        for (at, group) in run.groups.iter().enumerate() {
            let length = group[0].steps.len();
            for k in 0..length {
                for (index, tile) in group.iter().enumerate() {
                    let step = &tile.steps[k];
                    // Where another tile follows the flag is not looked at.
                    let last = match index + 1 == run.tiles {
                        true => k + 1 == length,
                        false => k.is_multiple_of(2),
                    };
                    self.op.waiting.push_back(vec![
                        bit(last),
                        bit(step.keep),
                        Word::bits(&step.rows),
                        Word::bits(&step.cols),
                        Word::of(&step.a, bits),
                        Word::of(&step.b, bits),
                    ]);
                }
            }
            for row in 0..run.rows {
                for (index, tile) in group.iter().enumerate() {
                    let (keep, seeds) = &tile.seeds[row];
                    if !run.zero {
                        let word = vec![Word::bits(keep), Word::of(seeds, acc)];
                        self.seed.waiting.push_back(word);
                    }
                    let (keep, sums) = run.sums(config, tile, row);
                    let ends = [row + 1 == run.rows, index + 1 == run.tiles];
                    let last = ends == [true; 2] && at + 1 == run.groups.len();
                    self.expected.push_back(Row {
                        place: [last.into(), at as u64, row as u64, index as u64],
                        keep,
                        sums,
                    });
                }
            }
        }
    }

    /// The row of sums in `words` is the next one.
    fn check(&mut self, words: &[Vec<u8>]) -> Result<(), String> {
        let row = self.expected.pop_front().ok_or("a row of sums too many")?;
        let number = |at: usize| {
            let bytes = words.get(at).map_or(&[][..], |word| word);
            bytes
                .iter()
                .rev()
                .fold(0, |all, byte| all << 8 | u64::from(*byte))
        };
        let place = [number(0), number(1), number(2), number(5)];
        if place != row.place {
            return Err(format!("place {place:?}, not {:?}", row.place));
        }
        let acc = self.config.acc_bits();
        for (col, sum) in row.sums.iter().enumerate() {
            let kept = crate::rig::field(&words[3], col, 1) == 1;
            let found = crate::rig::field(&words[4], col * acc, acc);
            if kept != row.keep[col] || (kept && found != *sum) {
                return Err(format!("column {col}: {kept} {found:x}, not {row:x?}"));
            }
        }
        Ok(())
    }

    /// All that waits goes through; the cycles that it took.
    fn go(&mut self, noise: &mut Noise, busy: [usize; 4]) -> Result<usize, String> {
        let [run, op, seed, sum] = busy;
        (self.run.busy, self.op.busy) = (run, op);
        (self.seed.busy, self.sum.busy) = (seed, sum);
        let (mut cycles, mut quiet, mut last) = (0, 0, 0);
        while quiet < 60 || !self.expected.is_empty() {
            for source in [&mut self.run, &mut self.op, &mut self.seed] {
                source.drive(&mut self.rig, noise);
            }
            self.sum.drive(&mut self.rig, noise);
            self.rig.settle();
            let mut moves = false;
            for source in [&mut self.run, &mut self.op, &mut self.seed] {
                moves |= source.taken(&mut self.rig);
            }
            if let Some(words) = self.sum.taken(&mut self.rig)? {
                self.check(&words)?;
                (moves, last) = (true, cycles);
            }
            quiet = if moves { 0 } else { quiet + 1 };
            if quiet > 4000 {
                return Err(format!("it hangs, {} rows are left", self.expected.len()));
            }
            cycles += 1;
            self.rig.cycle();
        }
        let left = [&self.run, &self.op, &self.seed].map(|source| source.waiting.len());
        match (left, self.rig.get("idle_o")) {
            ([0, 0, 0], 1) => Ok(last + 1),
            (left, idle) => Err(format!("left: {left:?}, idle: {idle}")),
        }
    }
}

/// Runs of all sizes through `design`, with waits of all kinds.
fn random(config: &ArrayConfig, design: Design, seed: u64, runs: usize) -> Result<(), String> {
    let mut noise = Noise::new(seed);
    let mut bench = Bench::new(config, design);
    for busy in [
        [100; 4],
        [50; 4],
        [100, 20, 100, 100],
        [100, 100, 20, 100],
        [100, 100, 100, 5],
        [10, 100, 100, 100],
    ] {
        for _ in 0..runs {
            let groups = 1 + noise.below(6);
            let run = Run::random(&mut noise, config, groups, 7);
            bench.add(&run);
        }
        let said = bench.go(&mut noise, busy);
        said.map_err(|said| format!("{busy:?}: {said}"))?;
    }
    Ok(())
}

#[test]
fn no_tool_complains_of_os_run() {
    for config in configs().iter().filter(|config| config.dataflow.has_os()) {
        let design = around_design(config, &Prefix::default(), Around::OsRun).unwrap();
        let said = common::complaints(&design);
        assert!(said.is_empty(), "{}: {said}", config.slug());
    }
}

#[test]
fn runs_have_the_sums_of_the_golden_model() {
    let configs = configs();
    let configs = configs.iter().filter(|config| config.dataflow.has_os());
    for (seed, config) in configs.enumerate() {
        let said = random(config, design(config), seed as u64, 12);
        assert_eq!(said, Ok(()), "{}", config.slug());
    }
}

/// INTERFACE.md: a run costs P * (R - 1) cycles before its first beat, P * max(K, R) for each group and P * (1 + R)
/// behind its last beat; sums leave L cycles behind their exchange.
#[test]
fn runs_take_the_cycles_of_the_array() {
    let config = configs().remove(0);
    let mut noise = Noise::new(7);
    let mut bench = Bench::new(&config, design(&config));
    let (p, l) = (config.phases(), config.latency());
    for (groups, k) in [(1, 9), (8, 9), (8, 1), (20, 1)] {
        let mut run = Run::random(&mut noise, &config, groups, 1);
        run.rows = config.rows;
        run.tiles = p;
        run.zero = true;
        for tile in run.groups.iter_mut().flatten() {
            let step = tile.steps[0].clone();
            tile.steps = vec![step; k];
            tile.seeds
                .resize(config.rows, (vec![true; config.cols], vec![0; config.cols]));
        }
        for group in &mut run.groups {
            group.resize(p, group[0].clone());
        }
        bench.add(&run);
        let cycles = bench.go(&mut noise, [100; 4]).unwrap();
        let rows = config.rows;
        let array = p * (rows - 1) + groups * p * k.max(rows) + p * (1 + rows) + l;
        // A run waits a cycle in its queue, its sums one in theirs; turns begin where the phase is.
        assert!(
            cycles <= array + p + 2,
            "{groups} groups of {k}: {cycles} cycles, {array} of the array"
        );
    }
}

#[test]
fn faults_in_os_run_are_noticed() {
    let config = configs().remove(0);
    let good = design(&config);
    let places = config.sum_places();
    let bits = usize::BITS as usize - places.leading_zeros() as usize;
    let credit = format!("under_way_q < {bits}'d{places}");
    let beyond = format!("under_way_q < {bits}'d{}", places + 1);
    let faults = [
        // A credit too many.
        ("heddle_os_results", credit.as_str(), beyond.as_str()),
        // The last row of every group.
        ("heddle_os_results", "last_row & last_group", "last_row"),
        // Operands are waited for that a tile which is missing has not.
        ("heddle_os_beats", "(op_valid_i | !real_turn)", "op_valid_i"),
        // The first flushes end the run.
        ("heddle_os_beats", "flushed & second_q", "flushed"),
        // No place is promised to sums.
        (
            "heddle_os_exchanges",
            "rounds_q == 2'd2) & real",
            "rounds_q == 2'd3) & real",
        ),
    ];
    for (module, old, new) in faults {
        let bad = planted(&good, module, old, new);
        assert!(random(&config, bad, 3, 12).is_err(), "{old} -> {new}");
    }
}
