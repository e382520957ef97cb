//! What a sweep of engines found: table, comma-separated values, JSON, roofline.

use super::cycles_engine::{count_json, speedup};
use super::engine_report::{engine_json, joined};
use super::explain::percent;
use super::{output, roofline};
use crate::CosimError;
use heddle_engine::model::EngineCount;
use heddle_engine::EngineError;
use heddle_format::Format;
use heddle_gemm::Phase;
use heddle_network::explore_engine::{Combination, EnginePoint};
use heddle_report::{fixed, grouped, Columns, RoofFacet, RooflineChart};
use serde_json::{json, Value};

/// Everything that was found.
pub(super) struct Found {
    /// What was counted.
    pub about: String,
    /// Name of the network and digest of its file.
    pub network: Option<(String, String)>,
    pub whole_step: bool,
    pub points: Vec<EnginePoint>,
    /// What engines cannot do.
    pub impossible: Vec<(Combination, Vec<Phase>, EngineError)>,
}

/// A number by which points differ.
struct Dimension {
    /// As a heading.
    name: &'static str,
    /// A value of it in a legend.
    shown: fn(usize) -> String,
    of: fn(&Combination) -> usize,
}

/// What may be swept, what is the most telling first.
static DIMENSIONS: [Dimension; 7] = [
    Dimension {
        name: "bus bits",
        shown: |bits| format!("bus of {bits} bits"),
        of: |at| at.config.engine().bus_bits,
    },
    Dimension {
        name: "latency",
        shown: |cycles| format!("latency {cycles}"),
        of: |at| at.latency as usize,
    },
    Dimension {
        name: "a_words",
        shown: |words| format!("a_words {words}"),
        of: |at| at.config.engine().a_words,
    },
    Dimension {
        name: "b_slots",
        shown: |slots| format!("b_slots {slots}"),
        of: |at| at.config.engine().b_slots,
    },
    Dimension {
        name: "slot_words",
        shown: |words| format!("slot_words {words}"),
        of: |at| at.config.engine().slot_words,
    },
    Dimension {
        name: "sum_words",
        shown: |words| format!("sum_words {words}"),
        of: |at| at.config.engine().sum_words,
    },
    Dimension {
        name: "batch",
        shown: |samples| format!("batch {samples}"),
        of: |at| at.batch,
    },
];

/// KiB of an engine's buffers.
fn kib(bits: usize) -> f64 {
    bits as f64 / 8192.0
}

/// Where in the sweep, for people.
pub(super) fn place(at: &Combination, phases: &[Phase]) -> String {
    let (config, engine) = (&at.config, at.config.engine());
    let phases: Vec<_> = phases.iter().map(|phase| phase.name()).collect();
    format!(
        "{}, batch {}, p {}, {} x {} {}, dataflow {}, {} bits, latency {}, a_words {}, b_slots {}, slot_words {}, sum_words {}",
        phases.join("+"),
        at.batch,
        at.p,
        config.rows,
        config.cols,
        config.format,
        config.dataflow,
        engine.bus_bits,
        at.latency,
        engine.a_words,
        engine.b_slots,
        engine.slot_words,
        engine.sum_words,
    )
}

/// The values of a dimension, from the least on.
fn values(points: &[EnginePoint], of: &Dimension) -> Vec<usize> {
    let mut values: Vec<_> = points.iter().map(|point| (of.of)(&point.at)).collect();
    values.sort_unstable();
    values.dedup();
    values
}

