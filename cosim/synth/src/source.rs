//! What is synthesized: Verilog, its top module and the ports of that.

use crate::error::unreadable;
use crate::SynthError;
use heddle_files::Limit;
use heddle_format::named;
use heddle_hdl::emit::{Design, EmitError, Port};
use heddle_hdl::engine::engine_design;
use heddle_hdl::manifest::{FileRole, Manifest, OLDEST_VERSION, SCHEMA_VERSION};
use heddle_hdl::{ArrayConfig, HdlError, Kind, Prefix};
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

/// What RAMs are called behind the prefix.
const RAM: &str = "ram";

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
    /// The array inside, if the top is the engine around it: what it is compared with.
    pub array: Option<String>,
    /// The module that is a RAM, if there is one: no standard cells hold it.
    pub ram: Option<String>,
}

impl Source {
    /// A part of the array of `config`, generated now.
    ///
    /// # Errors
    /// [`SynthError::Hdl`] if the configuration is not possible.
    pub fn generate(config: &ArrayConfig, part: Part) -> Result<Self, SynthError> {
        Self::of(&heddle_hdl::generate(config)?, config, part.module())
    }

    /// The engine of `config`, generated now.
    ///
    /// # Errors
    /// As [`Source::generate`].
    pub fn engine(config: &ArrayConfig) -> Result<Self, SynthError> {
        let prefix = Prefix::default();
        let design = engine_design(config, &prefix)?;
        Self::of(&design, config, &Kind::Engine.top(&prefix))
    }

    fn of(design: &Design, config: &ArrayConfig, top: &str) -> Result<Self, SynthError> {
        let found = design.modules.iter().find(|module| module.name == top);
        let found = found.ok_or_else(|| {
            HdlError::Design(EmitError {
                module: top.into(),
                problem: "the design has no such module".into(),
            })
        })?;
        let files = design.modules.iter();
        let files = files.map(|module| (format!("{}.v", module.name), module.text.clone()));
        let source = Self {
            files: files.collect(),
            prefix: Prefix::of(design),
            top: found.name.clone(),
            ports: found.ports.clone(),
            config: config.resolved(),
            array: None,
            ram: None,
        };
        Ok(source.with_parts())
    }

    /// The same, with the names of the modules in it that are dealt with apart.
    fn with_parts(mut self) -> Self {
        let has = |name: &String| {
            self.files
                .iter()
                .any(|(file, _)| *file == format!("{name}.v"))
        };
        let is_engine = self.top == Kind::Engine.top(&self.prefix);
        self.array = is_engine.then(|| self.prefix.top());
        self.ram = Some(self.prefix.module(RAM)).filter(has);
        self
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
        let source = Self {
            files,
            prefix: manifest.prefix,
            top: manifest.top,
            ports: manifest.ports,
            config: manifest.array,
            array: None,
            ram: None,
        };
        Ok(source.with_parts())
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
