//! The command line of `heddle`: parsing, dispatch, exit codes.
//!
//! Results go to standard output, everything else (progress, errors) to standard error.
//! Exit codes: 0 all well, 1 a failure (a wrong bit among them), 2 bad input, 128 and its
//! number after a signal: 130 after Ctrl-C, 143 after SIGTERM, 129 after SIGHUP.

mod array_args;
mod bench;
mod cell_args;
mod choice;
mod cosim;
mod cosim_engine;
mod cosim_pieces;
mod cycles;
mod cycles_engine;
mod cycles_trace;
mod data_args;
mod doctor;
mod engine_args;
mod engine_program;
mod engine_report;
mod engine_waveform;
mod explain;
mod explore;
mod explore_cost;
mod explore_engine;
mod explore_engine_table;
mod explore_pieces;
mod explore_sweep;
mod farm;
mod farm_table;
mod files;
mod generate;
mod man;
mod map_args;
mod model_notes;
mod network;
mod network_command;
mod network_table;
mod numbers;
mod output;
mod parity;
mod pieces;
mod power;
mod power_table;
mod presets;
mod progress;
mod report;
mod report_args;
mod roofline;
mod run;
mod run_engine;
mod schema;
mod simulated_engine;
mod simulator;
mod site_rates;
mod sites;
mod synth;
mod synth_table;
mod task_args;
mod terminal;
mod tile_engine_args;
mod trace;
mod train;
mod train_table;
mod verilog_folder;
mod waveform;
mod word_args;

use crate::CosimError;
use clap::builder::PossibleValuesParser;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use clap_complete::env::{CompleteEnv, Shells};
use heddle_files::interrupt;
use heddle_files::InputError;
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use terminal::TerminalArgs;

/// Generates systolic arrays whose rows and columns are lifted or skipped by a dropout
/// mask, and proves them against real LSTM training.
#[derive(Debug, Parser)]
#[command(
    name = "heddle",
    version,
    propagate_version = true,
    hide_possible_values = true,
    max_term_width = 100
)]
#[command(
    after_help = "Start with 'heddle run --quick'. Exit codes: 0 all well, 1 failure, 2 bad input, 130 interrupted (129, 143: by SIGHUP, SIGTERM)."
)]
struct Cli {
    #[command(flatten)]
    terminal: TerminalArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Trains, records, co-simulates, compares: the whole proof in one go
    Run(run::RunArgs),
    /// Writes the Verilog of an array, with file list and manifest
    Generate(generate::GenerateArgs),
    /// Trains a language model, a translator or an entity recogniser with structured dropout
    Train(train::TrainArgs),
    /// Compares dropout cases over seeds: does a mask shared by the batch cost quality?
    Parity(parity::ParityArgs),
    /// Measures speed on this machine
    #[command(subcommand)]
    Bench(bench::BenchCommand),
    /// Records, inspects and checks traces of GEMM jobs
    #[command(subcommand)]
    Trace(trace::TraceCommand),
    /// Replays a trace or random jobs on the Verilated array and compares every bit
    Cosim(cosim::CosimArgs),
    /// Counts the cycles of a product or of a whole network with the cycle model
    Cycles(cycles::CyclesArgs),
    /// Lists, shows and imports networks, of which steps are counted
    #[command(subcommand)]
    Network(network_command::NetworkCommand),
    /// Sweeps arrays and drop probabilities for a network: cycles against PEs
    Explore(explore::ExploreArgs),
    /// Synthesizes an array: area, clock and critical path on an FPGA or in standard cells
    Synth(synth::SynthArgs),
    /// Estimates power in standard cells from jobs on the netlist, by phase and policy
    Power(Box<power::PowerArgs>),
    /// Runs work in pieces on many machines, or on this one: plans, Slurm job arrays, merging
    #[command(subcommand)]
    Farm(farm::FarmCommand),
    /// Makes a page of HTML of JSON reports, to be handed on
    Report(report::ReportPageArgs),
    /// Says which tools and libraries are there, and how to install the rest
    Doctor(doctor::DoctorArgs),
    /// Prints a completion script for a shell, to be sourced or installed
    ///
    /// The script asks this program what fits, lists after a comma included: it stays right
    /// when the program is built anew in the same place.
    #[command(after_help = "Examples:
  source <(heddle completions bash)      (zsh alike, after compinit)
  heddle completions bash > ~/.local/share/bash-completion/completions/heddle
  heddle completions fish > ~/.config/fish/completions/heddle.fish")]
    Completions {
        /// bash, zsh, fish, elvish or powershell
        #[arg(value_parser = PossibleValuesParser::new(Shells::builtins().names()))]
        shell: String,
    },
    /// Prints the manual page of a command, or writes those of all into a folder
    Man(man::ManArgs),
    /// Prints the JSON schema of a report, or lists those that there are
    Schema(schema::SchemaArgs),
}

/// How a command ended that did not fail to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Everything was right.
    Right,
    /// Something that was checked is wrong; the report says what.
    Wrong,
}

impl Outcome {
    fn of(right: bool) -> Self {
        if right {
            Outcome::Right
        } else {
            Outcome::Wrong
        }
    }
}

/// The variable by which a completion script asks this program what fits.
const COMPLETE: &str = "HEDDLE_COMPLETE";

