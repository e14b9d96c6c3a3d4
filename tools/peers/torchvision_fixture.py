#!/usr/bin/env python3
"""Nets of torchvision and timm as files of safetensors, and what they answer: for test/weights/torch-parity.test.ts.

usage: torchvision_fixture.py write FOLDER NET   FOLDER/NET.safetensors: seeded random weights and batch norm statistics
       torchvision_fixture.py read FOLDER NET    the same file, written by us, taken with strict=True

Both write FOLDER/answers.safetensors: images [batch, height, width, channels] and logProbabilities [batch, classes].
NET is torchvision's name, such as resnet50, or timm's, such as resnet50d.

In a venv of its own, after: pip install torch==2.13.0 torchvision==0.28.0 safetensors==0.8.0 timm==1.0.31
"""
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

SIZE = 64  # pixels
BATCH = 2
LIBRARY = torch.library.Library("torchvision", "FRAGMENT")  # what it defines is there as long as it is


def torchvision_models():
    """PyPI's torchvision has a compiled part that a torch without CUDA cannot load; the nets need none of it but two names."""
    try:
        from torchvision import models
    except RuntimeError:
        for name in ("nms", "qnms"):
            LIBRARY.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        from torchvision import models
    return models


def net_of(name):
    models = torchvision_models()
    if hasattr(models, name):
        return getattr(models, name)(weights=None)
    import timm

    return timm.create_model(name)


def randomise(net):
    """Batch norms of all kinds, each with about the statistics that it sees, so that nothing grows with the depth. Branches are weak
    beside their shortcuts, as they are in trained nets: else ResNet-152 makes 7e-4 of what float32 rounds."""
    norms = [module for module in net.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    blocks = [module for module in net.modules() if hasattr(module, "downsample")]
    with torch.no_grad():
        for norm in norms:
            norm.weight.uniform_(0.5, 1.5)
            norm.bias.normal_(0, 0.2)
            norm.momentum = 1
        for block in blocks:
            (block.bn3 if hasattr(block, "bn3") else block.bn2).weight.mul_(0.2)
        net.train()(torch.randn(4, 3, SIZE, SIZE))
        for norm in norms:
            norm.running_mean.add_(torch.randn_like(norm.running_mean), alpha=0.1)
            norm.running_var.mul_(torch.empty_like(norm.running_var).uniform_(0.7, 1.4)).add_(0.01)


def answer(net, file):
    """In float64, so that only the net here rounds."""
    images = torch.randn(BATCH, 3, SIZE, SIZE)
    with torch.no_grad():
        log_probabilities = net.double().eval()(images.double()).log_softmax(1).float()
    save_file({"images": images.permute(0, 2, 3, 1).contiguous(), "logProbabilities": log_probabilities}, file)


def main():
    if len(sys.argv) != 4 or sys.argv[1] not in ("write", "read"):
        sys.exit(__doc__)
    _, mode, folder, name = sys.argv
    file = Path(folder) / f"{name}.safetensors"
    torch.manual_seed(1)
    net = net_of(name)
    if mode == "write":
        randomise(net)
        save_file(net.state_dict(), file)
    else:
        net.load_state_dict(load_file(file), strict=True)
    answer(net, Path(folder) / "answers.safetensors")


if __name__ == "__main__":
    main()
