//! A design as a folder: a file per module, a file list, what tools take beside them (see
//! [`package`]), a manifest.
//!
//! Everything is first written under temporary names in the same folder and then
//! renamed, the manifest last. A failure (a full disk, say) therefore leaves no
//! half-written file under its final name, and a folder whose manifest is new is
//! complete.

use crate::emit::{is_plain, Design, EmitError, Port};
use crate::engine::software::{C_DRIVER, C_HEADER};
use crate::package::{self, FolderOptions};
use crate::{ArrayConfig, HdlError, Kind, Prefix};
use heddle_files::{Destination, FileError, Limit};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::fmt::Write as _;
use std::path::Path;

/// The version of the manifest's form.
pub const SCHEMA_VERSION: u32 = 2;
/// The oldest form that is read: it calls the program `generator` and the array `config`.
pub const OLDEST_VERSION: u32 = 1;
/// The manifest's file name.
pub const MANIFEST: &str = "manifest.json";

/// More bits than the ports of any array have together.
const MOST_BITS: usize = 1 << 20;

/// What a generated folder holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of this form.
    pub schema_version: u32,
    /// Who wrote it.
    #[serde(alias = "generator")]
    pub program: Program,
    /// What the folder holds. An array, and no field, in manifests before there were engines.
    #[serde(default, skip_serializing_if = "Kind::is_default")]
    pub kind: Kind,
    /// The configuration, with every default filled in; of an engine with its own.
    #[serde(alias = "config")]
    pub array: ArrayConfig,
    /// What the names of modules and files begin with. None, and no field, if it is the default.
    #[serde(default, skip_serializing_if = "Prefix::is_default")]
    pub prefix: Prefix,
    /// The top module.
    pub top: String,
    /// Its ports, in order.
    pub ports: Vec<Port>,
    /// Cycles from here to there.
    pub latencies: Latencies,
    /// The clock of the constraints, in MHz. None in a manifest without constraints.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_mhz: Option<f64>,
    /// Every other file of the folder.
    pub files: Vec<FileEntry>,
}

/// The program that wrote a folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// Latencies of an array, or of that in an engine, all in enabled cycles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Latencies {
    /// Registers between operands and product.
    pub mul_stages: usize,
    /// Registers from product and partial sum to the new partial sum.
    pub add_stages: usize,
    /// From one row to the next.
    pub row_skew: usize,
    /// From one column to the next.
    pub col_skew: usize,
    /// From the cycle in which a beat is accepted to that in which its sums are valid.
    pub beat_to_sum: usize,
    /// From valid sums to the first beat that they can seed.
    pub turnaround: usize,
    /// From a beat to the next one that its sums can seed.
    pub round_trip: usize,
    /// Output-stationary tiles of a group, which take turns: a beat of each is accepted
    /// in its phase only. None, and no field, if no tile can be output-stationary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phases: Option<usize>,
}

/// What a file of a generated folder is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileRole {
    /// The design's Verilog. Manifests before there were other roles name none.
    #[default]
    Rtl,
    /// The list of it.
    FileList,
    /// A test bench.
    Testbench,
    /// Verilog around the design, to place and route it in.
    Frame,
    /// Constraints of timing and placement.
    Constraints,
    /// A FuseSoC core file.
    Core,
    /// Verilog with which the design is instantiated, to be copied.
    Instance,
    /// A description of registers.
    Registers,
    /// What software includes and compiles.
    Software,
}

/// A file of a generated folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Its name.
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub role: FileRole,
    /// The SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

impl Manifest {
    /// The manifest of `design`, which was generated from `config`, with the constraints'
    /// default clock.
    ///
    /// # Errors
    /// [`HdlError::Design`] if the design has no module.
    pub fn new(design: &Design, config: &ArrayConfig) -> Result<Self, HdlError> {
        let options = FolderOptions::default();
        Self::of(design, config, &options, &files(design, config, &options)?)
    }

