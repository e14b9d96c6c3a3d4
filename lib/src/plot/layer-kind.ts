/** Kinds of layer, by what they do: each has one colour in every plot. */

/** A kind with its colours, those of the box and of its edge or of a bar. */
export interface LayerKind {
  readonly name: string;
  readonly fill: string;
  readonly stroke: string;
}

const INPUT = { name: 'input', fill: '#f1f3f5', stroke: '#8a94a3' };
const CONVOLUTION = { name: 'convolution', fill: '#dfe8fb', stroke: '#4269d0' };
const NORMALISATION = { name: 'batch norm', fill: '#e6f4ea', stroke: '#3f9a52' };
const ACTIVATION = { name: 'activation', fill: '#fdf0d9', stroke: '#d08a12' };
const POOLING = { name: 'pooling', fill: '#e0f3f2', stroke: '#2b9089' };
const MERGE = { name: 'merge', fill: '#fbe0e2', stroke: '#d1495b' };
const DENSE = { name: 'dense', fill: '#ece4f9', stroke: '#7b4fc9' };
const MODEL = { name: 'model', fill: '#f5ebe2', stroke: '#9c6b4e' };
const OTHER = { name: 'other', fill: '#f7f7f8', stroke: '#8a94a3' };

/** First match counts. */
const KINDS: readonly (readonly [RegExp, LayerKind])[] = [
  [/^InputLayer$/, INPUT],
  [/Conv/, CONVOLUTION],
  [/Normalization$/, NORMALISATION],
  [/Pool/, POOLING],
  [/^(Add|Average|Concatenate|Dot|Maximum|Minimum|Multiply|Subtract)$/, MERGE],
  [/^Dense$/, DENSE],
  [/^(Activation|.*ReLU|ELU|Softmax|ThresholdedReLU)$/, ACTIVATION],
  [/^(Functional|Model|Sequential)$/, MODEL],
];

/** The kind of a layer of class `className`, as Keras calls it. */
export function kindOf(className: string): LayerKind {
  return KINDS.find(([pattern]) => pattern.test(className))?.[1] ?? OTHER;
}
