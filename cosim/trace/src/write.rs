//! Writing a trace.

use super::{header, Operands, Tensors, TraceElement, TraceJob, JOBS_KEY, VERSION, VERSION_KEY};
use crate::TraceError;
use heddle_files::Destination;
use heddle_gemm::{Mask, Shape};
use safetensors::Dtype;
use serde_json::{json, Map, Value};
use std::borrow::Cow;

/// One tensor on its way into a file.
struct Tensor<'a> {
    name: String,
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Cow<'a, [u8]>,
}

/// Writes jobs as a trace, the same bytes for the same jobs. The file appears under its
/// name only when it is complete.
///
/// # Errors
/// [`TraceError::File`] if the file cannot be written, [`TraceError::Invalid`] if the jobs
/// are not a valid trace: two of one name, tensors or masks of the wrong length.
pub fn write(to: &Destination, jobs: &[TraceJob]) -> Result<(), TraceError> {
    let mut names = std::collections::HashSet::new();
    for job in jobs {
        check(job)?;
        if !names.insert(&job.header.name) {
            return Err(fault(
                job,
                "its name is taken by an earlier job",
                "give every job its own name",
            ));
        }
    }
    let mut tensors: Vec<Tensor<'_>> = jobs.iter().flat_map(tensors).collect();
    // The widest elements first, so that each tensor is aligned to its element.
    tensors.sort_by_key(|tensor| std::cmp::Reverse(tensor.dtype.bitsize()));

    let list: Vec<Value> = jobs
        .iter()
        .map(|job| header::to_json(&job.header))
        .collect();
    let mut head = Map::new();
    head.insert(
        "__metadata__".into(),
        json!({ VERSION_KEY: VERSION, JOBS_KEY: Value::Array(list).to_string() }),
    );
    let mut offset = 0;
    for tensor in &tensors {
        let end = offset + tensor.bytes.len();
        let info = json!({ "dtype": format!("{:?}", tensor.dtype), "shape": tensor.shape, "data_offsets": [offset, end] });
        head.insert(tensor.name.clone(), info);
        offset = end;
    }
    let mut head = Value::Object(head).to_string();
    head.extend(std::iter::repeat_n(
        ' ',
        head.len().next_multiple_of(8) - head.len(),
    ));

    let written = to.fill(|out| {
        out.write_all(&(head.len() as u64).to_le_bytes())?;
        out.write_all(head.as_bytes())?;
        tensors
            .iter()
            .try_for_each(|tensor| out.write_all(&tensor.bytes))
    });
    Ok(written?)
}

fn fault(job: &TraceJob, problem: impl Into<String>, remedy: &str) -> TraceError {
    TraceError::Invalid {
        place: format!("job '{}'", job.header.name),
        problem: problem.into(),
        remedy: remedy.into(),
    }
}

/// Checks what a reader would reject and the types do not rule out.
fn check(job: &TraceJob) -> Result<(), TraceError> {
    let header = &job.header;
    header::parse(&header::to_json(header))
        .map_err(|(problem, remedy)| fault(job, problem, &remedy))?;
    let (format, a, b, c0, c) = match &job.tensors {
        Tensors::Int8(t) => lengths(t),
        Tensors::Int16(t) => lengths(t),
        Tensors::Bf16(t) => lengths(t),
    };
    if format != header.format {
        return Err(fault(
            job,
            format!(
                "its tensors are {format}, its header says {}",
                header.format
            ),
            "make them agree",
        ));
    }
    let Shape { m, k, n } = header.shape;
    let mask = |mask: &Option<Mask>| mask.as_ref().map(Mask::len);
    for (what, len, expected) in [
        ("elements of a", Some(a), m * k),
        ("elements of b", Some(b), k * n),
        ("elements of c0", c0, m * n),
        ("elements of c", c, m * n),
        ("length of keep_m", mask(&job.keep_m), m),
        ("length of keep_k", mask(&job.keep_k), k),
        ("length of keep_n", mask(&job.keep_n), n),
    ] {
        if len.is_some_and(|len| len != expected) {
            let problem = format!("{what}: {}, expected {expected}", len.unwrap_or_default());
            return Err(fault(
                job,
                problem,
                "give every tensor the shape that m, k and n say",
            ));
        }
    }
    if format.is_integer()
        && c.is_some()
        && (header.acc_bits.is_none() || header.overflow.is_none())
    {
        return Err(fault(
            job,
            "it carries c, but not both 'acc_bits' and 'overflow'",
            "give both",
        ));
    }
    Ok(())
}

type Lengths = (
    heddle_format::Format,
    usize,
    usize,
    Option<usize>,
    Option<usize>,
);

fn lengths<E: TraceElement>(operands: &Operands<E>) -> Lengths {
    let len = |sums: &Option<Vec<E::Acc>>| sums.as_ref().map(Vec::len);
    (
        E::FORMAT,
        operands.a.len(),
        operands.b.len(),
        len(&operands.c0),
        len(&operands.c),
    )
}

fn tensors(job: &TraceJob) -> Vec<Tensor<'_>> {
    match &job.tensors {
        Tensors::Int8(operands) => tensors_of(job, operands),
        Tensors::Int16(operands) => tensors_of(job, operands),
        Tensors::Bf16(operands) => tensors_of(job, operands),
    }
}

fn tensors_of<'a, E: TraceElement>(
    job: &'a TraceJob,
    operands: &'a Operands<E>,
) -> Vec<Tensor<'a>> {
    let header = &job.header;
    let Shape { m, k, n } = header.shape;
    let mut list = Vec::new();
    let mut put = |tensor: &str, dtype, shape: &[usize], bytes: Cow<'a, [u8]>| {
        list.push(Tensor {
            name: format!("{}/{tensor}", header.name),
            dtype,
            shape: shape.to_vec(),
            bytes,
        });
    };
    put(
        "a",
        E::DTYPE,
        &[m, k],
        bytemuck::cast_slice(&operands.a).into(),
    );
    put(
        "b",
        E::DTYPE,
        &[k, n],
        bytemuck::cast_slice(&operands.b).into(),
    );
    for (tensor, sums) in [("c0", &operands.c0), ("c", &operands.c)] {
        if let Some(sums) = sums {
            put(tensor, E::SUM_DTYPE, &[m, n], E::sum_bytes(sums).into());
        }
    }
    for (tensor, mask) in [
        ("keep_m", &job.keep_m),
        ("keep_k", &job.keep_k),
        ("keep_n", &job.keep_n),
    ] {
        if let Some(mask) = mask {
            let bytes: Vec<u8> = mask.bits().iter().map(|bit| u8::from(*bit)).collect();
            put(tensor, Dtype::U8, &[mask.len()], bytes.into());
        }
    }
    list
}