    fn of(
        design: &Design,
        config: &ArrayConfig,
        options: &FolderOptions,
        files: &[File],
    ) -> Result<Self, HdlError> {
        let (prefix, kind) = (Prefix::of(design), Kind::of(design));
        let top = design.top().ok_or_else(|| EmitError {
            module: kind.top(&prefix),
            problem: "the design has no module".into(),
        })?;
        let (mul_stages, add_stages) = (config.mul_stages(), config.add_stages());
        let files = files.iter().map(|file| FileEntry {
            name: file.name.clone(),
            role: file.role,
            sha256: sha256(&file.text),
        });
        Ok(Self {
            schema_version: SCHEMA_VERSION,
            program: Program {
                name: "heddle".into(),
                version: env!("CARGO_PKG_VERSION").into(),
            },
            kind,
            array: config.resolved(),
            prefix,
            top: top.name.clone(),
            ports: top.ports.clone(),
            latencies: Latencies {
                mul_stages,
                add_stages,
                row_skew: add_stages,
                col_skew: 1,
                beat_to_sum: config.latency(),
                turnaround: 1,
                round_trip: config.latency() + 1,
                phases: config.dataflow.has_os().then(|| config.phases()),
            },
            clock_mhz: Some(options.clock_mhz(config)),
            files: files.collect(),
        })
    }

    /// Reads the manifest of a generated folder.
    ///
    /// # Errors
    /// [`HdlError::File`] if there is none or it is no manifest; those of
    /// [`Manifest::check`].
    pub fn read(dir: &Path) -> Result<Self, HdlError> {
        let path = dir.join(MANIFEST);
        let text = heddle_files::read(&path, Limit::MANIFEST)?;
        let manifest: Self = serde_json::from_slice(&text)
            .map_err(|error| FileError::reading(&path)(error.into()))?;
        manifest.check()?;
        Ok(manifest)
    }

    /// Whether its names can stand in Verilog, in tools' scripts and after a folder, and its
    /// sizes are an array's. It is a file, and may be anybody's.
    ///
    /// # Errors
    /// [`HdlError::Manifest`] with what is wrong, [`HdlError::Config`].
    pub fn check(&self) -> Result<(), HdlError> {
        let wrong = |what: String, remedy| Err(HdlError::Manifest { what, remedy });
        if !is_plain(&self.top) {
            let what = format!("top = {:?}", self.top);
            return wrong(what, "name a module: letters, digits and '_'");
        }
        let mut names = HashSet::new();
        let mut bits = 0_usize;
        for port in &self.ports {
            let named = format!("port {:?}", port.name);
            if !is_plain(&port.name) {
                return wrong(named, "ports' names are letters, digits and '_'");
            }
            if !names.insert(&port.name) {
                return wrong(named, "each port is listed once");
            }
            bits = bits.saturating_add(port.bits);
            if port.bits == 0 || port.elements == 0 || bits > MOST_BITS {
                let what = format!("{named} of {} bits", port.bits);
                return wrong(
                    what,
                    "give each port at least one bit, and all together fewer",
                );
            }
        }
        let mut names = HashSet::new();
        for file in &self.files {
            let name = file.name.strip_suffix(".v");
            let is_right = match file.role {
                // Manifests before there were other roles name none for lists either.
                FileRole::Rtl if file.name != self.prefix.file_list() => name.is_some_and(is_plain),
                _ => is_plain_file(&file.name),
            };
            let named = format!("file {:?}", file.name);
            if !is_right {
                return wrong(
                    named,
                    "Verilog files are called NAME.v, of letters, digits and '_'",
                );
            }
            if !names.insert(&file.name) {
                return wrong(named, "each file is listed once");
            }
        }
        if self.kind == Kind::Engine && self.array.engine.is_none() {
            let what = "kind = engine, and array has no engine".to_owned();
            return wrong(what, "generate it again");
        }
        self.array.check()
    }

    /// Refuses what is of another kind than what is wanted.
    ///
    /// # Errors
    /// [`HdlError::Manifest`], with what to do instead.
    pub fn wants(&self, wanted: Kind, remedy: &'static str) -> Result<(), HdlError> {
        match self.kind == wanted {
            true => Ok(()),
            false => Err(HdlError::Manifest {
                what: format!(
                    "kind = {}, its top module is {}",
                    self.kind.name(),
                    self.top
                ),
                remedy,
            }),
        }
    }

    /// Its text as a file.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("strings and numbers are JSON");
        text.push('\n');
        text
    }
}

/// A file that is to be written.
pub(crate) struct File {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub role: FileRole,
    /// Its text.
    pub text: String,
}

/// [`write_folder`] with the default options.
///
/// # Errors
/// Likewise.
pub fn write_design(
    design: &Design,
    config: &ArrayConfig,
    dir: &Path,
) -> Result<Manifest, HdlError> {
    write_folder(design, config, &FolderOptions::default(), dir)
}

