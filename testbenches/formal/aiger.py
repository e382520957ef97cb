"""AIGER files (Biere, "The AIGER and-inverter graph format", 2007), binary, as yosys and abc do them."""

from pathlib import Path


class Aig:
    """A circuit: literals are twice a node, plus one if inverted; node 0 is false."""

    def __init__(self, path):
        data = Path(path).read_bytes()
        end = data.index(b"\n")
        header = data[:end].split()
        assert header[0] == b"aig", f"{path} is no binary AIGER file"
        self.nodes, inputs, latches, outputs, ands = map(int, header[1:6])
        self.inputs = [2 * (1 + i) for i in range(inputs)]
        self.latches = [2 * (1 + inputs + i) for i in range(latches)]
        at = end + 1

        def line():
            nonlocal at
            begin, at = at, data.index(b"\n", at) + 1
            return data[begin : at - 1].split()

        self.next = []
        for _ in range(latches):
            fields = line()
            assert len(fields) == 1 or fields[1] == b"0", "a register does not start at zero"
            self.next.append(int(fields[0]))
        self.outputs = [int(line()[0]) for _ in range(outputs)]
        self.ands = []

        def number():
            nonlocal at
            value = shift = 0
            while True:
                byte = data[at]
                at += 1
                value |= (byte & 127) << shift
                if byte < 128:
                    return value
                shift += 7

        for node in range(1 + inputs + latches, 1 + inputs + latches + ands):
            left = 2 * node - number()
            self.ands.append((2 * node, left, left - number()))
        self.input_names = [None] * inputs
        self.output_names = [None] * outputs
        while at < len(data) and data[at : at + 1] in b"iol":
            fields = line()
            names = {105: self.input_names, 111: self.output_names}.get(fields[0][0])
            if names is not None:
                names[int(fields[0][1:])] = fields[1].decode()

    def simulate(self, inputs, state, ones):
        """The words of all literals; those of inputs, of registers and of the constant are given."""
        value = [0] * (2 * self.nodes + 2)
        value[1] = ones
        for literals, words in ((self.inputs, inputs), (self.latches, state)):
            for literal, word in zip(literals, words):
                value[literal] = word
                value[literal + 1] = word ^ ones
        for literal, left, right in self.ands:
            word = value[left] & value[right]
            value[literal] = word
            value[literal + 1] = word ^ ones
        return value

    def trim(self):
        """Leaves out registers that no output sees."""
        seen = bytearray(self.nodes + 1)
        place = {literal: i for i, literal in enumerate(self.latches)}
        first = self.ands[0][0] if self.ands else 2 * self.nodes + 2
        todo = [literal & ~1 for literal in self.outputs]
        while todo:
            literal = todo.pop()
            if seen[literal >> 1]:
                continue
            seen[literal >> 1] = 1
            if literal in place:
                todo.append(self.next[place[literal]] & ~1)
            elif literal >= first:
                _, left, right = self.ands[(literal - first) >> 1]
                todo += (left & ~1, right & ~1)
        kept = [i for i, literal in enumerate(self.latches) if seen[literal >> 1]]
        self.next = [self.next[i] for i in kept]
        self.latches = [self.latches[i] for i in kept]
        self.ands = [each for each in self.ands if seen[each[0] >> 1]]


def write(path, inputs, ands, output):
    """Writes what `output` needs of `ands`, (literal, left, right) in order, of no registers."""
    seen = {output & ~1}
    kept = []
    for each in reversed(ands):
        if each[0] in seen:
            kept.append(each)
            seen.update((each[1] & ~1, each[2] & ~1))
    name = {2 * i: 2 * i for i in range(inputs + 1)}
    for i, each in enumerate(reversed(kept)):
        name[each[0]] = 2 * (1 + inputs + i)

    def named(literal):
        return name[literal & ~1] | literal & 1

    head = f"aig {inputs + len(kept)} {inputs} 0 1 {len(kept)}\n{named(output)}\n"
    out = bytearray(head.encode())
    for literal, *pair in reversed(kept):
        before = named(literal)
        for each in sorted(map(named, pair), reverse=True):
            delta, before = before - each, each
            while delta > 127:
                out.append(delta & 127 | 128)
                delta >>= 7
            out.append(delta)
    path.write_bytes(out)
