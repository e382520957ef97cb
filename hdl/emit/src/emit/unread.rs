//! What of a module's nets nothing reads, so that a linter's other findings mean something.

use crate::describe::{for_each_read, for_each_register, Body, Key, NetKind, Place, Reset, Size};
use std::collections::HashMap;

/// What is read of a net.
enum Read {
    /// All of it, as far as can be said where sizes are symbols.
    All,
    /// These bits.
    Bits(Vec<bool>),
}

/// Inputs that nothing reads, bits of other nets that nothing reads, and what the author says.
pub fn of(body: &Body) -> Vec<Place> {
    let mut read: HashMap<usize, Read> = HashMap::new();
    let mut see = |place: &Place| see(body, &mut read, place);
    for_each_read(&body.items, &mut see);
    body.unused.iter().for_each(&mut see);
    for_each_register(&body.items, &mut |register| {
        let resets = register.style.reset != Reset::None && register.reset_n.is_none();
        for (name, used) in [
            ("clk_i", true),
            ("rst_ni", resets),
            ("test_en_i", register.style.gated),
        ] {
            if let (Some(net), true) = (body.named(name), used) {
                see(&body.whole(net));
            }
        }
    });
    let mut unread = body.unused.clone();
    for (net, decl) in body.nets.iter().enumerate() {
        match (decl.kind, read.get(&net)) {
            (NetKind::Input, None) => unread.push(body.whole(net)),
            (NetKind::Output, _) | (_, None | Some(Read::All)) => {}
            (_, Some(Read::Bits(bits))) => unread.extend(gaps(body, net, bits)),
        }
    }
    unread
}

fn see(body: &Body, read: &mut HashMap<usize, Read>, place: &Place) {
    let Key::Net(net) = place.net else {
        return;
    };
    let all = body.nets[net].bits().known();
    let part = (
        place.lo.as_ref().map_or(Some(0), Size::known),
        place.bits.known(),
    );
    let (Some(all), (Some(lo), Some(bits))) = (all, part) else {
        read.insert(net, Read::All);
        return;
    };
    let known = read
        .entry(net)
        .or_insert_with(|| Read::Bits(vec![false; all]));
    if let Read::Bits(known) = known {
        known[lo..lo + bits].fill(true);
    }
}

/// The runs of bits of `net` that nothing reads.
fn gaps(body: &Body, net: usize, read: &[bool]) -> Vec<Place> {
    let mut gaps = Vec::new();
    let mut lo = 0;
    while lo < read.len() {
        let end = (lo..read.len()).find(|&bit| read[bit] != read[lo]);
        let end = end.unwrap_or(read.len());
        if !read[lo] {
            gaps.push(Place {
                lo: Some(Size::Number(lo)),
                bits: Size::Number(end - lo),
                ..body.whole(net)
            });
        }
        lo = end;
    }
    gaps
}
