//! Job headers as JSON objects, with messages that name field, value and remedy.

use super::JobHeader;
use heddle_format::{Format, Overflow};
use heddle_gemm::{Phase, Shape};
use serde_json::{Map, Value};
use std::str::FromStr;

/// What is wrong with a header, and what would be right.
pub(super) type Fault = (String, String);

/// Most multiply-accumulates of a job: counts of cycles and words stay far from overflow.
const MAX_MACS: u64 = 1 << 60;

/// The name of the `index`-th job for a message, whatever its header holds.
pub(super) fn display_name(value: &Value, index: usize) -> String {
    match value.get("name").and_then(Value::as_str) {
        Some(name) => format!("job '{name}'"),
        None => format!("job number {index} (counted from 0)"),
    }
}

/// Reads one entry of the job list.
pub(super) fn parse(value: &Value) -> Result<JobHeader, Fault> {
    let Value::Object(object) = value else {
        return Err((
            format!("{value} is not a JSON object"),
            "write one object per job".into(),
        ));
    };
    let mut fields = Fields(object.clone());
    let name = fields.required("name", "a unique string that is not empty", |v| {
        v.as_str()
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
    })?;
    let phase = fields.required("phase", "one of \"fp\", \"bp\", \"wg\"", |v| {
        Phase::ALL
            .into_iter()
            .find(|phase| v.as_str() == Some(phase.name()))
    })?;
    let mut size = |key| {
        fields.required(key, "an integer of at least 1", |v| {
            v.as_u64()
                .filter(|&size| size >= 1)
                .and_then(|size| usize::try_from(size).ok())
        })
    };
    let (m, k, n) = (size("m")?, size("k")?, size("n")?);
    let macs = [m, k, n]
        .into_iter()
        .try_fold(1u64, |macs, size| macs.checked_mul(size as u64));
    if macs.is_none_or(|macs| macs > MAX_MACS) {
        return Err((
            format!("m x k x n is {m} x {k} x {n}"),
            format!("a job has at most {MAX_MACS} multiply-accumulates: cut it"),
        ));
    }
    let format = fields.required(
        "format",
        "one of \"int8\", \"int16\", \"bf16\"",
        named::<Format>,
    )?;

    let mut header = JobHeader::new(name, phase, Shape { m, k, n }, format);
    const WHOLE: &str = "an integer of at least 0, or leave the field out";
    header.layer = fields.optional("layer", WHOLE, Value::as_u64)?;
    header.time = fields.optional("time", WHOLE, Value::as_u64)?;
    header.step = fields.optional("step", WHOLE, Value::as_u64)?;
    header.sums = fields.optional("sums", WHOLE, Value::as_u64)?;
    header.site = fields.optional("site", "a word, such as \"nr\", \"rh\" or \"out\"", |v| {
        v.as_str().map(str::to_owned)
    })?;
    header.scale_a = fields.optional("scale_a", "a number", Value::as_f64)?;
    header.scale_b = fields.optional("scale_b", "a number", Value::as_f64)?;
    if format.is_integer() {
        // a sum is stored in 32 bits for int8 and in 64 bits for int16
        let most = 4 * format.operand_bits() as u64;
        header.acc_bits =
            fields.optional("acc_bits", &format!("an integer from 1 to {most}"), |v| {
                v.as_u64()
                    .filter(|bits| (1..=most).contains(bits))
                    .map(|bits| bits as usize)
            })?;
        header.overflow =
            fields.optional("overflow", "\"wrap\" or \"saturate\"", named::<Overflow>)?;
    } else if let Some(key) = ["acc_bits", "overflow"]
        .into_iter()
        .find(|&key| fields.has(key))
    {
        return Err((
            format!("field '{key}' is given for a {format} job"),
            "leave it out: only integer sums have a width and an overflow mode".into(),
        ));
    }
    header.other = fields.0;
    Ok(header)
}

fn named<T: FromStr>(value: &Value) -> Option<T> {
    value.as_str()?.parse().ok()
}

/// The fields of a header that have not been read yet.
struct Fields(Map<String, Value>);

impl Fields {
    /// Whether a field is given; `null` counts as absent.
    fn has(&self, key: &str) -> bool {
        self.0.get(key).is_some_and(|value| !value.is_null())
    }

    fn optional<T>(
        &mut self,
        key: &str,
        right: &str,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Result<Option<T>, Fault> {
        match self.0.shift_remove(key) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => read(&value)
                .map(Some)
                .ok_or_else(|| (format!("field '{key}' is {value}"), format!("use {right}"))),
        }
    }

