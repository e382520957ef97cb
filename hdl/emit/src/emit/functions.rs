//! Functions that a module's text needs: of widths, of vectors.

use super::print_expr::{number, range, tight, Totals};
use super::text::Text;
use crate::describe::{for_each_expr, Body, Expr, Size, BITS_TO};

/// The functions that add up vectors in `body`.
pub fn totals(body: &Body) -> Totals {
    let mut totals: Totals = Vec::new();
    for_each_expr(&body.items, &mut |e| {
        e.for_each(&mut |e| {
            let Expr::Total(vector, each, bits) = e else {
                return;
            };
            let key = (vector.bits(), each.clone(), bits.clone());
            if totals.iter().any(|(known, _)| *known == key) {
                return;
            }
            let stem = match each {
                Size::Number(1) => "ones",
                _ => "total",
            };
            let numbered = (2..).map(|number| format!("{stem}{number}"));
            let mut names = std::iter::once(stem.to_owned()).chain(numbered);
            let name = names.find(|name| totals.iter().all(|(_, known)| known != name));
            totals.push((key, name.unwrap_or_default()));
        });
    });
    totals
}

/// The function that widths need.
pub fn bits_function(body: &Body, text: &mut Text) {
    let mut counts = false;
    let mut see = |size: &Size| counts |= has_bits(size);
    body.constants
        .iter()
        .for_each(|constant| see(&constant.value));
    if counts {
        text.blank();
        text.lines(1, BITS_TO);
    }
}

/// The functions that add up vectors.
pub fn total_functions(totals: &Totals, text: &mut Text) {
    for ((vector, each, bits), name) in totals {
        let what = match each {
            Size::Number(1) => "Ones among the bits",
            _ => "Sum of the elements",
        };
        let (count, zero) = (quotient(vector, each), number(0, bits));
        let (own, place) = match each {
            Size::Number(1) => ("0".to_owned(), "vector[n]".to_owned()),
            each => (
                format!("{}:0", tight(&(each.clone() - 1))),
                format!("vector[n*{each} +: {each}]"),
            ),
        };
        text.blank();
        text.lines(
            1,
            &format!(
                "// {what} of a vector.
function automatic {}{name};
  input {}vector;
  reg {}element;
  integer n;
  begin
    {name} = {zero};
    element = {zero};
    for (n = 0; n < {count}; n = n + 1) begin
      element[{own}] = {place};
      {name} = {name} + element;
    end
  end
endfunction",
                range(bits),
                range(vector),
                range(bits),
            ),
        );
    }
}

fn quotient(all: &Size, each: &Size) -> Size {
    match (all, each) {
        (all, Size::Number(1)) => all.clone(),
        (Size::Product(a, b), each) if **b == *each => (**a).clone(),
        (Size::Number(a), Size::Number(b)) => Size::Number(a / b),
        _ => panic!("elements of {each} bits in a vector of {all}"),
    }
}

fn has_bits(size: &Size) -> bool {
    match size {
        Size::Bits(_) => true,
        // A constant's own size is seen where it is defined.
        Size::Number(_) | Size::Parameter(_) | Size::Name(_) | Size::Named(..) => false,
        Size::Sum(a, b)
        | Size::Difference(a, b)
        | Size::Product(a, b)
        | Size::Larger(a, b)
        | Size::Smaller(a, b) => has_bits(a) || has_bits(b),
        Size::Groups(a, _) => has_bits(a),
    }
}
