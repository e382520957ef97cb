import json, sys
import numpy as np
from safetensors.numpy import save_file

rng, (m, k, n) = np.random.default_rng(1), (5, 24, 20)
job = {"name": "demo", "phase": "fp", "m": m, "k": k, "n": n, "format": "int8"}
tensors = {"demo/a": rng.integers(-128, 128, (m, k), dtype=np.int8),
           "demo/b": rng.integers(-128, 128, (k, n), dtype=np.int8),
           "demo/keep_k": rng.integers(0, 2, k, dtype=np.uint8)}
save_file(tensors, sys.argv[1], metadata={"heddle.trace": "1", "heddle.jobs": json.dumps([job])})
