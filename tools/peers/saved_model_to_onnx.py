#!/usr/bin/env python3
"""Makes ONNX of a SavedModel that writeSavedModel wrote: for onnxruntime in Python, C++, C#, Java, Node and the browser.

  images           float32 [batch, height, width, channels] 0..1; with --signature serving_bytes uint8 0..255
  -> probabilities float32 [batch, classes]

In a venv of its own, after: pip install -r tools/peers/requirements-onnx.txt
"""
import argparse
import os
import sys
import uuid
from pathlib import Path

SIGNATURES = ("serving_default", "serving_bytes")  # those of lib/src/weights/saved-model.ts
OPSET = 17  # ONNX 1.12, 2022; at 18 tf2onnx 1.17 no longer makes GlobalAveragePool of a mean over pixels


def convert(directory, signature):
    """The model's bytes, which ONNX's own checker has passed."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    import onnx
    import tensorflow as tf
    import tf2onnx

    loaded = tf.saved_model.load(directory)
    serve = loaded.signatures[signature]
    images = serve.structured_input_signature[1]["images"]
    function = tf.function(lambda images: serve(images=images))
    model, _ = tf2onnx.convert.from_function(function, [images], opset=OPSET)
    for tensor in (*model.graph.input, *model.graph.output):
        tensor.type.tensor_type.shape.dim[0].dim_param = "batch"  # tf2onnx numbers what it does not know: unk__60
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString()


def replace_file(file, content):
    """Written beside its place and renamed when the disk has it, as by replaceFile of lib/src/train/durable-directory.ts."""
    aside = file.with_name(f"{file.name}.{uuid.uuid4()}.tmp")
    try:
        with open(aside, "xb") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())
        os.replace(aside, file)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path, help="the SavedModel")
    parser.add_argument("file", type=Path, help="the ONNX model; one that is there is replaced")
    parser.add_argument("--signature", choices=SIGNATURES, default=SIGNATURES[0])
    args = parser.parse_args()
    if not (args.directory / "saved_model.pb").is_file():
        sys.exit(f"cannot convert {args.directory}; it holds no saved_model.pb; write one with writeSavedModel")
    replace_file(args.file, convert(args.directory, args.signature))


if __name__ == "__main__":
    main()
