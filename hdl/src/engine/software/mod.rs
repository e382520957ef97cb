//! What software gets: a C header, a driver in C, a register description in SystemRDL. All numbers
//! are those of the tables of registers, descriptors and codes.

mod header;
mod system_rdl;

pub use header::c_header;
pub use system_rdl::system_rdl;

/// The name of the C header.
pub const C_HEADER: &str = "heddle_engine.h";
/// The name of the driver.
pub const C_DRIVER: &str = "heddle_engine.c";

/// A driver for programs without an operating system, in C11: one file beside the header.
pub fn c_driver() -> &'static str {
    include_str!("heddle_engine.c")
}

/// `text` in lines of at most `width` characters.
fn lines(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.len() + 1 + word.len() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
