#!/usr/bin/env python3
"""Writes test/fixtures/optimizers.json: 20 steps of PyTorch's and Keras's optimizers, for test/optimizers/peers.test.ts.

usage: optimizers_fixture.py > test/fixtures/optimizers.json      # in a venv with torch==2.13.0, keras==3.15.1

The problem is a tanh regression with two variables, computed in float64; options have the names of sgd() and adamW(). What an
oracle lacks is composed of what it has:

  SGD of PyTorch, decoupled decay     `w.mul_(1 - lr * weight_decay)` before the step, as in torch.optim.AdamW
  SGD of Keras, coupled decay         `weight_decay * w` added to the gradient
  AdamW of PyTorch                    `eps / sqrt(1 - beta2^t)` set before step t, which puts epsilon where Keras has it; one
                                      case leaves it, with an epsilon so small that its place does not matter

Keras runs on its PyTorch backend (KERAS_BACKEND=torch).
"""
import json
import math
import os

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np
import torch

STEPS = 20
KEPT = (1, 2, 10, 20)  # steps after which the variables are written down
KERNELS = {"variables": "kernels", "rate": 0.1, "weightDecay": 0.3}
NO_BIAS_DECAY = {"variables": "biasesAndNorms", "weightDecay": 0}
SLOW_BIAS = {"variables": "biasesAndNorms", "rate": 0.25}

SGD = [
    {},
    {"weightDecay": 0.05, "decay": "coupled"},
    {"weightDecay": 0.05, "decay": "decoupled"},
    *(
        {"momentum": 0.9, **nesterov, **decay}
        for nesterov in ({}, {"nesterov": True})
        for decay in ({}, {"weightDecay": 0.05, "decay": "coupled"}, {"weightDecay": 0.05, "decay": "decoupled"})
    ),
    {"momentum": 0.8, "weightDecay": 0.1, "decay": "coupled", "groups": [NO_BIAS_DECAY, KERNELS]},
    {"momentum": 0.8, "weightDecay": 0.1, "decay": "decoupled", "groups": [SLOW_BIAS]},
]
ADAMW = [
    {},
    {"weightDecay": 0},
    {"beta1": 0.8, "beta2": 0.95, "epsilon": 0.01, "weightDecay": 0.2},
    {"weightDecay": 0.2, "groups": [NO_BIAS_DECAY]},
]
ADAMW_GROUPS = {"weightDecay": 0.2, "groups": [SLOW_BIAS, KERNELS]}


def rates(highest):
    """A warm-up from 0, a cosine, and a jump at the end."""
    wave = [highest * min(step / 3, 0.5 + 0.5 * math.cos(math.pi * step / STEPS)) for step in range(STEPS - 2)]
    return [*wave, highest, highest / 8]


def problem():
    random = np.random.default_rng(1)
    draw = lambda *shape: random.uniform(-1, 1, shape).astype("float32").astype("float64")
    return {"x": draw(8, 3), "y": draw(8, 2), "kernel": draw(3, 2), "bias": draw(2)}


DATA = {name: torch.tensor(values) for name, values in problem().items()}


def loss_of(kernel, bias):
    return ((torch.tanh(DATA["x"] @ kernel + bias) - DATA["y"]) ** 2).mean()


def group_of(variable, options):
    """Rate factor and decay of a variable: those of the first group that takes it."""
    takes = {"biasesAndNorms": variable.ndim <= 1, "kernels": variable.ndim == 2}
    group = next((group for group in options.get("groups", []) if takes[group["variables"]]), {})
    return {"rate": group.get("rate", 1), "decay": group.get("weightDecay", options.get("weightDecay", 0))}


