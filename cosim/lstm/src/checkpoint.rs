//! The whole state of a training run as one safetensors file.
//!
//! The header's metadata has two entries. `heddle.sha256` is the SHA-256 of everything else
//! (the first files of version 1 lack it); `heddle` is a JSON object with the format's
//! version, the task, its full configuration, the settings of training, where the run
//! stands (step, unfinished epoch, finished epochs, losses), the vocabulary's hash and
//! the kernel set. The tensors are
//!
//! | name | what |
//! |---|---|
//! | `parameter.NAME` | values of a parameter |
//! | `best.NAME` | its values after the best epoch so far, where there is one |
//! | `first.NAME`, `second.NAME` | Adam's moments |
//! | `carried.NAME` | state carried from step to step, such as `h.0` |
//!
//! Masks and the order of the data follow from (seed, step), so that the step is all
//! that has to be kept of them. A run that is restored goes on with the same bits, on the
//! same kernel set.

use crate::progress::Standing;
use crate::{LstmError, Scalar, TaskKind, TrainConfig, Trainer};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// Version of the layout that is written; older ones are read.
pub const CHECKPOINT_VERSION: u32 = 1;

const KEY: &str = "heddle";
const DIGEST: &str = "heddle.sha256";

#[derive(Serialize, Deserialize)]
struct Header {
    version: u32,
    task: TaskKind,
    config: Value,
    train: TrainConfig,
    vocabulary: String,
    kernel: String,
    updates: u64,
    standing: Standing,
}

