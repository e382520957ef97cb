"""Names and numbers of the engine, from the C header of its folder: what software has."""

import re
from pathlib import Path


class Header:
    """NAME of HEDDLE_ENGINE_NAME as an attribute."""

    def __init__(self, folder):
        text = (Path(folder) / "heddle_engine.h").read_text()
        pattern = r"^#define HEDDLE_ENGINE_(\w+) (\(?-?0x[0-9a-f]+u?\)?|\(?-?\d+u?\)?|HEDDLE_ENGINE_\w+)"
        for name, value in re.findall(pattern, text, re.MULTILINE):
            value = value.strip("()").removesuffix("u")
            if value.startswith("HEDDLE_ENGINE_"):
                number = getattr(self, value.removeprefix("HEDDLE_ENGINE_"))
            else:
                number = int(value, 0)
            setattr(self, name, number)
        struct = re.search(r"struct heddle_engine_descriptor \{(.*?)\};", text, re.DOTALL)[1]
        # Members of a descriptor in their order: name, bytes.
        self.members = []
        for bits, name, count in re.findall(r"uint(\d+)_t (\w+)(?:\[(\d+)\])?;", struct):
            self.members.append((name, int(bits) // 8 * int(count or 1)))

    def field(self, value, name):
        """A field of a register's value."""
        return (value & getattr(self, f"{name}_MASK")) >> getattr(self, f"{name}_SHIFT")

    def flags(self, **fields):
        """The flags of a descriptor."""
        word = 0
        for name, value in fields.items():
            shifted = int(value) << getattr(self, f"DESC_{name.upper()}_SHIFT")
            mask = getattr(self, f"DESC_{name.upper()}_MASK")
            assert shifted & ~mask == 0, f"{name} = {value} does not fit"
            word |= shifted
        return word

    def descriptor(self, **members):
        """The bytes of a descriptor; members that are not given are 0."""
        data = b""
        for name, count in self.members:
            data += int(members.pop(name, 0)).to_bytes(count, "little")
        assert not members, f"no such members: {members}"
        assert len(data) == self.DESC_BYTES
        return data
