#!/usr/bin/env python3
"""Keras, the second opinion on how its weights are read and written here, for test/weights/keras-peers.test.ts.

usage: keras_weights_fixture.py write NET FOLDER FILE...      weights of NET in these files of FOLDER, images, and what Keras predicts
       keras_weights_fixture.py predict NET FOLDER FILE       what Keras predicts for FOLDER's images with FILE's weights

NET is article, or ResNet50, ResNet101, ..., ResNet152V2 of keras.applications with ten classes. FILE is

  net.keras, net.weights.h5, net.h5    as Keras 3 writes them
  early.weights.h5                     without names of layers, as early versions of Keras 3 write it
  keras2.h5                            with `:0` behind the names of variables, and nothing but weights, as keras.applications offers it

and FOLDER gets, besides,

  images.f32                           [4, height, width, 3], 0..1
  expected.f32, predicted.f32          logarithms of probabilities, [4, 10]

Weights are drawn from a seed, batch norm statistics too; the article's net is trained for a few steps instead, so that its files hold
an optimizer's state.
"""
import os
import sys

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import h5py
import keras
import numpy as np
from keras_nets import article

CLASSES = 10
SIDE = {"article": 32}  # pixels; the others take 64


def build(net):
    if net == "article":
        return article(CLASSES)
    side = SIDE.get(net, 64)
    return getattr(keras.applications, net)(weights=None, classes=CLASSES, input_shape=(side, side, 3))


def draw_images(net, random):
    side = SIDE.get(net, 64)
    return random.random((4, side, side, 3), "float32") ** np.float32([1, 2, 4, 8]).reshape(4, 1, 1, 1)  # bright to dark


def shake(model, random):
    """Every bias, scale and statistic other than it begins, so that none can be mistaken for another."""
    for weight in model.weights:
        if weight.name in ("gamma", "moving_variance"):
            weight.assign(random.uniform(0.8, 1.2, weight.shape))
        elif weight.name in ("beta", "bias", "moving_mean"):
            weight.assign(random.normal(0, 0.1, weight.shape))


def train(model, random):
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    for _ in range(5):
        images = random.random((16, 32, 32, 3), "float32")
        model.train_on_batch(images, keras.utils.to_categorical(random.integers(0, CLASSES, 16), CLASSES))


def log_probabilities(model, images):
    """By way of the logits, since small probabilities have few digits."""
    model.layers[-1].activation = keras.activations.linear
    return np.asarray(keras.ops.log_softmax(model([images], training=False)), "float32")


def save_early(model, file):
    model.save_weights(file)
    with h5py.File(file, "a") as opened:
        for group in opened["layers"].values():
            del group["vars"].attrs["name"]


def save_keras2(model, file):
    """Texts are of fixed length, as h5py 2 wrote them."""
    with h5py.File(file, "w") as opened:
        opened.attrs["layer_names"] = np.array([layer.name for layer in model.layers], "S")
        for layer in model.layers:
            group = opened.create_group(layer.name)
            weights = layer.trainable_weights + layer.non_trainable_weights
            group.attrs["weight_names"] = np.array([f"{weight.path}:0" for weight in weights], "S")
            for weight in weights:
                group[f"{weight.path}:0"] = weight.numpy()


SAVE = {
    "net.keras": lambda model, file: model.save(file),
    "net.weights.h5": lambda model, file: model.save_weights(file),
    "net.h5": lambda model, file: model.save(file),
    "early.weights.h5": save_early,
    "keras2.h5": save_keras2,
}


def write(net, folder, *files):
    keras.utils.set_random_seed(1)
    random = np.random.default_rng(1)
    model = build(net)
    images = draw_images(net, random)
    train(model, random) if net == "article" else shake(model, random)
    for file in files:
        SAVE[file](model, os.path.join(folder, file))
    images.tofile(os.path.join(folder, "images.f32"))
    log_probabilities(model, images).tofile(os.path.join(folder, "expected.f32"))


def predict(net, folder, file):
    model = build(net)
    model.load_weights(os.path.join(folder, file))
    images = np.fromfile(os.path.join(folder, "images.f32"), "float32").reshape(-1, *model.input_shape[1:])
    log_probabilities(model, images).tofile(os.path.join(folder, "predicted.f32"))


if __name__ == "__main__":
    commands = {"write": write, "predict": predict}
    if len(sys.argv) < 5 or sys.argv[1] not in commands:
        sys.exit(__doc__)
    commands[sys.argv[1]](*sys.argv[2:])
