//! Writes the Verilog of one block of the engine, by itself, and `heddle.f`, its files in order:
//! `engine_block BLOCK CONFIG.toml FOLDER`. The blocks `engine` and `core` are the whole and what is around the array.

use heddle_hdl::describe::Module;
use heddle_hdl::emit::{emit, Design};
use heddle_hdl::engine::registers::Registers;
use heddle_hdl::engine::{
    core_design, engine_design, AxiRead, AxiWrite, Check, Expand, Faults, Fifo, Load, Masks, Ring,
    Space, Store, Unpack, Walker,
};
use heddle_hdl::{ArrayConfig, Prefix, Site};
use std::path::Path;

/// The block called `name` in `site`.
fn block(name: &str, site: &Site) -> Option<Box<dyn Module>> {
    Some(match name {
        "axi_read" => Box::new(AxiRead::at(site)),
        "axi_write" => Box::new(AxiWrite::at(site)),
        "check" => Box::new(Check::at(site)),
        "expand" => Box::new(Expand::at(site)),
        "faults" => Box::new(Faults::at(site)),
        "fifo" => Box::new(Fifo::new(site, 2, 8)),
        "load" => Box::new(Load::at(site)),
        "mask_walker" => Box::new(Walker::at(site)),
        "masks" => Box::new(Masks::at(site)),
        "registers" => Box::new(Registers::at(site)),
        "ring" => Box::new(Ring::at(site)),
        "space" => Box::new(Space::at(site)),
        "store" => Box::new(Store::at(site)),
        "unpack" => Box::new(Unpack::at(site)),
        _ => return None,
    })
}

/// The Verilog of the block called `name`.
fn design(name: &str, config: &ArrayConfig) -> Option<Design> {
    let prefix = Prefix::default();
    let written = match name {
        "engine" => engine_design(config, &prefix).expect("a design that can be written"),
        "core" => core_design(config, &prefix).expect("a design that can be written"),
        _ => {
            let block = block(name, &Site::whole(config))?;
            let top = prefix.module(&block.module_name());
            emit(&*block, &top).expect("a design that can be written")
        }
    };
    Some(written)
}

fn main() {
    let args: Vec<_> = std::env::args().skip(1).collect();
    let [name, config, folder] = &args[..] else {
        eprintln!("usage: engine_block BLOCK CONFIG.toml FOLDER");
        std::process::exit(2);
    };
    let config = ArrayConfig::from_toml_file(Path::new(config)).expect("a configuration in range");
    let Some(design) = design(name, &config) else {
        eprintln!("error: no block is called {name}");
        std::process::exit(2);
    };
    let folder = Path::new(folder);
    std::fs::create_dir_all(folder).expect("a folder that can be made");
    design.write(folder).expect("files that can be written");
    let files = design.modules.iter().map(|of| format!("{}.v\n", of.name));
    let list: String = files.collect();
    std::fs::write(folder.join("heddle.f"), list).expect("a file that can be written");
}
