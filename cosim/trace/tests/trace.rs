//! Traces: what is written is read back, and whatever is wrong with a file is named.

use half::bf16;
use heddle_files::Destination;
use heddle_format::{Format, Overflow};
use heddle_gemm::{Accumulator, Engine, GoldenEngine, Mask, Phase, Policy, Scratch, Shape};
use heddle_trace::TraceError;
use heddle_trace::{JobHeader, Operands, Tensors, TraceElement, TraceFile, TraceJob};
use safetensors::tensor::{Dtype, TensorView};
use serde_json::{json, Value};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../testbenches/fixtures")
        .join(name)
}

/// One small job per format, with everything that a job can carry.
fn jobs() -> Vec<TraceJob> {
    let header = |name: &str, phase, format| {
        let mut header = JobHeader::new(name, phase, Shape::new(2, 3, 2), format);
        header.layer = Some(1);
        header.site = Some("rh".into());
        header.other.insert("note".into(), json!([1, "kept"]));
        if format.is_integer() {
            header.acc_bits = Some(24);
            header.overflow = Some(Overflow::Saturate);
        }
        header
    };
    let mask = |bits: &[u8]| Some(bits.iter().map(|&bit| bit == 1).collect::<Mask>());
    vec![
        TraceJob {
            header: header("one", Phase::Forward, Format::Int8),
            tensors: Tensors::Int8(Operands {
                a: vec![1, -2, 3, 4, 5, -128],
                b: vec![7, 8, 9, 1, 2, 3],
                c0: Some(vec![1, -8_388_608, 8_388_607, 4]),
                c: Some(vec![0, 1, 2, 3]),
            }),
            keep_m: None,
            keep_k: mask(&[1, 0, 1]),
            keep_n: None,
        },
        TraceJob {
            header: header("two", Phase::Backward, Format::Int16),
            tensors: Tensors::Int16(Operands {
                a: vec![300, -32_768, 3, 4, 5, 6],
                b: vec![1; 6],
                c0: Some(vec![1, 2, 3, 4]),
                c: None,
            }),
            keep_m: None,
            keep_k: None,
            keep_n: mask(&[0, 1]),
        },
        TraceJob {
            header: header("a/b", Phase::WeightGradient, Format::Bf16),
            tensors: Tensors::Bf16(Operands {
                a: [1.0, -0.0, 3.0, f32::INFINITY, 1e-40, 5.0]
                    .map(bf16::from_f32)
                    .to_vec(),
                b: vec![bf16::from_f32(0.5); 6],
                c0: None,
                c: Some(vec![-0.0, 1.0, f32::MIN_POSITIVE, 4.0]),
            }),
            keep_m: mask(&[1, 1]),
            keep_k: mask(&[0, 0, 0]),
            keep_n: mask(&[1, 0]),
        },
    ]
}

#[test]
fn what_is_written_is_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (
        folder.path().join("1.safetensors"),
        folder.path().join("2.safetensors"),
    );
    heddle_trace::write(&Destination::open(&first).unwrap(), &jobs()).unwrap();
    let file = TraceFile::open(&first).unwrap();
    let read: Vec<TraceJob> = file.jobs().collect::<Result<_, _>>().unwrap();
    assert!(read == jobs(), "read back: {read:?}");
    heddle_trace::write(&Destination::open(&second).unwrap(), &read).unwrap();
    assert_eq!(
        std::fs::read(first).unwrap(),
        std::fs::read(second).unwrap()
    );
}

#[test]
fn jobs_that_no_reader_would_take_are_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trace.safetensors");
    let mut twice = jobs();
    twice[1].header.name = "one".into();
    let mut short = jobs();
    short[0].keep_k = Some(Mask::all(4));
    let mut wrong = jobs();
    wrong[2].header.format = Format::Int8;
    for (jobs, message) in [
        (twice, "taken"),
        (short, "length of keep_k: 4, expected 3"),
        (wrong, "its tensors are bf16"),
    ] {
        let error = heddle_trace::write(&Destination::open(&path).unwrap(), &jobs)
            .unwrap_err()
            .to_string();
        assert!(error.contains(message), "{error}");
    }
    assert!(!path.exists());
}

/// A trace's parts, to be broken one at a time.
#[derive(Clone)]
struct Parts {
    metadata: HashMap<String, String>,
    jobs: Vec<Value>,
    tensors: Vec<(String, Dtype, Vec<usize>, Vec<u8>)>,
}

impl Parts {
    fn new() -> Self {
        let job = json!({"name": "x", "phase": "fp", "m": 2, "k": 3, "n": 1, "format": "int8",
                         "acc_bits": 20, "overflow": "wrap"});
        let tensor = |name: &str, dtype, shape: &[usize], bytes: Vec<u8>| {
            (name.to_owned(), dtype, shape.to_vec(), bytes)
        };
        Self {
            metadata: HashMap::from([("heddle.trace".to_owned(), "1".to_owned())]),
            jobs: vec![job],
            tensors: vec![
                tensor("x/a", Dtype::I8, &[2, 3], vec![1; 6]),
                tensor("x/b", Dtype::I8, &[3, 1], vec![1; 3]),
                tensor("x/c0", Dtype::I32, &[2, 1], vec![0; 8]),
                tensor("x/c", Dtype::I32, &[2, 1], vec![0; 8]),
                tensor("x/keep_m", Dtype::U8, &[2], vec![1, 0]),
                tensor("x/keep_k", Dtype::BOOL, &[3], vec![1, 0, 1]),
                tensor("x/keep_n", Dtype::U8, &[1], vec![1]),
            ],
        }
    }

