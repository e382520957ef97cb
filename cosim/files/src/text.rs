//! Text from files and users, made printable.
//!
//! A name in a file may hold escape sequences that recolour, move or answer a terminal,
//! or marks that turn the direction of writing and let a line read as another one.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::path::Path;

/// Whether a character is not to reach a terminal as it is: a control character (C0,
/// DEL, C1), a separator of lines, or one without width that changes what is seen beside
/// it (direction marks, tags, byte order marks).
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{61c}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// A name or value for a message or a table: on one line, without hidden characters,
/// which become escapes such as `\n` and `\u{1b}`. All else stays.
pub fn shown(text: &str) -> Cow<'_, str> {
    escaped(text, is_hidden)
}

/// A path, likewise.
pub fn shown_path(path: &Path) -> String {
    shown(&path.to_string_lossy()).into_owned()
}

/// A whole message or table, whose lines and tabs stay.
pub fn shown_lines(text: &str) -> Cow<'_, str> {
    escaped(text, |c| is_hidden(c) && c != '\n' && c != '\t')
}

/// JSON whose strings show no hidden characters on a terminal and are the same strings
/// to a reader. (JSON itself wants only the characters below U+0020 escaped.)
pub fn shown_json(json: &str) -> Cow<'_, str> {
    let hidden = |c: char| is_hidden(c) && !c.is_ascii_whitespace();
    if !json.contains(hidden) {
        return Cow::Borrowed(json);
    }
    let mut out = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if hidden(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

fn escaped(text: &str, hidden: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match hidden(c) {
            true => out.extend(c.escape_default()),
            false => out.push(c),
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_escaped_and_all_else_stays() {
        let evil = "a\u{1b}[31m\u{9b}2J\x07\u{202e}txt\u{2066}\u{7f}\r\n\u{feff}\u{e0041}";
        assert_eq!(
            shown(evil),
            "a\\u{1b}[31m\\u{9b}2J\\u{7}\\u{202e}txt\\u{2066}\\u{7f}\\r\\n\\u{feff}\\u{e0041}"
        );
        for kept in [
            "Müller's naïve job №7",
            "层/权重 🧵👩‍🚀",
            "a\\nb 'q' \"d\" é",
            "",
        ] {
            assert_eq!(shown(kept), kept);
        }
        assert_eq!(shown_lines("a\tb\n\u{1b}c\r"), "a\tb\n\\u{1b}c\\r");
    }

    #[test]
    fn json_means_the_same_afterwards() {
        let json = "{\n  \"a\u{9b}\u{202e}\u{7f}\u{e0041}\": \"b\\u001bö\"\n}";
        let safe = shown_json(json);
        assert_eq!(
            safe,
            "{\n  \"a\\u009b\\u202e\\u007f\\udb40\\udc41\": \"b\\u001bö\"\n}"
        );
    }
}
