//! A counter and a FIFO, described, simulated and written as Verilog: `cargo run --example fifo`.

mod counter;
mod fifo;

use fifo::{Fifo, DEPTH};
use heddle_emit::describe::{Pins, Site};
use heddle_emit::emit;

fn main() {
    let site = Site::whole(&()).with(&DEPTH, 3);
    let mut pins = Pins::new(Fifo::at(&site));
    pins.set("rst_ni", true);
    pins.set("en_i", true);
    pins.set("valid_i", true);
    for word in [7u8, 8, 9, 10] {
        pins.set("data_i", word);
        pins.settle();
        println!("{word} is taken: {}", pins.get("ready_o") == 1);
        pins.cycle();
    }
    println!("the first word is {}", pins.get("data_o"));
    let design = emit(&Fifo::at(&site), "heddle_fifo").expect("a description without mistakes");
    println!("{}", design.text());
}
