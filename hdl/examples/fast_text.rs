//! Writes the text of an array for simulation: `fast_text CONFIG FOLDER`.

fn main() {
    let mut args = std::env::args().skip(1);
    let (Some(config), Some(out)) = (args.next(), args.next()) else {
        eprintln!("usage: fast_text CONFIG FOLDER");
        std::process::exit(2);
    };
    let text = std::fs::read_to_string(&config).expect("a configuration that can be read");
    let config = toml::from_str(&text).expect("a configuration");
    let design = heddle_hdl::generate_fast(&config, &heddle_hdl::Prefix::default())
        .expect("a configuration in range");
    let Some(design) = design else {
        println!("none");
        return;
    };
    std::fs::create_dir_all(&out).expect("a folder that can be written");
    for module in design.modules {
        let path = format!("{out}/{}.v", module.name);
        std::fs::write(path, module.text).expect("a file that can be written");
    }
}
