//! From a source to its report.

use crate::area::{conclude, exceeds};
use crate::cache::{Cache, Step};
use crate::cells::{library_notes, Cells};
use crate::files::{failed, put, read, text_of};
use crate::frame::{frame_verilog, FRAME};
use crate::hierarchy::Hierarchy;
use crate::place::{Placer, Placing};
use crate::report::{ClockRun, Report};
use crate::sta::Timing;
use crate::tool::{self, Tool};
use crate::yosys::{self, Statistics};
use crate::{process, sta, Cancel, Device, Source, SynthError, Target};
use std::path::{Path, PathBuf};

/// What is told about progress: what is being done, steps done, steps in all.
pub type Progress<'a> = &'a dyn Fn(&str, usize, usize);

/// How to synthesize.
#[derive(Clone, Debug)]
pub struct Options {
    /// For what.
    pub target: Target,
    /// The FPGA's name; none is the family's default. Without meaning for standard cells.
    pub device: Option<String>,
    /// Runs of place and route, with seeds 1 and up.
    pub seeds: u64,
    /// Minutes after which a seed is given up.
    pub seed_minutes: u64,
    /// The clock in MHz that nextpnr aims at.
    pub aim_mhz: u64,
    /// nextpnr's placer; none is [`Placer::Static`] for ECP5 if it has that, else heap.
    pub placer: Option<Placer>,
    /// The standard cells.
    pub cells: Cells,
    /// yosys; none is the one that is found.
    pub yosys: Option<PathBuf>,
    /// nextpnr, likewise.
    pub nextpnr: Option<PathBuf>,
    /// OpenSTA, likewise.
    pub sta: Option<PathBuf>,
    /// The cache's folder.
    pub cache: PathBuf,
}

/// Runs `source` through the tools.
///
/// # Errors
/// [`SynthError`], naming a missing tool and how to get it, a tool that failed with its
/// log, or a report that cannot be understood. A design that does not fit is no error.
pub fn synthesize(
    source: &Source,
    options: &Options,
    cancel: &Cancel,
    progress: Progress<'_>,
) -> Result<Report, SynthError> {
    source.check()?;
    let flow = Flow {
        source,
        options,
        cancel,
        cache: Cache::open(&options.cache, cancel)?,
        yosys: Tool::find(&tool::YOSYS, options.yosys.as_deref(), cancel)?,
    };
    match options.target {
        Target::Liberty => flow.liberty(progress),
        _ => flow.fpga(progress),
    }
}

pub(crate) struct Flow<'a> {
    pub(crate) source: &'a Source,
    pub(crate) options: &'a Options,
    pub(crate) cancel: &'a Cancel,
    pub(crate) cache: Cache,
    pub(crate) yosys: Tool,
}