    fn tensor(&mut self, name: &str) -> &mut (String, Dtype, Vec<usize>, Vec<u8>) {
        self.tensors
            .iter_mut()
            .find(|tensor| tensor.0 == name)
            .unwrap()
    }

    fn bytes(&self) -> Vec<u8> {
        let mut metadata = self.metadata.clone();
        metadata
            .entry("heddle.jobs".to_owned())
            .or_insert_with(|| Value::Array(self.jobs.clone()).to_string());
        let views = self.tensors.iter().map(|(name, dtype, shape, bytes)| {
            (name, TensorView::new(*dtype, shape.clone(), bytes).unwrap())
        });
        safetensors::serialize(views, Some(metadata)).unwrap()
    }
}

/// Opens a file of these bytes and reads every job.
fn read(bytes: &[u8]) -> Result<Vec<TraceJob>, TraceError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.safetensors");
    std::fs::write(&path, bytes).unwrap();
    TraceFile::open(&path)?.jobs().collect()
}

#[test]
fn every_broken_part_is_named() {
    read(&Parts::new().bytes()).expect("the unbroken trace is valid");

    type Break = fn(&mut Parts);
    let breaks: Vec<(Break, &str)> = vec![
        (|p| p.metadata.clear(), "no 'heddle.trace'"),
        (|p| drop(p.metadata.insert("heddle.trace".into(), "2".into())), "version (heddle.trace) is \"2\"; this program reads version \"1\""),
        (|p| drop(p.metadata.insert("heddle.jobs".into(), "[{]".into())), "'heddle.jobs' is not a JSON array"),
        (|p| drop(p.metadata.insert("heddle.jobs".into(), "{}".into())), "'heddle.jobs' is not a JSON array"),
        (|p| p.jobs[0] = json!(7), "job number 0 (counted from 0): 7 is not a JSON object"),
        (|p| p.jobs[0]["k"] = json!(0), "job 'x': field 'k' is 0; use an integer of at least 1"),
        (|p| p.jobs[0]["format"] = json!("fp8"), "field 'format' is \"fp8\"; use one of \"int8\", \"int16\", \"bf16\""),
        (|p| p.jobs.push(p.jobs[0].clone()), "job 'x': its name is taken"),
        (|p| p.jobs[0]["name"] = json!("y"), "tensor 'y/a': it is missing; write it as I8 of shape [2, 3]"),
        (|p| p.tensors.retain(|t| t.0 != "x/b"), "tensor 'x/b': it is missing"),
        (|p| p.tensor("x/a").1 = Dtype::U8, "tensor 'x/a': its dtype is U8; a int8 job wants I8"),
        (|p| p.jobs[0]["m"] = json!(3), "tensor 'x/a': its shape is [2, 3]; m, k, n = 3, 3, 1 want [3, 3]"),
        (|p| p.tensor("x/c0").2 = vec![1, 2], "tensor 'x/c0': its shape is [1, 2]"),
        (|p| p.tensor("x/c").1 = Dtype::F32, "tensor 'x/c': its dtype is F32; a int8 job wants I32"),
        (|p| p.tensor("x/keep_k").1 = Dtype::I8, "tensor 'x/keep_k': its dtype is I8; a mask is U8 or BOOL"),
        (
            |p| {
                p.tensor("x/keep_k").2 = vec![2];
                p.tensor("x/keep_k").3 = vec![1, 1];
            },
            "tensor 'x/keep_k': its shape is [2]; m, k, n = 2, 3, 1 want [3]",
        ),
        (|p| p.tensor("x/keep_m").3 = vec![1, 2], "tensor 'x/keep_m': it holds 2 at index 1; a mask holds 1 to keep and 0 to drop"),
        (|p| p.tensor("x/keep_n").3 = vec![255], "tensor 'x/keep_n': it holds 255 at index 0"),
        (
            |p| p.tensor("x/c0").3 = [0i32, 524_288].iter().flat_map(|v| v.to_le_bytes()).collect(),
            "tensor 'x/c0': 524288 at row 1, column 0 does not fit the accumulator; a 20-bit sum lies between -524288 and 524287",
        ),
        (|p| p.jobs[0]["acc_bits"] = Value::Null, "it carries an expected result (c), but no 'acc_bits'"),
        (|p| drop(p.jobs[0].as_object_mut().unwrap().shift_remove("overflow")), "no 'overflow'"),
    ];
    for (damage, message) in breaks {
        let mut parts = Parts::new();
        damage(&mut parts);
        let error = read(&parts.bytes()).expect_err(message);
        assert!(error.is_bad_input(), "{error}");
        assert!(
            error.to_string().contains(message),
            "'{message}' not in: {error}"
        );
    }
}

