//! `heddle explore --area --power`: what reports of synthesis and power say of the arrays of a sweep.

use super::files::Files;
use crate::CosimError;
use heddle_files::{read_text, shown_path, InputError, Limit};
use heddle_hdl::ArrayConfig;
use heddle_network::explore::Point;
use serde_json::{json, Value};
use std::path::{Path, PathBuf};

/// Reports to look arrays up in.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct CostArgs {
    /// Reports of `heddle synth --report`: steps of training a second for each LUT or mm2, of arrays that one of them
    /// has with every value of the configuration
    #[arg(long, value_name = "REPORT.json", num_args = 1..)]
    area: Vec<PathBuf>,
    /// Reports of `heddle power --report`: energy of a training step, of arrays that one of them has likewise
    #[arg(long, value_name = "REPORT.json", num_args = 1..)]
    power: Vec<PathBuf>,
}

/// Area and clock of an array.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Area {
    array: Value,
    /// LUT4s, or um2.
    pub lut4: Option<f64>,
    pub area_um2: Option<f64>,
    pub fmax_mhz: Option<f64>,
}

/// Mean energy of a cycle of an array, dense and packed, over the jobs of a report.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Energy {
    array: Value,
    pub dense: Option<f64>,
    pub packed: Option<f64>,
}

/// What was read.
#[derive(Default)]
pub(super) struct Costs {
    areas: Vec<Area>,
    energies: Vec<Energy>,
}

/// What there is to say of a point.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Cost {
    pub lut4: Option<f64>,
    pub area_um2: Option<f64>,
    pub fmax_mhz: Option<f64>,
    /// Training steps a second, packed.
    pub steps_per_s: Option<f64>,
    /// Joule of a training step, dense and packed.
    pub dense_joule: Option<f64>,
    pub packed_joule: Option<f64>,
}

impl CostArgs {
    /// The first flag that was given, and its value.
    pub fn given(&self) -> Option<(&'static str, String)> {
        let of = |name, paths: &[PathBuf]| Some((name, shown_path(paths.first()?)));
        of("--area", &self.area).or_else(|| of("--power", &self.power))
    }

    /// Reads the reports.
    ///
    /// # Errors
    /// [`CosimError::Input`] for a file that is no such report, [`CosimError::File`] for one that cannot be read.
    pub(super) fn read(&self, files: &mut Files) -> Result<Costs, CosimError> {
        let mut costs = Costs::default();
        for path in &self.area {
            files.reads("--area", Some(path));
            let report = report("--area", path)?;
            costs
                .areas
                .push(area(&report).ok_or_else(|| wrong("--area", path, "synth"))?);
        }
        for path in &self.power {
            files.reads("--power", Some(path));
            let report = report("--power", path)?;
            costs
                .energies
                .push(energy(&report).ok_or_else(|| wrong("--power", path, "power"))?);
        }
        Ok(costs)
    }
}

fn wrong(flag: &'static str, path: &Path, command: &str) -> CosimError {
    let remedy =
        format!("give a report of an array, as `heddle {command} --report FILE` writes it");
    InputError::new(flag, shown_path(path), remedy).into()
}

fn report(flag: &'static str, path: &Path) -> Result<Value, CosimError> {
    let text = read_text(path, Limit::RECORD)?;
    serde_json::from_str(&text).map_err(|error| {
        let remedy = format!("it is no JSON ({error}): give a report that --report wrote");
        InputError::new(flag, shown_path(path), remedy).into()
    })
}

/// What synthesis found, if this is such a report of an array.
fn area(report: &Value) -> Option<Area> {
    let of = |name: &str| report[name].as_f64();
    // an engine's figures are those of more than its array
    let whole = report.get("engine").is_some_and(|engine| !engine.is_null());
    let found = Area {
        array: report.get("array")?.clone(),
        lut4: of("lut4"),
        area_um2: of("area_um2"),
        fmax_mhz: of("fmax_mhz"),
    };
    (!whole && (found.lut4.is_some() || found.area_um2.is_some())).then_some(found)
}

/// Joule a cycle, if this is a report of power.
fn energy(report: &Value) -> Option<Energy> {
    let runs = report.get("runs")?.as_array()?;
    let of = |policy: &str| {
        let own = runs.iter().filter(|run| run["policy"] == policy);
        let mut sum = (0.0, 0.0);
        for run in own {
            let parts = ["dynamic", "clock", "leakage"];
            for part in parts {
                sum.0 += run["joule"][part].as_f64()?;
            }
            sum.1 += run["cycles"].as_f64()?;
        }
        (sum.1 > 0.0).then_some(sum.0 / sum.1)
    };
    let found = Energy {
        array: report.get("array")?.clone(),
        dense: of("dense"),
        packed: of("packed"),
    };
    (found.dense.is_some() || found.packed.is_some()).then_some(found)
}

