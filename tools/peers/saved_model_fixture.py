"""What Python's TensorFlow makes of a SavedModel: `saved_model_fixture.py DIRECTORY IMAGES SHAPE` prints each signature's answer as JSON."""
import json
import sys

import numpy as np
import tensorflow as tf

directory, images, shape = sys.argv[1:]
pixels = np.fromfile(images, np.uint8).reshape(json.loads(shape))
signatures = tf.saved_model.load(directory).signatures
inputs = {"serving_default": pixels.astype(np.float32) / 255, "serving_bytes": pixels}
answers = {name: signature(images=tf.constant(inputs[name])) for name, signature in signatures.items()}
print(json.dumps({name: answer["probabilities"].numpy().tolist() for name, answer in answers.items()}))
