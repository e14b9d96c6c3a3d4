#!/usr/bin/env python3
"""The paper's ResNet-20 trained in PyTorch: the peer of the recipe `resnet20`.

usage: torch_resnet20.py CIFAR10_DIR [--seed N] [--epochs N]

Reads CIFAR-10's binary layout from CIFAR10_DIR and trains as He et al. 2015 (arXiv 1512.03385), section 4.2, do: 45,000
images, batch 128, momentum 0.9, weight decay 0.0001, a rate of 0.1 divided by 10 after half and three quarters of the steps,
crops of images padded by 4 zeros, mirrored at random, shortcut A. Prints one JSON line: accuracies after the last epoch on the
5,000 images that were held out, and on the test images. Needs the environment of the bench (`.venv-peers`).
"""
import argparse
import json
import os
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch_nets import basic_path, resnet_cifar

BATCH = 128


class Block(nn.Module):
    """relu(path(x) + x); where the shape changes x loses every other pixel, and gains channels of zeros."""

    def __init__(self, inputs, filters, stride):
        super().__init__()
        self.path = basic_path(inputs, filters, stride)
        self.stride, self.more = stride, filters - inputs

    def forward(self, x):
        shortcut = x[:, :, :: self.stride, :: self.stride]
        if self.more:
            shortcut = F.pad(shortcut, (0, 0, 0, 0, self.more // 2, self.more - self.more // 2))
        return F.relu(self.path(x) + shortcut)


def resnet20():
    net = resnet_cifar(20, block=Block)
    for module in net.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight)
        elif isinstance(module, nn.BatchNorm2d):
            module.eps, module.momentum = 1e-5, 0.1
    return net


def read(directory, names):
    """Images as float32 [n, 3, 32, 32] in 0..1 and labels [n]."""
    records = np.concatenate([np.fromfile(os.path.join(directory, n), np.uint8).reshape(-1, 3073) for n in names])
    images = torch.from_numpy(records[:, 1:].reshape(-1, 3, 32, 32).astype("float32") / 255)
    return images, torch.from_numpy(records[:, 0].astype("int64"))


def augmented(images, rng):
    """Each image shifted by up to 4 pixels in both directions, and mirrored or not."""
    padded = F.pad(images, (4, 4, 4, 4))
    n = len(images)
    top, left = rng.integers(0, 9, (2, n))
    rows = torch.from_numpy(top[:, None] + np.arange(32))
    columns = torch.from_numpy(np.where(rng.random(n)[:, None] < 0.5, left[:, None] + np.arange(31, -1, -1), left[:, None] + np.arange(32)))
    at = torch.arange(n)[:, None, None]
    return padded.permute(0, 2, 3, 1)[at, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


def accuracy(net, images, labels, normalised):
    net.eval()
    with torch.no_grad():
        right = sum(
            (net(normalised(x)).argmax(1) == y).sum().item() for x, y in zip(images.split(500), labels.split(500))
        )
    net.train()
    return round(right / len(labels), 4)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("directory")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=182)
    args = parser.parse_args()

    torch.manual_seed(args.seed)
    rng = np.random.default_rng(args.seed)
    images, labels = read(args.directory, [f"data_batch_{i}.bin" for i in range(1, 6)])
    order = torch.from_numpy(np.random.default_rng(0).permutation(len(labels)))
    held, kept = order[:5000], order[5000:]
    mean, deviation = (f(images[kept], dim=(0, 2, 3)).view(1, 3, 1, 1) for f in (torch.mean, torch.std))
    normalised = lambda x: ((x - mean) / deviation).contiguous(memory_format=torch.channels_last)

    net = resnet20().to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4)
    steps = args.epochs * -(-len(kept) // BATCH)
    schedule = torch.optim.lr_scheduler.MultiStepLR(optimizer, [round(steps / 2), round(steps * 3 / 4)])
    began = time.perf_counter()
    for epoch in range(args.epochs):
        right = 0
        for batch in kept[torch.from_numpy(rng.permutation(len(kept)))].split(BATCH):
            logits = net(normalised(augmented(images[batch], rng)))
            loss = F.cross_entropy(logits, labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            right += (logits.argmax(1) == labels[batch]).sum().item()
    print(json.dumps({
        "seed": args.seed, "epochs": args.epochs, "train": round(right / len(kept), 4),
        "validation": accuracy(net, images[held], labels[held], normalised),
        "test": accuracy(net, *read(args.directory, ["test_batch.bin"]), normalised),
        "seconds": round(time.perf_counter() - began), "torch": torch.__version__,
    }))


if __name__ == "__main__":
    main()
