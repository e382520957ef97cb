//! Reading and validating a trace.

use super::header::{self, Fault};
use super::{JobHeader, Operands, TraceElement, TraceJob, JOBS_KEY, VERSION, VERSION_KEY};
use crate::TraceError;
use half::bf16;
use heddle_files::InputError;
use heddle_files::{safetensors_header, SAFETENSORS_PREFIX, WRITE_SAFETENSORS_AGAIN};
use heddle_files::{shown, FileError};
use heddle_format::Format;
use heddle_gemm::{Mask, Shape};
use heddle_toolbox::memory;
use safetensors::tensor::{Dtype, Metadata, TensorInfo};
use serde_json::Value;
use std::collections::{BTreeSet, HashSet};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// An open trace. The header is read and checked at once, the tensors job by job, so
/// that a trace may be larger than memory.
#[derive(Debug)]
pub struct TraceFile {
    path: PathBuf,
    file: File,
    metadata: Metadata,
    /// Where the tensors' bytes begin.
    data: u64,
    headers: Vec<JobHeader>,
}

/// What a tensor of a job can be called.
const TENSORS: [&str; 7] = ["a", "b", "c0", "c", "keep_m", "keep_k", "keep_n"];
/// From here on two names are alike enough for one to be the other misspelt.
const LIKE: f64 = 0.8;

/// A tensor that no job uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stray {
    /// Its name.
    pub name: String,
    /// The most similar name that a job would have used, if one is near.
    pub nearest: Option<String>,
}

impl std::fmt::Display for Stray {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "no job uses the tensor '{}'", shown(&self.name))?;
        match &self.nearest {
            Some(nearest) => write!(f, "; was '{}' meant?", shown(nearest)),
            None => write!(
                f,
                "; a job has {} after its name and '/'",
                TENSORS.join(", ")
            ),
        }
    }
}

/// How much two names are alike, from 0 to 1, whatever the case of their letters.
fn likeness(one: &str, other: &str) -> f64 {
    let plain = |name: &str| name.to_lowercase().replace(['-', '.', ' '], "_");
    strsim::normalized_damerau_levenshtein(&plain(one), &plain(other))
}