    fn required<T>(
        &mut self,
        key: &str,
        right: &str,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Result<T, Fault> {
        self.optional(key, right, read)?
            .ok_or_else(|| (format!("field '{key}' is missing"), format!("give {right}")))
    }
}

/// The header as an entry of the job list.
pub(super) fn to_json(header: &JobHeader) -> Value {
    let mut object = Map::new();
    let mut put = |key: &str, value: Value| {
        object.insert(key.to_owned(), value);
    };
    put("name", header.name.as_str().into());
    put("phase", header.phase.name().into());
    put("m", header.shape.m.into());
    put("k", header.shape.k.into());
    put("n", header.shape.n.into());
    put("format", header.format.name().into());
    let optional = [
        ("layer", header.layer.map(Value::from)),
        ("time", header.time.map(Value::from)),
        ("step", header.step.map(Value::from)),
        ("site", header.site.clone().map(Value::from)),
        ("sums", header.sums.map(Value::from)),
        ("acc_bits", header.acc_bits.map(Value::from)),
        (
            "overflow",
            header.overflow.map(|overflow| overflow.name().into()),
        ),
        ("scale_a", header.scale_a.map(Value::from)),
        ("scale_b", header.scale_b.map(Value::from)),
    ];
    for (key, value) in optional {
        if let Some(value) = value {
            put(key, value);
        }
    }
    object.extend(header.other.clone());
    Value::Object(object)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn good() -> Value {
        json!({"name": "x", "phase": "wg", "m": 3, "k": 2, "n": 1, "format": "int8",
               "layer": 1, "time": 4, "step": 9, "site": "rh", "sums": 2, "acc_bits": 24,
               "overflow": "saturate", "scale_a": 0.5, "scale_b": 0.25, "author": {"who": "me"}})
    }

    #[test]
    fn a_header_survives_the_way_to_json_and_back() {
        let header = parse(&good()).unwrap();
        assert_eq!(header.other["author"], json!({"who": "me"}));
        assert_eq!(to_json(&header), good());
    }

    #[test]
    fn every_bad_field_is_named_with_its_value() {
        for (key, bad) in [
            ("name", json!("")),
            ("name", json!(3)),
            ("phase", json!("forward")),
            ("m", json!(0)),
            ("k", json!(-1)),
            ("n", json!(1.5)),
            ("n", json!("7")),
            ("format", json!("fp32")),
            ("layer", json!(-1)),
            ("time", json!("first")),
            ("step", json!([1])),
            ("sums", json!("dw")),
            ("site", json!(1)),
            ("acc_bits", json!(0)),
            ("acc_bits", json!(33)),
            ("overflow", json!("trap")),
            ("scale_a", json!("1")),
            ("scale_b", json!(true)),
        ] {
            let mut header = good();
            header[key] = bad.clone();
            let (problem, remedy) = parse(&header).unwrap_err();
            assert_eq!(problem, format!("field '{key}' is {bad}"));
            assert!(remedy.starts_with("use "), "{remedy}");
        }
    }

    #[test]
    fn sizes_whose_product_cannot_be_counted_are_refused() {
        let largest = 1u64 << 63;
        for (m, k, n) in [
            (largest, 1, 1),
            (1 << 30, 1 << 30, 2),
            (u64::MAX, u64::MAX, u64::MAX),
        ] {
            let mut header = good();
            (header["m"], header["k"], header["n"]) = (m.into(), k.into(), n.into());
            let (problem, _) = parse(&header).unwrap_err();
            assert_eq!(problem, format!("m x k x n is {m} x {k} x {n}"));
        }
        let mut header = good();
        (header["m"], header["k"]) = ((1u64 << 30).into(), (1u64 << 30).into());
        parse(&header).unwrap();
    }

    #[test]
    fn every_required_field_is_required() {
        for key in ["name", "phase", "m", "k", "n", "format"] {
            let mut header = good();
            header.as_object_mut().unwrap().shift_remove(key);
            assert_eq!(
                parse(&header).unwrap_err().0,
                format!("field '{key}' is missing")
            );
        }
    }

    #[test]
    fn an_accumulator_width_makes_no_sense_for_bf16() {
        let mut header = good();
        header["format"] = "bf16".into();
        assert!(parse(&header).unwrap_err().0.contains("acc_bits"));
    }
}
