//! The tables in ENGINE.md are those of the code: `HEDDLE_UPDATE=1 cargo test -p heddle-hdl --test
//! engine_tables` writes them anew.

use heddle_hdl::engine::codes::{access, job, operand, Code};
use heddle_hdl::engine::descriptor::FIELDS;
use heddle_hdl::engine::registers::{Access, Register, COUNTERS, REGISTERS};

/// `7`, or `7:0`.
fn range(lsb: usize, bits: usize) -> String {
    match bits {
        1 => lsb.to_string(),
        bits => format!("{}:{lsb}", lsb + bits - 1),
    }
}

fn descriptor() -> String {
    let mut table = String::from("| word | bits | field | |\n| --- | --- | --- | --- |\n");
    for field in FIELDS {
        let (word, bits) = match field.bits {
            ..=32 => (field.word.to_string(), range(field.lsb, field.bits)),
            _ => (
                format!("{}, {}", field.word, field.word + 1),
                "63:0".to_owned(),
            ),
        };
        table += &format!("| {word} | {bits} | `{}` | {} |\n", field.name, field.doc);
    }
    table
}

fn codes(codes: &[Code]) -> String {
    let mut table = String::from("| code | name | |\n| --- | --- | --- |\n");
    for code in codes {
        table += &format!("| 0x{:02x} | {} | {} |\n", code.code, code.name, code.doc);
    }
    table
}

/// A line for a register, and one for each of its fields.
fn register(register: &Register) -> String {
    let Register {
        name, offset, doc, ..
    } = register;
    let mut lines = format!("| 0x{offset:03x} | {name} | | | | {doc} |\n");
    for field in register.fields {
        let access = match field.access {
            Access::Constant(_) | Access::Read => "r",
            Access::Write => "rw",
            Access::Clear => "r, w1c",
            Access::Command => "w1",
        };
        let bits = range(field.lsb, field.bits);
        lines += &format!(
            "| | | {bits} | `{}` | {access} | {} |\n",
            field.name, field.doc
        );
    }
    lines
}

fn registers() -> String {
    let head = "| offset | register | bits | field | | |\n| --- | --- | --- | --- | --- | --- |\n";
    REGISTERS
        .iter()
        .fold(head.to_owned(), |table, one| table + &register(one))
}

fn counters() -> String {
    let mut table = String::from("| low, high | counter | |\n| --- | --- | --- |\n");
    for counter in COUNTERS {
        let [low, high] = counter.words.map(|word| word.offset);
        table += &format!(
            "| 0x{low:03x}, 0x{high:03x} | {} | {} |\n",
            counter.name, counter.doc
        );
    }
    table
}

#[test]
fn tables_are_those_of_the_code() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/ENGINE.md");
    let old = std::fs::read_to_string(path).expect("ENGINE.md");
    let mut new = old.clone();
    for (name, table) in [
        ("descriptor", descriptor()),
        ("codes", codes(job::ALL)),
        ("operands", codes(operand::ALL)),
        ("registers", registers()),
        ("counters", counters()),
        ("refusals", codes(access::ALL)),
    ] {
        let begin = format!("<!-- {name}: written by hdl/tests/engine_tables.rs -->\n");
        let end = format!("<!-- end of {name} -->\n");
        let (before, rest) = new.split_once(&begin).unwrap_or_else(|| panic!("{begin}"));
        let (_, after) = rest.split_once(&end).unwrap_or_else(|| panic!("{end}"));
        new = format!("{before}{begin}\n{table}\n{end}{after}");
    }
    if std::env::var_os("HEDDLE_UPDATE").is_some() {
        std::fs::write(path, new).expect("written");
    } else {
        assert_eq!(old, new, "HEDDLE_UPDATE=1 writes them anew");
    }
}

/// What is said of registers and fields stands in C comments and in strings of SystemRDL too.
#[test]
fn texts_can_stand_anywhere() {
    let fields = REGISTERS.iter().flat_map(|register| register.fields);
    let texts = fields.map(|field| field.doc);
    let texts = texts.chain(REGISTERS.iter().map(|register| register.doc));
    let texts = texts.chain(COUNTERS.iter().map(|counter| counter.doc));
    let codes = [job::ALL, operand::ALL, access::ALL].concat();
    let texts = texts.chain(codes.iter().map(|code| code.doc));
    for text in texts.chain(FIELDS.iter().map(|field| field.doc)) {
        assert!(
            !text.contains(['"', '|', '\\', '\n']) && !text.contains("*/"),
            "{text}"
        );
    }
}
