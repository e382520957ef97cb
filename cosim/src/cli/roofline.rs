//! Counts of the engine as points below the roofs of array and bus.

use super::cosim::phase_title;
use super::cycles_engine::On;
use super::explain::percent;
use heddle_engine::model::EngineCount;
use heddle_engine::Sizes;
use heddle_gemm::{Phase, Policy};
use heddle_report::{fixed, RoofBus, RoofFacet, RoofMark, RoofPoint, RooflineChart};

/// How a policy is marked: what is dense fits around what is packed.
pub fn mark(policy: Policy) -> RoofMark {
    match policy {
        Policy::Dense => RoofMark::Ring,
        Policy::Gated => RoofMark::Speck,
        Policy::Packed => RoofMark::Dot,
    }
}

/// What the marks of these policies mean.
pub fn marks(policies: &[Policy]) -> Vec<(String, RoofMark)> {
    let names = policies.iter();
    names
        .map(|&policy| (policy.name().to_owned(), mark(policy)))
        .collect()
}

/// A count, in a colour.
pub fn point(sizes: &Sizes, count: &EngineCount, policy: Policy, hue: usize) -> RoofPoint {
    RoofPoint {
        macs_per_byte: count.macs_per_byte(),
        macs_per_cycle: count.macs_per_cycle(),
        of_limit: count.of_limit(sizes),
        hue,
        mark: mark(policy),
    }
}

/// The bus of an engine, in a colour if there are others beside it.
pub fn bus(sizes: &Sizes, hue: Option<usize>) -> RoofBus {
    let bytes = sizes.engine.bus_bytes();
    RoofBus {
        name: match hue {
            Some(_) => format!("{}", sizes.engine.bus_bits),
            None => format!("bus: {bytes} bytes per cycle"),
        },
        bytes_per_cycle: bytes as f64,
        hue,
    }
}

/// The roof of the array.
pub fn array(sizes: &Sizes) -> f64 {
    (sizes.rows * sizes.cols) as f64
}

/// A point in words.
pub fn words(sizes: &Sizes, count: &EngineCount) -> String {
    format!(
        "{} MACs per byte, {} MACs per cycle: {} of the limit, that of the {}",
        fixed(2, count.macs_per_byte()),
        fixed(1, count.macs_per_cycle()),
        percent(count.of_limit(sizes)),
        count.limited_by(sizes),
    )
}

/// What is told of every roofline.
pub const ABOUT: &str =
    "by the cycle model: MACs that are sent, and the larger of all bytes read and all bytes written";

/// What each policy takes in each phase, below the roofs of array and bus.
pub fn chart(
    on: &On,
    what: &str,
    phases: &[(Phase, Vec<(Policy, &EngineCount)>)],
) -> RooflineChart {
    let sizes = &on.sizes;
    let mut policies: Vec<Policy> = Vec::new();
    let mut points = Vec::new();
    let mut notes = Vec::new();
    for (phase, counts) in phases {
        for &(policy, count) in counts {
            if !policies.contains(&policy) {
                policies.push(policy);
            }
            points.push(point(sizes, count, policy, *phase as usize));
            notes.push(format!("{phase} {policy}: {}", words(sizes, count)));
        }
    }
    let hues = phases.iter();
    let hues = hues.map(|(phase, _)| (phase_title(*phase).to_owned(), *phase as usize));
    RooflineChart {
        title: format!("{what}, on the engine"),
        subtitle: format!("{}; {}", on.title(), ABOUT),
        hues: hues.collect(),
        marks: marks(&policies),
        facets: vec![RoofFacet {
            name: String::new(),
            arrays: vec![array(sizes)],
            buses: vec![bus(sizes, None)],
            points,
            feet: Vec::new(),
        }],
        notes,
    }
}
