import { principalComponents } from './principal-components';
import { seededRandom } from './random';
import { imageBytes, type Split } from './split';

/** A convolution that whitens: what comes out of each filter has variance 1, and no filter's output tells of another's. */
export interface Whitening {
  /** Side of the filters, in pixels. */
  readonly size: number;
  /** `[size, size, channels, 2 * size * size * channels]` */
  readonly kernel: Float32Array;
  /** `[2 * size * size * channels]` */
  readonly bias: Float32Array;
}

const SIZE = 2; // pixels
const PATCHES = 100_000;
const EPSILON = 3e-5; // added to each variance, of pixels in 0..1, lest the faintest directions become mere noise

/**
 * The filters that whiten a split's 2x2 patches, for images of pixels 0..1: principal directions, each divided by its standard
 * deviation, and the same again with the other sign, since an activation cuts one side off.
 *
 * As the first layer, frozen, it spares the network the first epochs of learning them (Page, "How to train your ResNet 8", 2019;
 * Jordan 2024, arXiv 2404.00498, section 3.2; both leave the mean in, which is taken out here).
 *
 * @param seed of the 100,000 patches that are looked at
 * @throws RangeError when the split is empty, or its images are smaller than a patch
 */
export function whitening(split: Split, seed = 0): Whitening {
  const [height, width, channels] = split.imageShape;
  const bytes = imageBytes(split);
  if (split.labels.length === 0) {
    throw new RangeError(`empty split; at least one image is needed: ${split.name} has 0`);
  }
  if (height < SIZE || width < SIZE) {
    throw new RangeError(
      `cannot whiten ${split.name}; its images must have ${SIZE}x${SIZE} pixels at least: ${height}x${width}`,
    );
  }
  const d = SIZE * SIZE * channels;
  const random = seededRandom(seed);
  const below = (n: number) => Math.floor(random() * n);
  const patches = new Float32Array(PATCHES * d);
  for (let patch = 0; patch < PATCHES; patch++) {
    const image = below(split.labels.length) * bytes;
    const [top, left] = [below(height - SIZE + 1), below(width - SIZE + 1)];
    for (let row = 0; row < SIZE; row++) {
      const from = image + ((top + row) * width + left) * channels;
      for (let i = 0; i < SIZE * channels; i++) {
        patches[patch * d + row * SIZE * channels + i] = split.images[from + i] / 255;
      }
    }
  }
  const { components, variances } = principalComponents(patches, PATCHES, d, d);
  const mean = columnMeans(patches, d);
  const kernel = new Float32Array(d * 2 * d); // [patch element, filter]
  const bias = new Float32Array(2 * d);
  for (let c = 0; c < d; c++) {
    const scale = 1 / Math.sqrt(variances[c] + EPSILON);
    for (let i = 0; i < d; i++) {
      const weight = components[c * d + i] * scale;
      kernel[i * 2 * d + c] = weight;
      kernel[i * 2 * d + d + c] = -weight;
      bias[c] -= weight * mean[i];
    }
    bias[d + c] = -bias[c];
  }
  return { size: SIZE, kernel, bias };
}

/** `[n, d]` -> `[d]` */
function columnMeans(rows: Float32Array, d: number): Float64Array {
  const means = new Float64Array(d);
  for (let i = 0; i < rows.length; i++) means[i % d] += rows[i];
  return means.map((sum) => sum / (rows.length / d));
}
