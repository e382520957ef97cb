//! What is read and what is driven: open inputs are errors, dead wires go, bits that
//! nothing reads are listed, so that a linter's other findings mean something.

use super::ir::{Expr, NetId, Part, Role};
use super::logic::{Item, Logic};
use super::module::Instance;
use super::registers::{Gate, Process};
use super::scope::Scope;
use crate::HdlError;
use std::collections::{HashMap, HashSet};

/// Calls `visit` on every expression but those of the logic.
fn sinks<'a>(
    processes: &'a [Process],
    gates: &'a [Gate],
    instances: &'a [Instance],
) -> impl Iterator<Item = &'a Expr> {
    let registers = processes.iter().flat_map(|p| {
        // Behind a gate the clock is the gate's.
        let clock = p.gate.is_none().then_some(&p.clock);
        let control = clock.into_iter().chain(&p.reset_n).chain(&p.enable);
        control.chain(p.registers.iter().map(|(_, value)| value))
    });
    let gates = gates.iter().flat_map(|g| {
        [&g.clock, &g.enable, &g.test_enable]
            .into_iter()
            .chain(&g.reset_n)
    });
    let pins = instances
        .iter()
        .flat_map(|i| i.connections.iter().map(|c| &c.expr));
    registers.chain(gates).chain(pins)
}

fn logic_reads(logic: &[Item], visit: &mut dyn FnMut(Part)) {
    for item in logic {
        match &item.logic {
            Logic::Assign(_, value) => value.for_each_part(visit),
            Logic::Process(body) => body
                .iter()
                .for_each(|s| s.for_each_expr(&mut |expr| expr.for_each_part(visit))),
        }
    }
}

/// Drops what drives inputs of register lines that their style does not use, such
/// as the test enable of an ungated one.
pub fn drop_unread_inputs(
    scope: &Scope,
    logic: &mut Vec<Item>,
    processes: &[Process],
    gates: &[Gate],
    instances: &[Instance],
) {
    let mut fixed: HashSet<NetId> = HashSet::new();
    sinks(processes, gates, instances).for_each(|expr| {
        expr.for_each_part(&mut |part| {
            fixed.insert(part.net);
        })
    });
    loop {
        let mut read = fixed.clone();
        logic_reads(logic, &mut |part| {
            read.insert(part.net);
        });
        let before = logic.len();
        logic.retain(|item| match &item.logic {
            Logic::Assign(target, _) => {
                scope.nets[target.net].role != Role::PipeInput || read.contains(&target.net)
            }
            Logic::Process(_) => true,
        });
        if logic.len() == before {
            break;
        }
    }
}

/// Checks that every net that is read is driven; what of the nets nothing reads.
pub fn check(
    scope: &mut Scope,
    logic: &[Item],
    processes: &[Process],
    gates: &[Gate],
    instances: &[Instance],
) -> Result<Vec<Part>, HdlError> {
    let empty = |scope: &Scope| -> Vec<Vec<bool>> {
        scope.nets.iter().map(|net| vec![false; net.bits]).collect()
    };
    let mut read = empty(scope);
    let mut driven = empty(scope);
    let mark = |bits: &mut Vec<Vec<bool>>, part: Part| {
        bits[part.net][part.lo..part.lo + part.bits].fill(true)
    };
    logic_reads(logic, &mut |part| mark(&mut read, part));
    sinks(processes, gates, &[])
        .for_each(|expr| expr.for_each_part(&mut |part| mark(&mut read, part)));
    // Input pins, for the message about one that is open.
    let mut pins: HashMap<NetId, String> = HashMap::new();
    for instance in instances {
        for pin in &instance.connections {
            pin.expr.for_each_part(&mut |part| {
                if pin.is_input {
                    mark(&mut read, part);
                    pins.insert(part.net, format!("input {} of {}", pin.port, instance.name));
                } else {
                    mark(&mut driven, part);
                }
            });
        }
    }
    for item in logic {
        match &item.logic {
            Logic::Assign(target, _) => mark(&mut driven, *target),
            Logic::Process(body) => body
                .iter()
                .for_each(|s| s.for_each_write(&mut |part| mark(&mut driven, part))),
        }
    }
    let mut unread = Vec::new();
    for net in 0..scope.nets.len() {
        let role = scope.nets[net].role;
        let self_driven = matches!(role, Role::Input | Role::Register | Role::Constant(_));
        let needed = |bit: usize| read[net][bit] || role == Role::Output;
        if !self_driven {
            if let Some(bit) =
                (0..scope.nets[net].bits).find(|&bit| needed(bit) && !driven[net][bit])
            {
                let name = &scope.nets[net].name;
                let what = match (role, pins.get(&net)) {
                    (Role::ChildInput, Some(pin)) => pin.clone(),
                    _ if scope.nets[net].bits == 1 => name.clone(),
                    _ => format!("bit {bit} of {name}"),
                };
                return Err(scope.problem(format!("{what} is used but nothing drives it")));
            }
        }
        let exists = driven[net].contains(&true);
        let unused = !read[net].contains(&true);
        match role {
            // A name with this word tells linters that it is meant.
            Role::ChildOutput if exists && unused => {
                scope.settle(net, "unused_");
                continue;
            }
            Role::ChildOutput | Role::ChildInput | Role::PipeInput if exists => {
                scope.settle(net, "")
            }
            Role::Local if exists => {}
            Role::Input => {}
            Role::Register
                if processes
                    .iter()
                    .any(|p| p.registers.iter().any(|(q, _)| *q == net)) => {}
            _ => continue,
        }
        unread.extend(gaps(net, &read[net]));
    }
    Ok(unread)
}

/// The runs of false in `bits`.
fn gaps(net: NetId, bits: &[bool]) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut lo = 0;
    while lo < bits.len() {
        let hi = (lo..bits.len())
            .find(|&bit| bits[bit] != bits[lo])
            .unwrap_or(bits.len());
        if !bits[lo] {
            parts.push(Part {
                net,
                lo,
                bits: hi - lo,
            });
        }
        lo = hi;
    }
    parts
}
