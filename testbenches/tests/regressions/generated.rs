//! The folders in `generated/` are what this version of Heddle writes, byte by byte.
//! `HEDDLE_REGENERATE=1` writes them anew.

use heddle_format::Format;
use heddle_hdl::emit::Design;
use heddle_hdl::engine::{engine_design, EngineConfig};
use heddle_hdl::manifest::{write_design, Manifest, MANIFEST};
use heddle_hdl::{generate, ArrayConfig, Dataflow, Kind, Prefix, Tune};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A folder: its name, what is in it.
struct Folder {
    name: String,
    kind: Kind,
    config: ArrayConfig,
}

impl Folder {
    fn path(&self) -> PathBuf {
        repository().join("generated").join(&self.name)
    }

    fn design(&self) -> Design {
        match self.kind {
            Kind::Array => generate(&self.config).unwrap(),
            Kind::Engine => engine_design(&self.config, &Prefix::default()).unwrap(),
        }
    }

    fn write(&self, to: &Path) {
        write_design(&self.design(), &self.config, to).unwrap();
    }
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn folders() -> Vec<Folder> {
    let arrays = arrays().into_iter().map(|config| Folder {
        name: config.slug(),
        kind: Kind::Array,
        config,
    });
    let engines = engines().into_iter().map(|config| Folder {
        name: format!(
            "engine_{}_{}x{}_{}",
            config.format,
            config.rows,
            config.cols,
            config.engine().bus_bits
        ),
        kind: Kind::Engine,
        config,
    });
    arrays.chain(engines).collect()
}

/// Engines: one with everything as it is without flags, and that whose cycles the book tells.
fn engines() -> [ArrayConfig; 2] {
    let of_results = repository().join("results/engine-256.toml");
    [
        ArrayConfig {
            dataflow: Dataflow::Both,
            engine: Some(EngineConfig::default()),
            ..ArrayConfig::new(8, 8, Format::Int8)
        },
        ArrayConfig::from_toml_file(&of_results).unwrap(),
    ]
}

fn arrays() -> [ArrayConfig; 6] {
    let with = |dataflow, config| ArrayConfig { dataflow, ..config };
    let int8 = ArrayConfig::new(16, 16, Format::Int8);
    let bf16 = ArrayConfig::new(4, 4, Format::Bf16);
    [
        ArrayConfig::default(),
        int8,
        with(Dataflow::Both, int8),
        // Four phases: banks of held words.
        with(Dataflow::Both, bf16),
        with(Dataflow::Os, ArrayConfig::new(8, 8, Format::Int8)),
        // DSP blocks, skew lines in distributed RAM.
        ArrayConfig {
            tune: Some(Tune::Ecp5),
            ..ArrayConfig::new(8, 8, Format::Int8)
        },
    ]
}

/// Every file of a folder: name, bytes.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries =
        std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read(path).unwrap())
        })
        .collect()
}

/// The first file that differs between two folders.
fn difference(committed: &Path, fresh: &Path) -> Option<String> {
    let (committed, fresh) = (files(committed), files(fresh));
    let names = committed.keys().chain(fresh.keys());
    names
        .into_iter()
        .find(|&name| committed.get(name) != fresh.get(name))
        .cloned()
}

#[test]
fn folders_are_up_to_date() {
    if std::env::var_os("HEDDLE_REGENERATE").is_some() {
        for folder in folders() {
            folder.write(&folder.path());
        }
    }
    for folder in folders() {
        let fresh = tempfile::tempdir().unwrap();
        folder.write(fresh.path());
        if let Some(file) = difference(&folder.path(), fresh.path()) {
            panic!(
                "generated/{}/{file} is not what is generated now: if that is meant, set HEDDLE_REGENERATE=1 once",
                folder.name
            );
        }
        let manifest = Manifest::read(&folder.path()).unwrap();
        assert_eq!(manifest.kind, folder.kind);
        assert_eq!(manifest.latencies.beat_to_sum, folder.config.latency());
    }
}

#[test]
fn a_changed_byte_is_seen() {
    let config = ArrayConfig::new(4, 4, Format::Bf16);
    let [original, copy] = [(); 2].map(|()| {
        let folder = tempfile::tempdir().unwrap();
        write_design(&generate(&config).unwrap(), &config, folder.path()).unwrap();
        folder
    });
    assert_eq!(difference(original.path(), copy.path()), None);
    for name in ["heddle_pe.v", MANIFEST] {
        let path = copy.path().join(name);
        let text = std::fs::read(&path).unwrap();
        let mut changed = text.clone();
        *changed.last_mut().unwrap() ^= 1;
        std::fs::write(&path, &changed).unwrap();
        assert_eq!(
            difference(original.path(), copy.path()).as_deref(),
            Some(name)
        );
        std::fs::write(&path, &text).unwrap();
    }
    std::fs::remove_file(copy.path().join("heddle_pe.v")).unwrap();
    assert_eq!(
        difference(original.path(), copy.path()).as_deref(),
        Some("heddle_pe.v")
    );
}
