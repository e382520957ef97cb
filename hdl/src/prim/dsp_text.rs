//! The multiplier of a DSP block as text: the vendor's primitive, and a twin of it in behavioural
//! Verilog.

use std::fmt::Write as _;

/// What distinguishes one [`Dsp`](super::Dsp) from another.
#[derive(Clone, Copy, Debug)]
pub(super) struct DspShape {
    /// Bits of an operand.
    pub bits: usize,
    /// Registers from operands to product.
    pub stages: usize,
    /// Two's complement.
    pub signed: bool,
}

/// The text of the module.
pub(super) fn text(shape: DspShape) -> String {
    let (last, top) = (shape.bits - 1, 2 * shape.bits - 1);
    format!(
        "module {{name}} (
  input  wire clk_i,  // clock
  input  wire en_i,   // low freezes every register

  input  wire [{last}:0] a_i,       // operand
  input  wire [{last}:0] b_i,       // operand
  output wire [{top}:0] product_o  // their product
);

`ifdef HEDDLE_ECP5

{}
`else

{}
`endif

endmodule
",
        primitive(shape),
        twin(shape),
    )
}

fn primitive(shape: DspShape) -> String {
    let DspShape {
        bits,
        stages,
        signed,
    } = shape;
    let clock = |used: bool| if used { "CLK0" } else { "NONE" };
    let sign = u8::from(signed);
    let mut pins = String::new();
    for operand in ["a", "b"] {
        // The operand's own sign, or zeros, above its bits.
        for pin in 0..18 {
            let source = match pin {
                pin if pin < bits => format!("{operand}_i[{pin}]"),
                _ if signed => format!("{operand}_i[{}]", bits - 1),
                _ => "1'b0".into(),
            };
            pin_text(&mut pins, &operand.to_uppercase(), pin, &source);
        }
    }
    for pin in 0..18 {
        pin_text(&mut pins, "C", pin, "1'b0");
    }
    for pin in 0..2 * bits {
        pin_text(&mut pins, "P", pin, &format!("product_o[{pin}]"));
    }
    // Parameters that are not named have Lattice's defaults: no register, CE0, RST0.
    format!(
        "  MULT18X18D #(
    .REG_INPUTA_CLK(\"{operands}\"),
    .REG_INPUTB_CLK(\"{operands}\"),
    .REG_PIPELINE_CLK(\"{inner}\"),
    .REG_OUTPUT_CLK(\"CLK0\"),
    .GSR(\"DISABLED\"),
    .RESETMODE(\"SYNC\")
  ) u_mult (
    .CLK0(clk_i), .CLK1(1'b0), .CLK2(1'b0), .CLK3(1'b0),
    .CE0(en_i), .CE1(1'b1), .CE2(1'b1), .CE3(1'b1),
    .RST0(1'b0), .RST1(1'b0), .RST2(1'b0), .RST3(1'b0),
    .SIGNEDA(1'b{sign}), .SIGNEDB(1'b{sign}), .SOURCEA(1'b0), .SOURCEB(1'b0),
{pins}  );
",
        operands = clock(stages > 1),
        inner = clock(stages > 2),
        pins = pins.trim_end_matches(",\n").to_owned() + "\n",
    )
}

/// Four pins a line.
fn pin_text(pins: &mut String, port: &str, pin: usize, source: &str) {
    let start = if pin.is_multiple_of(4) { "    " } else { " " };
    let end = if pin % 4 == 3 { ",\n" } else { "," };
    let last = pin % 4 != 3 && pin == 17;
    let end = if last { ",\n" } else { end };
    write!(pins, "{start}.{port}{pin}({source}){end}").expect("writing to a string");
}

fn twin(shape: DspShape) -> String {
    let DspShape {
        bits,
        stages,
        signed,
    } = shape;
    let sign = |name: &str| match signed {
        true => format!("$signed({name})"),
        false => name.to_owned(),
    };
    let (last, top) = (bits - 1, 2 * bits - 1);
    let (a, b) = match stages {
        1 => ("a_i", "b_i"),
        _ => ("a_q", "b_q"),
    };
    let mut moves = Vec::new();
    let mut registers = String::new();
    if stages > 1 {
        registers += &format!("  reg [{last}:0] a_q;  // operands\n  reg [{last}:0] b_q;\n");
        moves.push(("a_q", "a_i"));
        moves.push(("b_q", "b_i"));
    }
    if stages > 2 {
        registers += &format!("  reg [{top}:0] inner_q;  // product, on its way\n");
        moves.push(("inner_q", "product"));
        moves.push(("product_q", "inner_q"));
    } else {
        moves.push(("product_q", "product"));
    }
    // A PE that is off gives the block a zero and lets its weight be what it is, maybe unknown
    // from power-up or a dropped word. In silicon zero times that is zero; in four-state
    // simulation it is X unless the text says so. Synthesis is spared the comparison, behind
    // which it would find no DSP block with a register of the product.
    let product = format!("{} * {}", sign(a), sign(b));
    let (s, open, close) = match signed {
        true => ("s", "$unsigned(", ")"),
        false => ("", "", ""),
    };
    let mut text = format!(
        "{registers}  reg [{top}:0] product_q;  // product\n\n  wire [{top}:0] product;\n\n\
         `ifdef SYNTHESIS\n  assign product = {product};\n`else\n  \
         // Zero times what is unknown is zero, as in hardware.\n  \
         assign product = {open}({a} == {bits}'d0 || {b} == {bits}'d0) ? {}'{s}d0 : {product}{close};\n\
         `endif\n  assign product_o = product_q;\n\n  \
         // All registers move at once.\n  \
         always @(posedge clk_i) begin\n    if (en_i) begin\n",
        2 * bits,
    );
    for (register, from) in &moves {
        text += &format!("      {register} <= {from};\n");
    }
    text + "    end\n  end\n"
}
