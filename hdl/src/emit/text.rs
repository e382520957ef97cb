//! Lines of Verilog: indented, wrapped, never two blank ones in a row.

/// The longest line written.
const WIDTH: usize = 100;

/// Text under construction.
#[derive(Default)]
pub struct Text {
    text: String,
    after_blank: bool,
}

impl Text {
    /// A line at `indent` levels, broken at spaces where it is too long; a comment is
    /// continued as a comment.
    pub fn line(&mut self, indent: usize, line: impl AsRef<str>) {
        let mut rest = line.as_ref();
        let mut lead = "  ".repeat(indent);
        let is_comment = rest.starts_with("//");
        loop {
            let room = WIDTH.saturating_sub(lead.len());
            let cut = if rest.len() <= room {
                None
            } else {
                break_at(rest, room)
            };
            let Some(cut) = cut else {
                break;
            };
            self.push(&lead, rest[..cut].trim_end());
            rest = rest[cut..].trim_start();
            lead = "  ".repeat(indent + if is_comment { 0 } else { 2 });
            if is_comment {
                lead += "// ";
            }
        }
        self.push(&lead, rest);
    }

    /// Lines of code, each with a comment behind it, the comments in one column; a comment for which
    /// there is no room stands above.
    pub fn table(&mut self, indent: usize, lines: &[(String, String)]) {
        let room = WIDTH - 2 * indent;
        let fits = |line: &str, comment: &str, column: usize| {
            line.len() <= column && column + 5 + comment.len() <= room
        };
        let column = lines
            .iter()
            .filter(|(line, comment)| !comment.is_empty() && fits(line, comment, line.len()))
            .map(|(line, _)| line.len())
            .max()
            .unwrap_or(0);
        for (line, comment) in lines {
            if comment.is_empty() {
                self.line(indent, line);
            } else if fits(line, comment, column) {
                self.line(indent, format!("{line:column$}  // {comment}"));
            } else if fits(line, comment, line.len()) {
                self.line(indent, format!("{line}  // {comment}"));
            } else {
                self.line(indent, format!("// {comment}"));
                self.line(indent, line);
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

/// The last space within `room` bytes, or the first after them; not one that leaves
/// nothing on a side.
fn break_at(line: &str, room: usize) -> Option<usize> {
    let spaces = || {
        line.match_indices(' ')
            .map(|(at, _)| at)
            .filter(|&at| !line[..at].trim().is_empty())
    };
    spaces()
        .take_while(|&at| at <= room)
        .last()
        .or_else(|| spaces().next())
}

/// `text` in lines that fit a comment.
pub fn paragraph(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.len() + 1 + word.len() <= WIDTH - 10 => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
