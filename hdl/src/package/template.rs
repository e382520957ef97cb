//! Files that stand in the source as they are written, but for what a configuration decides.
//!
//! A line `//: if NAME` begins lines that are there only if that holds, `//: else` their
//! alternative, `//: end` ends both; `@NAME@` stands for a value.

/// `text` with the lines whose conditions hold, and the values in place of their names.
pub fn fill(text: &str, holds: impl Fn(&str) -> bool, values: &[(&str, String)]) -> String {
    replace(&choose(text, holds), values)
}

/// The lines whose conditions hold.
fn choose(text: &str, holds: impl Fn(&str) -> bool) -> String {
    let mut chosen = String::new();
    let mut open: Vec<bool> = Vec::new();
    for line in text.lines() {
        match line.strip_prefix("//: ") {
            Some("end") => {
                open.pop();
            }
            Some("else") => {
                if let Some(last) = open.last_mut() {
                    *last = !*last;
                }
            }
            Some(condition) => open.push(holds(condition.trim_start_matches("if "))),
            None if open.iter().all(|holds| *holds) => {
                chosen += line;
                chosen.push('\n');
            }
            None => {}
        }
    }
    chosen
}

fn replace(text: &str, values: &[(&str, String)]) -> String {
    values.iter().fold(text.to_owned(), |text, (name, value)| {
        text.replace(&format!("@{name}@"), value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_chosen_by_their_conditions() {
        let text =
            "a\n//: if yes\nb\n//: if no\nc\n//: else\nd\n//: end\n//: else\ne\n//: end\nf\n";
        assert_eq!(choose(text, |name| name == "yes"), "a\nb\nd\nf\n");
        assert_eq!(choose(text, |_| false), "a\ne\nf\n");
    }
}