def with_torch(kind, options, learning_rates, own_epsilon=False):
    variables = [DATA[name].clone().requires_grad_() for name in ("kernel", "bias")]
    groups = [{"params": [variable], **group_of(variable, options)} for variable in variables]
    decoupled = kind == "sgd" and options.get("decay") == "decoupled"
    for group in groups:
        group["weight_decay"] = 0 if decoupled else group["decay"]
    if kind == "sgd":
        momentum = {"momentum": options.get("momentum", 0), "nesterov": options.get("nesterov", False)}
        optimizer = torch.optim.SGD(groups, lr=1, **momentum)
    else:
        betas = options.get("beta1", 0.9), options.get("beta2", 0.999)
        optimizer = torch.optim.AdamW(groups, lr=1, betas=betas, eps=options.get("epsilon", 1e-7))
    for step, rate in enumerate(learning_rates, 1):
        optimizer.zero_grad()
        loss_of(*variables).backward()
        for group in optimizer.param_groups:
            group["lr"] = rate * group["rate"]
            if kind == "adamW" and not own_epsilon:
                group["eps"] = options.get("epsilon", 1e-7) / math.sqrt(1 - group["betas"][1] ** step)
            if decoupled:
                with torch.no_grad():
                    group["params"][0].mul_(1 - group["lr"] * group["decay"])
        optimizer.step()
        yield step, variables


def with_keras(kind, options, learning_rates):
    variables = [keras.Variable(DATA[name].numpy(), name=name) for name in ("kernel", "bias")]
    decay = options.get("weightDecay", 0)
    coupled = options.get("decay") == "coupled"
    settings = {"learning_rate": 1.0, "weight_decay": 0.0 if coupled else float(decay)}
    if kind == "sgd":
        momentum = {"momentum": float(options.get("momentum", 0)), "nesterov": options.get("nesterov", False)}
        optimizer = keras.optimizers.SGD(**settings, **momentum)
    else:
        betas = {"beta_1": options.get("beta1", 0.9), "beta_2": options.get("beta2", 0.999)}
        optimizer = keras.optimizers.AdamW(**settings, **betas, epsilon=options.get("epsilon", 1e-7))
    if "groups" in options:
        optimizer.exclude_from_weight_decay([v for v in variables if group_of(v, options)["decay"] == 0])
    for step, rate in enumerate(learning_rates, 1):
        optimizer.learning_rate = rate
        leaves = [variable.value.detach().clone().requires_grad_() for variable in variables]
        gradients = torch.autograd.grad(loss_of(*leaves), leaves)
        if coupled:
            gradients = [g + decay * w.detach() for g, w in zip(gradients, leaves)]
        optimizer.apply(gradients, variables)
        yield step, [variable.value for variable in variables]


def case(source, kind, options, learning_rates, steps):
    kept = [
        {"step": step, **{name: flat(v) for name, v in zip(("kernel", "bias"), variables)}}
        for step, variables in steps
        if step in KEPT
    ]
    return {"source": source, "optimizer": kind, "options": options, "rates": learning_rates, "kept": kept}


def flat(tensor):
    return [float(f"{value:.10g}") for value in tensor.detach().flatten().tolist()]


def cases():
    fast, slow = rates(0.4), rates(0.05)
    for options in SGD:
        yield case("torch", "sgd", {**options, "momentumForm": "pytorch"}, fast, with_torch("sgd", options, fast))
        if "groups" not in options:
            yield case("keras", "sgd", {**options, "momentumForm": "keras"}, fast, with_keras("sgd", options, fast))
    for options in ADAMW:
        filled = {"weightDecay": 0.004, **options}
        yield case("keras", "adamW", options, slow, with_keras("adamW", filled, slow))
        yield case("torch", "adamW", options, slow, with_torch("adamW", filled, slow))
    yield case("torch", "adamW", ADAMW_GROUPS, slow, with_torch("adamW", ADAMW_GROUPS, slow))
    tiny = {"epsilon": 1e-12, "weightDecay": 0.01}
    yield case("torch", "adamW", tiny, slow, with_torch("adamW", tiny, slow, own_epsilon=True))


def main():
    keras.config.set_floatx("float64")
    shown = {name: {"shape": list(values.shape), "values": values.flatten().tolist()} for name, values in DATA.items()}
    lines = ",\n".join("  " + json.dumps(each) for each in cases())
    versions = {"torch": torch.__version__, "keras": keras.__version__}
    print(f'{{"versions": {json.dumps(versions)},\n"data": {json.dumps(shown)},\n"cases": [\n{lines}\n]}}')


if __name__ == "__main__":
    main()