/// Writes `design`, generated from `config`, into the folder `dir`, which is made if
/// need be. Files of the design that an earlier run left there and that this one lacks are
/// removed, by that run's manifest; other files are not touched. The same design
/// gives the same bytes.
///
/// # Errors
/// [`HdlError::Config`] for a clock out of range or a folder that holds a design of another
/// prefix, [`HdlError::File`] naming the folder or
/// file that cannot be written. No file is then half-written under its final name.
pub fn write_folder(
    design: &Design,
    config: &ArrayConfig,
    options: &FolderOptions,
    dir: &Path,
) -> Result<Manifest, HdlError> {
    let mut all = files(design, config, options)?;
    let manifest = Manifest::of(design, config, options, &all)?;
    let old = old_manifest(dir);
    if let Some(old) = old.as_ref().filter(|old| old.prefix != manifest.prefix) {
        return Err(HdlError::Config {
            name: "prefix",
            value: manifest.prefix.to_string(),
            remedy: format!(
                "{} holds a design whose prefix is {}: use another folder, or empty this one",
                dir.display(),
                old.prefix
            ),
        });
    }
    heddle_files::make_folder(dir)?;
    let stale = old.map_or(Vec::new(), |old| stale_files(dir, old, &manifest));
    all.push(File {
        name: MANIFEST.into(),
        role: FileRole::default(),
        text: manifest.to_json(),
    });
    let places: Vec<Destination> = all
        .iter()
        .map(|file| Destination::open(&dir.join(&file.name)))
        .collect::<Result<_, _>>()?;
    let mut written = Vec::with_capacity(all.len());
    for (place, file) in places.iter().zip(&all) {
        written.push(place.prepare(file.text.as_bytes())?);
    }
    // Only renames are left; the manifest, last, vouches for the rest.
    let manifest_file = written.pop();
    for file in written {
        file.finish()?;
    }
    for name in stale {
        let path = dir.join(name);
        std::fs::remove_file(&path).map_err(FileError::writing(&path))?;
    }
    if let Some(file) = manifest_file {
        file.finish()?;
    }
    Ok(manifest)
}

/// Every file but the manifest.
fn files(
    design: &Design,
    config: &ArrayConfig,
    options: &FolderOptions,
) -> Result<Vec<File>, HdlError> {
    let modules = design.modules.iter();
    let mut files: Vec<_> = modules
        .map(|module| File {
            name: format!("{}.v", module.name),
            role: FileRole::Rtl,
            text: module.text.clone(),
        })
        .collect();
    let mut list = String::new();
    for file in &files {
        writeln!(list, "{}", file.name).expect("writing to a String");
    }
    files.push(File {
        name: Prefix::of(design).file_list(),
        role: FileRole::FileList,
        text: list,
    });
    files.extend(package::extras(design, config, options)?);
    Ok(files)
}

/// Whether a name is that of a file in the folder, and no hidden one.
fn is_plain_file(name: &str) -> bool {
    let is_inner = |letter: char| letter.is_ascii_alphanumeric() || "_.-".contains(letter);
    name.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '_')
        && name.chars().all(is_inner)
}

fn sha256(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The manifest of a folder if it has one that can be read.
fn old_manifest(dir: &Path) -> Option<Manifest> {
    // A pipe in its place is none, and nobody may ever write to it.
    let is_file = dir.join(MANIFEST).is_file();
    is_file.then(|| Manifest::read(dir).ok()).flatten()
}

/// Files of the design that the folder's present manifest lists and the new one does not.
fn stale_files(dir: &Path, old: Manifest, new: &Manifest) -> Vec<String> {
    let begins = new.prefix.module("");
    let endings = [".v", ".vh", ".rdl"];
    // Names have been checked: they lead nowhere else.
    let is_ours = |name: &str| {
        let path = dir.join(name);
        let is_file = path.symlink_metadata().is_ok_and(|found| !found.is_dir());
        let is_named = name
            .strip_prefix("tb_")
            .unwrap_or(name)
            .starts_with(&begins)
            && endings.iter().any(|ending| name.ends_with(ending));
        is_file && (is_named || [C_HEADER, C_DRIVER].contains(&name))
    };
    let kept = |name: &str| new.files.iter().any(|file| file.name == name);
    let names = old.files.into_iter().map(|file| file.name);
    names.filter(|name| is_ours(name) && !kept(name)).collect()
}
