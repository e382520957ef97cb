//! The flags that say how an array is simulated, and the replay of jobs on it, shared by
//! `cosim` and `run`.

use super::array_args::ArrayArgs;
use super::choice::choice;
use super::files::Files;
use super::model_notes::{tell_cost, tell_speed, LONG};
use super::numbers::short;
use super::tile_engine_args::Given;
use super::verilog_folder::{check_same, manifest_of, verilog_files};
use super::waveform::{Asked, Waveform};
use super::{interrupt, output, progress};
use crate::CosimError;
use heddle_array::build::{build_files, build_text, BuildOptions, Text};
use heddle_array::driver::DriverOptions;
use heddle_array::engine::ArrayEngine;
use heddle_array::estimate::build_cost;
use heddle_array::verilated::VerilatedArray;
use heddle_array::ArrayError;
use heddle_array::Disturbance;
use heddle_files::{shown_path, Destination};
use heddle_gemm::Policy;
use heddle_hdl::{ArrayConfig, Kind};
use heddle_report::{Report, Simulated};
use heddle_schedule::Choice;
use heddle_trace::random_flow::RandomLaying;
use heddle_trace::replay::Replayer;
use heddle_trace::TraceJob;
use heddle_verilator::{Library, Trace, VerilatorError};
use std::path::PathBuf;
use std::time::Instant;

/// The simulation.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Simulation")]
pub struct SimulatorArgs {
    /// Verilator to use, 5.006 or newer [default: HEDDLE_VERILATOR, an active virtual
    /// environment's, the PATH's]
    #[arg(long, value_name = "PROGRAM")]
    pub(super) verilator: Option<PathBuf>,
    /// Where built models are kept [default: HEDDLE_CACHE, or heddle/models in the user's
    /// cache folder]
    #[arg(long, value_name = "DIR")]
    pub(super) cache: Option<PathBuf>,
    /// Simulate the Verilog in this folder, as 'heddle generate' wrote it and you may have
    /// changed it, instead of generating it. Its manifest says what array it is
    #[arg(long, value_name = "DIR")]
    pub(super) verilog: Option<PathBuf>,
    /// Start every register at a random value drawn from this seed instead of at zero
    #[arg(long, value_name = "SEED", value_parser = short())]
    pub(super) random_registers: Option<u32>,
    /// What is simulated: a text of the array that is several times faster and the same in every cycle,
    /// where there is one, or the Verilog that is synthesized
    #[arg(long, value_name = "TEXT", default_value = "fast", value_parser = choice::<Text>())]
    text: Text,
    /// Threads of the simulated array itself; one was the fastest in every array measured
    #[arg(long, value_name = "N", default_value = "1", value_parser = clap::value_parser!(u16).range(1..=64))]
    model_threads: u16,
    /// Where the waveform of a job with a wrong bit goes, of the engine some cycles of a program; .vcd or .fst
    /// [default: heddle-mismatch.vcd]
    #[arg(long, value_name = "FILE")]
    waveform: Option<PathBuf>,
}

/// Jobs to be replayed.
pub struct ToReplay<'a, J> {
    /// The array.
    pub config: ArrayConfig,
    /// Every job runs under each of these.
    pub policies: &'a [Policy],
    /// How many there are, about.
    pub count: u64,
    /// So many are streamed back to back.
    pub batch: usize,
    /// Gaps and stalls.
    pub disturbance: Option<Disturbance>,
    /// Where the waveform of a wrong job goes.
    pub waveform: &'a Waveform,
    /// Whether the jobs' own results are the golden model's.
    pub has_golden: bool,
    /// The jobs, each with its laying where that is not the array's choice.
    pub jobs: J,
}

impl<'a, J> ToReplay<'a, J> {
    /// The same with other jobs.
    pub fn with<K>(self, jobs: K) -> ToReplay<'a, K> {
        ToReplay {
            config: self.config,
            policies: self.policies,
            count: self.count,
            batch: self.batch,
            disturbance: self.disturbance,
            waveform: self.waveform,
            has_golden: self.has_golden,
            jobs,
        }
    }
}

/// Jobs that are streamed back to back.
#[derive(Default)]
struct Together {
    jobs: Vec<TraceJob>,
    /// One for each job, or none where the array chooses.
    layings: Vec<RandomLaying>,
}

impl Together {
    /// Whether a job of that name is among them.
    fn has(&self, name: &str) -> bool {
        self.jobs.iter().any(|job| job.header.name == name)
    }

    fn layings(&self) -> Option<&[RandomLaying]> {
        Some(&self.layings[..]).filter(|layings| !layings.is_empty())
    }
}

impl SimulatorArgs {
    /// The first flag that the simulated engine does not have and that is not as usual, and its value.
    pub fn only_of_the_array(&self) -> Given {
        let text = (self.text != Text::Fast).then(|| ("--text", self.text.to_string()));
        let threads = self.model_threads;
        let threads = (threads != 1).then(|| ("--model-threads", threads.to_string()));
        text.or(threads)
    }

