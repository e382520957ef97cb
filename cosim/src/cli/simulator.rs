//! The flags that say how an array is simulated, and the replay of jobs on it, shared by
//! `cosim` and `run`.

use super::{interrupt, progress};
use crate::array::driver::DriverOptions;
use crate::array::engine::ArrayEngine;
use crate::array::verilated::{build, build_files, BuildOptions, VerilatedArray};
use crate::replay::Replayer;
use crate::report::Report;
use crate::trace::TraceJob;
use crate::{atomic_file, CosimError};
use heddle_gemm::Policy;
use heddle_hdl::ArrayConfig;
use heddle_verilator::{Library, Trace};
use std::path::{Path, PathBuf};

/// The simulation.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Simulation")]
pub struct SimulatorArgs {
    /// Verilator to use, 5.006 or newer [default: HEDDLE_VERILATOR, an active virtual
    /// environment's, the PATH's]
    #[arg(long, value_name = "PROGRAM")]
    verilator: Option<PathBuf>,
    /// Where built models are kept [default: HEDDLE_CACHE, or heddle/models in the user's
    /// cache folder]
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
    /// Simulate the Verilog in this folder, as 'heddle generate' wrote it and you may have
    /// changed it, instead of generating it
    #[arg(long, value_name = "DIR")]
    verilog: Option<PathBuf>,
    /// Start every register at a random value drawn from this seed instead of at zero
    #[arg(long, value_name = "SEED")]
    random_registers: Option<u32>,
    /// Where the waveform of a job with a wrong bit goes; .vcd or .fst
    #[arg(long, value_name = "FILE", default_value = "heddle-mismatch.vcd")]
    waveform: PathBuf,
}

impl SimulatorArgs {
    fn options(&self) -> BuildOptions {
        BuildOptions {
            verilator: self.verilator.clone(),
            cache_dir: self.cache.clone(),
            random_registers: self.random_registers,
            cancel: Some(interrupt::flag()),
            ..BuildOptions::default()
        }
    }

    fn library(&self, config: &ArrayConfig, trace: Trace) -> Result<Library, CosimError> {
        let options = BuildOptions {
            trace,
            ..self.options()
        };
        match &self.verilog {
            Some(folder) => build_files(&verilog_files(folder)?, &options),
            None => build(config, &options),
        }
    }

    fn replayer(&self, config: ArrayConfig, array: VerilatedArray) -> Replayer {
        let driver = DriverOptions {
            cancel: Some(interrupt::flag()),
            ..DriverOptions::default()
        };
        Replayer::new(ArrayEngine::on(config, Box::new(array), driver))
    }

    /// Replays `jobs` (about `count` of them) under every one of `policies` and reports.
    /// A job of another number format is skipped. The first job with a wrong bit is run
    /// once more to keep its waveform.
    ///
    /// # Errors
    /// [`CosimError::Verilator`] if there is no model; those of reading and replaying jobs.
    pub fn replay(
        &self,
        config: ArrayConfig,
        policies: &[Policy],
        count: u64,
        jobs: impl Iterator<Item = Result<TraceJob, CosimError>>,
    ) -> Result<Report, CosimError> {
        let spinner = progress::spinner(&format!("building the model of {}", config.slug()));
        let library = self.library(&config, Trace::None)?;
        spinner.finish_and_clear();
        let mut replayer = self.replayer(
            config,
            VerilatedArray::new(&config, &library, self.random_registers)?,
        );
        let mut report = Report::new(config);
        let bar = progress::bar("co-simulating", count);
        let mut wrong_job = None;
        for job in jobs {
            let job = job?;
            if job.header.format != config.format {
                report.skipped += 1;
                continue;
            }
            let mut results = Vec::with_capacity(policies.len());
            for &policy in policies {
                match replayer.run(&job, policy) {
                    Ok(replayed) => results.push((policy, replayed)),
                    Err(error) => {
                        if error.blames_array() {
                            self.keep_waveform(config, &job, policy);
                        }
                        return Err(error);
                    }
                }
            }
            report.add(&job, &results);
            bar.inc(1);
            if report.mismatches > 0 && wrong_job.is_none() {
                wrong_job = Some(job);
            }
        }
        bar.finish_and_clear();
        if let Some(wrong) = &report.first_cycle_model_difference {
            eprintln!("heddle: {wrong}");
        }
        if let (Some(job), Some(wrong)) = (wrong_job, &report.first_mismatch) {
            eprintln!("heddle: {wrong}");
            report.waveform = self.keep_waveform(config, &job, wrong.policy);
        }
        Ok(report)
    }

    /// Runs a job once more with a waveform; tells where it is. Failing to do so must not
    /// hide what was wrong.
    fn keep_waveform(
        &self,
        config: ArrayConfig,
        job: &TraceJob,
        policy: Policy,
    ) -> Option<PathBuf> {
        let spinner = progress::spinner("recording a waveform");
        let path = &self.waveform;
        let kept = self.write_waveform(config, job, policy, path);
        spinner.finish_and_clear();
        match kept {
            Ok(()) => {
                eprintln!("heddle: the waveform of this job is in {}", path.display());
                Some(path.clone())
            }
            Err(error) => {
                eprintln!("heddle: no waveform could be kept: {error}");
                None
            }
        }
    }

    fn write_waveform(
        &self,
        config: ArrayConfig,
        job: &TraceJob,
        policy: Policy,
        path: &Path,
    ) -> Result<(), CosimError> {
        let fst = path.extension().is_some_and(|extension| extension == "fst");
        let library = self.library(&config, if fst { Trace::Fst } else { Trace::Vcd })?;
        let mut array = VerilatedArray::new(&config, &library, self.random_registers)?;
        let unfinished = atomic_file::unfinished(path)?;
        array.open_trace(&unfinished)?;
        let replayed = self.replayer(config, array).run(job, policy);
        // the array is gone, which completes the file
        match replayed {
            // what is wrong is to be seen
            Err(error) if !error.blames_array() => Err(error),
            _ => atomic_file::finish(unfinished, path),
        }
    }
}

/// The Verilog files of a folder, in the order of their names.
fn verilog_files(folder: &Path) -> Result<Vec<PathBuf>, CosimError> {
    let read = |source| CosimError::Read {
        path: folder.to_owned(),
        source,
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(read)? {
        let path = entry.map_err(read)?.path();
        if path.extension().is_some_and(|extension| extension == "v") {
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(CosimError::Input {
            name: "--verilog",
            value: folder.display().to_string(),
            remedy: "give a folder with .v files, such as 'heddle generate --out' writes".into(),
        });
    }
    Ok(files)
}
