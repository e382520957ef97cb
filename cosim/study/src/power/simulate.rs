//! Jobs on the netlist, with every net counted and every sum checked.

use super::scenario::Treatment;
use crate::StudyError;
use heddle_array::driver::DriverOptions;
use heddle_array::engine::ArrayEngine;
use heddle_array::verilated::{ModelObserver, VerilatedArray};
use heddle_files::{FileError, Scratch};
use heddle_gemm::Shape;
use heddle_hdl::ArrayConfig;
use heddle_power::{nets_port, Activity, Mapped, Probe, CHUNK, CLOCKS_PORT};
use heddle_schedule::{Choice, Mapping};
use heddle_trace::random_flow::RandomLaying;
use heddle_trace::replay::Replayer;
use heddle_trace::{Operands, Tensors, TraceElement, TraceJob};
use heddle_verilator::{Builder, Library, Model, Port};
use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::atomic::AtomicBool;
use std::sync::Arc;

/// How the netlist is simulated.
#[derive(Clone, Debug, Default)]
pub struct Simulation {
    /// The Verilator to use; `None` finds one.
    pub verilator: Option<PathBuf>,
    /// Where built models are kept; `None` is the user's cache folder.
    pub models: Option<PathBuf>,
    /// Set to true by somebody else to stop.
    pub cancel: Option<Arc<AtomicBool>>,
}

impl Simulation {
    /// Builds the model of a netlist, or takes it from the cache.
    ///
    /// # Errors
    /// [`StudyError::Synth`] if the library does not say what a cell does,
    /// [`StudyError::Trace`] if the model cannot be built.
    pub fn build(&self, mapped: &Mapped) -> Result<Library, StudyError> {
        self.build_verilog(&mapped.netlist.top, &mapped.verilog()?)
    }

    /// The same for a netlist in Verilog with the top module `top`, such as one that was changed
    /// on purpose.
    ///
    /// # Errors
    /// As [`Simulation::build`].
    pub fn build_verilog(&self, top: &str, verilog: &str) -> Result<Library, StudyError> {
        let folder = Scratch::new().map_err(FileError::writing(&std::env::temp_dir()))?;
        let file = folder.path().join("netlist.v");
        std::fs::write(&file, verilog).map_err(FileError::writing(&file))?;
        let mut builder = Builder::new(top)
            .file(file)
            .clock("clk_i")
            // Thousands of small nets: what these passes look for is not there.
            .flag("-fno-dfg");
        if let Some(verilator) = &self.verilator {
            builder = builder.verilator(verilator);
        }
        if let Some(models) = &self.models {
            builder = builder.cache_dir(models);
        }
        if let Some(cancel) = &self.cancel {
            builder = builder.cancel(cancel.clone());
        }
        Ok(builder.build()?)
    }

    /// A netlist at work.
    ///
    /// # Errors
    /// [`StudyError::Trace`] if the model's ports are not those of the netlist.
    pub fn start(
        &self,
        config: ArrayConfig,
        mapped: &Mapped,
        library: &Library,
    ) -> Result<Running, StudyError> {
        let mut array = VerilatedArray::new(&config, library, None)?;
        let probe = Rc::new(RefCell::new(mapped.probe()));
        let nets = mapped.netlist.nets;
        let chunks = (0..nets.div_ceil(CHUNK)).map(|chunk| {
            let bits = CHUNK.min(nets - chunk * CHUNK);
            Ok((array.model().output(&nets_port(chunk), bits)?, bits))
        });
        let observer = NetObserver {
            chunks: chunks.collect::<Result<_, StudyError>>()?,
            clocks: (
                array.model().output(CLOCKS_PORT, mapped.clock_nets())?,
                mapped.clock_nets(),
            ),
            nets: Vec::new(),
            clock: Vec::new(),
            probe: probe.clone(),
        };
        array.observe(Box::new(observer));
        let driver = DriverOptions {
            mapping: Some(Choice::usual(&config)?),
            holds_lanes: true,
            cancel: self.cancel.clone(),
            ..DriverOptions::default()
        };
        Ok(Running {
            config,
            replayer: Replayer::new(ArrayEngine::on(config, Box::new(array), driver)),
            probe,
        })
    }
}

