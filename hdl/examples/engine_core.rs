//! Writes the Verilog of the engine's core, array, buffers and sequencer, and `heddle.f`, its files in order:
//! `engine_core CONFIG.toml FOLDER`.

use heddle_hdl::engine::core_design;
use heddle_hdl::{ArrayConfig, Prefix};
use std::path::Path;

fn main() {
    let args: Vec<_> = std::env::args().skip(1).collect();
    let [config, folder] = &args[..] else {
        eprintln!("usage: engine_core CONFIG.toml FOLDER");
        std::process::exit(2);
    };
    let config = ArrayConfig::from_toml_file(Path::new(config)).expect("a configuration in range");
    let design = core_design(&config, &Prefix::default()).expect("a configuration in range");
    let folder = Path::new(folder);
    std::fs::create_dir_all(folder).expect("a folder that can be made");
    let mut list = String::new();
    for module in design.modules {
        let file = format!("{}.v", module.name);
        std::fs::write(folder.join(&file), module.text).expect("a file that can be written");
        list += &format!("{file}\n");
    }
    std::fs::write(folder.join("heddle.f"), list).expect("a file that can be written");
}