    /// Looks at where a waveform would go, that of the job that is asked for if one is.
    ///
    /// # Errors
    /// [`CosimError::File`]; [`CosimError::Input`] if the name says no kind of waveform.
    pub fn waveform(
        &self,
        files: &mut Files,
        asked: Option<Asked>,
    ) -> Result<Waveform, CosimError> {
        Waveform::open(files, self.waveform.as_ref(), asked)
    }

    /// The array's configuration: of the flags and their file, or of the folder whose Verilog is
    /// simulated.
    ///
    /// # Errors
    /// [`CosimError::Hdl`] for an unreadable file or a value out of range;
    /// [`CosimError::Input`] if the flags say another array than the folder is of.
    pub fn config(&self, array: &ArrayArgs) -> Result<ArrayConfig, CosimError> {
        let Some(folder) = &self.verilog else {
            return array.config();
        };
        let Some(manifest) = manifest_of(folder)? else {
            return array.config();
        };
        manifest.wants(
            Kind::Array,
            "give a folder of an array, or use 'heddle cosim --target engine'",
        )?;
        let config = array.config_over(manifest.array, None)?;
        check_same(folder, &manifest.array, &config)?;
        Ok(config)
    }

    fn options(&self) -> BuildOptions {
        BuildOptions {
            text: self.text,
            threads: self.model_threads.into(),
            verilator: self.verilator.clone(),
            cache_dir: self.cache.clone(),
            random_registers: self.random_registers,
            cancel: Some(interrupt::flag()),
            ..BuildOptions::default()
        }
    }

    /// The model of an array, whose cost is told before it is built, and what it is of.
    fn library(
        &self,
        config: &ArrayConfig,
        trace: Trace,
    ) -> Result<(Library, Simulated), CosimError> {
        let cost = build_cost(config);
        let options = BuildOptions {
            trace,
            before_build: (cost.seconds >= LONG).then_some((*config, tell_cost)),
            ..self.options()
        };
        let library = match &self.verilog {
            Some(folder) => {
                let prefix = manifest_of(folder)?.map(|of| of.prefix);
                let prefix = prefix.unwrap_or_default();
                let options = BuildOptions { prefix, ..options };
                build_files(&verilog_files(folder)?, &options)
                    .map(|library| (library, Simulated::Folder(folder.clone())))
            }
            None => {
                build_text(config, &options).map(|(library, text)| (library, Simulated::Text(text)))
            }
        };
        library.map_err(|error| match error {
            ArrayError::Verilator(source @ VerilatorError::Memory { .. }) => {
                CosimError::ModelMemory {
                    array: format!("{} x {} {}", config.rows, config.cols, config.format),
                    source: Box::new(source),
                    remedy: format!(
                        "It takes about {cost}, or more: use a smaller array (--rows, --cols), a machine \
                     with more memory, or 'heddle cycles', which counts without a model"
                    ),
                }
            }
            error => error.into(),
        })
    }

    /// The name of a waveform's file, if it was given.
    pub fn names_waveform(&self) -> Given {
        let waveform = self.waveform.as_ref();
        waveform.map(|path| ("--waveform", shown_path(path)))
    }

    /// The model of an array without waveforms, and what it is of.
    ///
    /// # Errors
    /// [`CosimError::Verilator`].
    pub fn plain_library(&self, config: &ArrayConfig) -> Result<(Library, Simulated), CosimError> {
        self.library(config, Trace::None)
    }

    /// A replayer on a model of its own, as it is after a reset.
    ///
    /// # Errors
    /// [`CosimError::Verilator`].
    pub fn fresh_replayer(
        &self,
        config: &ArrayConfig,
        library: &Library,
        disturbance: Option<Disturbance>,
    ) -> Result<Replayer, CosimError> {
        let array = VerilatedArray::new(config, library, self.random_registers)?;
        self.replayer(*config, array, disturbance)
    }

    fn replayer(
        &self,
        config: ArrayConfig,
        array: VerilatedArray,
        disturbance: Option<Disturbance>,
    ) -> Result<Replayer, CosimError> {
        let driver = DriverOptions {
            mapping: Some(Choice::usual(&config)?),
            disturbance,
            cancel: Some(interrupt::flag()),
            ..DriverOptions::default()
        };
        let array = ArrayEngine::on(config, Box::new(array), driver);
        Ok(Replayer::new(array))
    }

