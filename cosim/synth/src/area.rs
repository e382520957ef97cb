//! Figures from parts: area by module, what a part lacks, the clock of the middle run.

use crate::hierarchy::Hierarchy;
use crate::report::{Demand, ModuleArea, Report, Resources};
use crate::yosys::{self, Statistics};
use crate::{Device, SynthError, Target};
use heddle_liberty::Library;
use std::collections::BTreeMap;

/// Area by module, the top first, then as it occurs most.
pub(crate) fn module_areas(
    target: Target,
    hierarchy: &Hierarchy,
    statistics: &Statistics,
    liberty: Option<&Library>,
) -> Result<Vec<ModuleArea>, SynthError> {
    fn whole(module: &str, hierarchy: &Hierarchy, own: &BTreeMap<&str, Resources>) -> Resources {
        let inner = hierarchy.modules.get(module).into_iter().flatten();
        inner.fold(
            own.get(module).copied().unwrap_or_default(),
            |sum, (_, kind)| sum + whole(kind, hierarchy, own),
        )
    }
    let counts = hierarchy.counts();
    let is_module = |kind: &str| hierarchy.modules.contains_key(kind);
    let mut own = BTreeMap::new();
    for module in counts.keys() {
        let cells = statistics.module(module)?;
        own.insert(
            *module,
            yosys::resources(target, cells, is_module, liberty)?,
        );
    }
    let mut areas: Vec<_> = counts
        .iter()
        .map(|(module, instances)| ModuleArea {
            module: (*module).to_owned(),
            instances: *instances,
            own: own[module],
            whole: whole(module, hierarchy, &own),
        })
        .collect();
    areas.sort_by_key(|area| std::cmp::Reverse(area.whole.cells));
    Ok(areas)
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
