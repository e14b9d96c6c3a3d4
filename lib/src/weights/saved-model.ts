import path from 'node:path';
import type { LayersModel, Tensor } from '@tensorflow/tfjs-node-gpu';
import { frozen, withOpenBatch } from '../compile/freeze';
import type { Graph } from '../compile/graph';
import { nativeOutput } from '../compile/native-output';
import { optimise } from '../compile/optimise';
import { record } from '../compile/record';
import { device } from '../tensorflow/device';
import { dtypeCode, type TensorSpec } from '../tensorflow/dtypes';
import { encodeMessage } from '../tensorflow/messages';
import { NativeGraph, type NativeOperation } from '../tensorflow/native-graph';
import { placeDirectory, writeDurably } from '../train/durable-directory';
import { pixels } from '../train/training-step';

/** How many images the two recordings are made with: primes, which no layer of a net is likely to have as a size. */
const BATCHES = [97, 101] as const;
const SCHEMA_VERSION = 1; // saved_model.proto: the only one
const SERVING = 'tensorflow/serving/predict'; // the method name that TensorFlow Serving looks for

/**
 * Writes a trained model as a TensorFlow SavedModel, for Python, C++, TensorFlow Serving and whatever else reads one:
 *
 * ```
 *   tf.saved_model.load(directory).signatures['serving_default'](images=...)    float32 0..1   [batch, height, width, channels]
 *                                 .signatures['serving_bytes'](images=...)      uint8 0..255   the same
 *   -> {'probabilities': float32 [batch, classes]}
 * ```
 *
 * It is our own prediction graph, with the weights as constants: nothing in it can be trained further. A directory that is there is
 * replaced when all is written.
 *
 * @param model with one input of images of known size and one output; it stays as it is
 * @throws TypeError for another model, or for one with layers whose graph depends on the number of images
 */
export async function writeSavedModel(model: LayersModel, directory: string): Promise<void> {
  const graph = servingGraph(model);
  const bytes = savedModel(graph);
  await placeDirectory(path.resolve(directory), async (aside) => {
    await writeDurably(path.join(aside, 'saved_model.pb'), [bytes]);
  });
}

/** Images as numbers, and images as bytes, -> probabilities of either; for any number of them. */
function servingGraph(model: LayersModel): Graph {
  const [, ...image] = model.inputs[0].shape;
  if (model.inputs.length !== 1 || model.outputs.length !== 1 || image.includes(null)) {
    throw new TypeError(
      `cannot save ${model.name} as a SavedModel; it must have one input of known size and one output: ` +
        `${model.inputs.map(({ shape }) => `[${shape.slice(1).map(String).join(', ')}]`).join(' and ')}`,
    );
  }
  const predict = (images: Tensor) => model.apply(images, { training: false }) as Tensor;
  const both = (numbers: Tensor, bytes: Tensor) => [predict(numbers), predict(pixels(bytes))];
  const recorded = BATCHES.map((batch) => {
    const shape = [batch, ...(image as number[])];
    const specs: TensorSpec[] = [
      { dtype: 'float32', shape },
      { dtype: 'uint8', shape },
    ];
    const recording = record(
      both as (...args: Tensor[]) => unknown,
      specs,
      `the prediction of ${model.name}`,
    );
    return frozen({ ...recording, graph: optimise(recording.graph) });
  });
  return withOpenBatch(recorded as [Graph, Graph], BATCHES);
}

function savedModel(graph: Graph): Uint8Array {
  const native = new NativeGraph();
  try {
    const operations = new Map<string, NativeOperation>();
    for (const { name, op, inputs, attrs } of graph.nodes) {
      const description = { name, op, attrs, inputs: inputs.map((ref) => nativeOutput(operations, ref)) };
      operations.set(name, native.add(description));
    }
    const [numbers, bytes] = graph.inputs;
    const signature = (input: TensorSpec & { readonly name: string }, result: number) => ({
      inputs: { images: info(`${input.name}:0`, input) },
      outputs: {
        probabilities: info(graph.results[result], {
          dtype: 'float32',
          shape: [-1, classesOf(graph, result)],
        }),
      },
      methodName: SERVING,
    });
    return encodeMessage('SavedModel', {
      savedModelSchemaVersion: SCHEMA_VERSION,
      metaGraphs: [
        {
          metaInfoDef: { tags: ['serve'], tensorflowVersion: device().tensorflow },
          graphDef: native.graphDef(),
          signatureDef: { serving_default: signature(numbers, 0), serving_bytes: signature(bytes, 1) },
        },
      ],
    });
  } finally {
    native.dispose();
  }
}

function classesOf({ nodes, results }: Graph, result: number): number {
  const name = results[result].slice(0, results[result].lastIndexOf(':'));
  return nodes.find((node) => node.name === name)!.outputs[0].shape[1];
}

function info(name: string, { dtype, shape }: TensorSpec) {
  return { name, dtype: dtypeCode(dtype), tensorShape: { dim: shape.map((size) => ({ size })) } };
}