impl<T: Scalar> Trainer<T> {
    /// The run as it stands, as the bytes of a safetensors file. `kernel` names the
    /// kernel set of the engine.
    ///
    /// # Errors
    /// [`LstmError::Diverged`] if a value is not finite: such a run is not worth going on with,
    /// and an earlier file better kept. [`LstmError::Checkpoint`] if it cannot be serialised.
    pub fn checkpoint(&mut self, kernel: &str) -> Result<Vec<u8>, LstmError> {
        let header = Header {
            version: CHECKPOINT_VERSION,
            task: self.kind(),
            config: self.task.config(),
            train: self.config,
            vocabulary: self.task.vocabulary_hash(),
            kernel: kernel.to_owned(),
            updates: self.moments.steps,
            standing: self.standing.clone(),
        };
        let failed = |cause: String| LstmError::Checkpoint {
            file: "the checkpoint".into(),
            cause,
        };
        let header = serde_json::to_string(&header).map_err(|error| failed(error.to_string()))?;
        let carried: Vec<(String, Vec<T>)> = self
            .task
            .carried()
            .into_iter()
            .map(|(name, values)| (name, values.to_vec()))
            .collect();
        let mut tensors = Vec::new();
        for (index, parameter) in self.task.parameters().into_iter().enumerate() {
            let (rows, cols) = parameter.shape();
            let mut add = |kind: &str, values: &'_ [T]| {
                let name = format!("{kind}.{}", parameter.name());
                tensors.push((name, vec![rows, cols], values.to_vec()));
            };
            add("parameter", parameter.data());
            for (kind, all) in [
                ("best", &self.best),
                ("first", &self.moments.first),
                ("second", &self.moments.second),
            ] {
                if let Some(values) = all.get(index) {
                    add(kind, values);
                }
            }
        }
        for (name, values) in carried {
            tensors.push((format!("carried.{name}"), vec![values.len()], values));
        }
        let finite = |values: &[T]| values.iter().all(|value| value.is_finite());
        if let Some((name, ..)) = tensors.iter().find(|(.., values)| !finite(values)) {
            let what = format!("a value of {name} became infinite or NaN");
            return Err(self.diverged(self.standing.step.saturating_sub(1), what));
        }
        let views = tensors
            .iter()
            .map(|(name, shape, values)| {
                let bytes = bytemuck::cast_slice(values);
                Ok((name, TensorView::new(dtype::<T>(), shape.clone(), bytes)?))
            })
            .collect::<Result<Vec<_>, safetensors::SafeTensorError>>()
            .map_err(|error| failed(error.to_string()))?;
        let contents = tensors
            .iter()
            .map(|(name, _, values)| (name.as_str(), bytemuck::cast_slice(values)));
        let digest = digest(&header, contents.collect());
        let metadata = HashMap::from([(KEY.to_owned(), header), (DIGEST.to_owned(), digest)]);
        safetensors::serialize(views, Some(metadata)).map_err(|error| failed(error.to_string()))
    }

    /// Puts the trainer where [`Trainer::checkpoint`] left a run of the same task,
    /// configuration, data and kernel set. Only the number of epochs may differ. `file`
    /// is the name for messages. After an error the trainer is as before.
    ///
    /// # Errors
    /// [`LstmError::Checkpoint`] that says what does not fit.
    pub fn restore(&mut self, bytes: &[u8], file: &str, kernel: &str) -> Result<(), LstmError> {
        let failed = |cause: String| LstmError::Checkpoint {
            file: file.to_owned(),
            cause,
        };
        let header = header(bytes).map_err(failed)?;
        self.fits(&header, kernel).map_err(failed)?;
        let tensors = SafeTensors::deserialize(bytes)
            .map_err(|error| failed(format!("not a whole safetensors file: {error}")))?;
        check_digest(bytes, &tensors).map_err(failed)?;
        let read = |name: &str, len: usize| read::<T>(&tensors, name, len).map_err(failed);
        let has_best = header.standing.best_epoch.is_some();
        let has_moments = tensors
            .names()
            .iter()
            .any(|name| name.starts_with("first."));
        let (mut values, mut best, mut first, mut second) = (vec![], vec![], vec![], vec![]);
        for parameter in self.task.parameters() {
            let (name, len) = (parameter.name(), parameter.data().len());
            values.push(read(&format!("parameter.{name}"), len)?);
            if has_best {
                best.push(read(&format!("best.{name}"), len)?);
            }
            if has_moments {
                first.push(read(&format!("first.{name}"), len)?);
                second.push(read(&format!("second.{name}"), len)?);
            }
        }
        let mut carried = Vec::new();
        for (name, old) in self.task.carried() {
            carried.push(read(&format!("carried.{name}"), old.len())?);
        }

        for (parameter, values) in self.task.parameters_mut().into_iter().zip(values) {
            parameter.data_mut().copy_from_slice(&values);
        }
        for ((_, state), values) in self.task.carried().into_iter().zip(carried) {
            state.copy_from_slice(&values);
        }
        self.best = best;
        self.moments.steps = header.updates;
        self.moments.first = first;
        self.moments.second = second;
        self.standing = header.standing;
        Ok(())
    }

    /// Compares a checkpoint's header with this trainer.
    fn fits(&self, header: &Header, kernel: &str) -> Result<(), String> {
        if header.task != self.kind() {
            return Err(format!(
                "it is of task {}, not {}: give --task {}",
                header.task,
                self.kind(),
                header.task
            ));
        }
        let train = |config: &TrainConfig| {
            let mut value = serde_json::to_value(config).unwrap_or_default();
            value["epochs"] = Value::Null;
            value
        };
        for (what, theirs, ours) in [
            ("model", &header.config, &self.task.config()),
            ("training", &train(&header.train), &train(&self.config)),
        ] {
            if let Some((path, theirs, ours)) = difference(what, theirs, ours) {
                return Err(format!(
                    "it is of another {what}: {path} is {theirs} there and {ours} here; \
                     resume with the settings of the run that wrote it"
                ));
            }
        }
        if header.vocabulary != self.task.vocabulary_hash() {
            return Err(
                "it was trained with another vocabulary or other word vectors: give the \
                 data of the run that wrote it"
                    .to_owned(),
            );
        }
        if header.kernel != kernel {
            return Err(format!(
                "it was trained with the {} kernels, and these are the {kernel} ones, whose \
                 bits differ: give --kernel {}",
                header.kernel, header.kernel
            ));
        }
        Ok(())
    }
}

