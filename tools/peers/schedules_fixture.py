#!/usr/bin/env python3
"""Writes test/fixtures/torch-schedules.json: PyTorch's learning rates by step, for test/train/schedules.test.ts.

usage: schedules_fixture.py
Needs the environment of the bench: tools/peers/requirements.txt, which `npm run bench` installs into .venv-peers.
Every record has the arguments of our schedule and the rates of PyTorch's, one for each step.
"""
import json
import re
import warnings
from pathlib import Path

import torch
from torch.optim import lr_scheduler

PATH = Path(__file__).parents[2] / "test/fixtures/torch-schedules.json"


def rates(rate, steps, make):
    """The rates of `steps` steps under the scheduler that `make` returns for an optimizer."""
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=rate, momentum=0.9)
    scheduler = make(optimizer)
    found = []
    for step in range(steps):
        if step > 0:
            optimizer.step()
            scheduler.step()
        found.append(optimizer.param_groups[0]["lr"])
    return found


def one_cycle(peak, steps, start, end, peak_at, shape):
    def make(optimizer):
        return lr_scheduler.OneCycleLR(
            optimizer, peak, total_steps=steps, pct_start=peak_at, anneal_strategy={"cosine": "cos"}.get(shape, shape),
            div_factor=1 / start, final_div_factor=start / end,
        )  # fmt: skip

    options = {"start": start, "end": end, "peakAt": peak_at, "shape": shape}
    return {"peak": peak, "steps": steps, "options": options, "rates": rates(peak, steps, make)}


def multi_step(rate, milestones, factor, steps):
    found = rates(rate, steps, lambda optimizer: lr_scheduler.MultiStepLR(optimizer, milestones, factor))
    return {"rate": rate, "milestones": milestones, "factor": factor, "rates": found}


def cosine(rate, steps, end):
    found = rates(rate, steps + 1, lambda optimizer: lr_scheduler.CosineAnnealingLR(optimizer, steps, end))
    return {"rate": rate, "steps": steps, "end": end, "rates": found}


def warmup_cosine(rate, start, warmup, steps):
    """A linear rise from `start` of the rate, then a cosine to 0."""

    def make(optimizer):
        rise = lr_scheduler.LinearLR(optimizer, start, 1, warmup)
        fall = lr_scheduler.CosineAnnealingLR(optimizer, steps)
        return lr_scheduler.SequentialLR(optimizer, [rise, fall], [warmup])

    found = rates(rate, warmup + steps + 1, make)
    return {"rate": rate, "start": start, "warmup": warmup, "steps": steps, "rates": found}


def main():
    warnings.filterwarnings("ignore", message="The epoch parameter")  # SequentialLR's own call
    defaults = {"start": 1 / 25, "end": 1 / 250_000, "peak_at": 0.3, "shape": "cosine"}
    record = {
        "madeBy": "tools/peers/schedules_fixture.py",
        "versions": {"torch": torch.__version__},
        "oneCycle": [
            one_cycle(0.1, 40, **defaults),
            one_cycle(2, 37, 0.1, 0.01, 0.25, "cosine"),  # the peak lies between two steps
            one_cycle(1, 50, 0.2, 0.07, 0.23, "linear"),
        ],
        "multiStep": [multi_step(0.1, [10, 15], 0.1, 20), multi_step(0.5, [1, 2, 7], 0.3, 10)],
        "cosine": [cosine(0.1, 40, 0), cosine(1, 7, 0.05)],
        "warmupCosine": [warmup_cosine(0.1, 0.1, 5, 20)],
    }
    text = json.dumps(record, indent=1)
    one_line = re.sub(r"\[[^\[\]{}]*\]", lambda array: " ".join(array.group().split()), text)  # each innermost array
    PATH.write_text(one_line + "\n")
    print(f"{PATH}: {PATH.stat().st_size} bytes")


if __name__ == "__main__":
    main()
