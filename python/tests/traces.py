"""A reader of traces that shares nothing with Heddle's."""

import json
import struct

import numpy as np

DTYPES = {"BF16": np.uint16, "F32": np.float32, "I8": np.int8, "I16": np.int16, "I32": np.int32, "I64": np.int64,
          "U8": np.uint8}  # fmt: skip


def read(path):
    """The jobs of a trace in their order: headers, with each tensor under its name; bf16 as float32."""
    data = path.read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    head = json.loads(data[8 : 8 + length])
    meta = head.pop("__metadata__")
    assert meta["heddle.trace"] == "1"
    tensors = {}
    for name, info in head.items():
        first, last = info["data_offsets"]
        raw = np.frombuffer(data[8 + length + first : 8 + length + last], DTYPES[info["dtype"]])
        if info["dtype"] == "BF16":
            raw = (raw.astype(np.uint32) << 16).view(np.float32)
        tensors[name] = raw.reshape(info["shape"])
    jobs = json.loads(meta["heddle.jobs"])
    for job in jobs:
        for tensor in ("a", "b", "c0", "c", "keep_m", "keep_k", "keep_n"):
            job[tensor] = tensors.get(f"{job['name']}/{tensor}")
    return jobs
