//! The simulated engine: its Verilog, emitted or given, and its model.

use super::array_args::ArrayArgs;
use super::interrupt;
use super::simulator::SimulatorArgs;
use super::tile_engine_args::TileEngineArgs;
use super::verilog_folder::{check_same, manifest_of, verilog_files};
use crate::CosimError;
use heddle_engine::verilated::VerilatedEngine;
use heddle_engine::Sizes;
use heddle_files::{FileError, Scratch};
use heddle_hdl::engine::engine_design;
use heddle_hdl::{ArrayConfig, Kind, Prefix};
use heddle_verilator::{Library, Trace};

impl SimulatorArgs {
    /// The engine's configuration: of the flags and their file, or of the folder whose Verilog is simulated.
    ///
    /// # Errors
    /// [`CosimError::Hdl`] for an unreadable file or a value out of range, or a folder of an array alone;
    /// [`CosimError::Input`] if the flags say another engine than the folder is of.
    pub fn engine_config(
        &self,
        array: &ArrayArgs,
        engine: &TileEngineArgs,
    ) -> Result<ArrayConfig, CosimError> {
        let Some(folder) = &self.verilog else {
            return engine.config(array, None);
        };
        let Some(manifest) = manifest_of(folder)? else {
            return engine.config(array, None);
        };
        manifest.wants(
            Kind::Engine,
            "give a folder that 'heddle generate --engine' wrote, or leave --target engine out",
        )?;
        let config = engine.config(array, Some(manifest.array))?;
        check_same(folder, &manifest.array, &config)?;
        Ok(config)
    }

    /// The engine, running.
    ///
    /// # Errors
    /// Files that cannot be read or written; [`CosimError::Verilator`] if there is no model.
    pub fn engine(&self, sizes: &Sizes) -> Result<VerilatedEngine, CosimError> {
        self.engine_on(sizes, &self.engine_library(sizes, Trace::None)?)
    }

    /// The engine on a model of its own.
    ///
    /// # Errors
    /// [`CosimError::Verilator`].
    pub fn engine_on(
        &self,
        sizes: &Sizes,
        library: &Library,
    ) -> Result<VerilatedEngine, CosimError> {
        Ok(VerilatedEngine::new(sizes, library, self.random_registers)?)
    }

    /// The engine's model, which can write waveforms of a kind.
    ///
    /// # Errors
    /// As [`SimulatorArgs::engine`].
    pub fn engine_library(&self, sizes: &Sizes, trace: Trace) -> Result<Library, CosimError> {
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
            .trace(trace)
            .cancel(interrupt::flag());
        if let Some(verilator) = &self.verilator {
            builder = builder.verilator(verilator);
        }
        if let Some(cache) = &self.cache {
            builder = builder.cache_dir(cache);
        }
        Ok(builder.build()?)
    }
}