impl Found {
    pub fn print(&self) -> Result<(), CosimError> {
        output::line(format!("{}, on the engine by its cycle model", self.about))?;
        let limit = |of: fn(&EnginePoint) -> &EngineCount| {
            move |point: &EnginePoint| {
                let (count, sizes) = (of(point), point.sizes());
                format!(
                    "{} {}",
                    count.limited_by(&sizes),
                    percent(count.of_limit(&sizes))
                )
            }
        };
        let mut columns = Columns::of(&self.points)
            .text("phase", |it| it.phase.name())
            .text("format", |it| it.at.config.format)
            .number("array", |it| {
                format!("{} x {}", it.at.config.rows, it.at.config.cols)
            })
            .number("p", |it| it.at.p);
        // Buffers and latency are told where they are swept, bus and batch always.
        for of in &DIMENSIONS {
            let always = ["bus bits", "batch"].contains(&of.name);
            if always || values(&self.points, of).len() > 1 {
                columns = columns.number(of.name, move |it| (of.of)(&it.at));
            }
        }
        let table = columns
            .number("KiB", |it| {
                fixed(0, kib(it.sizes().buffer_bits().iter().sum()))
            })
            .number("dense", |it| grouped(it.dense.cycles))
            .number("of its limit", limit(|it| &it.dense))
            .number("packed", |it| grouped(it.packed.cycles))
            .number("of packed's limit", limit(|it| &it.packed))
            .number("speed-up", |it| {
                speedup(&it.dense, &it.packed).map_or("-".into(), |times| fixed(2, times))
            })
            .table();
        output::line(table)?;
        output::line("the limit: every PE busy, or the bus with the larger of all bytes read and all written, whichever takes longer")
    }

    pub fn json(&self) -> Result<Value, CosimError> {
        let at = |at: &Combination| {
            let own = json!({ "batch": at.batch, "p": at.p });
            joined(engine_json(&at.config, at.latency), own)
        };
        let point = |of: &EnginePoint| {
            let sizes = of.sizes();
            let counts = of.counts().map(|(policy, count)| {
                let count = count_json(&sizes, count, &of.dense);
                (policy.name().to_owned(), count)
            });
            let [a, b, sums] = sizes.buffer_bits().map(|bits| bits.div_ceil(8));
            let own = json!({
                "phase": of.phase,
                "buffer_bytes": { "a": a, "b": b, "sums": sums },
                "policies": counts.into_iter().collect::<serde_json::Map<_, _>>(),
            });
            joined(at(&of.at), own)
        };
        let impossible = |(place, phases, error): &(Combination, Vec<Phase>, EngineError)| {
            let own = json!({ "phases": phases, "reason": error.to_string() });
            joined(at(place), own)
        };
        output::report(&json!({
            "target": "engine",
            "network": self.network.as_ref().map(|(name, _)| name),
            "network_sha256": self.network.as_ref().map(|(_, digest)| digest),
            "whole_step": self.whole_step,
            "points": self.points.iter().map(point).collect::<Vec<_>>(),
            "impossible": self.impossible.iter().map(impossible).collect::<Vec<_>>(),
        }))
    }

    pub fn csv(&self) -> String {
        let mut columns = Columns::of(&self.points)
            .text("phase", |it| it.phase.name())
            .text("format", |it| it.at.config.format)
            .number("rows", |it| it.at.config.rows)
            .number("cols", |it| it.at.config.cols)
            .text("dataflow", |it| it.at.config.dataflow)
            .number("add_stages", |it| it.at.config.add_stages())
            .number("p", |it| it.at.p);
        for of in &DIMENSIONS {
            columns = columns.number(of.name.replace(' ', "_"), move |it| (of.of)(&it.at));
        }
        columns = columns.number("buffer_bytes", |it| {
            it.sizes().buffer_bits().iter().sum::<usize>().div_ceil(8)
        });
        for (index, policy) in EnginePoint::POLICIES.into_iter().enumerate() {
            let name = |field: &str| format!("{policy}_{field}");
            columns = columns
                .number(name("cycles"), move |it| it.counts()[index].1.cycles)
                .number(name("array_limit"), move |it| {
                    it.counts()[index].1.array_limit(&it.sizes())
                })
                .number(name("bus_limit"), move |it| {
                    it.counts()[index].1.bus_limit(&it.sizes())
                })
                .text(name("limited_by"), move |it| {
                    it.counts()[index].1.limited_by(&it.sizes())
                })
                .number(name("of_limit"), move |it| {
                    it.counts()[index].1.of_limit(&it.sizes())
                });
            for field in ["bytes_read", "bytes_written"] {
                columns = columns.number(name(field), move |it| {
                    it.counts()[index].1.counters.get(field)
                });
            }
            columns = columns
                .number(name("macs_per_byte"), move |it| {
                    it.counts()[index].1.macs_per_byte()
                })
                .number(name("macs_per_cycle"), move |it| {
                    it.counts()[index].1.macs_per_cycle()
                });
        }
        columns
            .number("speedup", |it| {
                speedup(&it.dense, &it.packed).map_or(String::new(), |times| times.to_string())
            })
            .csv()
    }

