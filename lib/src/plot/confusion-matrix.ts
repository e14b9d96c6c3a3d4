import type { Split } from '../data/split';
import type { Evaluation } from '../evaluate/evaluate';
import type { Predictions } from '../evaluate/predict';
import { checkSameImages, classificationOf } from './classification';
import { montage, PICTURE_TOOLTIP } from './hover-picture';
import { pixelsOf } from './pixels';
import { pngUrl } from './png';
import type { VegaLiteSpec } from './spec';
import { COLOURS, themed, titled } from './theme';

export interface ConfusionMatrixOptions {
  /** Default: names the split and its accuracy. */
  readonly title?: string;
  /** Where the counts come from. With them, a cell shows the images in which the net was surest when the pointer is over it. */
  readonly examples?: { readonly split: Split; readonly predictions: Predictions };
}

const EMPTY = '#f4f6fa'; // colour of a share of 0
const EXAMPLES = 4; // images of a cell that are shown, two in a row
const MOST_WITH_TEXT = 20; // classes; above, a number does not fit its cell

/**
 * A heat map of counts: a row for each true class, a column for each predicted one, coloured by the share of the row.
 *
 * The colour follows the root of the share, so that rare confusions can be seen beside a bright diagonal. Up to 20 classes
 * the counts stand in their cells, nothing where they are 0.
 *
 * @throws TypeError when `confusion` is not `[classes, classes]`, or the predictions of the examples are of other images
 */
export function confusionMatrix(
  evaluation: Pick<Evaluation, 'confusion' | 'classNames' | 'splitName' | 'accuracy' | 'images'>,
  { title = `Confusion on ${evaluation.splitName}`, examples }: ConfusionMatrixOptions = {},
): VegaLiteSpec {
  const { confusion, classNames } = evaluation;
  checkSquare(confusion, classNames.length);
  const pictures = examples && picturesOf(examples.split, examples.predictions);
  const cells = confusion.flatMap((row, t) => {
    const images = row.reduce((sum, count) => sum + count, 0);
    return row.map((count, p) => ({
      true: classNames[t],
      predicted: classNames[p],
      images: count,
      share: images > 0 ? count / images : 0,
      ...(pictures && { picture: pictures.get(`${classNames[t]}/${classNames[p]}`) ?? '' }), // in place of nothing, Vega's tooltips say "null"
    }));
  });
  const readable = classNames.length <= MOST_WITH_TEXT;
  const values = readable ? cells : cells.filter(({ images }) => images > 0); // of 10,000 cells most are empty
  const side = readable ? 46 : 8; // of a cell, in pixels
  const labels = readable ? {} : { labelFontSize: 7, labelOverlap: false, labelPadding: 2 };
  const position = (field: 'true' | 'predicted', name: string, labelAngle: number) => ({
    field,
    type: 'nominal' as const,
    title: name,
    axis: { ...labels, labelAngle },
    scale: { domain: [...classNames], paddingInner: readable ? 0.04 : 0, paddingOuter: 0 },
  });
  return themed({
    title: titled(
      title,
      `${(evaluation.accuracy * 100).toFixed(1)} % of ${evaluation.images.toLocaleString('en-US')} images are right: the diagonal`,
    ),
    width: side * classNames.length,
    height: side * classNames.length,
    view: { fill: EMPTY },
    data: { values },
    encoding: {
      x: position('predicted', 'predicted class', readable ? -40 : -90),
      y: position('true', 'true class', 0),
      tooltip: [
        { field: 'true', type: 'nominal', title: 'true class' },
        { field: 'predicted', type: 'nominal', title: 'predicted class' },
        { field: 'images', type: 'quantitative', format: ',d' },
        { field: 'share', type: 'quantitative', title: 'share of the true class', format: '.1%' },
        ...(pictures ? [PICTURE_TOOLTIP] : []),
      ],
    },
    layer: [
      {
        mark: { type: 'rect', aria: readable },
        encoding: {
          color: {
            field: 'share',
            type: 'quantitative',
            scale: { type: 'sqrt', domain: [0, 1], range: [EMPTY, '#9db8de', '#4269d0', '#1c2f6b'] },
            legend: {
              title: 'share of the true class',
              format: '.0%',
              values: [0, 0.05, 0.25, 0.5, 1],
              gradientLength: 160,
            },
          },
        },
      },
      ...(readable ? [counts()] : []),
    ],
  });
}

/** For each pair of a true and a predicted class that occurs, the images in which the net was surest, as one picture. */
function picturesOf(split: Split, predictions: Predictions): Map<string, string> {
  checkSameImages(split, predictions);
  const cells = new Map<string, { index: number; confidence: number }[]>();
  for (let index = 0; index < split.labels.length; index++) {
    const { trueClass, predictedClass, confidence } = classificationOf(predictions, index);
    const key = `${trueClass}/${predictedClass}`;
    if (!cells.has(key)) cells.set(key, []);
    cells.get(key)!.push({ index, confidence });
  }
  const drawn = [...cells].map(([key, images]) => {
    const surest = images.sort((a, b) => b.confidence - a.confidence).slice(0, EXAMPLES);
    const pixels = surest.map(({ index }) => pixelsOf(split, index));
    return [key, pngUrl(montage(pixels, 2), 2)] as const;
  });
  return new Map(drawn);
}

function counts() {
  return {
    transform: [{ filter: 'datum.images > 0' }],
    mark: { type: 'text' as const, fontSize: 11 },
    encoding: {
      text: { field: 'images', type: 'quantitative' as const, format: ',d' },
      color: { condition: { test: 'datum.share > 0.2', value: COLOURS.onDark }, value: COLOURS.onLight },
    },
  };
}

function checkSquare(confusion: readonly (readonly number[])[], classes: number): void {
  const lengths = [confusion.length, ...confusion.map((row) => row.length)];
  const wrong = lengths.find((length) => length !== classes);
  if (wrong !== undefined) {
    throw new TypeError(
      `invalid confusion; not [${classes}, ${classes}], a row and a column a class: ${wrong}`,
    );
  }
}
