"""Proves that two circuits give the same outputs in all cycles, from reset on.

usage: correspond.py GOLD.aig GATE.aig [--limit SECONDS] [--logic]

Both are binary AIGER with symbols, every register starting at zero; names of registers do not
matter. Registers are put into classes that may be equal: those that had equal values in random
runs from reset; and they are parted where a cycle, simulated from a state in which each class has
one value, leaves members of one with different values. What is left when nothing parts any more
is then proved (van Eijk, "Sequential equivalence checking without state space traversal", DATE
1998): if each class has one value in a cycle, it has one in the next, and the outputs are the same
in both. Most of that is the same structure once the classes are merged, also of a multiplier or a
floating-point adder; abc and cadical prove the rest, and their counterexamples part more classes.
A difference counts as one only if a run from reset shows it.

With --logic a register of GATE.aig may also be equal to logic of GOLD.aig's registers, as van Eijk
has it: one that holds what the other circuit computes of its registers in every cycle.

Prints `proved`, `refuted` or `no answer`, and what was found. Exit status 0 if proved.
"""

import argparse
import random
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from aiger import Aig, write

LANES = 512
ALL = (1 << LANES) - 1
# Rounds of simulation without anything new, after which it is left to the solver.
PATIENCE = 8
# Counterexamples of the solver before giving up.
ATTEMPTS = 200
# Cycles of a random run from reset, for a real difference.
CYCLES = 50
# Names of outputs that show a counter which need not take all values.
COUNTER = re.compile(r"(.*[.](?:\w*phase_0|at)_q)(?:\[(\d)\])?$")
# The class of the constant zero.
ZERO = 0


def word(rng, density):
    """Random bits, one in 2^density set, or clear if negative."""
    bits = rng.getrandbits(LANES)
    for _ in range(abs(density) - 1):
        more = rng.getrandbits(LANES)
        bits = bits & more if density > 0 else bits | more
    return bits


