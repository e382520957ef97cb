use heddle_hdl::arith::int::Int;
use heddle_hdl::arith::bf16::Bf16;
use heddle_hdl::describe::Site;
use heddle_hdl::mesh::Mesh;
use heddle_hdl::ArrayConfig;
fn main() {
    let arg = std::env::args().nth(1).unwrap();
    let out = std::env::args().nth(2).unwrap();
    let config: ArrayConfig = toml::from_str(&arg.replace(';', "\n")).unwrap();
    let site = Site::outline(&config);
    let design = match config.format.is_integer() {
        true => heddle_hdl::emit::emit(&Mesh::<Int<8, 16, 32>>::new(&site), "heddle_mesh"),
        false => heddle_hdl::emit::emit(&Mesh::<Bf16>::new(&site), "heddle_mesh"),
    }.unwrap();
    std::fs::create_dir_all(&out).unwrap();
    for m in design.modules { std::fs::write(format!("{out}/{}.v", m.name), m.text).unwrap(); }
}
