#!/usr/bin/env python3
"""Measures PyTorch for `npm run bench`, written for speed: channels_last, fused optimizers, all bytes in the device's memory.

usage: torch_bench.py '{"measure", "runner", "net", "batch", "images", "epochs"}'; prints one JSON line.
Runner "torch" is eager, "torch-compile" compiles the model, "torch-float16" is eager in mixed precision, for GPUs.
"""
import os
import time

from peer_process import CORES, memory_mb, random_images, tell, timed, told

SPEC = told()
if SPEC["measure"] == "compile":  # else a second round would find the first one's code on disk
    os.environ["TORCHINDUCTOR_FORCE_DISABLE_CACHES"] = "1"  # read when torch is imported

import torch
from torch.nn import functional
from torch_nets import NETS

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
SHAPES = {"resnet50": ((224, 224, 3), 1000)}  # image and classes; the other nets take CIFAR-10's


def tensors(spec):
    """Bytes [n, height, width, channels] and class indices [n]."""
    pixels, labels = random_images(spec["images"], *SHAPES.get(spec["net"], ((32, 32, 3), 10)))
    return torch.from_numpy(pixels).to(DEVICE), torch.from_numpy(labels).to(DEVICE)


def floats(pixels):
    """Bytes [batch, height, width, channels] -> 0..1, [batch, channels, height, width] in channels_last order without a copy."""
    return pixels.permute(0, 3, 1, 2).float().div_(255)


def train(model, spec):
    pixels, labels = tensors(spec)
    forward = torch.compile(model) if spec["runner"] == "torch-compile" else model
    if spec["net"] == "article":
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, eps=1e-7, fused=True)
    else:
        optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, nesterov=True, fused=True)
    half = spec["runner"] == "torch-float16"
    scaler = torch.amp.GradScaler(DEVICE, enabled=half)
    model.train()
    seconds, resident, first_step = [], [], None
    for _ in range(spec["epochs"]):
        began = time.perf_counter()
        loss_sum, right = torch.zeros((), device=DEVICE), torch.zeros((), dtype=torch.int64, device=DEVICE)
        for chosen in torch.randperm(len(labels), device=DEVICE).split(spec["batch"]):
            images, truth = floats(pixels[chosen]), labels[chosen]
            optimizer.zero_grad(set_to_none=True)
            with torch.autocast(DEVICE, torch.float16, enabled=half):
                logits = forward(images)
                loss = functional.cross_entropy(logits, truth)
            scaler.scale(loss).backward()
            scaler.step(optimizer)
            scaler.update()
            with torch.no_grad():
                loss_sum += loss * len(chosen)
                right += (logits.argmax(1) == truth).sum()
            if first_step is None:
                loss.item()  # waits for the device
                first_step = time.perf_counter() - began
        loss, _accuracy = loss_sum.item() / len(labels), right.item() / len(labels)
        seconds.append(time.perf_counter() - began)
        resident.append(memory_mb("VmRSS"))
    speed = timed(seconds, spec["images"], spec["batch"])
    report = {**speed, "residentMB": resident, "loss": loss}
    if spec["measure"] == "compile":
        report["compileSeconds"] = first_step - speed["msPerStep"] / 1000
    return report


@torch.inference_mode()
def predict(model, spec):
    pixels, _ = tensors(spec)
    model.eval()
    forward = torch.compile(model) if spec["runner"] == "torch-compile" else model
    seconds = []
    for _ in range(spec["epochs"]):
        began = time.perf_counter()
        torch.cat([functional.softmax(forward(floats(part)), 1) for part in pixels.split(spec["batch"])]).cpu()
        seconds.append(time.perf_counter() - began)
    return timed(seconds, spec["images"], spec["batch"])


def main():
    spec = SPEC
    torch.set_num_threads(CORES)
    torch.set_flush_denormal(True)  # as TensorFlow does
    torch.manual_seed(1)
    torch.backends.cudnn.benchmark = True  # tries its convolutions out, as TensorFlow does
    torch.backends.cuda.matmul.allow_tf32 = True  # as TensorFlow does; its convolutions do so by themselves
    model = NETS[spec["net"]]().to(DEVICE, memory_format=torch.channels_last)
    report = (predict if spec["measure"] == "predict" else train)(model, spec)
    statistics = [buffer for name, buffer in model.named_buffers() if "num_batches" not in name]
    parameters = sum(tensor.numel() for tensor in [*model.parameters(), *statistics])
    tell({**report, "parameters": parameters}, torch=torch.__version__)


if __name__ == "__main__":
    main()