/// Runs the program on the process's arguments. `commit` is what it was built from, if that
/// is known; reports tell it.
pub fn main(commit: Option<&'static str>) -> ExitCode {
    CompleteEnv::with_factory(command).var(COMPLETE).complete();
    output::set_commit(commit);
    let colours = terminal::asked(std::env::args_os());
    terminal::paint(colours);
    let mut parser = command().color(colours);
    let cli = Cli::from_arg_matches(&parser.get_matches_mut());
    let cli = cli.unwrap_or_else(|error| error.format(&mut parser).exit());
    cli.terminal.apply();
    if let Err(error) = interrupt::watch() {
        output::warn(format!(
            "Ctrl-C will stop the program without cleaning up: {error}"
        ));
    }
    match dispatch(cli.command) {
        Ok(Outcome::Right) => ExitCode::SUCCESS,
        Ok(Outcome::Wrong) => ExitCode::from(1),
        Err(error) => {
            output::warn(&error);
            ExitCode::from(error.exit_code())
        }
    }
}

/// What a command said and how it ended that another program called by [`call`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Called {
    /// What it would have printed on standard output.
    pub output: Vec<u8>,
    /// The exit code it would have ended with.
    pub exit_code: u8,
    /// Why it failed, if it did.
    pub error: Option<String>,
}

/// Runs one command inside another program; `words` are those after the program's name. Warnings
/// and progress still go to standard error. Signals are left to that program: who wants to stop
/// the command sets [`interrupt::flag`], and clears it after. Calls wait for each other.
pub fn call(words: &[String], commit: Option<&'static str>) -> Called {
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    output::set_commit(commit);
    let words: Vec<String> = std::iter::once("heddle".to_owned())
        .chain(words.iter().cloned())
        .collect();
    let cli = command()
        .try_get_matches_from(&words)
        .and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match cli {
        Ok(cli) => cli,
        Err(error) => {
            return Called {
                output: Vec::new(),
                exit_code: u8::try_from(error.exit_code()).unwrap_or(2),
                error: Some(error.to_string()),
            }
        }
    };
    cli.terminal.apply();
    output::begin_call(words);
    // A panic must not leave the next call with this one's words.
    let ended = catch_unwind(AssertUnwindSafe(|| dispatch(cli.command)));
    let output = output::end_call();
    let (exit_code, error) = match ended {
        Ok(Ok(Outcome::Right)) => (0, None),
        Ok(Ok(Outcome::Wrong)) => (1, None),
        Ok(Err(error)) => (error.exit_code(), Some(error.to_string())),
        Err(panic) => resume_unwind(panic),
    };
    Called {
        output,
        exit_code,
        error,
    }
}

/// The command line. Every value may begin with a minus and a digit, so that a negative number
/// is answered with the range of what it was given to.
fn command() -> clap::Command {
    fn negative(command: clap::Command) -> clap::Command {
        command
            .mut_args(|arg| match arg.get_action().takes_values() {
                true => arg.allow_negative_numbers(true),
                false => arg,
            })
            .mut_subcommands(negative)
    }
    // what earlier versions called it
    let curves = |train: clap::Command| train.mut_arg("csv", |arg| arg.alias("curves"));
    negative(Cli::command().mut_subcommand("train", curves))
}

fn dispatch(command: Command) -> Result<Outcome, CosimError> {
    match command {
        Command::Run(args) => run::run(&args),
        Command::Generate(args) => generate::run(&args),
        Command::Train(args) => train::run(&args),
        Command::Parity(args) => parity::run(&args),
        Command::Bench(command) => bench::run(&command),
        Command::Trace(command) => trace::run(&command),
        Command::Cosim(args) => cosim::run(&args),
        Command::Cycles(args) => cycles::run(&args),
        Command::Network(command) => network_command::run(&command),
        Command::Explore(args) => explore::run(&args),
        Command::Synth(args) => synth::run(&args),
        Command::Power(args) => power::run(&args),
        Command::Farm(command) => farm::run(&command),
        Command::Report(args) => report::run(&args),
        Command::Doctor(args) => doctor::run(&args),
        Command::Completions { shell } => {
            completions(&shell)?;
            Ok(Outcome::Right)
        }
        Command::Man(args) => man::run(&args),
        Command::Schema(args) => schema::run(&args),
    }
}

/// Prints the script that has `shell` ask this program for completions: by its name if it was
/// found by that, else by its place.
fn completions(shell: &str) -> Result<(), CosimError> {
    let given = std::env::args_os().next().unwrap_or_default();
    let program = match Path::new(&given).components().count() {
        0 | 1 => PathBuf::from("heddle"),
        _ => std::path::absolute(&given).unwrap_or_else(|_| given.into()),
    };
    let mut script = Vec::new();
    let shells = Shells::builtins();
    let written = shells.completer(shell).map(|shell| {
        let program = program.to_string_lossy();
        shell.write_registration(COMPLETE, "heddle", "heddle", &program, &mut script)
    });
    match written {
        Some(Ok(())) => output::bytes(&script),
        // clap has checked the name, and memory takes what is written
        _ => Err(InputError::new("the shell", shell, "give bash, zsh or fish").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        command().debug_assert();
    }
}
