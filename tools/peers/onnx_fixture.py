"""What onnxruntime makes of a model, as JSON: `onnx_fixture.py FILE IMAGES SHAPE`.

Prints what goes in and out, and its answers about all images at once (`together`) and about each alone (`apart`).
"""
import json
import sys

import numpy as np
import onnxruntime

file, images, shape = sys.argv[1:]
session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
inputs, outputs = ([[x.name, x.type, x.shape] for x in xs] for xs in (session.get_inputs(), session.get_outputs()))
pixels = np.fromfile(images, np.uint8).reshape(json.loads(shape))
if inputs[0][1] == "tensor(float)":
    pixels = pixels.astype(np.float32) / 255


def answer(batch):
    return session.run(["probabilities"], {"images": batch})[0].tolist()


print(json.dumps({
    "inputs": inputs, "outputs": outputs,
    "together": answer(pixels), "apart": [answer(image[None])[0] for image in pixels],
}))