impl Costs {
    /// Whether there is anything to look up.
    pub fn is_empty(&self) -> bool {
        self.areas.is_empty() && self.energies.is_empty()
    }

    pub fn has_area(&self) -> bool {
        !self.areas.is_empty()
    }

    pub fn has_power(&self) -> bool {
        !self.energies.is_empty()
    }

    /// What the reports say of a point; the first that has its array.
    pub fn of(&self, point: &Point) -> Cost {
        let array = json_of(&point.array);
        let area = self.areas.iter().find(|area| area.array == array);
        let energy = self.energies.iter().find(|energy| energy.array == array);
        let fmax = area.and_then(|area| area.fmax_mhz);
        let cycles = |joule: Option<f64>, cycles: u64| joule.map(|joule| joule * cycles as f64);
        Cost {
            lut4: area.and_then(|area| area.lut4),
            area_um2: area.and_then(|area| area.area_um2),
            fmax_mhz: fmax,
            steps_per_s: fmax.map(|mhz| mhz * 1e6 / point.packed_cycles.max(1) as f64),
            dense_joule: cycles(energy.and_then(|it| it.dense), point.dense_cycles),
            packed_joule: cycles(energy.and_then(|it| it.packed), point.packed_cycles),
        }
    }
}

fn json_of(array: &ArrayConfig) -> Value {
    json!(array)
}

impl Cost {
    /// Training steps a second for each thousand LUTs.
    pub fn per_klut(&self) -> Option<f64> {
        Some(self.steps_per_s? / (self.lut4? / 1e3))
    }

    /// Training steps a second for each mm2 of standard cells.
    pub fn per_mm2(&self) -> Option<f64> {
        Some(self.steps_per_s? / (self.area_um2? / 1e6))
    }

    /// As reports have it.
    pub fn json(&self) -> Value {
        json!({
            "lut4": self.lut4,
            "area_um2": self.area_um2,
            "fmax_mhz": self.fmax_mhz,
            "steps_per_s": self.steps_per_s,
            "steps_per_s_per_klut": self.per_klut(),
            "steps_per_s_per_mm2": self.per_mm2(),
            "dense_joule": self.dense_joule,
            "packed_joule": self.packed_joule,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heddle_format::Format;

    fn point(rows: usize) -> Point {
        Point {
            array: ArrayConfig::new(rows, 4, Format::Int8).resolved(),
            pes: 4 * rows as u64,
            p: 0.5,
            dense_cycles: 200,
            packed_cycles: 100,
            dense_utilisation: 1.0,
            packed_utilisation: 1.0,
            speedup: 2.0,
            front: true,
        }
    }

    #[test]
    fn a_point_has_what_the_report_of_its_array_says_and_others_nothing() {
        let array = json!(point(4).array);
        let synth = json!({ "array": array, "lut4": 2000, "fmax_mhz": 50.0 });
        let joule = |all: f64| json!({ "dynamic": all, "clock": all, "leakage": 0.0 });
        let power = json!({ "array": array, "runs": [
            { "policy": "dense", "cycles": 10, "joule": joule(10.0) },
            { "policy": "packed", "cycles": 10, "joule": joule(5.0) },
            { "policy": "packed", "cycles": 30, "joule": joule(35.0) },
        ] });
        let costs = Costs {
            areas: vec![area(&synth).unwrap()],
            energies: vec![energy(&power).unwrap()],
        };
        let cost = costs.of(&point(4));
        // 50 MHz over 100 cycles a step, on 2 kLUT
        assert_eq!(
            (cost.steps_per_s, cost.per_klut()),
            (Some(500_000.0), Some(250_000.0))
        );
        assert_eq!(cost.per_mm2(), None);
        // 2 J a cycle dense, 80 J over 40 cycles packed
        assert_eq!(
            (cost.dense_joule, cost.packed_joule),
            (Some(400.0), Some(200.0))
        );
        assert_eq!(costs.of(&point(8)), Cost::default());
    }

    #[test]
    fn other_reports_are_refused() {
        let array = json!(point(4).array);
        assert_eq!(area(&json!({ "array": array, "runs": [] })), None);
        assert_eq!(
            area(&json!({ "array": array, "lut4": 1, "engine": { "blocks": [] } })),
            None
        );
        assert_eq!(area(&json!({ "lut4": 1 })), None);
        assert_eq!(
            energy(&json!({ "array": array, "lut4": 1, "runs": [{ "fmax_mhz": 1.0 }] })),
            None
        );
    }
}