#[test]
fn what_the_format_does_not_forbid_is_read() {
    let mut parts = Parts::new();
    parts.jobs[0]["mood"] = json!("fine");
    parts
        .tensors
        .push(("unknown".into(), Dtype::F64, vec![], vec![0; 8]));
    parts.tensors.retain(|t| t.0 != "x/c");
    for key in ["acc_bits", "overflow"] {
        parts.jobs[0].as_object_mut().unwrap().shift_remove(key);
    }
    let jobs = read(&parts.bytes()).unwrap();
    assert_eq!(jobs[0].header.other["mood"], "fine");
    assert_eq!(jobs[0].kept_shape(), Shape::new(1, 2, 1));
    let mut empty = Parts::new();
    empty.jobs.clear();
    assert!(read(&empty.bytes()).unwrap().is_empty());
}

#[test]
fn a_file_cut_anywhere_is_an_error() {
    let bytes = Parts::new().bytes();
    for len in 0..bytes.len() {
        let error = read(&bytes[..len]).expect_err("truncated");
        assert!(error.is_bad_input(), "{error}");
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert!(read(&longer)
        .unwrap_err()
        .to_string()
        .contains("1 bytes follow the last tensor"));
    assert!(read(&bytes[..bytes.len() - 1])
        .unwrap_err()
        .to_string()
        .contains("truncated"));
}

#[test]
fn no_flipped_byte_makes_the_reader_panic() {
    let bytes = Parts::new().bytes();
    let mut rejected = 0;
    for i in 0..bytes.len() {
        for flip in [1, 0x20, 0x80] {
            let mut damaged = bytes.clone();
            damaged[i] ^= flip;
            if let Err(error) = read(&damaged) {
                assert!(error.is_bad_input(), "{error}");
                rejected += 1;
            }
        }
    }
    assert!(
        rejected > bytes.len(),
        "only {rejected} of {} flips were noticed",
        3 * bytes.len()
    );
}

#[test]
fn missing_files_and_folders_are_named() {
    for path in ["/nonexistent/trace", "/"] {
        let error = TraceFile::open(Path::new(path)).unwrap_err();
        assert!(error.is_bad_input());
        assert!(error.to_string().contains(path), "{error}");
    }
}

/// How many elements of the golden result differ from the file's own.
fn golden_differences<E: TraceElement>(job: &TraceJob, operands: &Operands<E>) -> usize
where
    GoldenEngine: Engine<E>,
{
    let header = &job.header;
    let mut golden = GoldenEngine::new(Accumulator {
        bits: header.sum_bits(),
        overflow: header.overflow.unwrap_or_default(),
    });
    let mut c = job.seed(operands);
    let outputs = &mut [job.output(&mut c).unwrap()];
    golden
        .run(
            Policy::Gated,
            &[job.job(operands, 0).unwrap()],
            outputs,
            &mut Scratch::default(),
        )
        .unwrap();
    let expected = operands
        .c
        .as_ref()
        .expect("the fixture has expected results");
    let bytes = E::sum_bytes(&c).chunks_exact(size_of::<E::Acc>());
    bytes
        .zip(E::sum_bytes(expected).chunks_exact(size_of::<E::Acc>()))
        .filter(|(x, y)| x != y)
        .count()
}

#[test]
fn pytorch_and_the_golden_model_agree_on_every_bit() {
    for (name, masked) in [
        ("pytorch.safetensors", 12),
        ("pytorch-int8.safetensors", 12),
    ] {
        let file = TraceFile::open(&fixture(name)).unwrap();
        assert_eq!(file.headers().len(), 18);
        let mut masked_jobs = 0;
        for (index, phase) in file.headers().iter().map(|header| header.phase).enumerate() {
            let mut job = file.job(index).unwrap();
            let differences = |job: &TraceJob| match &job.tensors {
                Tensors::Int8(operands) => golden_differences(job, operands),
                Tensors::Int16(operands) => golden_differences(job, operands),
                Tensors::Bf16(operands) => golden_differences(job, operands),
            };
            assert_eq!(differences(&job), 0, "job '{}'", job.header.name);
            let mask = match phase {
                Phase::Forward => &mut job.keep_k,
                Phase::Backward => &mut job.keep_n,
                Phase::WeightGradient => &mut job.keep_m,
            };
            // the check can fail: without its mask the job has another result
            if mask
                .take()
                .is_some_and(|mask| mask.kept().len() < mask.len())
                && differences(&job) > 0
            {
                masked_jobs += 1;
            }
        }
        assert!(
            masked_jobs >= masked,
            "{name}: only {masked_jobs} jobs depend on their mask"
        );
    }
}

#[test]
fn a_trace_written_with_numpy_is_read() {
    let file = TraceFile::open(&fixture("numpy.safetensors")).unwrap();
    let job = file.job(0).unwrap();
    assert_eq!(job.header.shape, Shape::new(5, 24, 20));
    let kept = job.keep_k.expect("a mask on k").kept().len();
    assert!((1..24).contains(&kept));
}
