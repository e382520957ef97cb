//! Words, quoted texts and signs of a Liberty file.

/// The signs that stand for themselves.
const SIGNS: &str = "(){}:;,";

/// A word, a quoted text or one of `(){}:;,`.
pub(crate) struct Token<'a> {
    /// With its quotes, if it has any.
    pub text: &'a str,
    pub quoted: bool,
    /// The line that it stands in.
    pub line: usize,
    /// The same, with lines that a backslash continues counted as one.
    pub statement: usize,
}

impl Token<'_> {
    /// Whether it is one of the signs.
    pub fn is_sign(&self) -> bool {
        !self.quoted && SIGNS.contains(self.text)
    }
}

/// The tokens of a text, without comments.
pub(crate) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let (mut line, mut continued) = (1, 0);
    let mut rest = text;
    while let Some(symbol) = rest.chars().next() {
        // what is passed over, and whether it is a token
        let (skip, token) = if rest.starts_with("/*") {
            (rest.find("*/").map_or(rest.len(), |end| end + 2), false)
        } else if rest.starts_with("//") {
            (rest.find(['\n', '\r']).unwrap_or(rest.len()), false)
        } else if symbol == '"' {
            (quoted(rest), true)
        } else if symbol == '\\' {
            let end = &rest[1..];
            let blanks = end.len() - end.trim_start_matches([' ', '\t', '\r']).len();
            let continues = end[blanks..].starts_with('\n');
            continued += usize::from(continues);
            (1 + if continues { blanks + 1 } else { 0 }, false)
        } else if symbol.is_whitespace() {
            (symbol.len_utf8(), false)
        } else if SIGNS.contains(symbol) {
            (1, true)
        } else {
            let ends = |c: char| c.is_whitespace() || c == '"' || c == '\\' || SIGNS.contains(c);
            (rest.find(ends).unwrap_or(rest.len()), true)
        };
        if token {
            tokens.push(Token {
                text: &rest[..skip],
                quoted: symbol == '"',
                line,
                statement: line - continued,
            });
        }
        line += rest[..skip].matches('\n').count();
        rest = &rest[skip..];
    }
    tokens
}

/// The length of a quoted text with its quotes, in which a backslash escapes one.
fn quoted(text: &str) -> usize {
    let mut escaped = false;
    for (at, symbol) in text.char_indices().skip(1) {
        match symbol {
            '"' if !escaped => return at + 1,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    text.len()
}

/// A token's text on one line: within quotes ends of lines become blanks, and escaped quotes
/// plain ones, which not every tool could tell from the end.
pub(crate) fn on_one_line(token: &Token<'_>) -> String {
    let text = token.text;
    if !token.quoted || !text.contains(['\\', '\n', '\r']) {
        return text.to_owned();
    }
    let text = text.replace("\\\"", "'");
    let lines: Vec<_> = text
        .lines()
        .map(|line| line.trim_end().trim_end_matches('\\').trim())
        .collect();
    lines.join(" ")
}
