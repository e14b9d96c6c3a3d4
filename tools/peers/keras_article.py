#!/usr/bin/env python3
"""The article's ResNet trained in Keras: the peer that README's table stands beside.

usage: keras_article.py CIFAR10_DIR [--seed N] [--epochs N]

Reads CIFAR-10's binary layout from CIFAR10_DIR, trains as the article does (Adam at its defaults, categorical
cross-entropy, batch 32, pixels / 255, the test images as validation) and prints one JSON line.
Needs the environment of the bench: tools/peers/requirements.txt, which `npm run bench` installs into .venv-peers.
"""
import argparse
import json
import os
import time

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import tensorflow as tf
from keras_nets import article


def read(directory, names):
    """Images as float32 [n, 32, 32, 3] in 0..1 and one-hot labels [n, 10]."""
    records = np.concatenate([np.fromfile(os.path.join(directory, n), np.uint8).reshape(-1, 3073) for n in names])
    images = records[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1).astype("float32") / 255
    return images, keras.utils.to_categorical(records[:, 0], 10)


def machine():
    """The processor, as its maker calls it."""
    with open("/proc/cpuinfo") as cpuinfo:
        return next((line.split(":", 1)[1].strip() for line in cpuinfo if line.startswith("model name")), "unnamed CPU")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("directory")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=10)
    args = parser.parse_args()

    keras.utils.set_random_seed(args.seed)
    train = read(args.directory, [f"data_batch_{i}.bin" for i in range(1, 6)])
    test = read(args.directory, ["test_batch.bin"])
    model = article(10)
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])

    seconds = []

    class Clock(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.began = time.perf_counter()

        def on_epoch_end(self, epoch, logs=None):
            seconds.append(round(time.perf_counter() - self.began, 1))

    history = model.fit(*train, batch_size=32, epochs=args.epochs, validation_data=test, callbacks=[Clock()], verbose=0)
    loss, accuracy = model.evaluate(*test, verbose=0)
    print(json.dumps({
        "runner": "keras", "seed": args.seed, "parameters": model.count_params(), "accuracy": accuracy, "loss": loss,
        "valAccuracy": history.history["val_accuracy"], "secondsPerEpoch": seconds,
        "machine": machine(),
        "versions": {"keras": keras.__version__, "tensorflow": tf.__version__},
    }))


if __name__ == "__main__":
    main()