impl TraceFile {
    /// Opens a trace and checks everything but the values of its tensors: version, job
    /// headers, and of every tensor that it is there, its type and its shape.
    ///
    /// # Errors
    /// [`TraceError::File`] if the file cannot be read, [`TraceError::Invalid`] that names
    /// the first thing wrong with it.
    pub fn open(path: &Path) -> Result<Self, TraceError> {
        let read = || FileError::reading(path);
        let file = heddle_files::open_regular(path)?;
        let len = file.metadata().map_err(read())?.len();
        let text = safetensors_header(&file).map_err(read())?;
        let text = text.map_err(|(problem, remedy)| whole(path, problem, remedy))?;
        let data = SAFETENSORS_PREFIX + text.len() as u64;
        let metadata: Metadata = serde_json::from_slice(&text).map_err(|error| {
            whole(
                path,
                format!("the safetensors header is not valid: {error}"),
                WRITE_SAFETENSORS_AGAIN,
            )
        })?;
        let end = data + metadata.data_len() as u64;
        if end > len {
            return Err(whole(
                path,
                format!("it is truncated: it has {len} bytes, its header describes {end}"),
                "copy or write the file again",
            ));
        }
        if end < len {
            return Err(whole(
                path,
                format!("{} bytes follow the last tensor", len - end),
                "write a file that ends with its last tensor",
            ));
        }
        let mut trace = Self {
            path: path.to_owned(),
            file,
            headers: Vec::new(),
            metadata,
            data,
        };
        trace.headers = trace.parse_jobs()?;
        for header in &trace.headers {
            trace.check_tensors(header)?;
        }
        Ok(trace)
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The jobs' headers, in execution order.
    pub fn headers(&self) -> &[JobHeader] {
        &self.headers
    }

    /// Bytes of all tensors.
    pub fn tensor_bytes(&self) -> u64 {
        self.metadata.data_len() as u64
    }

    /// Whether a job has a tensor of this name, such as `keep_k` or `c`.
    pub fn has(&self, header: &JobHeader, tensor: &str) -> bool {
        self.info(header, tensor).is_some()
    }

    /// Tensors that no job uses, in the order of their names: a name that is not quite right
    /// has a mask ignored, say, which a valid trace may do.
    pub fn strays(&self) -> Vec<Stray> {
        let known = |header: &JobHeader| TENSORS.map(|tensor| format!("{}/{tensor}", header.name));
        let known: BTreeSet<String> = self.headers.iter().flat_map(known).collect();
        let there = self.metadata.tensors();
        let mut names: Vec<&String> = there.keys().filter(|name| !known.contains(*name)).collect();
        names.sort();
        let near = |name: &str| {
            // Only names that the file does not have yet can have been meant.
            let free = known.iter().filter(|known| !there.contains_key(*known));
            let scored = free.map(|known| (likeness(name, known), known));
            let best = scored.max_by(|(one, _), (other, _)| one.total_cmp(other));
            best.filter(|(score, _)| *score >= LIKE)
                .map(|(_, known)| known.clone())
        };
        let stray = |name: &String| Stray {
            nearest: near(name),
            name: name.clone(),
        };
        names.into_iter().map(stray).collect()
    }

    /// Reads the `index`-th job and checks its tensors' values.
    ///
    /// # Errors
    /// [`TraceError::File`] if the file cannot be read any more, [`TraceError::Invalid`]
    /// if a mask holds something else than 0 and 1 or a seed does not fit the
    /// accumulator, [`TraceError::Input`] if there is no such job.
    pub fn job(&self, index: usize) -> Result<TraceJob, TraceError> {
        let header = self.headers.get(index).ok_or_else(|| {
            TraceError::Input(InputError {
                name: "job index",
                value: index.to_string(),
                remedy: format!("the trace has {} jobs, counted from 0", self.headers.len()),
            })
        })?;
        let bytes = ["a", "b", "c0", "c", "keep_m", "keep_k", "keep_n"]
            .into_iter()
            .filter_map(|tensor| self.info(header, tensor))
            .map(|info| (info.data_offsets.1 - info.data_offsets.0) as u128)
            .sum();
        let what = format!("job '{}' of {}", header.name, self.path.display());
        memory::check(&what, bytes, "cut it into smaller jobs")?;
        let tensors = match header.format {
            Format::Int8 => i8::pack(self.operands(header)?),
            Format::Int16 => i16::pack(self.operands(header)?),
            Format::Bf16 => bf16::pack(self.operands(header)?),
        };
        Ok(TraceJob {
            header: header.clone(),
            tensors,
            keep_m: self.mask(header, "keep_m")?,
            keep_k: self.mask(header, "keep_k")?,
            keep_n: self.mask(header, "keep_n")?,
        })
    }

    /// The jobs, read one by one.
    pub fn jobs(&self) -> impl Iterator<Item = Result<TraceJob, TraceError>> + '_ {
        (0..self.headers.len()).map(|index| self.job(index))
    }

