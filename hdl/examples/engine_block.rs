//! Writes the Verilog of one block of the engine, by itself, and `heddle.f`, its files in order:
//! `engine_block BLOCK CONFIG.toml FOLDER`.

use heddle_hdl::describe::{Module, Site};
use heddle_hdl::emit::emit;
use heddle_hdl::engine::registers::Registers;
use heddle_hdl::{ArrayConfig, Prefix};
use std::path::Path;

/// The block called `name` in `site`.
fn block(name: &str, site: &Site) -> Option<Box<dyn Module>> {
    Some(match name {
        "registers" => Box::new(Registers::at(site)),
        _ => return None,
    })
}

fn main() {
    let args: Vec<_> = std::env::args().skip(1).collect();
    let [name, config, folder] = &args[..] else {
        eprintln!("usage: engine_block BLOCK CONFIG.toml FOLDER");
        std::process::exit(2);
    };
    let config = ArrayConfig::from_toml_file(Path::new(config)).expect("a configuration in range");
    let Some(block) = block(name, &Site::whole(&config)) else {
        eprintln!("error: no block is called {name}");
        std::process::exit(2);
    };
    let top = Prefix::default().module(&block.module_name());
    let design = emit(&*block, &top).expect("a design that can be written");
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
