//! Configurations and manifests.

use super::{check_message, file};
use heddle_hdl::manifest::{Manifest, MANIFEST};
use heddle_hdl::{generate, ArrayConfig};

/// The first byte chooses the parser, the rest is its text.
pub fn target(bytes: &[u8]) {
    let Some((&choice, text)) = bytes.split_first() else {
        return;
    };
    if choice.is_multiple_of(2) {
        configuration(text);
    } else {
        let path = file(text, MANIFEST);
        let dir = path.parent().expect("a file is in a folder");
        match Manifest::read(dir) {
            Ok(manifest) => {
                let again: Manifest = serde_json::from_str(&manifest.to_json()).expect("own text");
                assert_eq!(manifest.to_json(), again.to_json());
                // Whoever reads a manifest checks its configuration.
                let _ = manifest.array.check();
            }
            Err(error) => check_message(&error),
        }
    }
}

fn configuration(text: &[u8]) {
    let config = match ArrayConfig::from_toml_file(&file(text, "array.toml")) {
        Ok(config) => config,
        Err(error) => return check_message(&error),
    };
    // What is accepted has a latency and a name, survives its own text, and can be built.
    assert!(config.latency() >= config.rows + config.cols);
    assert!(!config.slug().is_empty());
    let again: ArrayConfig =
        toml::from_str(&toml::to_string(&config).expect("a configuration")).expect("its own text");
    assert_eq!(config, again);
    if config.rows * config.cols <= 2 {
        let design = generate(&config).expect("an accepted configuration can be emitted");
        assert!(design.text().contains("module heddle_array"));
    }
}
