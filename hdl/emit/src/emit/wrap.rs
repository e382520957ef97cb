//! Where a line of Verilog that is too long is broken: at its outermost operators.

/// `code` in lines of which the first has `first` characters at most and the others `rest`, as far
/// as operators allow; each line ends with the operator at which it was broken. A choice within a
/// choice has a line for each case.
pub fn code(code: &str, first: usize, rest: usize) -> Vec<String> {
    let cases = cases(code);
    if cases.len() > 2 || (cases.len() == 2 && code.len() > first) {
        if let (Some(value), true) = (value(code), cases[0].len() > first) {
            let mut lines = vec![code[..value].trim_end().to_owned()];
            lines.extend(self::code(code[value..].trim_start(), rest, rest));
            return lines;
        }
        let lines = cases.iter().enumerate().flat_map(|(index, case)| {
            let room = if index == 0 { first } else { rest };
            broken(case, room, rest)
        });
        return lines.collect();
    }
    broken(code, first, rest)
}

/// Where what is assigned begins: behind the `=` or `<=`.
pub fn value(code: &str) -> Option<usize> {
    spaces(code)
        .find(|space| space.depth == 0 && is_assignment(code, space.at))
        .map(|space| space.at + 1)
}

fn is_assignment(code: &str, at: usize) -> bool {
    matches!(code[..at].rsplit(' ').next(), Some("=" | "<="))
}

/// A choice by its cases, each with its condition in front and the colon behind.
fn cases(code: &str) -> Vec<&str> {
    let mut cases = Vec::new();
    let (mut from, mut open) = (0, 0);
    for space in spaces(code).filter(|space| space.depth == 0) {
        match code[..space.at].rsplit(' ').next() {
            Some("?") => open += 1,
            Some(":") if open > 0 => {
                open -= 1;
                cases.push(code[from..space.at].trim());
                from = space.at;
            }
            _ => {}
        }
    }
    cases.push(code[from..].trim());
    cases
}

fn broken(code: &str, first: usize, rest: usize) -> Vec<String> {
    if code.len() <= first {
        return vec![code.to_owned()];
    }
    // A target that is itself too long is broken as well.
    let from = value(code).filter(|&from| from <= first).unwrap_or(0);
    let places: Vec<Space> = spaces(code)
        .filter(|space| space.at >= from && ends_in_operator(&code[..space.at]))
        .collect();
    let outermost = places.iter().map(|space| space.depth).min();
    let fits = |space: &&Space| space.at <= first;
    let place = places
        .iter()
        .filter(|space| Some(space.depth) == outermost)
        .rfind(fits)
        .map(|space| space.at)
        // The value on a line of its own, or as little inside as can be.
        .or((from > 0 && from < code.len()).then_some(from))
        .or_else(|| {
            let inside = places.iter().filter(fits);
            let best = inside.min_by_key(|space| (space.depth, std::cmp::Reverse(space.at)));
            best.map(|space| space.at)
        })
        .or_else(|| places.first().map(|space| space.at))
        .or_else(|| {
            spaces(code)
                .filter(|space| space.at <= first)
                .last()
                .map(|space| space.at)
        });
    let Some(place) = place else {
        return vec![code.to_owned()];
    };
    let mut lines = vec![code[..place].trim_end().to_owned()];
    lines.extend(broken(code[place..].trim_start(), rest, rest));
    lines
}

/// A space, and how many brackets are open there; square ones are not to be broken.
struct Space {
    at: usize,
    depth: i32,
}

fn spaces(code: &str) -> impl Iterator<Item = Space> + '_ {
    let mut depth = 0_i32;
    code.char_indices().filter_map(move |(at, letter)| {
        match letter {
            '(' | '{' => depth += 1,
            ')' | '}' => depth -= 1,
            '[' => depth += 100,
            ']' => depth -= 100,
            ' ' => return Some(Space { at, depth }),
            _ => {}
        }
        None
    })
}

fn ends_in_operator(code: &str) -> bool {
    let last = code.rsplit(' ').next().unwrap_or_default();
    last.ends_with(',')
        || matches!(
            last,
            "+" | "-" | "*" | "&" | "|" | "^" | "<" | ">" | "?" | ":"
        )
}

#[cfg(test)]
mod tests {
    use super::code;

    #[test]
    fn lines_break_at_outer_operators() {
        for (given, expected) in [
            ("assign a = bb & cc;", vec!["assign a = bb & cc;"]),
            (
                "assign aaaa = (bbbb & cccc) | (dddd & eeee);",
                vec!["assign aaaa = (bbbb & cccc) |", "(dddd & eeee);"],
            ),
            (
                "assign aaaa = func(bbbbbbbbbbbbb[c +: d]) << e;",
                vec!["assign aaaa =", "func(bbbbbbbbbbbbb[c +: d]) << e;"],
            ),
            (
                "assign a = {bbbbbbbbbb, cccccccccc, dddddddd};",
                vec!["assign a = {bbbbbbbbbb,", "cccccccccc, dddddddd};"],
            ),
            (
                "a <= b ? c : d ? e : f;",
                vec!["a <= b ? c :", "d ? e :", "f;"],
            ),
            (
                "wire aaaaaaaaa = b ? cccccccc : dddddddd;",
                vec!["wire aaaaaaaaa = b ? cccccccc :", "dddddddd;"],
            ),
            ("if (aaaaaaaa & bbbbbbbbbbb & cccc) begin", {
                vec!["if (aaaaaaaa & bbbbbbbbbbb &", "cccc) begin"]
            }),
        ] {
            assert_eq!(code(given, 32, 36), expected, "{given}");
        }
    }
}
