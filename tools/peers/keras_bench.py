#!/usr/bin/env python3
"""Measures Keras on TensorFlow for `npm run bench`: `fit` and `predict` as they come, on float32 arrays in memory.

usage: keras_bench.py '{"measure", "runner", "net", "batch", "images", "epochs"}'; prints one JSON line.
Runner "keras" leaves jit_compile at its default, "keras-jit" sets it.
"""
import os
import time

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import tensorflow as tf
from keras_nets import NETS
from peer_process import memory_mb, random_images, tell, timed, told


class Clock(keras.callbacks.Callback):
    """Times epochs and the first step. It has no hook after a batch: such a hook would make Keras wait for every batch's metrics."""

    def __init__(self):
        super().__init__()
        self.seconds, self.resident_mb, self.batches_began = [], [], []

    def on_epoch_begin(self, epoch, logs=None):
        self.began = time.perf_counter()

    def on_train_batch_begin(self, batch, logs=None):
        if len(self.batches_began) < 2:
            self.batches_began.append(time.perf_counter())

    def on_epoch_end(self, epoch, logs=None):
        self.seconds.append(time.perf_counter() - self.began)
        self.resident_mb.append(memory_mb("VmRSS"))
        self.loss = float(logs["loss"])


def arrays(model, count):
    """Images float32 0..1 and one-hot labels, made in pieces, so that the peak of memory is Keras's own."""
    shape, classes = model.input_shape[1:], model.output_shape[-1]
    pixels, indices = random_images(count, shape, classes)
    images = np.empty(pixels.shape, "float32")
    for start in range(0, count, 1000):
        images[start:start + 1000] = pixels[start:start + 1000] / np.float32(255)
    return images, keras.utils.to_categorical(indices, classes)


def train(model, spec):
    images, labels = arrays(model, spec["images"])
    adam = spec["net"] == "article"
    model.compile(
        optimizer=keras.optimizers.Adam() if adam else keras.optimizers.SGD(0.01, momentum=0.9, nesterov=True),
        loss="categorical_crossentropy",
        metrics=["accuracy"],
        jit_compile=True if spec["runner"] == "keras-jit" else "auto",
    )
    clock = Clock()
    model.fit(
        images, labels, batch_size=spec["batch"], epochs=spec["epochs"], shuffle=True, verbose=0, callbacks=[clock]
    )
    speed = timed(clock.seconds, spec["images"], spec["batch"])
    first, second = clock.batches_began
    return {
        **speed,
        "compileSeconds": second - first - speed["msPerStep"] / 1000,
        "residentMB": clock.resident_mb,
        "loss": clock.loss,
    }


def predict(model, spec):
    images, _ = arrays(model, spec["images"])
    model.compile(jit_compile=True if spec["runner"] == "keras-jit" else "auto")
    seconds = []
    for _ in range(spec["epochs"]):
        began = time.perf_counter()
        model.predict(images, batch_size=spec["batch"], verbose=0)
        seconds.append(time.perf_counter() - began)
    return timed(seconds, spec["images"], spec["batch"])


def main():
    spec = told()
    model = NETS[spec["net"]]()
    report = (predict if spec["measure"] == "predict" else train)(model, spec)
    tell({**report, "parameters": model.count_params()}, keras=keras.__version__, tensorflow=tf.__version__)


if __name__ == "__main__":
    main()