    /// A facet for each format and phase; colours are what is swept first.
    pub fn chart(&self) -> RooflineChart {
        let swept = |of: &&Dimension| values(&self.points, of).len() > 1;
        let hued = DIMENSIONS.iter().find(swept).unwrap_or(&DIMENSIONS[0]);
        let hues = values(&self.points, hued);
        let hue = |at: &Combination| {
            let own = (hued.of)(at);
            hues.iter().position(|value| *value == own).unwrap_or(0)
        };
        let mut facets: Vec<(String, Vec<&EnginePoint>)> = Vec::new();
        for format in formats(&self.points) {
            for phase in Phase::ALL {
                let own =
                    |point: &&EnginePoint| (point.at.config.format, point.phase) == (format, phase);
                let points: Vec<_> = self.points.iter().filter(own).collect();
                if !points.is_empty() {
                    facets.push((format!("{format}, {phase}"), points));
                }
            }
        }
        let of_bus = hued.name == DIMENSIONS[0].name && hues.len() > 1;
        RooflineChart {
            title: format!("{}, on the engine", self.about),
            subtitle: format!("{}; {}", self.constants(), roofline::ABOUT),
            hues: hues
                .iter()
                .map(|value| (hued.shown)(*value))
                .zip(0..)
                .collect(),
            marks: roofline::marks(&EnginePoint::POLICIES),
            facets: facets
                .iter()
                .map(|(name, points)| facet(name, points, &hue, of_bus))
                .collect(),
            notes: Vec::new(),
        }
    }

    /// What is the same everywhere, but for buffers.
    fn constants(&self) -> String {
        let Some(EnginePoint { at, .. }) = self.points.first() else {
            return String::new();
        };
        let all = || self.points.iter().map(|point| &point.at);
        let size = |at: &Combination| (at.config.rows, at.config.cols);
        let mut words = Vec::new();
        if all().all(|other| size(other) == size(at)) {
            words.push(format!("{} x {}", at.config.rows, at.config.cols));
        }
        if all().all(|other| other.p == at.p) {
            words.push(format!("p {}", at.p));
        }
        for of in DIMENSIONS
            .iter()
            .filter(|of| ["latency", "batch"].contains(&of.name))
        {
            if let [value] = values(&self.points, of)[..] {
                words.push((of.shown)(value));
            }
        }
        words.join(", ")
    }
}

fn facet(
    name: &str,
    points: &[&EnginePoint],
    hue: &dyn Fn(&Combination) -> usize,
    of_bus: bool,
) -> RoofFacet {
    let mut arrays: Vec<f64> = Vec::new();
    let mut buses = Vec::new();
    let mut batches: Vec<(usize, Vec<f64>)> = Vec::new();
    for point in points {
        let sizes = point.sizes();
        let array = roofline::array(&sizes);
        if !arrays.contains(&array) {
            arrays.push(array);
        }
        let bus = roofline::bus(&sizes, of_bus.then(|| hue(&point.at)));
        if !buses.contains(&bus) {
            buses.push(bus);
        }
        let (own, x) = (point.at.batch, point.dense.macs_per_byte());
        match batches.iter_mut().find(|(batch, _)| *batch == own) {
            Some((_, all)) => all.push(x),
            None => batches.push((own, vec![x])),
        }
    }
    let feet = batches.iter().map(|(batch, all)| {
        let mean = all.iter().sum::<f64>() / all.len() as f64;
        (mean, format!("batch {batch}"))
    });
    let drawn = points.iter().flat_map(|point| {
        let sizes = point.sizes();
        let own = hue(&point.at);
        point
            .counts()
            .map(|(policy, count)| roofline::point(&sizes, count, policy, own))
    });
    RoofFacet {
        name: name.to_owned(),
        points: drawn.collect(),
        feet: match batches.len() {
            1 => Vec::new(),
            _ => feet.collect(),
        },
        arrays,
        buses,
    }
}

/// The formats of a sweep, each once.
fn formats(points: &[EnginePoint]) -> Vec<Format> {
    let mut found = Vec::new();
    for point in points {
        if !found.contains(&point.at.config.format) {
            found.push(point.at.config.format);
        }
    }
    found
}
