//! From a source to its mapped netlist, and from activities to powers.

use crate::activity::Activity;
use crate::clocks::Clocks;
use crate::groups::Places;
use crate::netlist::Netlist;
use crate::probe::Probe;
use crate::simulation;
use crate::sta::{self, Slews};
use crate::summary::Elements;
use crate::view;
use heddle_liberty::{Cell, Library};
use heddle_synth::{
    cells_by_instance, put, run_tool, run_yosys, text_of, Cache, Cancel, Hierarchy, Progress,
    Source, Step, SynthError, Tool, CELLS, CONSTRAINTS, CONSTRAINTS_TEXT, HIERARCHY, NETLIST, STA,
    YOSYS, YOSYS_LOG,
};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// How the figures are to be read.
pub const NOTES: [&str; 7] = [
    "activity: counted on the mapped netlist, every net in every cycle, while real jobs ran and \
     every sum was compared with the golden model; simulated without delays, so without \
     glitches, which would add to the logic of multipliers and adders under every policy",
    "netlist: every module mapped by itself and kept, no optimisation across modules; cells \
     sized by ABC for 20 fF at every output",
    "power: OpenSTA's, from the energies and capacitances of the Liberty file; a transition of \
     an output costs the mean over the inputs that may cause it and over both edges",
    "before layout: a net holds what the pins on it hold, wires hold nothing",
    "clock: ideal, 0.1 ns at every register, without buffers; 'clock pins' is what registers \
     take from it, 'clock nets' the capacitance of their pins and the clock gates",
    "host: lanes of a bus whose word does not count (a dropped row, column or beat) keep what they \
     had",
    "inputs change with the clock, as between registers, and 'input nets' is what whoever drives \
     them pays for the array's pins",
];

/// With what, and where to keep results.
#[derive(Clone, Debug)]
pub struct Options {
    /// The standard cells.
    pub library: Library,
    /// yosys; none is the one that is found.
    pub yosys: Option<PathBuf>,
    /// OpenSTA, likewise.
    pub sta: Option<PathBuf>,
    /// The cache's folder.
    pub cache: PathBuf,
}

/// A netlist with all that is known about it.
pub struct Mapped {
    /// Its cells.
    pub library: Library,
    /// The netlist.
    pub netlist: Netlist,
    /// What instances are for.
    pub places: Places,
    /// yosys's version.
    pub yosys: String,
    /// OpenSTA's version.
    pub opensta: String,
    /// Folders with what the tools wrote.
    pub logs: Vec<PathBuf>,
    /// Whether all of it came from the cache.
    pub cached: bool,
    clocks: Clocks,
    slews: Slews,
    key: String,
    cache: Cache,
    sta: Tool,
    cancel: Cancel,
}

impl Mapped {
    /// Maps `source`, a whole array, onto standard cells.
    ///
    /// # Errors
    /// [`SynthError`], naming a missing tool and how to get it, a tool that failed with its
    /// log, or a library or netlist that cannot be understood.
    pub fn synthesize(
        source: &Source,
        options: &Options,
        cancel: &Cancel,
        progress: Progress<'_>,
    ) -> Result<Self, SynthError> {
        source.check()?;
        // Before anything long begins.
        let yosys = Tool::find(&YOSYS, options.yosys.as_deref(), cancel)?;
        let sta = Tool::find(&STA, options.sta.as_deref(), cancel)?;
        let library = options.library.clone();
        library.supply()?;
        let mapping = library.mapping_text();
        let cache = Cache::open(&options.cache, cancel)?;

        progress("yosys and ABC", 0, 3);
        let script = cells_by_instance(source, &library);
        let constraints = CONSTRAINTS_TEXT.as_bytes();
        let bytes = source.bytes();
        let parts = [
            yosys.version.as_bytes(),
            script.as_bytes(),
            &bytes,
            mapping.as_bytes(),
            constraints,
        ];
        let kept = [NETLIST, HIERARCHY, YOSYS_LOG];
        let mapped = cache.step("power-netlist", &parts, &kept, |work| {
            for (name, text) in &source.files {
                put(work, name, text.as_bytes())?;
            }
            put(work, CELLS, mapping.as_bytes())?;
            put(work, CONSTRAINTS, constraints)?;
            run_yosys(&yosys, &script, work, cancel)
        })?;
        let file = |name: &str| mapped.folder.join(name);
        let what = file(NETLIST).display().to_string();
        let mut netlist = Netlist::parse(&what, &text_of(&file(NETLIST))?, &source.top)?;
        netlist.connect_outputs(&library)?;
        let what = file(HIERARCHY).display().to_string();
        let hierarchy = Hierarchy::parse(&what, &text_of(&file(HIERARCHY))?, &source.top)?;
        let clocks = Clocks::find(&netlist, &library, "clk_i")?;
        let places = Places::find(&netlist, &library, &hierarchy, &source.prefix, &clocks.is)?;

        progress("OpenSTA, transitions", 1, 3);
        let script = sta::slews_script(&netlist, &clocks, CELLS, &library.units);
        let text = library.text();
        let plain = sta::plain_netlist(&netlist);
        let parts = [
            mapped.key.as_bytes(),
            sta.version.as_bytes(),
            script.as_bytes(),
            plain.as_bytes(),
            text.as_bytes(),
        ];
        let found = cache.step("power-slews", &parts, &[sta::SLEWS, sta::LOG], |work| {
            put(work, CELLS, text.as_bytes())?;
            put(work, sta::NETLIST, plain.as_bytes())?;
            put(work, sta::SCRIPT, script.as_bytes())?;
            opensta(&sta, work, cancel)
        })?;
        let file = found.folder.join(sta::SLEWS);
        let what = file.display().to_string();
        let slews = sta::read_slews(&what, &text_of(&file)?, &netlist)?;
        progress("mapped", 3, 3);
        Ok(Self {
            library,
            netlist,
            places,
            yosys: yosys.version,
            opensta: format!("OpenSTA {}", sta.version),
            cached: mapped.cached && found.cached,
            logs: vec![mapped.folder, found.folder],
            clocks,
            slews,
            key: found.key,
            cache,
            sta,
            cancel: cancel.clone(),
        })
    }