/// What jobs did on the netlist.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// Of every net.
    pub activity: Activity,
    /// Multiply-accumulates of what was kept.
    pub macs: u64,
}

/// A netlist at work.
pub struct Running {
    config: ArrayConfig,
    replayer: Replayer,
    probe: Rc<RefCell<Probe>>,
}

impl Running {
    /// Runs `jobs` back to back as `treatment` says; they must come masked or not as it
    /// wants. `plain` takes the array's plain mapping instead of the mapper's.
    ///
    /// # Errors
    /// Those of the replay; [`StudyError::Netlist`] for a sum that is not the golden
    /// model's.
    pub fn run(
        &mut self,
        jobs: &[TraceJob],
        treatment: Treatment,
        plain: bool,
    ) -> Result<Measured, StudyError> {
        let policy = treatment.policy();
        let plainly = |job: &TraceJob| {
            RandomLaying::from(Mapping::plain(&self.config).of_phase(job.header.phase))
        };
        let layings = plain.then(|| jobs.iter().map(plainly).collect::<Vec<_>>());
        let replayed = self.replayer.run(jobs, policy, layings.as_deref())?;
        let activity = self.probe.borrow_mut().take();
        for found in &replayed {
            if let Some(wrong) = &found.first_mismatch {
                return Err(StudyError::Netlist {
                    wrong: wrong.to_string(),
                    mismatches: replayed.iter().map(|found| found.mismatches).sum(),
                });
            }
        }
        let macs = replayed.iter().map(|found| found.account.count.macs).sum();
        Ok(Measured { activity, macs })
    }
}

/// Shows the nets to the probe.
struct NetObserver {
    chunks: Vec<(Port, usize)>,
    clocks: (Port, usize),
    nets: Vec<u64>,
    clock: Vec<u64>,
    probe: Rc<RefCell<Probe>>,
}

impl ModelObserver for NetObserver {
    fn settled(&mut self, model: &Model) {
        self.nets.clear();
        for &(port, bits) in &self.chunks {
            read(model, port, bits, &mut self.nets);
        }
        self.clock.clear();
        read(model, self.clocks.0, self.clocks.1, &mut self.clock);
        self.probe.borrow_mut().settled(&self.nets, &self.clock);
    }

    fn risen(&mut self, model: &Model) {
        self.clock.clear();
        read(model, self.clocks.0, self.clocks.1, &mut self.clock);
        self.probe.borrow_mut().risen(&self.clock);
    }
}

/// Appends the bits of a port, which begin at a multiple of 64.
fn read(model: &Model, port: Port, bits: usize, words: &mut Vec<u64>) {
    if bits <= 64 {
        words.push(model.get(port));
        return;
    }
    let halves = model.words(port).chunks(2);
    words.extend(
        halves.map(|pair| u64::from(pair[0]) | u64::from(pair.get(1).copied().unwrap_or(0)) << 32),
    );
}

/// Everything that decides what jobs do, as bytes for a cache's key.
pub fn bytes_of(jobs: &[TraceJob]) -> Vec<u8> {
    fn operands<E: TraceElement>(out: &mut Vec<u8>, operands: &Operands<E>) {
        out.extend(bytemuck::cast_slice::<E, u8>(&operands.a));
        out.extend(bytemuck::cast_slice::<E, u8>(&operands.b));
        if let Some(seeds) = &operands.c0 {
            out.extend(E::sum_bytes(seeds));
        }
    }
    let mut out = Vec::new();
    for job in jobs {
        let header = &job.header;
        let Shape { m, k, n } = header.shape;
        out.extend(
            format!(
                "{} {} {m} {k} {n} {}\n",
                header.name, header.phase, header.format
            )
            .bytes(),
        );
        match &job.tensors {
            Tensors::Int8(found) => operands(&mut out, found),
            Tensors::Int16(found) => operands(&mut out, found),
            Tensors::Bf16(found) => operands(&mut out, found),
        }
        for mask in [&job.keep_m, &job.keep_k, &job.keep_n] {
            match mask {
                Some(mask) => out.extend((0..mask.len()).map(|i| u8::from(mask.keeps(i)))),
                None => out.push(2),
            }
        }
    }
    out
}
