//! Figures from parts: area by module, what a part lacks, the clock of the middle run.

use crate::blocks::{block_areas, memories};
use crate::cache::Step;
use crate::flow::Flow;
use crate::hierarchy::Hierarchy;
use crate::report::{Demand, EngineArea, ModuleArea, Report, Resources, Tools};
use crate::yosys::{self, Statistics};
use crate::{Device, SynthError, Target};
use heddle_liberty::Library;
use std::collections::BTreeMap;

/// What each module of a design takes by itself.
pub(crate) type OwnAreas<'a> = BTreeMap<&'a str, Resources>;

/// What each module takes by itself. RAMs that are no cells of a library, modules of which `is_ram`
/// says so, have bits and no area.
pub(crate) fn own_areas<'a>(
    target: Target,
    hierarchy: &'a Hierarchy,
    statistics: &Statistics,
    liberty: Option<&Library>,
    is_ram: impl Fn(&str) -> bool,
) -> Result<OwnAreas<'a>, SynthError> {
    let is_module = |kind: &str| hierarchy.modules.contains_key(kind);
    let areas = hierarchy.counts().into_keys().map(|module| {
        if is_ram(module) {
            let memory_bits = Some(hierarchy.memory_bits(module)?);
            let area = Resources {
                memory_bits,
                ..Resources::default()
            };
            return Ok((module, area));
        }
        let cells = statistics.module(module)?;
        let area = yosys::resources(target, cells, is_module, liberty)?;
        Ok((module, area))
    });
    areas.collect()
}

/// What a module takes with everything inside it.
pub(crate) fn whole(module: &str, hierarchy: &Hierarchy, own: &OwnAreas<'_>) -> Resources {
    let inner = hierarchy.modules.get(module).into_iter().flatten();
    inner.fold(
        own.get(module).copied().unwrap_or_default(),
        |sum, (_, kind)| sum + whole(kind, hierarchy, own),
    )
}

/// Area by module, the largest first.
pub(crate) fn module_areas(hierarchy: &Hierarchy, own: &OwnAreas<'_>) -> Vec<ModuleArea> {
    let counts = hierarchy.counts().into_iter();
    let mut areas: Vec<_> = counts
        .map(|(module, instances)| ModuleArea {
            module: module.to_owned(),
            instances,
            own: own[module],
            whole: whole(module, hierarchy, own),
        })
        .collect();
    areas.sort_by_key(|area| std::cmp::Reverse(area.whole.cells));
    areas
}

/// What the part has too little of.
pub(crate) fn exceeds(area: &Resources, device: &Device) -> Vec<Demand> {
    let all = [
        ("lut4", area.lut4.unwrap_or(0), device.lut4),
        ("ff", area.ff, device.ff),
        ("mult18", area.mult18.unwrap_or(0), device.mult18),
        ("block_ram", area.block_ram.unwrap_or(0), device.block_ram),
    ];
    let too_many = all.into_iter().filter(|(_, needs, has)| needs > has);
    too_many
        .map(|(resource, needs, has)| Demand {
            resource,
            needs,
            has,
        })
        .collect()
}

/// The clock of the middle run, the lower of two.
pub(crate) fn conclude(report: &mut Report) {
    let mut order: Vec<_> = report.runs.iter().collect();
    order.sort_by(|a, b| a.fmax_mhz.total_cmp(&b.fmax_mhz));
    let middle = order
        .len()
        .checked_sub(1)
        .map(|last| order[last / 2].clone());
    report.fmax_mhz = middle.as_ref().map(|run| run.fmax_mhz);
    report.critical_path = middle.map(|run| run.critical_path);
}

impl Flow<'_> {
    /// The report so far: the flat design's area, and that of each module.
    pub(crate) fn area(
        &self,
        flat: &Step,
        parts: &Step,
        alone: Option<&Step>,
        liberty: Option<&Library>,
    ) -> Result<Report, SynthError> {
        let target = self.options.target;
        let statistics = self.statistics(flat)?;
        let cells = statistics.module(&self.source.top)?;
        let hierarchy = self.hierarchy(parts)?;
        let by_module = self.statistics(parts)?.named(&hierarchy);
        let ram = liberty.and(self.source.ram.as_deref());
        let is_ram = |module: &str| ram == Some(Hierarchy::kind(module));
        let own = own_areas(target, &hierarchy, &by_module, liberty, is_ram)?;
        let mut area = yosys::resources(target, cells, |_| false, liberty)?;
        area.memory_bits = whole(&hierarchy.top, &hierarchy, &own).memory_bits;
        let engine = match alone {
            Some(alone) => Some(self.engine_area(alone, &hierarchy, &own, liberty)?),
            None => None,
        };
        let mut notes = vec![
            "area is of the flat design; area by module is from a second run that keeps the \
             hierarchy, without optimisation across modules"
                .to_owned(),
        ];
        if ram.is_some() {
            notes.push(
                "RAMs are left out, to be macros: their bits are told, and paths to and from them \
                 count as those to and from ports"
                    .into(),
            );
        }
        let steps = [Some(flat), Some(parts), alone];
        let steps = steps.into_iter().flatten();
        Ok(Report {
            target,
            part: String::new(),
            top: self.source.top.clone(),
            array: self.source.config.resolved(),
            fits: true,
            exceeds: Vec::new(),
            fmax_mhz: None,
            area,
            cells_by_kind: cells.clone(),
            modules: module_areas(&hierarchy, &own),
            engine,
            frame: None,
            runs: Vec::new(),
            unfinished_seeds: Vec::new(),
            critical_path: None,
            tools: Tools {
                yosys: self.yosys.version.clone(),
                ..Tools::default()
            },
            notes,
            logs: steps.clone().map(|step| step.folder.clone()).collect(),
            cached: steps.clone().all(|step| step.cached),
        })
    }

    /// An engine by its blocks, and the array of it by itself, which `alone` is of.
    fn engine_area(
        &self,
        alone: &Step,
        hierarchy: &Hierarchy,
        own: &OwnAreas<'_>,
        liberty: Option<&Library>,
    ) -> Result<EngineArea, SynthError> {
        let statistics = self.statistics(alone)?;
        let array = self.source.array.as_deref().unwrap_or_default();
        let cells = statistics.module(array)?;
        let array_alone: Resources =
            yosys::resources(self.options.target, cells, |_| false, liberty)?;
        Ok(EngineArea {
            array_alone,
            blocks: block_areas(hierarchy, own),
            memories: memories(hierarchy, own),
        })
    }
}