# Of eight lanes one that is mostly clear, one that is mostly set, one that is almost all set.
CLEAR, SET, FULL = (int(("0" * i + "1" + "0" * (7 - i)) * (LANES // 8), 2) for i in range(3))
OTHERS = ALL & ~(CLEAR | SET | FULL)


def blend(rng):
    """Random bits, of different density by lane."""
    bits = rng.getrandbits(LANES)
    few, many, most = word(rng, 4) & CLEAR, word(rng, -4) & SET, word(rng, -7) & FULL
    return bits & OTHERS | few | many | most


class Pair:
    def __init__(self, gold, gate, registers, rng):
        """`registers` are literals of the latches of those of `gold` that count."""
        self.sides = (gold, gate)
        self.rng = rng
        for kind in ("input", "output"):
            names = [getattr(side, kind + "_names") for side in self.sides]
            named = [sorted(filter(None, each)) for each in names]
            if named[0] != named[1]:
                odd = sorted(set(named[0]) ^ set(named[1]))
                sys.exit(f"no answer: {kind}s of one only: {' '.join(odd[:9])}")
        for side in self.sides:
            side.trim()
        # What is no port is undefined in the text, and one circuit's own.
        self.keys = [
            [name or (which, i) for i, name in enumerate(side.input_names)]
            for which, side in enumerate(self.sides)
        ]
        self.words = sorted({*self.keys[0], *self.keys[1]}, key=str)
        places = [dict(zip(side.output_names, side.outputs)) for side in self.sides]
        self.outputs = [(name, places[0][name], places[1][name]) for name in places[0]]
        self.begin()
        # Places of registers of `gate`, and the literals of `gold` that they are equal to.
        self.logic = {}
        place = {literal: i for i, literal in enumerate(gold.latches)}
        # By name, the places of a counter's bits and the values it has been seen to have.
        self.counters = {
            name: ([place[each] for each in literals], {0})
            for name, literals in registers.items()
            if all(each in place for each in literals)
        }

    def begin(self):
        """Puts all registers into one class."""
        self.classes = [[ZERO] * len(side.latches) for side in self.sides]
        self.count = 1

    def values(self, which, inputs, state):
        """The words of all literals of a circuit."""
        words = [inputs[key] for key in self.keys[which]]
        return self.sides[which].simulate(words, state, ALL)

    def run(self, inputs, states):
        """The states after a cycle, and an output that differs in it, if any does."""
        values = [self.values(which, inputs, state) for which, state in enumerate(states)]
        after = [[value[each] for each in side.next] for side, value in zip(self.sides, values)]
        odd = (name for name, a, b in self.outputs if values[0][a] != values[1][b])
        return after, next(odd, None)

    def tie(self, inputs, states):
        """Gives registers that are equal to logic its values."""
        if self.logic:
            values = self.values(0, inputs, states[0])
            for i, literal in self.logic.items():
                states[1][i] = values[literal]

    def untie(self, inputs, states):
        """Gives up what is not equal in `states`; whether there was any."""
        if not self.logic:
            return False
        values = self.values(0, inputs, states[0])
        odd = [i for i, literal in self.logic.items() if states[1][i] != values[literal]]
        for i in odd:
            del self.logic[i]
        return bool(odd)

    def split(self, after):
        """Parts classes whose members have different words; whether there were any."""
        numbers = {(ZERO, 0): ZERO}
        for classes, words in zip(self.classes, after):
            for i, key in enumerate(zip(classes, words)):
                classes[i] = numbers.setdefault(key, len(numbers))
        grown = len(numbers) > self.count
        self.count = len(numbers)
        return grown

    def part(self, inputs, values):
        """Parts classes by one cycle from a state in which each has one value."""
        after, self.odd = self.step(inputs, values)
        untied = self.untie(inputs, after)
        return self.split(after) or untied

    def draw(self):
        """Random inputs, and a random value for each class."""
        # Carries go far only through words of ones: hence lanes that are full of them.
        inputs = {key: blend(self.rng) for key in self.words}
        values = [0] + [blend(self.rng) for _ in range(1, self.count)]
        self.count_right(values)
        return inputs, values

    def step(self, inputs, values):
        """The states after a cycle from one in which each class has one value, and an output that
        differs in it."""
        states = [[values[each] for each in classes] for classes in self.classes]
        self.tie(inputs, states)
        return self.run(inputs, states)

    def find_logic(self, rounds):
        """Registers of `gate` that no register of `gold` is like, but logic of its registers is, in
        states that a cycle leads to."""
        gold = self.sides[0]
        alone = set(self.classes[1]) - set(self.classes[0])
        wanted = {i: 0 for i, each in enumerate(self.classes[1]) if each in alone}
        of_inputs = bytearray(gold.nodes + 1)
        for literal in gold.inputs:
            of_inputs[literal >> 1] = 1
        seen = {}
        for literal, left, right in gold.ands:
            of_inputs[literal >> 1] = of_inputs[left >> 1] | of_inputs[right >> 1]
            if not of_inputs[literal >> 1]:
                seen.update({literal: 0, literal ^ 1: 0})
        for _ in range(rounds):
            inputs, values = self.draw()
            states, _ = self.step(inputs, values)
            values = self.values(0, inputs, states[0])
            seen = {each: hash((mark, values[each])) for each, mark in seen.items()}
            wanted = {i: hash((mark, states[1][i])) for i, mark in wanted.items()}
        found = {mark: literal for literal, mark in seen.items()}
        self.logic = {i: found[mark] for i, mark in wanted.items() if mark in found}

    def count_right(self, values):
        """Gives counters values that they can have."""
        for register, seen in self.counters.values():
            rest, words = ALL, [0] * len(register)
            for number, value in enumerate(sorted(seen)):
                lanes = rest & self.rng.getrandbits(LANES) if number + 1 < len(seen) else rest
                rest &= ~lanes
                for i in range(len(register)):
                    words[i] |= lanes if value >> i & 1 else 0
            for each, bits in zip(register, words):
                values[self.classes[0][each]] = bits
        values[ZERO] = 0

    def refine(self, patience):
        quiet = rounds = 0
        while quiet < patience:
            quiet = 0 if self.part(*self.draw()) else quiet + 1
            rounds += 1
        return rounds

    def learn(self, failing):
        """Parts classes by counterexamples: in the first lanes as they are, then much like them."""
        lanes = [sum(1 << i for i in range(at, LANES, len(failing))) for at in range(len(failing))]
        like = ALL << len(failing) & ALL

        def value(key):
            bits = sum(lane for lane, each in zip(lanes, failing) if each[key])
            return bits if key in fixed else bits ^ word(self.rng, 6) & like

        # Counters stay as they are, which is where they can be.
        fixed = {self.classes[0][each] for register, _ in self.counters.values() for each in register}
        inputs = {key: value(key) for key in self.words}
        values = [0] + [value(each) for each in range(1, self.count)]
        return self.part(inputs, values)

    def runs(self, cycles):
        """Inputs and states of random runs from reset, cycle by cycle; `self.odd` is an output that
        differed in the cycle before, if any did."""
        states = [[0] * len(side.latches) for side in self.sides]
        # In some lanes a bit is mostly set, in others mostly clear; resets come at first and seldom.
        habits = {key: word(self.rng, 1) for key in self.words}
        for cycle in range(cycles):
            inputs = {}
            for key, habit in habits.items():
                one, other = word(self.rng, 1), word(self.rng, 1)
                inputs[key] = (one | other) & habit | one & other & ~habit
            for key, rate in (("rst_ni", -6), ("en_i", -3), ("clear_i", 7)):
                if key in inputs:
                    inputs[key] = word(self.rng, rate) if cycle else 0
            yield inputs, states
            states, self.odd = self.run(inputs, states)
        yield inputs, states

    def simulate(self, cycles):
        """Parts classes by random runs from reset; says where outputs differ, if they do."""
        self.odd = None
        for cycle, (_, states) in enumerate(self.runs(cycles)):
            if self.odd:
                return f"{self.odd} in cycle {cycle - 1}"
            self.split(states)
            for register, seen in self.counters.values():
                for value in range(1 << len(register)):
                    match = ALL
                    for i, bit in enumerate(register):
                        match &= states[0][bit] if value >> i & 1 else ~states[0][bit]
                    if match:
                        seen.add(value)
        return None

class Merged:
    """Both circuits' logic with one variable for each input and each class of registers."""

    def __init__(self, pair):
        self.known = {}
        self.ands = []
        self.variables = list(pair.words) + list(range(1, pair.count))
        place = {key: 2 * (1 + i) for i, key in enumerate(self.variables)}
        place[ZERO] = 0
        self.top = 1 + len(self.variables)
        new = []
        for which, (side, keys, classes) in enumerate(zip(pair.sides, pair.keys, pair.classes)):
            literal_of = [0] * (2 * side.nodes + 2)
            literal_of[1] = 1
            for literals, names in ((side.inputs, keys), (side.latches, classes)):
                for literal, name in zip(literals, names):
                    literal_of[literal] = place[name]
                    literal_of[literal + 1] = place[name] ^ 1
            for i, literal in pair.logic.items() if which else ():
                literal_of[side.latches[i]] = new[0][literal]
                literal_of[side.latches[i] + 1] = new[0][literal] ^ 1
            for literal, left, right in side.ands:
                merged = self.both(literal_of[left], literal_of[right])
                literal_of[literal] = merged
                literal_of[literal + 1] = merged ^ 1
            new.append(literal_of)
        goals = {(new[0][left], new[1][right]) for _, left, right in pair.outputs}
        first = {ZERO: 0}
        for side, classes, literal_of in zip(pair.sides, pair.classes, new):
            for each, literal in zip(classes, side.next):
                goals.add((first.setdefault(each, literal_of[literal]), literal_of[literal]))
        after = self.after(pair.sides[0], new[0], {literal & ~1 for literal in pair.logic.values()})
        for i, literal in pair.logic.items():
            goals.add((after[literal & ~1] ^ literal & 1, new[1][pair.sides[1].next[i]]))
        self.legal = 1
        for register, values in pair.counters.values():
            now = [place[pair.classes[0][i]] for i in register]
            self.legal = self.both(self.legal, self.among(now, values))
            after = [new[0][pair.sides[0].next[i]] for i in register]
            goals.add((1, self.among(after, values)))
        self.goals = sorted(goal for goal in goals if goal[0] != goal[1])

    def after(self, side, literal_of, wanted):
        """What `wanted`, logic of registers, are in the next cycle."""
        known = {0: 0}
        known.update((each, literal_of[after]) for each, after in zip(side.latches, side.next))
        logic = {literal: pair for literal, *pair in side.ands}
        todo = list(wanted)
        while todo:
            each = todo[-1]
            rest = [x & ~1 for x in logic.get(each, ()) if x & ~1 not in known]
            if each in known or not rest:
                todo.pop()
            if each not in known and not rest:
                left, right = (known[x & ~1] ^ x & 1 for x in logic[each])
                known[each] = self.both(left, right)
            todo += rest
        return known

    def both(self, left, right):
        if left > right:
            left, right = right, left
        if left == 0 or left == right ^ 1:
            return 0
        if left == 1 or left == right:
            return right
        found = self.known.get((left, right))
        if found is None:
            found = self.known[left, right] = 2 * self.top
            self.ands.append((found, right, left))
            self.top += 1
        return found

    def fails(self, goals):
        """A literal that is set if one of `goals` fails, though the counters are where they can be."""
        any_fails = 0
        for left, right in goals:
            one, other = self.both(left, right ^ 1), self.both(left ^ 1, right)
            any_fails = self.both(any_fails ^ 1, self.both(one ^ 1, other ^ 1)) ^ 1
        return self.both(any_fails, self.legal)

    def among(self, literals, values):
        """Whether the number of `literals` is one of `values`."""
        other = 1
        for value in values:
            found = 1
            for i, literal in enumerate(literals):
                found = self.both(found, literal ^ 1 ^ (value >> i & 1))
            other = self.both(other, found ^ 1)
        return other ^ 1


def solve(merged, goals, limit):
    """None if `goals` hold, else variables with which one fails; raises TimeoutExpired."""
    with tempfile.TemporaryDirectory() as folder:
        goal, reduced, cnf = (Path(folder) / name for name in ("goal.aig", "reduced.aig", "cnf"))
        write(goal, len(merged.variables), merged.ands, merged.fails(goals))
        script = f"read_aiger {goal}; strash; ifraig; strash; write_aiger {reduced}"
        subprocess.run(
            ["yosys-abc", "-q", script], check=True, capture_output=True, timeout=limit
        )
        aig = Aig(reduced)
        if aig.outputs == [0]:
            return None
        clauses = ["-1 0"]

        def name(literal):
            return -(literal // 2 + 1) if literal % 2 else literal // 2 + 1

        clauses.append(f"{name(aig.outputs[0])} 0")
        for literal, left, right in aig.ands:
            out, left, right = name(literal), name(left), name(right)
            clauses += (f"{-out} {left} 0", f"{-out} {right} 0", f"{out} {-left} {-right} 0")
        cnf.write_text(f"p cnf {aig.nodes + 1} {len(clauses)}\n" + "\n".join(clauses) + "\n")
        said = subprocess.run(
            ["cadical", "-q", str(cnf)], capture_output=True, text=True, timeout=limit
        ).stdout
    if "s UNSATISFIABLE" in said:
        return None
    assert "s SATISFIABLE" in said, said
    true = {
        int(each) for line in said.splitlines() if line.startswith("v") for each in line[1:].split()
    }
    return {key: 2 + i in true for i, key in enumerate(merged.variables)}


def prove(pair, limit, logic):
    seen = pair.simulate(CYCLES)
    if seen:
        return f"refuted: {seen}"
    rounds = pair.refine(PATIENCE)
    if logic:
        # What they had parted may be equal after all.
        pair.find_logic(PATIENCE)
        pair.begin()
        pair.simulate(CYCLES)
        rounds += pair.refine(PATIENCE)
    for _ in range(ATTEMPTS):
        merged = Merged(pair)
        try:
            size = max(1, len(merged.goals) // 16)
            chunks = [merged.goals[i : i + size] for i in range(0, len(merged.goals), size)]
            failing = [solve(merged, chunk, limit) for chunk in chunks]
        except subprocess.TimeoutExpired:
            return "no answer: out of time"
        failing = [each for each in failing if each]
        if not failing:
            latches = [len(side.latches) for side in pair.sides]
            return (
                f"proved: {latches[0]} and {latches[1]} registers, {pair.count - 1} classes, "
                + (f"{len(pair.logic)} of them logic, " if pair.logic else "") +
                f"{rounds} rounds, {len(merged.goals)} equalities by solver"
            )
        if not pair.learn(failing):
            seen = pair.simulate(5 * CYCLES)
            if seen:
                return f"refuted: {seen}"
            return f"no answer: {pair.odd or 'a counter'} differs in a state that may never be reached"
        rounds += pair.refine(PATIENCE // 6)
    return "no answer: classes part for ever"


def counters(aig):
    """The registers of counters of few bits that `aig` shows at outputs of its own, by name."""
    bits = {}
    logic = {literal: pair for literal, *pair in aig.ands}
    latches = set(aig.latches)
    for name, literal in zip(aig.output_names, aig.outputs):
        found = COUNTER.match(name)
        if found:
            # An asynchronous reset stands between a register and what others see of it.
            todo, seen = [literal & ~1], []
            while todo:
                each = todo.pop()
                todo += [every & ~1 for every in logic.get(each, [])]
                seen += [each] if each in latches else []
            bits.setdefault(found[1], {})[int(found[2] or 0)] = seen[0] if seen else literal
    kept = [i for i, name in enumerate(aig.output_names) if not COUNTER.match(name)]
    aig.outputs = [aig.outputs[i] for i in kept]
    aig.output_names = [aig.output_names[i] for i in kept]
    return {name: [found[bit] for bit in sorted(found)] for name, found in bits.items()}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("gold")
    parser.add_argument("gate")
    parser.add_argument("--limit", type=float, default=300)
    parser.add_argument("--logic", action="store_true")
    options = parser.parse_args()
    gold = Aig(options.gold)
    gate = Aig(options.gate)
    counters(gate)
    pair = Pair(gold, gate, counters(gold), random.Random(1))
    verdict = prove(pair, options.limit, options.logic)
    print(verdict)
    sys.exit(0 if verdict.startswith("proved") else 1)


if __name__ == "__main__":
    main()