    /// The netlist to be simulated, in Verilog-2001.
    ///
    /// # Errors
    /// [`SynthError::Unreadable`] if the library does not say what a cell does.
    pub fn verilog(&self) -> Result<String, SynthError> {
        simulation::verilog(&self.netlist, &self.library, &self.clocks)
    }

    /// Something to show its nets to.
    pub fn probe(&self) -> Probe {
        Probe::new(self.netlist.nets, &self.clocks.nets)
    }

    /// How many nets the clock has.
    pub fn clock_nets(&self) -> usize {
        self.clocks.nets.len()
    }

    /// Names the netlist and all that it came from, for results that depend on it.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Area of the cells, in the Liberty file's unit, and how many there are by kind.
    pub fn cells(&self) -> BTreeMap<&str, u64> {
        let mut cells = BTreeMap::new();
        for instance in &self.netlist.instances {
            *cells.entry(instance.cell.as_str()).or_insert(0) += 1;
        }
        cells
    }

    /// The power of every instance with the activity of each of `runs`, at a clock with a
    /// period of `period_ns`. Also the folder with OpenSTA's log.
    ///
    /// # Errors
    /// [`SynthError`] if OpenSTA fails, or if what it says is not the power of these
    /// activities.
    pub fn powers(
        &self,
        period_ns: f64,
        runs: &[Activity],
    ) -> Result<(Vec<Elements>, Step), SynthError> {
        let used: BTreeMap<&str, &Cell> = self
            .netlist
            .instances
            .iter()
            .filter_map(|instance| self.library.cells.get_key_value(&instance.cell))
            .map(|(name, cell)| (name.as_str(), cell))
            .collect();
        let view = view::liberty(&self.library, used.into_values())?;
        let (netlist, library) = (&self.netlist, &self.library);
        let script = sta::power_script(netlist, library, &self.slews, period_ns, runs.len())?;
        let circuit = sta::view_netlist(netlist, library)?;
        let activities = runs
            .iter()
            .map(|run| sta::activities(netlist, library, run))
            .collect::<Result<Vec<_>, _>>()?;
        let mut parts = vec![
            self.key.as_bytes(),
            self.sta.version.as_bytes(),
            view.as_bytes(),
            script.as_bytes(),
            circuit.as_bytes(),
        ];
        parts.extend(activities.iter().map(String::as_bytes));
        let step = self
            .cache
            .step("power", &parts, &[sta::POWERS, sta::LOG], |work| {
                put(work, sta::VIEW, view.as_bytes())?;
                put(work, sta::NETLIST, circuit.as_bytes())?;
                put(work, sta::SCRIPT, script.as_bytes())?;
                for (run, text) in activities.iter().enumerate() {
                    put(work, &sta::activity_file(run), text.as_bytes())?;
                }
                opensta(&self.sta, work, &self.cancel)
            })?;
        let file = step.folder.join(sta::POWERS);
        let what = file.display().to_string();
        let powers = sta::read_powers(&what, &text_of(&file)?, netlist, runs.len())?;
        let powers: Vec<_> = powers.into_iter().map(|all| Elements { all }).collect();
        for (elements, run) in powers.iter().zip(runs) {
            elements.check(netlist, library, run, period_ns)?;
        }
        Ok((powers, step))
    }
}

/// Runs OpenSTA's script in `work`. It ends well whatever happens; its errors are in what
/// it says.
fn opensta(sta: &Tool, work: &std::path::Path, cancel: &Cancel) -> Result<(), SynthError> {
    let arguments = ["-no_init", "-no_splash", "-exit", sta::SCRIPT].map(String::from);
    run_tool(sta, "OpenSTA", &arguments, work, sta::LOG, cancel)?;
    let log = work.join(sta::LOG);
    let said = text_of(&log)?;
    match said.lines().find(|line| line.starts_with("Error")) {
        Some(line) => Err(SynthError::Failed {
            tool: "OpenSTA".into(),
            detail: line.to_owned(),
            log,
        }),
        None => Ok(()),
    }
}
