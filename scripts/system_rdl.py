"""What the compiler of PeakRDL makes of a register description in SystemRDL.

usage: system_rdl.py FILE

A line for each register (name, address, width) and, indented, for each of its fields: name, bits,
what software does, what a write does, the value after reset. Exit status 1 if it has a mistake.
"""

import sys

from systemrdl import RDLCompileError, RDLCompiler


def main():
    compiler = RDLCompiler()
    try:
        compiler.compile_file(sys.argv[1])
        top = compiler.elaborate().top
    except RDLCompileError as error:
        sys.exit(f"error: {sys.argv[1]}: {error}")
    for register in top.registers():
        print(register.inst_name, hex(register.absolute_address), register.get_property("regwidth"))
        for field in register.fields():
            on_write = field.get_property("onwrite")
            reset = field.get_property("reset")
            print(
                f"  {field.inst_name} {field.high}:{field.low}",
                field.get_property("sw").name,
                on_write.name if on_write else "none",
                "none" if reset is None else reset,
            )


main()
