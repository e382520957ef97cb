//! What is synthesized: Verilog, its top module and the ports of that.

use crate::error::unreadable;
use crate::SynthError;
use heddle_files::Limit;
use heddle_format::named;
use heddle_hdl::emit::{EmitError, Port};
use heddle_hdl::manifest::{FileRole, Manifest, OLDEST_VERSION, SCHEMA_VERSION};
use heddle_hdl::{ArrayConfig, HdlError, Prefix};
use heddle_toolbox::names::{is_identifier, is_verilog_file};
use sha2::{Digest, Sha256};
use std::path::Path;

/// A part of an array that can be synthesized alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Part {
    /// The whole array, with edges, control and counters.
    #[default]
    Array,
    /// The PEs alone.
    Mesh,
    /// One row of PEs.
    Row,
    /// One PE.
    Pe,
}

named!(
    Part,
    "part",
    Array = "array",
    Mesh = "mesh",
    Row = "row",
    Pe = "pe"
);

impl Part {
    /// Its module.
    pub fn module(self) -> &'static str {
        match self {
            Part::Array => "heddle_array",
            Part::Mesh => "heddle_mesh",
            Part::Row => "heddle_row",
            Part::Pe => "heddle_pe",
        }
    }
}

/// Verilog with what the flows must know about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// Name and text of each file.
    pub files: Vec<(String, String)>,
    /// What the names of the modules begin with.
    pub prefix: Prefix,
    /// The top module.
    pub top: String,
    /// Its ports.
    pub ports: Vec<Port>,
    /// The configuration that it was generated from.
    pub config: ArrayConfig,
}

impl Source {
    /// A part of the array of `config`, generated now.
    ///
    /// # Errors
    /// [`SynthError::Hdl`] if the configuration is not possible.
    pub fn generate(config: &ArrayConfig, part: Part) -> Result<Self, SynthError> {
        let design = heddle_hdl::generate(config)?;
        let top = design
            .modules
            .iter()
            .find(|module| module.name == part.module());
        let top = top.ok_or_else(|| {
            HdlError::Design(EmitError {
                module: part.module().into(),
                problem: "the design has no such module".into(),
            })
        })?;
        Ok(Self {
            prefix: Prefix::of(&design),
            top: top.name.clone(),
            ports: top.ports.clone(),
            files: design
                .modules
                .iter()
                .map(|module| (format!("{}.v", module.name), module.text.clone()))
                .collect(),
            config: config.resolved(),
        })
    }

    /// What the manifest at `path` lists, read from its folder.
    ///
    /// # Errors
    /// [`SynthError::File`] for a missing file, [`SynthError::Input`] if there is no
    /// manifest or a file is not the one that it lists.
    pub fn from_manifest(path: &Path) -> Result<Self, SynthError> {
        let text = heddle_files::read(path, Limit::MANIFEST)?;
        let bad = |value: String, remedy: String| SynthError::Input {
            name: "--manifest",
            value,
            remedy,
        };
        let manifest: Manifest = serde_json::from_slice(&text).map_err(|error| {
            let remedy = format!("it is no manifest of 'heddle generate' ({error})");
            bad(path.display().to_string(), remedy)
        })?;
        if !(OLDEST_VERSION..=SCHEMA_VERSION).contains(&manifest.schema_version) {
            let value = format!("{}, version {}", path.display(), manifest.schema_version);
            let remedy = format!("generate it again: this program reads versions {OLDEST_VERSION} to {SCHEMA_VERSION}");
            return Err(bad(value, remedy));
        }
        manifest
            .check()
            .map_err(|error| bad(path.display().to_string(), error.to_string()))?;
        let folder = path.parent().unwrap_or(Path::new("."));
        let mut files = Vec::new();
        for entry in &manifest.files {
            let path = folder.join(&entry.name);
            let bytes = heddle_files::read(&path, Limit::VERILOG)?;
            let hash: String = Sha256::digest(&bytes)
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            if hash != entry.sha256 {
                let remedy = "it is not the file that the manifest lists: generate it again";
                return Err(bad(path.display().to_string(), remedy.into()));
            }
            if entry.role == FileRole::Rtl && entry.name.ends_with(".v") {
                let text = String::from_utf8(bytes)
                    .map_err(|error| unreadable(&path.display().to_string(), error))?;
                files.push((entry.name.clone(), text));
            }
        }
        Ok(Self {
            files,
            prefix: manifest.prefix,
            top: manifest.top,
            ports: manifest.ports,
            config: manifest.array,
        })
    }

    /// Whether the names of top module and files can stand in tools' scripts, which have no
    /// way to quote every name.
    ///
    /// # Errors
    /// [`SynthError::Input`] with the first that cannot.
    pub fn check(&self) -> Result<(), SynthError> {
        let wrong = |name, value: &str, remedy: &str| {
            Err(SynthError::Input {
                name,
                value: format!("{value:?}"),
                remedy: remedy.to_owned(),
            })
        };
        if !is_identifier(&self.top) {
            let remedy = "name a module: letters, digits and '_'";
            return wrong("the top module", &self.top, remedy);
        }
        match self.files.iter().find(|(name, _)| !is_verilog_file(name)) {
            Some((name, _)) => wrong(
                "a Verilog file",
                name,
                "call it NAME.v, of letters, digits and '_'",
            ),
            None => Ok(()),
        }
    }

    /// The files' names, separated by blanks, for a command of yosys.
    pub(crate) fn names(&self) -> String {
        let names: Vec<_> = self.files.iter().map(|(name, _)| name.as_str()).collect();
        names.join(" ")
    }

    /// All names and texts in one, for hashing.
    pub fn bytes(&self) -> Vec<u8> {
        let mut all = Vec::new();
        for text in self.files.iter().flat_map(|(name, text)| [name, text]) {
            all.extend((text.len() as u64).to_le_bytes());
            all.extend(text.as_bytes());
        }
        all
    }
}
