//! The simulated engine: its Verilog, emitted or given, and its model.

use super::interrupt;
use super::simulator::SimulatorArgs;
use super::verilog_folder::{manifest_of, verilog_files};
use crate::CosimError;
use heddle_engine::verilated::VerilatedEngine;
use heddle_engine::Sizes;
use heddle_files::{FileError, Scratch};
use heddle_hdl::engine::engine_design;
use heddle_hdl::{ArrayConfig, Prefix};

impl SimulatorArgs {
    /// What the manifest of --verilog says of its engine, if it says anything.
    ///
    /// # Errors
    /// [`CosimError::Hdl`] for an unreadable manifest.
    pub fn engine_config(&self) -> Result<Option<ArrayConfig>, CosimError> {
        let manifest = self.verilog.as_deref().map(manifest_of).transpose()?;
        let array = manifest.flatten().map(|manifest| manifest.array);
        Ok(array.filter(|array| array.engine.is_some()))
    }

    /// The engine, running.
    ///
    /// # Errors
    /// Files that cannot be read or written; [`CosimError::Verilator`] if there is no model.
    pub fn engine(&self, sizes: &Sizes) -> Result<VerilatedEngine, CosimError> {
        let scratch = Scratch::new().map_err(FileError::writing(&std::env::temp_dir()))?;
        let files = match &self.verilog {
            Some(folder) => verilog_files(folder)?,
            None => {
                let design = engine_design(&sizes.config, &Prefix::default())?;
                let written = design.write(scratch.path());
                written.map_err(FileError::writing(scratch.path()))?
            }
        };
        let mut builder = heddle_engine::verilated::builder(&files)
            .x_initial_unique(self.random_registers.is_some())
            .cancel(interrupt::flag());
        if let Some(verilator) = &self.verilator {
            builder = builder.verilator(verilator);
        }
        if let Some(cache) = &self.cache {
            builder = builder.cache_dir(cache);
        }
        let library = builder.build()?;
        Ok(VerilatedEngine::new(
            sizes,
            &library,
            self.random_registers,
        )?)
    }
}