impl Flow<'_> {
    fn fpga(&self, progress: Progress<'_>) -> Result<Report, SynthError> {
        let target = self.options.target;
        let name = self.options.device.as_deref();
        let device = Device::find(target, name).map_err(|remedy| SynthError::Input {
            name: "--device",
            value: name.unwrap_or_default().to_owned(),
            remedy,
        })?;
        let wanted = match target {
            Target::Ice40 => tool::NEXTPNR_ICE40,
            _ => tool::NEXTPNR_ECP5,
        };
        // Before anything long begins.
        let nextpnr = Tool::find(&wanted, self.options.nextpnr.as_deref(), self.cancel)?;
        let placer = Placer::choose(self.options.placer, target, &nextpnr, self.cancel)?;
        let alone = self.source.array.as_deref();
        let before = 2 + usize::from(alone.is_some());
        let steps = before + self.options.seeds as usize;
        let frame = frame_verilog(&self.source.top, &self.source.ports);

        progress("yosys", 0, steps);
        let flat = self.run_yosys(
            "netlist",
            &yosys::fpga(self.source, &device),
            &[(yosys::FRAME_FILE, frame.as_bytes())],
            &[yosys::NETLIST, yosys::STATISTICS],
        )?;
        progress("yosys, by module", 1, steps);
        let script = yosys::fpga_modules(self.source, &device);
        let kept = [yosys::HIERARCHY, yosys::STATISTICS];
        let parts = self.run_yosys("modules", &script, &[], &kept)?;
        let alone = match alone {
            Some(array) => {
                progress("yosys, the array alone", 2, steps);
                let script = yosys::fpga_part(self.source, &device, array);
                Some(self.run_yosys("array", &script, &[], &[yosys::STATISTICS])?)
            }
            None => None,
        };
        let mut report = self.area(&flat, &parts, alone.as_ref(), None)?;
        let hierarchy = self.hierarchy(&parts)?;
        let statistics = self.statistics(&flat)?;
        let is_module = |kind: &str| statistics.modules.contains_key(kind);
        let around = yosys::resources(target, statistics.module(FRAME)?, is_module, None)?;
        report.frame = Some(around);
        report.part = device.part.into();
        report.tools.nextpnr = Some(nextpnr.version.clone());
        report.tools.placer = Some(placer);
        report.notes.extend([
            "the clock is after routing, of the design in a frame: a shift register drives every \
             input, a register takes every output; paths from and to them count"
                .to_owned(),
            "area is without the frame; LUT4s are those of yosys before packing".to_owned(),
        ]);
        if target == Target::Ecp5 {
            let note = "LUT4 includes two for each CCU2C and four for each TRELLIS_DPR16X4";
            report.notes.push(note.into());
        }
        report.exceeds = exceeds(&report.area, &device);
        report.fits = report.exceeds.is_empty();
        let seeds = if report.fits { self.options.seeds } else { 0 };
        let placing = Placing {
            nextpnr: &nextpnr,
            placer,
            device: &device,
            flat: &flat,
            hierarchy: &hierarchy,
        };
        for seed in 1..=seeds {
            let done = before - 1 + seed as usize;
            progress(&format!("nextpnr, seed {seed}"), done, steps);
            let (step, placed) = match self.place(&placing, seed) {
                // Now and then a router goes on for ever. Of no seed at all is an error.
                Err(SynthError::TimedOut { .. }) if seed < seeds || !report.runs.is_empty() => {
                    report.unfinished_seeds.push(seed);
                    continue;
                }
                found => found?,
            };
            report.cached &= step.cached;
            report.logs.push(step.folder);
            match placed {
                Ok(placed) => report.runs.push(ClockRun {
                    seed: Some(seed),
                    fmax_mhz: placed.fmax_mhz,
                    critical_path: placed.critical_path,
                }),
                Err(reason) => {
                    // The next seed would find no more room.
                    report.fits = false;
                    report.runs.clear();
                    report.notes.push(format!("nextpnr: {reason}"));
                    break;
                }
            }
        }
        progress("done", steps, steps);
        conclude(&mut report);
        Ok(report)
    }

    fn liberty(&self, progress: Progress<'_>) -> Result<Report, SynthError> {
        if let Some(device) = &self.options.device {
            return Err(SynthError::Input {
                name: "--device",
                value: device.clone(),
                remedy: "standard cells have no devices: leave it out".into(),
            });
        }
        let opensta = Tool::find(&tool::STA, self.options.sta.as_deref(), self.cancel)?;
        let library = self.options.cells.read()?;
        let mapping = library.mapping_text();
        let inputs = [
            (yosys::CELLS, mapping.as_bytes()),
            (yosys::CONSTRAINTS, yosys::CONSTRAINTS_TEXT.as_bytes()),
        ];

        let alone = self.source.array.as_deref();
        let steps = 3 + usize::from(alone.is_some());
        progress("yosys and ABC", 0, steps);
        let kept = [yosys::MAPPED, yosys::STATISTICS];
        let flat = self.run_yosys(
            "mapped",
            &yosys::cells(self.source, &library),
            &inputs,
            &kept,
        )?;
        progress("yosys and ABC, by module", 1, steps);
        let script = yosys::cells_modules(self.source, &library);
        let kept = [yosys::HIERARCHY, yosys::STATISTICS];
        let parts = self.run_yosys("mapped-modules", &script, &inputs, &kept)?;
        let alone = match alone {
            Some(array) => {
                progress("yosys and ABC, the array alone", 2, steps);
                let script = yosys::cells_part(self.source, &library, array);
                Some(self.run_yosys("mapped-array", &script, &inputs, &[yosys::STATISTICS])?)
            }
            None => None,
        };
        let mut report = self.area(&flat, &parts, alone.as_ref(), Some(&library))?;
        progress("OpenSTA", steps - 1, steps);
        let script = sta::script(&self.source.top, &library.units);
        let text = library.text();
        let log = "sta.log";
        let step = self.cache.step(
            "timing",
            &[
                flat.key.as_bytes(),
                opensta.version.as_bytes(),
                script.as_bytes(),
                text.as_bytes(),
            ],
            &[log],
            |work| {
                let mapped = flat.folder.join(yosys::MAPPED);
                put(work, yosys::MAPPED, &read(&mapped)?)?;
                put(work, yosys::CELLS, text.as_bytes())?;
                put(work, sta::SCRIPT, script.as_bytes())?;
                let arguments = ["-no_init", "-no_splash", "-exit", sta::SCRIPT].map(String::from);
                self.run(&opensta, "OpenSTA", &arguments, work, log)?;
                // It ends well whatever happens; look before the result is kept.
                let said = text_of(&work.join(log))?;
                match said.lines().find(|line| line.starts_with("Error")) {
                    Some(line) => Err(failed("OpenSTA", line.to_owned(), &work.join(log))),
                    None => Ok(()),
                }
            },
        )?;
        let log = step.folder.join(log);
        let what = log.display().to_string();
        let timing = Timing::parse(
            &what,
            &text_of(&log)?,
            &self.hierarchy(&parts)?,
            library.units.ns(),
        )?;
        report.cached &= step.cached;
        report.logs.push(step.folder);
        report.notes.extend(library_notes(&library));
        report.part = library.name;
        report.tools.opensta = Some(format!("OpenSTA {}", opensta.version));
        report.notes.push(
            "the clock is before layout: no wires, an ideal clock tree, inputs driven without \
             delay; cells sized and buffered by ABC; inputs arrive and outputs are due with the \
             clock"
                .into(),
        );
        report.runs.push(ClockRun {
            seed: None,
            fmax_mhz: timing.fmax_mhz,
            critical_path: timing.critical_path,
        });
        progress("done", steps, steps);
        conclude(&mut report);
        Ok(report)
    }

    /// A run of yosys on the source's files and `inputs`.
    fn run_yosys(
        &self,
        name: &str,
        script: &str,
        inputs: &[(&str, &[u8])],
        keep: &[&str],
    ) -> Result<Step, SynthError> {
        let bytes = self.source.bytes();
        let mut parts = vec![self.yosys.version.as_bytes(), script.as_bytes(), &bytes];
        parts.extend(inputs.iter().map(|(_, text)| *text));
        let keep: Vec<_> = keep.iter().copied().chain([process::YOSYS_LOG]).collect();
        self.cache.step(name, &parts, &keep, |work| {
            for (name, text) in &self.source.files {
                put(work, name, text.as_bytes())?;
            }
            for (name, text) in inputs {
                put(work, name, text)?;
            }
            process::run_yosys(&self.yosys, script, work, self.cancel)
        })
    }

    fn run(
        &self,
        tool: &Tool,
        name: &str,
        arguments: &[String],
        work: &Path,
        log: &str,
    ) -> Result<(), SynthError> {
        process::run_tool(tool, name, arguments, work, log, self.cancel)
    }

    pub(crate) fn statistics(&self, step: &Step) -> Result<Statistics, SynthError> {
        let path = step.folder.join(yosys::STATISTICS);
        Statistics::parse(&path.display().to_string(), &text_of(&path)?)
    }

    pub(crate) fn hierarchy(&self, step: &Step) -> Result<Hierarchy, SynthError> {
        let path = step.folder.join(yosys::HIERARCHY);
        let what = path.display().to_string();
        Hierarchy::parse(&what, &text_of(&path)?, &self.source.top)
    }
}
