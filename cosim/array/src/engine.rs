//! The array as an [`Engine`] beside the golden model and the CPU's.

use super::account::Accounts;
use super::build::{build, BuildOptions};
use super::driver::{Driver, DriverOptions};
use super::element::ArrayElement;
use super::observer::FetchObserver;
use super::port::ArrayPort;
use super::stream_report::StreamReport;
use super::verilated::VerilatedArray;
use crate::ArrayError;
use heddle_gemm::{Engine, GemmError, Job, MatMut, Policy, Scratch};
use heddle_hdl::ArrayConfig;
use heddle_schedule::Lay;
use heddle_verilator::Trace;
use std::path::Path;

/// An array that evaluates jobs, and keeps account of what they cost.
pub struct ArrayEngine {
    config: ArrayConfig,
    name: String,
    port: Box<dyn ArrayPort>,
    driver: Driver,
    accounts: Accounts,
    /// The array stopped in the middle of a stream and must be reset.
    interrupted: bool,
}

impl ArrayEngine {
    /// A Verilated array: generated, built or taken from the cache, and reset.
    ///
    /// # Errors
    /// [`ArrayError::Hdl`], [`ArrayError::File`] or [`ArrayError::Verilator`] if it
    /// cannot be made.
    pub fn new(
        config: ArrayConfig,
        options: &BuildOptions,
        driver: DriverOptions,
    ) -> Result<Self, ArrayError> {
        let library = build(&config, options)?;
        let array = VerilatedArray::new(&config, &library, options.random_registers)?;
        Ok(Self::on(config, Box::new(array), driver))
    }

    /// An engine on any array of `config`, which must be idle.
    pub fn on(config: ArrayConfig, port: Box<dyn ArrayPort>, driver: DriverOptions) -> Self {
        Self {
            name: format!("array {}", config.slug()),
            driver: Driver::new(config, driver),
            config,
            port,
            accounts: Accounts::default(),
            interrupted: false,
        }
    }

    /// The array.
    pub fn config(&self) -> &ArrayConfig {
        &self.config
    }

    /// What all jobs so far cost.
    pub fn accounts(&self) -> &Accounts {
        &self.accounts
    }

    /// Completes the waveform, if the array writes one.
    ///
    /// # Errors
    /// [`ArrayError::Verilator`] if it cannot be written.
    pub fn close_trace(&mut self) -> Result<(), ArrayError> {
        self.port.close_trace()
    }

    /// Forgets what jobs have cost so far, and returns it.
    pub fn take_accounts(&mut self) -> Accounts {
        std::mem::take(&mut self.accounts)
    }

    /// Streams `jobs` as one batch, back to back, and tells what it cost; `observer` is
    /// told of every word. [`Engine::run`] is the same without the report.
    ///
    /// # Errors
    /// See [`Driver::run`]. The array is reset before it is used again.
    pub fn stream<E: ArrayElement>(
        &mut self,
        policy: Policy,
        jobs: &[Job<'_, E>],
        outputs: &mut [MatMut<'_, E::Acc>],
        observer: Option<&mut dyn FetchObserver>,
    ) -> Result<StreamReport, ArrayError> {
        let mappings = self.driver.mappings(policy, jobs)?;
        self.stream_mapped(policy, jobs, &mappings, outputs, observer)
    }

    /// [`ArrayEngine::stream`] with a laying for each job.
    ///
    /// # Errors
    /// See [`Driver::run_mapped`]. The array is reset before it is used again.
    pub fn stream_mapped<E: ArrayElement, L: Lay>(
        &mut self,
        policy: Policy,
        jobs: &[Job<'_, E>],
        layings: &[L],
        outputs: &mut [MatMut<'_, E::Acc>],
        observer: Option<&mut dyn FetchObserver>,
    ) -> Result<StreamReport, ArrayError> {
        if self.interrupted {
            self.port.reset()?;
        }
        self.interrupted = true;
        let report =
            self.driver
                .run_mapped(&mut *self.port, policy, jobs, layings, outputs, observer)?;
        self.interrupted = false;
        for (job, account) in jobs.iter().zip(&report.accounts) {
            let phase = job.label.map(|label| label.phase);
            self.accounts.add(policy, phase, account);
        }
        Ok(report)
    }
}

impl<E: ArrayElement> Engine<E> for ArrayEngine {
    fn name(&self) -> &str {
        &self.name
    }

    fn run(
        &mut self,
        policy: Policy,
        jobs: &[Job<'_, E>],
        outputs: &mut [MatMut<'_, E::Acc>],
        _scratch: &mut Scratch,
    ) -> Result<(), GemmError> {
        self.stream(policy, jobs, outputs, None)?;
        Ok(())
    }
}

/// Runs `jobs` on a fresh Verilated array and writes a waveform of it to `path`: FST if
/// its name ends in `.fst`, VCD otherwise.
///
/// # Errors
/// As [`ArrayEngine::new`] and [`Driver::run`]; the waveform then shows what happened up
/// to the error.
pub fn waveform<E: ArrayElement>(
    config: ArrayConfig,
    options: &BuildOptions,
    driver: DriverOptions,
    policy: Policy,
    jobs: &[Job<'_, E>],
    outputs: &mut [MatMut<'_, E::Acc>],
    path: &Path,
) -> Result<StreamReport, ArrayError> {
    let fst = path.extension().is_some_and(|extension| extension == "fst");
    let options = BuildOptions {
        trace: if fst { Trace::Fst } else { Trace::Vcd },
        ..options.clone()
    };
    let library = build(&config, &options)?;
    let mut array = VerilatedArray::new(&config, &library, options.random_registers)?;
    array.open_trace(path, None)?;
    let report = Driver::new(config, driver).run(&mut array, policy, jobs, outputs, None);
    array.close_trace()?;
    report
}
