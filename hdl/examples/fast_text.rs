//! Writes the text for simulation of the array in `GENERATED`, a folder that `heddle generate` wrote,
//! and says whether there is one: `fast_text GENERATED FOLDER`.

use heddle_hdl::manifest::Manifest;
use heddle_hdl::{generate_fast, Prefix};

fn main() {
    let mut args = std::env::args().skip(1);
    let (Some(generated), Some(out)) = (args.next(), args.next()) else {
        eprintln!("usage: fast_text GENERATED FOLDER");
        std::process::exit(2);
    };
    let manifest = Manifest::read(generated.as_ref()).expect("a folder with a manifest");
    let design =
        generate_fast(&manifest.array, &Prefix::default()).expect("a configuration in range");
    let Some(design) = design else {
        println!("none");
        return;
    };
    println!("written");
    std::fs::create_dir_all(&out).expect("a folder that can be written");
    let written = design.write(out.as_ref());
    written.expect("files that can be written");
}
