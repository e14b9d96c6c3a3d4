/** Imported before TensorFlow: a GPU then multiplies in float32 throughout, not in TF32, whose 10 bits hide what a test looks for. */
process.env.NVIDIA_TF32_OVERRIDE = '0';