/// Reads and checks the header.
fn header(bytes: &[u8]) -> Result<Header, String> {
    let (_, metadata) = SafeTensors::read_metadata(bytes)
        .map_err(|error| format!("not a whole safetensors file: {error}"))?;
    let text = metadata
        .metadata()
        .as_ref()
        .and_then(|metadata| metadata.get(KEY))
        .ok_or("its metadata has no entry 'heddle': it is no checkpoint of this program")?;
    let value: Value =
        serde_json::from_str(text).map_err(|error| format!("its metadata is not JSON: {error}"))?;
    let version = value["version"].as_u64();
    if !version.is_some_and(|version| (1..=u64::from(CHECKPOINT_VERSION)).contains(&version)) {
        return Err(format!(
            "its version is {}, but this program reads 1 to {CHECKPOINT_VERSION}",
            value["version"]
        ));
    }
    serde_json::from_value(value).map_err(|error| format!("its metadata is incomplete: {error}"))
}

/// The SHA-256 of a header and of tensors in the order of their names, hexadecimal.
fn digest(header: &str, mut tensors: Vec<(&str, &[u8])>) -> String {
    tensors.sort_unstable_by_key(|(name, _)| *name);
    let mut hash = Sha256::new();
    hash.update(header);
    for (name, data) in tensors {
        hash.update(name);
        hash.update(data);
    }
    format!("{:x}", hash.finalize())
}

/// Compares a file with the digest that it carries.
fn check_digest(bytes: &[u8], tensors: &SafeTensors) -> Result<(), String> {
    let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(|error| error.to_string())?;
    let entries = metadata.metadata().as_ref();
    let entry = |key: &str| entries.and_then(|entries| entries.get(key));
    let (Some(header), Some(expected)) = (entry(KEY), entry(DIGEST)) else {
        return Ok(());
    };
    let views = tensors.tensors();
    let contents = views
        .iter()
        .map(|(name, view)| (name.as_str(), view.data()));
    if digest(header, contents.collect()) != *expected {
        return Err(
            "it was changed after it was written (its SHA-256 does not fit): resume from \
             another copy"
                .to_owned(),
        );
    }
    Ok(())
}

fn dtype<T>() -> Dtype {
    match size_of::<T>() {
        4 => Dtype::F32,
        _ => Dtype::F64,
    }
}

/// The values of a tensor that must have `len` of them.
fn read<T: Scalar>(tensors: &SafeTensors, name: &str, len: usize) -> Result<Vec<T>, String> {
    let tensor = tensors
        .tensor(name)
        .map_err(|_| format!("the tensor {name} is missing"))?;
    if tensor.dtype() != dtype::<T>() {
        return Err(format!(
            "the tensor {name} is {:?}, expected {:?}",
            tensor.dtype(),
            dtype::<T>()
        ));
    }
    let elements: usize = tensor.shape().iter().product();
    if elements != len {
        return Err(format!(
            "the tensor {name} has {elements} elements, expected {len}"
        ));
    }
    let bytes = tensor.data().chunks_exact(size_of::<T>());
    let values: Vec<T> = bytes.map(bytemuck::pod_read_unaligned).collect();
    match values.iter().find(|value| !value.is_finite()) {
        None => Ok(values),
        Some(value) => Err(format!(
            "the tensor {name} holds {value}, of a run that diverged: resume from an earlier file"
        )),
    }
}

/// The first place in which two JSON values differ: its path and both values.
fn difference(path: &str, a: &Value, b: &Value) -> Option<(String, Value, Value)> {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => a.keys().chain(b.keys()).find_map(|key| {
            let of = |object: &serde_json::Map<_, _>| object.get(key).cloned();
            let (a, b) = (of(a).unwrap_or_default(), of(b).unwrap_or_default());
            difference(&format!("{path}.{key}"), &a, &b)
        }),
        _ if a == b => None,
        _ => Some((path.to_owned(), a.clone(), b.clone())),
    }
}
