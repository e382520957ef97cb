//! Names and paths that mean the same in every tool's script: in yosys's and ABC's
//! commands, in Tcl, in a makefile and in a shell they are one plain word.

use std::path::Path;

/// Whether `name` is a simple identifier of Verilog: a letter or `_`, then letters, digits
/// and `_`. (`$` is left out: Tcl, make and the shell take it for something else.)
pub fn is_identifier(name: &str) -> bool {
    let mut letters = name.chars();
    letters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

/// Whether `name` is that of a Verilog file, `NAME.v` with an identifier for `NAME`.
pub fn is_verilog_file(name: &str) -> bool {
    name.strip_suffix(".v").is_some_and(is_identifier)
}

/// Whether `path` is absolute and made of letters, digits and `_-+.,:=@%/` alone.
pub fn is_plain_path(path: &Path) -> bool {
    path.to_str()
        .is_some_and(|text| text.starts_with('/') && text.chars().all(is_plain))
}

/// Whether `name` is that of a file, made of the same characters but `/`, and begins
/// neither like an option nor like a hidden file.
pub fn is_plain_file(name: &str) -> bool {
    !name.starts_with(['-', '.', '+', '@'])
        && !name.is_empty()
        && name.chars().all(|letter| is_plain(letter) && letter != '/')
}

fn is_plain(letter: char) -> bool {
    letter.is_alphanumeric() || "_-+.,:=@%/".contains(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_words_pass() {
        for name in ["a", "_", "heddle_pe", "A1_b"] {
            assert!(is_identifier(name) && is_verilog_file(&format!("{name}.v")));
        }
        for name in [
            "", "1a", "-a", "a b", "a;b", "a$b", "a.b", "\\a", "a\n", "../a", "a[0]", "é",
        ] {
            assert!(!is_identifier(name), "{name}");
            assert!(!is_verilog_file(&format!("{name}.v")), "{name}");
        }
        assert!(!is_verilog_file("a.vh") && !is_verilog_file("a.v\n"));
        assert!(is_plain_file("a-1.v") && is_plain_file("é.v"));
        for name in [
            "", "-a.v", ".a.v", "+a.v", "a b.v", "a/b.v", "a;b.v", "a\n.v",
        ] {
            assert!(!is_plain_file(name), "{name}");
        }
        assert!(is_plain_path(Path::new("/home/é-1/.cache/a+b@c/x_2.3")));
        for path in [
            "a/b", "/a b", "/$(a)", "/a\nb", "/a'b", "/a;b", "/a#b", "/~a",
        ] {
            assert!(!is_plain_path(Path::new(path)), "{path}");
        }
    }
}