    /// Replays jobs and reports. A job of another number format is skipped. The first batch
    /// with a wrong bit is run once more to keep its waveform, and so is, under the first
    /// policy, that of the job of which one is asked for.
    ///
    /// # Errors
    /// [`CosimError::Verilator`] if there is no model; those of reading and replaying jobs.
    pub fn replay<J>(&self, to_replay: ToReplay<'_, J>) -> Result<Report, CosimError>
    where
        J: Iterator<Item = Result<(TraceJob, Option<RandomLaying>), CosimError>>,
    {
        let ToReplay {
            config,
            policies,
            count,
            batch,
            disturbance,
            waveform,
            has_golden,
            mut jobs,
        } = to_replay;
        let threads = self.model_threads;
        if threads > 1 {
            output::tell(format!(
                "--model-threads {threads}: in every array measured so far threads mostly wait for each \
                 other, and one is faster"
            ));
        }
        let spinner = progress::spinner(&format!("building the model of {}", config.slug()));
        let (library, simulated) = self.library(&config, Trace::None)?;
        spinner.finish_and_clear();
        let start = Instant::now();
        let array = VerilatedArray::new(&config, &library, self.random_registers)?;
        let mut replayer = self.replayer(config, array, disturbance)?;
        if has_golden {
            replayer = replayer.with_golden();
        }
        let mut report = Report::new(config);
        report.simulated = Some(simulated);
        let bar = progress::bar("co-simulating", count);
        let mut wrong = None;
        let mut asked = waveform.asked.as_ref().zip(waveform.place.as_ref());
        loop {
            let mut together = Together::default();
            for job in jobs.by_ref() {
                let (job, laying) = job?;
                if job.header.format != config.format {
                    report.skipped += 1;
                    continue;
                }
                let phase = job.header.phase;
                together.jobs.push(job);
                let laying = laying.map(|laying: RandomLaying| laying.of_phase(phase));
                together.layings.extend(laying);
                if together.jobs.len() == batch {
                    break;
                }
            }
            if together.jobs.is_empty() {
                break;
            }
            let mut results = vec![Vec::with_capacity(policies.len()); together.jobs.len()];
            match replayer.run_policies(&together.jobs, policies, together.layings()) {
                Ok(replayed) => {
                    for (&policy, replayed) in policies.iter().zip(replayed) {
                        for (results, replayed) in results.iter_mut().zip(replayed) {
                            results.push((policy, replayed));
                        }
                    }
                }
                Err(error) => {
                    if let Some(policy) = error.policy().filter(|_| error.blames_array()) {
                        self.keep_waveform(config, &together, policy, disturbance, waveform);
                    }
                    return Err(error.into());
                }
            }
            for (job, results) in together.jobs.iter().zip(&results) {
                report.add(job, results);
                bar.inc(1);
            }
            if let Some((of, place)) = asked.filter(|(of, _)| together.has(&of.job)) {
                asked = None;
                let spinner = progress::spinner("recording a waveform");
                let to = (place, waveform.kind, Some(of.cycles));
                self.write_waveform(config, &together, policies[0], disturbance, to)?;
                spinner.finish_and_clear();
                let cycles: u64 = results
                    .iter()
                    .map(|results| results[0].1.account.count.cycles)
                    .sum();
                let part = match cycles > of.cycles {
                    true => format!("the first {} cycles", of.cycles),
                    false => "the waveform".to_owned(),
                };
                let (job, policy, path) = (&of.job, policies[0], shown_path(place.path()));
                output::tell(format!("{part} of job '{job}' ({policy}): {path}"));
                report.waveform = Some(place.path().to_owned());
            }
            if report.mismatches > 0 && wrong.is_none() {
                wrong = Some(together);
            }
        }
        bar.finish_and_clear();
        tell_speed(&report, start.elapsed());
        if let Some(wrong) = &report.first_cycle_model_difference {
            output::warn(wrong);
        }
        if let (Some(together), Some(wrong)) = (wrong, &report.first_mismatch) {
            output::warn(wrong);
            let kept = self.keep_waveform(config, &together, wrong.policy, disturbance, waveform);
            report.waveform = kept.or(report.waveform);
        }
        Ok(report)
    }

    /// Runs jobs once more with a waveform; tells where it is.
    fn keep_waveform(
        &self,
        config: ArrayConfig,
        jobs: &Together,
        policy: Policy,
        disturbance: Option<Disturbance>,
        waveform: &Waveform,
    ) -> Option<PathBuf> {
        waveform.keep_wrong(|place, kind| {
            let where_to = (place, kind, None);
            self.write_waveform(config, jobs, policy, disturbance, where_to)?;
            let path = place.path().to_owned();
            let told = format!("the waveform of this job is in {}", path.display());
            Ok((told, path))
        })
    }

    /// Runs jobs once more with a waveform: where, of what kind, of how many cycles at most.
    fn write_waveform(
        &self,
        config: ArrayConfig,
        jobs: &Together,
        policy: Policy,
        disturbance: Option<Disturbance>,
        (destination, kind, cycles): (&Destination, Trace, Option<u64>),
    ) -> Result<(), CosimError> {
        let (library, _) = self.library(&config, kind)?;
        let mut array = VerilatedArray::new(&config, &library, self.random_registers)?;
        let unfinished = destination.outside()?;
        array.open_trace(&unfinished.path(), cycles)?;
        let mut replayer = self.replayer(config, array, disturbance)?;
        match replayer.run(&jobs.jobs, policy, jobs.layings()) {
            // what is wrong is to be seen
            Err(error) if !error.blames_array() => return Err(error.into()),
            _ => replayer.close_trace()?,
        }
        unfinished.finish()?;
        Ok(())
    }
}
