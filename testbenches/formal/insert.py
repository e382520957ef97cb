"""Puts the text of a file of `inside/` before the end of the modules that it names.

usage: insert.py FOLDER TOP FILE...

That is what `bind` of SystemVerilog would do, which the open-source yosys does not know. In the
text, @REGISTERS@ is the registers of the module, @REGISTERS:REGEX@ those whose name matches,
@, REGISTERS:REGEX@ the same after a comma, if there are any; @INPUTS@ the inputs but the clock;
@BITS...@ how many bits each of these has ("@BITS:inputs@" for the inputs), an expression of the
module's parameters; @PORT:INSTANCE.NAME@ what is connected to the port of an instance. Memories
are left out. Registers within a block of a generate statement are not those of the module: the
text is put into each such block too, with the block's own.
"""

import fnmatch
import pathlib
import re
import sys


def declared(kind, text):
    """Nets of a kind: name, width, place, column."""
    pattern = rf"^( *){kind} +(?:\[([^\]]+):0\] +)?(\w+)[;,]?(?: *//.*)?$"
    for found in re.finditer(pattern, text, re.M):
        indent, high, name = found.groups()
        yield name, f"({high}) + 1" if high else "1", found.end(), len(indent)


def scopes(module):
    """Where the module ends, and each block with registers of its own; and these."""
    of = {module.rindex("endmodule"): {}}
    for name, width, place, column in declared("reg", module.split("reg f_")[0]):
        if not name.endswith("_q"):
            continue
        # A block's text is indented by two.
        end = re.compile(rf"^ {{0,{column - 2}}}end", re.M).search(module, place).start()
        of.setdefault(end, {})[name] = width
    return of


def main():
    folder, top, *files = sys.argv[1:]
    for file in files:
        text = pathlib.Path(file).read_text()
        wanted, text = text.split("\n", 1)
        wanted = wanted.removeprefix("// inside: ")
        inserted = 0
        for path in sorted(pathlib.Path(folder).glob("heddle_*.v")):
            module = path.read_text()
            name = path.stem
            if not fnmatch.fnmatch(name, top if wanted == "top" else wanted):
                continue
            inputs = {n: w for n, w, *_ in declared("input +wire", module)}
            inputs.pop("clk_i", None)
            of = scopes(module)
            # Of all modules, those that obey the array's enable: not the clock gate.
            if wanted == "heddle_*":
                of = {end: registers for end, registers in of.items() if registers}
                if not (of and "rst_ni" in inputs):
                    continue

            def connected(match):
                instance, port = match.groups()
                found = re.search(
                    rf"^  \w+ (?:#\(.*\) )?{instance} \($[^;]*?^    \.{port} *\((.*)\),?$",
                    module, re.M)
                # Without such a port, a net that is nowhere: an error if the text is not skipped.
                return f"({found[1]})" if found else f"no_{instance}_{port}"

            # From the end on, so that places stay.
            for end, registers in sorted(of.items(), reverse=True):
                def expand(match):
                    comma, what, regex = match.groups()
                    nets = inputs if what == "INPUTS" or regex == "inputs" else {
                        n: w for n, w in registers.items() if re.search(regex or "", n)
                    }
                    if what == "BITS":
                        return f"({' + '.join(nets.values()) or '0'})"
                    return (", " if comma and nets else "") + ", ".join(nets)

                body = re.sub(r"@(, )?(REGISTERS|BITS|INPUTS)(?::([^@]*))?@", expand, text)
                body = re.sub(r"@PORT:(\w+)\.(\w+)@", connected, body)
                module = module[:end] + body + module[end:]
                inserted += 1
            path.write_text(module)
        if not inserted:
            sys.exit(f"error: {file}: no module {wanted} in {folder}")


main()
