//! The area of a design by its blocks: what stands below the top, instance by instance.

use crate::area::{whole, OwnAreas};
use crate::hierarchy::Hierarchy;
use crate::report::{BlockArea, MemoryArea};

/// A block of an engine that is told by what stands in it: with it are sequence, buffers and array.
const OPENED: &str = "u_core";

/// What each instance below the top takes, those of [`OPENED`] by themselves, the largest first;
/// then what connects them.
pub(crate) fn block_areas(hierarchy: &Hierarchy, own: &OwnAreas<'_>) -> Vec<BlockArea> {
    let inside = |module: &str| hierarchy.modules.get(module).into_iter().flatten();
    let area = |module: &str| own.get(module).copied().unwrap_or_default();
    let mut between = area(&hierarchy.top);
    let mut blocks = Vec::new();
    for (instance, module) in inside(&hierarchy.top) {
        if instance != OPENED {
            blocks.push((instance.clone(), module));
            continue;
        }
        between = between + area(module);
        let inner = inside(module);
        blocks.extend(inner.map(|(inner, module)| (format!("{instance}.{inner}"), module)));
    }
    let mut areas: Vec<_> = blocks
        .into_iter()
        .map(|(instance, module)| BlockArea {
            instance,
            module: module.clone(),
            area: whole(module, hierarchy, own),
        })
        .collect();
    areas.sort_by_key(|block| std::cmp::Reverse(block.area.cells));
    areas.push(BlockArea {
        instance: String::new(),
        module: hierarchy.top.clone(),
        area: between,
    });
    areas
}

/// The instances that are memories: those with block RAMs, or bits, of their own.
pub(crate) fn memories(hierarchy: &Hierarchy, own: &OwnAreas<'_>) -> Vec<MemoryArea> {
    fn walk(
        (path, module): (&str, &str),
        hierarchy: &Hierarchy,
        own: &OwnAreas<'_>,
        found: &mut Vec<MemoryArea>,
    ) {
        let area = own.get(module).copied().unwrap_or_default();
        let block_ram = area.block_ram.filter(|count| *count > 0);
        if block_ram.is_some() || area.memory_bits.is_some() {
            found.push(MemoryArea {
                instance: path.to_owned(),
                module: module.to_owned(),
                block_ram,
                memory_bits: area.memory_bits,
            });
        }
        for (instance, module) in hierarchy.modules.get(module).into_iter().flatten() {
            let below = match path.is_empty() {
                true => instance.clone(),
                false => format!("{path}.{instance}"),
            };
            walk((&below, module), hierarchy, own, found);
        }
    }
    let mut found = Vec::new();
    walk(("", &hierarchy.top), hierarchy, own, &mut found);
    found
}
