import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { type DrawOptions, drawGraph } from './draw-graph';
import { modelGraph } from './model-graph';

export type PlotModelOptions = DrawOptions;

/**
 * A model drawn as the graph of its layers, as Keras's `plot_model` does (keras.io/api/utils/model_plotting_utils): a box
 * for each layer, coloured by its kind; an arrow for each connection, those of shortcuts thicker and red.
 *
 * @returns an SVG document
 * @throws TypeError when the model is not built yet
 * @throws RangeError for another `rankDirection`
 */
export function plotModel(model: LayersModel, options: PlotModelOptions = {}): string {
  const graph = modelGraph(model);
  const parameters = model.countParams().toLocaleString('en-US');
  return drawGraph(graph, `${graph.nodes.length} layers, ${parameters} parameters`, options);
}
