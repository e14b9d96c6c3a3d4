#!/usr/bin/env python3
"""Python's safetensors, the second opinion on ours.

usage: safetensors_fixture.py write   test/fixtures/python.safetensors, which test/train/safetensors.test.ts reads
       safetensors_fixture.py read FILE   what Python finds in a file of ours: one line a tensor, with the sha256 of its bytes

In a venv of its own, after: pip install safetensors==0.8.0 numpy==2.4.6
"""
import hashlib
import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

FIXTURE = Path(__file__).parents[2] / "test/fixtures/python.safetensors"


def from_bits(bits, dtype):
    """Floats by their bits: NaN payloads and signs of zero as they are written here."""
    return np.array(bits, dtype=f"u{np.dtype(dtype).itemsize}").view(dtype)


TENSORS = {
    # 1, -0, smallest subnormal, largest subnormal, infinity, quiet NaN with a payload, signalling NaN, pi
    "f32": from_bits(
        [0x3F800000, 0x80000000, 1, 0x007FFFFF, 0x7F800000, 0xFFC12345, 0x7F800001, 0x40490FDB], np.float32
    ).reshape(2, 2, 2),
    # -0, smallest subnormal, quiet NaN with a payload, a tenth
    "f64": from_bits([1 << 63, 1, 0x7FF8_0000_DEAD_BEEF, 0x3FB999999999999A], np.float64),
    "i32": np.array([[-(2**31)], [2**31 - 1], [-1]], np.int32),
    "u8": np.arange(5, dtype=np.uint8) * 60,
    "bool": np.array([True, False, True]),
    "scalar": np.array(2.5, np.float32),
    "nothing": np.zeros((0, 3), np.float32),
    "größe/0:µ \" \\": np.array([7], np.int32),
}


def main():
    if sys.argv[1:] == ["write"]:
        save_file(TENSORS, FIXTURE, metadata={"written by": "tools/peers/safetensors_fixture.py"})
        print(f"{FIXTURE}: {FIXTURE.stat().st_size} bytes")
    elif len(sys.argv) == 3 and sys.argv[1] == "read":
        for name, tensor in sorted(load_file(sys.argv[2]).items()):
            print(name, tensor.dtype, list(tensor.shape), hashlib.sha256(tensor.tobytes()).hexdigest())
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