    fn parse_jobs(&self) -> Result<Vec<JobHeader>, TraceError> {
        let path = &self.path;
        let entries = self.metadata.metadata().as_ref();
        let entry = |key| entries.and_then(|map| map.get(key)).map(String::as_str);
        match entry(VERSION_KEY) {
            Some(VERSION) => {}
            Some(other) => {
                return Err(whole(
                    path,
                    format!("its version ({VERSION_KEY}) is \"{other}\""),
                    format!("this program reads version \"{VERSION}\""),
                ))
            }
            None => {
                return Err(whole(
                    path,
                    format!("it is no Heddle trace: its metadata has no '{VERSION_KEY}'"),
                    format!("write the metadata '{VERSION_KEY}': \"{VERSION}\" and '{JOBS_KEY}'"),
                ))
            }
        }
        let text = entry(JOBS_KEY).ok_or_else(|| {
            whole(
                path,
                format!("its metadata has no '{JOBS_KEY}'"),
                "write a JSON array with one object per job",
            )
        })?;
        let list: Vec<Value> = serde_json::from_str(text).map_err(|error| {
            whole(
                path,
                format!("'{JOBS_KEY}' is not a JSON array: {error}"),
                "write a JSON array with one object per job",
            )
        })?;
        let mut names = HashSet::new();
        list.iter()
            .enumerate()
            .map(|(index, value)| {
                let fail = |(problem, remedy): Fault| {
                    self.fault(&header::display_name(value, index), problem, remedy)
                };
                let header = header::parse(value).map_err(fail)?;
                if !names.insert(header.name.clone()) {
                    return Err(fail((
                        "its name is taken by an earlier job".into(),
                        "give every job its own name".into(),
                    )));
                }
                Ok(header)
            })
            .collect()
    }

    /// Checks presence, type and shape of a job's tensors.
    fn check_tensors(&self, header: &JobHeader) -> Result<(), TraceError> {
        let Shape { m, k, n } = header.shape;
        let (operand, sum) = match header.format {
            Format::Int8 => (i8::DTYPE, i8::SUM_DTYPE),
            Format::Int16 => (i16::DTYPE, i16::SUM_DTYPE),
            Format::Bf16 => (bf16::DTYPE, bf16::SUM_DTYPE),
        };
        let bits: &[Dtype] = &[Dtype::U8, Dtype::BOOL];
        let tensors: [(&str, bool, &[Dtype], &[usize]); 7] = [
            ("a", true, &[operand], &[m, k]),
            ("b", true, &[operand], &[k, n]),
            ("c0", false, &[sum], &[m, n]),
            ("c", false, &[sum], &[m, n]),
            ("keep_m", false, bits, &[m]),
            ("keep_k", false, bits, &[k]),
            ("keep_n", false, bits, &[n]),
        ];
        for (tensor, required, dtypes, shape) in tensors {
            let fault = |problem: String, remedy: String| {
                Err(self.tensor_fault(header, tensor, problem, remedy))
            };
            let kinds = dtypes
                .iter()
                .map(|dtype| format!("{dtype:?}"))
                .collect::<Vec<_>>()
                .join(" or ");
            let Some(info) = self.info(header, tensor) else {
                if required {
                    return fault(
                        "it is missing".into(),
                        format!("write it as {kinds} of shape {shape:?}"),
                    );
                }
                continue;
            };
            if !dtypes.contains(&info.dtype) {
                let remedy = if tensor.starts_with("keep_") {
                    format!(
                        "a mask is {kinds}, 1 to keep and 0 to drop (in NumPy: .astype(np.uint8))"
                    )
                } else {
                    format!("a {} job wants {kinds}", header.format)
                };
                return fault(format!("its dtype is {:?}", info.dtype), remedy);
            }
            if info.shape != shape {
                return fault(
                    format!("its shape is {:?}", info.shape),
                    format!("m, k, n = {m}, {k}, {n} want {shape:?}"),
                );
            }
        }
        let named = [
            ("acc_bits", header.acc_bits.is_some()),
            ("overflow", header.overflow.is_some()),
        ];
        if let Some((key, _)) = named.iter().find(|(_, given)| !given) {
            if header.format.is_integer() && self.has(header, "c") {
                return Err(self.fault(
                    &format!("job '{}'", header.name),
                    format!("it carries an expected result (c), but no '{key}'"),
                    "an integer job with c must give both 'acc_bits' and 'overflow'",
                ));
            }
        }
        Ok(())
    }

