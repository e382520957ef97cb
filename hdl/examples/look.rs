fn main() {
    let arg = std::env::args().nth(1).unwrap();
    let out = std::env::args().nth(2).unwrap();
    let config: heddle_hdl::ArrayConfig = toml::from_str(&arg.replace(';', "\n")).unwrap();
    let design = heddle_hdl::generate(&config).unwrap();
    std::fs::create_dir_all(&out).unwrap();
    for m in design.modules {
        std::fs::write(format!("{out}/{}.v", m.name), m.text).unwrap();
    }
}
