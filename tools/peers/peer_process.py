"""What the measuring processes of the peers share: what they are told, the data, the memory, and the line they print."""
import json
import os
import platform
import sys

import numpy as np

CORES = len(os.sched_getaffinity(0))


def told():
    """The measurement that tools/bench/run-child.ts names in the first argument; see tools/bench/measurement.ts."""
    return json.loads(sys.argv[1])


def random_images(count, shape, classes):
    """Bytes [count, height, width, channels] and class indices [count], as tools/bench/random-split.ts draws them."""
    random = np.random.default_rng(1)
    images = random.integers(0, 256, (count, *shape), np.uint8)
    return images, random.integers(0, min(classes, 256), count)


def memory_mb(field):
    """VmRSS (resident now) or VmHWM (its peak) of this process, in 10^6 bytes: proc_pid_status(5)."""
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith(field):
                return int(line.split()[1]) * 1024 / 1e6
    raise RuntimeError(f"no {field} in /proc/self/status")


def timed(epoch_seconds, images, batch):
    """Milliseconds a step and images a second, over all epochs but the first, which warms up."""
    seconds = sum(epoch_seconds[1:]) / len(epoch_seconds[1:])
    steps = -(-images // batch)
    return {"msPerStep": 1000 * seconds / steps, "imagesPerSecond": images / seconds}


def tell(report, **versions):
    """Prints the one line that the bench reads."""
    print(json.dumps({
        **report,
        "peakMemoryMB": memory_mb("VmHWM"),
        "threads": CORES,
        "versions": {"python": platform.python_version(), **versions},
    }), flush=True)
