//! Counters that start from any number: a run of some thousand cycles never reaches their high bits.

/// What the counters start from: so that few counts carry into all bits, and so that each bit of a count, and of what a register
/// says, is once 0 and once 1.
pub const PRELOADS: [u64; 4] = [
    0x7fff_ffff_ffff_fff8,
    0xffff_fffe_ffff_fffc,
    0x5555_5555_5555_5555,
    0xaaaa_aaaa_aaaa_aaaa,
];
/// The input that says so.
pub const PRELOAD: &str = "preload_i";
/// Its bits.
pub const PRELOAD_BITS: usize = 64;

/// The modules from the top down to a counter, and their instances.
const WAY: [(&str, &str); 4] = [
    ("heddle_engine", ""),
    ("heddle_engine_registers", "u_registers"),
    ("heddle_engine_counters", "u_counters"),
    ("heddle_engine_counter", "u_count"),
];

/// `design` with an input [`PRELOAD`] of the engine, which is what its counters hold when they are cleared.
///
/// # Errors
/// What of the text is not as the engine's.
pub fn preloaded(design: &str) -> Result<String, String> {
    let mut text = design.to_owned();
    for (module, instance) in WAY {
        let head = text
            .find(&format!("\nmodule {module} "))
            .ok_or(format!("no module {module}"))?;
        let clock = "  input  wire clk_i,";
        let at = head
            + text[head..]
                .find(clock)
                .ok_or(format!("no clock in {module}"))?;
        let high = PRELOAD_BITS - 1;
        text.insert_str(at, &format!("  input  wire [{high}:0] {PRELOAD},\n"));
        if !instance.is_empty() {
            let begin = format!("  {module} {instance} (\n");
            text = once(&text, &begin, &format!("{begin}.{PRELOAD}({PRELOAD}),\n"))?;
        }
    }
    for (word, bits) in [("low_q", "31:0"), ("high_q", "63:32")] {
        let clear = format!("{word} <= clear_i ? 32'd0");
        text = once(
            &text,
            &clear,
            &format!("{word} <= clear_i ? {PRELOAD}[{bits}]"),
        )?;
    }
    Ok(text)
}

/// `text` with one part of it, that it has once, replaced.
fn once(text: &str, from: &str, to: &str) -> Result<String, String> {
    match text.matches(from).count() {
        1 => Ok(text.replacen(from, to, 1)),
        count => Err(format!("'{}' is there {count} times", from.trim())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heddle_hdl::engine::engine_design;
    use heddle_hdl::Prefix;

    #[test]
    fn the_input_goes_all_the_way_down() {
        let design = engine_design(&super::super::config(), &Prefix::default()).unwrap();
        let text = preloaded(&design.text()).unwrap();
        assert_eq!(text.matches("[63:0] preload_i,").count(), 4);
        assert_eq!(text.matches(".preload_i(preload_i),").count(), 3);
        assert_eq!(text.matches("clear_i ? preload_i[").count(), 2);
        assert!(preloaded("\nmodule heddle_engine (\n);\n").is_err());
    }
}