    fn info(&self, header: &JobHeader, tensor: &str) -> Option<&TensorInfo> {
        self.metadata.info(&format!("{}/{tensor}", header.name))
    }

    fn bytes(&self, info: &TensorInfo, buffer: &mut [u8]) -> Result<(), TraceError> {
        let offset = self.data + info.data_offsets.0 as u64;
        let read = self.file.read_exact_at(buffer, offset);
        Ok(read.map_err(FileError::reading(&self.path))?)
    }

    /// A tensor's values; safetensors are little-endian, as are the hosts we run on.
    fn values<T: bytemuck::Pod>(
        &self,
        header: &JobHeader,
        tensor: &str,
    ) -> Result<Option<Vec<T>>, TraceError> {
        let Some(info) = self.info(header, tensor) else {
            return Ok(None);
        };
        let mut values = vec![T::zeroed(); info.shape.iter().product()];
        self.bytes(info, bytemuck::cast_slice_mut(&mut values))?;
        Ok(Some(values))
    }

    fn sums<E: TraceElement>(
        &self,
        header: &JobHeader,
        tensor: &str,
    ) -> Result<Option<Vec<E::Acc>>, TraceError> {
        let Some(info) = self.info(header, tensor) else {
            return Ok(None);
        };
        let mut sums = vec![E::Acc::default(); info.shape.iter().product()];
        self.bytes(info, E::sum_bytes_mut(&mut sums))?;
        Ok(Some(sums))
    }

    fn operands<E: TraceElement>(&self, header: &JobHeader) -> Result<Operands<E>, TraceError> {
        let operands: Operands<E> = Operands {
            a: self.values(header, "a")?.unwrap_or_default(),
            b: self.values(header, "b")?.unwrap_or_default(),
            c0: self.sums::<E>(header, "c0")?,
            c: self.sums::<E>(header, "c")?,
        };
        let bits = header.sum_bits();
        let seeds = operands.c0.iter().flatten().enumerate();
        if let Some((i, seed)) = seeds.into_iter().find(|(_, &seed)| !E::fits(seed, bits)) {
            return Err(self.tensor_fault(
                header,
                "c0",
                format!(
                    "{seed:?} at row {}, column {} does not fit the accumulator",
                    i / header.shape.n,
                    i % header.shape.n
                ),
                format!(
                    "a {bits}-bit sum lies between {} and {}; raise acc_bits or scale the operands",
                    i64::MIN >> (64 - bits),
                    i64::MAX >> (64 - bits)
                ),
            ));
        }
        Ok(operands)
    }

    fn mask(&self, header: &JobHeader, tensor: &str) -> Result<Option<Mask>, TraceError> {
        let Some(bytes) = self.values::<u8>(header, tensor)? else {
            return Ok(None);
        };
        if let Some((i, byte)) = bytes.iter().enumerate().find(|(_, &byte)| byte > 1) {
            return Err(self.tensor_fault(
                header,
                tensor,
                format!("it holds {byte} at index {i}"),
                "a mask holds 1 to keep and 0 to drop",
            ));
        }
        Ok(Some(bytes.iter().map(|&byte| byte == 1).collect()))
    }

    fn fault(
        &self,
        place: &str,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) -> TraceError {
        TraceError::Invalid {
            place: format!("{}, {place}", self.path.display()),
            problem: problem.into(),
            remedy: remedy.into(),
        }
    }

    fn tensor_fault(
        &self,
        header: &JobHeader,
        tensor: &str,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) -> TraceError {
        let name = &header.name;
        self.fault(
            &format!("job '{name}', tensor '{name}/{tensor}'"),
            problem,
            remedy,
        )
    }
}

/// What is wrong with the file as a whole.
fn whole(path: &Path, problem: impl Into<String>, remedy: impl Into<String>) -> TraceError {
    TraceError::Invalid {
        place: path.display().to_string(),
        problem: problem.into(),
        remedy: remedy.into(),
    }
}
