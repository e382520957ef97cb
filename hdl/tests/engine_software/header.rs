//! The C header's names and numbers.

use crate::common;
use heddle_hdl::engine::codes::{access, job, operand};
use heddle_hdl::engine::descriptor;
use heddle_hdl::engine::registers::{registers, COUNTERS};
use heddle_hdl::engine::software::{c_driver, c_header, C_DRIVER, C_HEADER};
use std::collections::HashSet;
use std::path::Path;

/// What C is to say of each name.
fn expected() -> Vec<(String, u64)> {
    let mut expected = Vec::new();
    let mut define =
        |name: String, value: u64| expected.push((format!("HEDDLE_ENGINE_{name}"), value));
    let mut field = |name: String, lsb: usize, bits: usize| {
        let name = name.to_uppercase();
        define(format!("{name}_SHIFT"), lsb as u64);
        define(format!("{name}_MASK"), ((1_u64 << bits) - 1) << lsb);
    };
    for register in registers() {
        for part in register.fields.iter().filter(|part| part.bits != 32) {
            field(
                format!("{}_{}", register.name, part.name),
                part.lsb,
                part.bits,
            );
        }
    }
    for part in descriptor::FIELDS.iter().filter(|part| part.word == 0) {
        field(format!("DESC_{}", part.name), part.lsb, part.bits);
    }
    for register in registers() {
        define(register.name.to_owned(), register.offset.into());
    }
    for counter in COUNTERS {
        define(
            format!("COUNT_{}", counter.name),
            counter.words[0].offset.into(),
        );
    }
    for (prefix, codes) in [
        ("CODE", job::ALL),
        ("OPERAND", operand::ALL),
        ("REFUSED", access::ALL),
    ] {
        for code in codes {
            define(format!("{prefix}_{}", code.name), code.code.into());
        }
    }
    for (name, value) in [
        ("ID_VALUE", 0x454c_4448),
        ("VERSION_MAJOR_VALUE", 1),
        ("VERSION_MINOR_VALUE", 0),
        ("DESC_BYTES", 128),
        ("LAYOUT_TN", 2),
        ("POLICY_PACKED", 2),
        ("FORMAT_BF16", 2),
    ] {
        define(name.to_owned(), value);
    }
    for part in descriptor::FIELDS.iter().filter(|part| part.word > 0) {
        let name = format!("offsetof(struct heddle_engine_descriptor, {})", part.name);
        expected.push((name, part.word as u64 * 4));
        let name = format!(
            "sizeof(((struct heddle_engine_descriptor *)0)->{})",
            part.name
        );
        expected.push((name, if part.bits > 32 { 8 } else { 4 }));
    }
    expected.push(("sizeof(struct heddle_engine_descriptor)".to_owned(), 128));
    expected
}

/// The first number that C says otherwise, with this header.
fn difference(header: &str) -> Result<(), String> {
    let (_guard, dir) = common::folder();
    let write = |name: &str, text: &str| std::fs::write(dir.join(name), text).expect("written");
    let mut text =
        String::from("#include <stddef.h>\n#include <stdio.h>\n#include \"heddle_engine.h\"\n");
    text += "int main(void) {\n";
    for (name, _) in expected() {
        text += &format!("  printf(\"%llx\\n\", (unsigned long long)({name}));\n");
    }
    write("numbers.c", &(text + "  return 0;\n}\n"));
    write(C_HEADER, header);
    let args = [
        "-std=c11",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-pedantic",
        "numbers.c",
        "-o",
        "numbers",
    ];
    let (output, said) = common::run(&dir, "gcc", &args);
    assert!(output.status.success(), "{said}");
    let (_, said) = common::run(&dir, "./numbers", &[]);
    let numbers: Vec<_> = said.lines().collect();
    assert_eq!(numbers.len(), expected().len());
    for ((name, value), number) in expected().iter().zip(numbers) {
        if format!("{value:x}") != number {
            return Err(format!("{name} is 0x{number}, not 0x{value:x}"));
        }
    }
    Ok(())
}

#[test]
fn numbers_are_those_of_the_tables() {
    if !common::has("gcc") {
        return;
    }
    assert_eq!(difference(&c_header()), Ok(()));
    for (right, wrong) in [
        (
            "#define HEDDLE_ENGINE_TAIL 0x070u",
            "#define HEDDLE_ENGINE_TAIL 0x074u",
        ),
        ("_DESC_TAG_SHIFT 16", "_DESC_TAG_SHIFT 17"),
        ("CODE_BUS 0x20u", "CODE_BUS 0x21u"),
        ("  uint32_t n; ", "  uint64_t n; "),
    ] {
        let text = c_header();
        assert!(text.contains(right), "{right}");
        assert!(
            difference(&text.replacen(right, wrong, 1)).is_err(),
            "{wrong} went unnoticed"
        );
    }
}

#[test]
fn no_name_is_given_twice() {
    let text = c_header();
    let mut names = HashSet::new();
    for line in text
        .lines()
        .filter_map(|line| line.strip_prefix("#define "))
    {
        let name = line.split([' ', '(']).next().expect("a name");
        assert!(names.insert(name), "{name} twice");
    }
    assert!(text.lines().all(|line| line.len() <= 100), "{text}");
}

/// What the compiler says of the driver, without a library.
fn compiled(dir: &Path, args: &[&str]) -> String {
    let args = [
        &[
            "-std=c11",
            "-Wall",
            "-Wextra",
            "-Werror",
            "-Wcast-align",
            "-O2",
            "-ffreestanding",
            "-c",
            C_DRIVER,
        ][..],
        args,
    ];
    common::run(dir, "gcc", &args.concat()).1
}

#[test]
fn the_driver_needs_no_library() {
    if !common::has("gcc") {
        return;
    }
    let (_guard, dir) = common::folder();
    std::fs::write(dir.join(C_HEADER), c_header()).expect("written");
    std::fs::write(dir.join(C_DRIVER), c_driver()).expect("written");
    assert_eq!(compiled(&dir, &[]), "");
    // Where addresses have 32 bits too.
    assert_eq!(compiled(&dir, &["-m32"]), "");
    let (_, undefined) = common::run(&dir, "nm", &["-u", "heddle_engine.o"]);
    let undefined: Vec<_> = undefined
        .split_whitespace()
        .filter(|name| *name != "U")
        .collect();
    assert!(
        undefined
            .iter()
            .all(|name| *name == "_GLOBAL_OFFSET_TABLE_"),
        "{undefined:?}"
    );
}
