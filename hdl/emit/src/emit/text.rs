//! Lines of Verilog: indented, wrapped, never two blank ones in a row.

use super::wrap;

/// The longest line written.
const WIDTH: usize = 100;
/// The narrowest column of comments.
const NARROWEST: usize = 30;

/// Text under construction.
#[derive(Default)]
pub struct Text {
    text: String,
    after_blank: bool,
}

impl Text {
    /// A line at `indent` levels, broken where it is too long; a comment is continued as a comment.
    pub fn line(&mut self, indent: usize, line: impl AsRef<str>) {
        let (line, lead) = (line.as_ref(), "  ".repeat(indent));
        let room = WIDTH.saturating_sub(lead.len());
        if let Some(comment) = line.strip_prefix("// ") {
            for line in filled(comment, room - 3) {
                self.push(&lead, &format!("// {line}"));
            }
            return;
        }
        let further = "  ".repeat(indent + 2);
        for (index, line) in wrap::code(line, room, room - 4).iter().enumerate() {
            self.push(if index == 0 { &lead } else { &further }, line);
        }
    }

    /// Lines of code, each with a comment behind it, the comments in one column, continued there. Of
    /// a line that leaves no room the value follows on the next one.
    pub fn table(&mut self, indent: usize, lines: &[(String, String)]) {
        let rows: Vec<Row> = lines
            .iter()
            .map(|(line, comment)| Row::new(line, comment))
            .collect();
        let room = WIDTH - 2 * indent;
        let commented = || rows.iter().filter(|row| !row.comment.is_empty());
        let longest = |length: fn(&Row) -> usize| commented().map(length).max().unwrap_or(0);
        let least = longest(|row| row.head.len());
        let narrowest = longest(|row| row.comment.len()).min(NARROWEST);
        let columns = commented().map(|row| row.line.len());
        let columns = columns.filter(|&column| column >= least && column + narrowest + 5 <= room);
        let cost = |column: usize| -> usize {
            let heights = commented().map(|row| row.lines(column, room).len());
            heights.sum()
        };
        // The fewest lines; of columns that need as many, the one that breaks less code.
        let column = columns
            .chain([least])
            .min_by_key(|&column| (cost(column), std::cmp::Reverse(column)));
        let column = column.unwrap_or(least);
        let lead = "  ".repeat(indent);
        for row in &rows {
            match row.comment.is_empty() {
                true => self.line(indent, row.line),
                false => {
                    for line in row.lines(column, room) {
                        self.push(&lead, &line);
                    }
                }
            }
        }
    }

    /// The same as a paragraph of a module, if there are any.
    pub fn part(&mut self, lines: &[(String, String)]) {
        if !lines.is_empty() {
            self.blank();
            self.table(1, lines);
        }
    }

    /// Several lines, as they are.
    pub fn lines(&mut self, indent: usize, lines: &str) {
        lines.lines().for_each(|line| self.line(indent, line));
    }

    /// What another text has, but for blank lines in front.
    pub fn append(&mut self, other: Text) {
        self.text.push_str(other.text.trim_start_matches('\n'));
        self.after_blank = other.after_blank;
    }

    /// A blank line, unless there is one.
    pub fn blank(&mut self) {
        if !self.after_blank {
            self.text.push('\n');
            self.after_blank = true;
        }
    }

    /// The text so far.
    pub fn finish(self) -> String {
        self.text
    }

    fn push(&mut self, lead: &str, line: &str) {
        self.text.push_str(lead);
        self.text.push_str(line);
        self.text.push('\n');
        self.after_blank = false;
    }
}

/// A line of code and its comment.
struct Row<'a> {
    line: &'a str,
    /// What cannot be on the next line: up to the `=`.
    head: &'a str,
    comment: &'a str,
}

impl<'a> Row<'a> {
    fn new(line: &'a str, comment: &'a str) -> Self {
        let head = wrap::value(line).map_or(line, |value| line[..value].trim_end());
        Self {
            line,
            head,
            comment,
        }
    }

    /// It in `room` characters, the comment behind `column`.
    fn lines(&self, column: usize, room: usize) -> Vec<String> {
        let mut code = vec![self.line.to_owned()];
        if self.line.len() > column || wrap::code(self.line, WIDTH, WIDTH).len() > 1 {
            let value = &self.line[self.head.len()..];
            let value = wrap::code(value.trim_start(), room - 4, room - 4);
            code = vec![self.head.to_owned()];
            code.extend(value.into_iter().map(|line| format!("    {line}")));
        }
        let mut lines = Vec::new();
        let mut code = code.into_iter().peekable();
        for comment in filled(self.comment, room.saturating_sub(column + 5)) {
            let code = code.next_if(|code| code.len() <= column);
            let code = code.unwrap_or_default();
            lines.push(format!("{code:column$}  // {comment}"));
        }
        lines.extend(code);
        lines
    }
}

/// `text` in lines that fit a comment.
pub fn paragraph(text: &str) -> Vec<String> {
    filled(text, WIDTH - 10)
}

/// The words of `text` in lines of `room` characters, unless a word is longer.
fn filled(text: &str, room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.len() + 1 + word.len() <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
