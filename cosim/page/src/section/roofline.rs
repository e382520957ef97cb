//! Points of an engine below the roofs of its array and its bus.

use super::number;
use super::policies::{colour, limited, Found};
use crate::chart::{xy, Axis, Line, Point, Series, Xy};
use crate::number::{of as counted, short};
use crate::report::Report;
use maud::{html, Markup};
use serde_json::Value;

/// An engine's two limits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Roof {
    /// MACs per cycle of the array.
    pub macs: f64,
    /// Bytes per cycle of the bus, one way.
    pub bytes: f64,
}

impl Roof {
    /// Of what has the keys of an array with an engine.
    pub fn of(array: &Value) -> Option<Self> {
        let (rows, cols) = (number(array, "rows")?, number(array, "cols")?);
        Some(Self {
            macs: rows * cols,
            bytes: number(array, "engine.bus_bits")? / 8.0,
        })
    }
}

/// A point: its policy, its fields, what it is called, the anchor of its row.
pub struct Dot<'a> {
    /// The policy, which gives the colour.
    pub policy: &'a str,
    /// Cycles, MACs and bytes.
    pub fields: &'a Value,
    /// What its mark says first.
    pub name: String,
    /// Its row.
    pub to: String,
}

/// The roofline of some points; nothing where none has a place.
pub fn roofline(caption: &str, roof: Roof, dots: &[Dot<'_>]) -> Markup {
    let mut series: Vec<Series> = Vec::new();
    let mut intensities = Vec::new();
    for dot in dots {
        let Some(at) =
            number(dot.fields, "macs_per_byte").zip(number(dot.fields, "macs_per_cycle"))
        else {
            continue;
        };
        intensities.push(at.0);
        let cycles = number(dot.fields, "cycles").unwrap_or(f64::NAN);
        let tip = format!(
            "{}: {} MACs/B, {} MACs/cycle\n{} cycles{}",
            dot.name,
            short(at.0),
            short(at.1),
            counted(cycles),
            limited(dot.fields)
        );
        let point = Point {
            at,
            tip,
            to: Some(dot.to.clone()),
            strong: true,
        };
        match series.iter_mut().find(|of| of.name == dot.policy) {
            Some(series) => series.points.push(point),
            None => series.push(Series {
                name: dot.policy.to_owned(),
                colour: colour(dot.policy),
                points: vec![point],
                ..Series::default()
            }),
        }
    }
    if series.is_empty() {
        return html! {};
    }
    let knee = roof.macs / roof.bytes;
    let low = intensities.iter().copied().fold(knee, f64::min) / 2.0;
    let high = intensities.iter().copied().fold(knee, f64::max) * 2.0;
    xy(&Xy {
        caption: caption.to_owned(),
        x: Axis {
            name: "MACs per byte over the bus".into(),
            log: true,
        },
        y: Axis {
            name: "MACs per cycle".into(),
            log: true,
        },
        series,
        lines: vec![Line {
            points: vec![
                (low, low * roof.bytes),
                (knee, roof.macs),
                (high, roof.macs),
            ],
        }],
        line: Some(format!(
            "limits: bus {} B/cycle, array {} MACs/cycle",
            short(roof.bytes),
            short(roof.macs)
        )),
    })
}

/// The roofline of a report by policy and phase.
pub fn of_policies(report: &Report, anchor: &str, found: &[Found]) -> Markup {
    let Some(roof) = report.get("array").and_then(Roof::of) else {
        return html! {};
    };
    let dots: Vec<_> = found
        .iter()
        .map(|of| Dot {
            policy: &of.policy,
            fields: &of.fields,
            name: format!("{}, {}", of.phase, of.policy),
            to: of.id(anchor),
        })
        .collect();
    roofline("Below the limits of array and bus", roof, &dots)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_roof_has_its_knee_where_both_limits_meet() {
        let array = json!({ "rows": 16, "cols": 16, "engine": { "bus_bits": 128 } });
        let roof = Roof::of(&array).unwrap();
        assert_eq!((roof.macs, roof.bytes), (256.0, 16.0));
        let fields = json!({ "macs_per_byte": 9.78, "macs_per_cycle": 150.2, "cycles": 112521, "limited_by": "bus" });
        let dot = Dot {
            policy: "packed",
            fields: &fields,
            name: "fp".into(),
            to: "r".into(),
        };
        let text = roofline("c", roof, &[dot]).into_string();
        assert!(
            text.contains("112,521 cycles, limited by the bus"),
            "{text}"
        );
        assert!(text.contains("limits: bus 16 B/cycle, array 256 MACs/cycle"));
        assert_eq!(Roof::of(&json!({ "rows": 16, "cols": 16 })), None);
    }
}
