/** What the page says about a model, from the card beside it: of `saveModel`, or of `npm run import`. */
import { cardFromJson, type ModelCard } from '../../lib/src/train/model-card';
import type { ModelFacts } from '../../lib/src/train/model-files';
import { IMAGENET_CLASS_NAMES } from '../../lib/src/weights/decode-predictions';
import type { PreprocessMode } from '../../lib/src/weights/preprocess';
import type { PageModel } from '../../web/src/page-data';
import { percent } from '../../web/src/wording';

/** A card, read. */
export type Card = Pick<PageModel, 'summary' | 'facts' | 'classNames' | 'pixels'> & {
  /** Undefined in cards from before it was noted. */
  readonly sha256?: ModelFacts['sha256'];
  /** What it was trained on; undefined for an imported net, whose images are not here. */
  readonly data?: ModelCard['data'] & { readonly seed: number };
};

/** As `tools/import/main.ts` writes it. */
interface ImportCard extends ModelFacts {
  readonly weights: { readonly file: string; readonly from: string };
  readonly preprocess: PreprocessMode;
}

/**
 * @param name of the model; cards have not always had it
 * @param classes of the model: the card of an imported net does not name them
 * @throws TypeError when the text is neither kind of card
 */
export function readCard(text: string, name: string, classes: number): Card {
  const card = JSON.parse(text) as ImportCard | null;
  return card?.preprocess && card.weights ? imported(card, name, classes) : trained(cardFromJson(text), name);
}

function trained(
  { data, seed, epochs, seconds, device, commit, test, recipe, net, sha256 }: ModelCard,
  name: string,
): Card {
  const validated = epochs.at(-1)?.valAccuracy;
  const result = test
    ? `${percent(test.accuracy)} of ${count(test.images)} test images right`
    : validated !== undefined && `${percent(validated)} of the validation images right`;
  const training = `${plural(epochs.length, 'epoch')} on ${data.name}, seed ${seed}`;
  const facts = [
    { name: 'Data set', value: `${data.name}, ${count(data.trainImages)} training images` },
    ...(recipe ? [{ name: 'Recipe', value: recipe }] : []),
    { name: 'Training', value: `${plural(epochs.length, 'epoch')} in ${duration(seconds)}, seed ${seed}` },
    ...(result ? [{ name: 'Result', value: result }] : []),
    ...(net ? [{ name: 'Size', value: `${count(net.parameters)} numbers` }] : []),
    { name: 'Trained by', value: device },
    ...(commit ? [{ name: 'Version', value: commit.slice(0, 12) }] : []),
  ];
  return {
    summary: [`${name}: ${training}`, ...(result ? [result] : [])].join('; '),
    facts,
    classNames: data.classNames,
    pixels: 'unit',
    data: { ...data, seed },
    sha256,
  };
}

function imported({ net, weights, preprocess, sha256 }: ImportCard, name: string, classes: number): Card {
  const ofImageNet = classes === IMAGENET_CLASS_NAMES.length;
  return {
    summary: `${name}: weights from ${weights.file}`,
    facts: [
      { name: 'Weights', value: `${weights.file}, by way of ${weights.from}` },
      { name: 'Images', value: `as '${preprocess}' wants them` },
      { name: 'Classes', value: ofImageNet ? "ImageNet's thousand" : count(classes) },
      ...(net?.parameters ? [{ name: 'Size', value: `${count(net.parameters)} numbers` }] : []),
    ],
    classNames: ofImageNet ? IMAGENET_CLASS_NAMES : Array.from({ length: classes }, (_, i) => `class ${i}`),
    pixels: preprocess,
    sha256,
  };
}

function count(n: number): string {
  return n.toLocaleString('en-US');
}

function plural(n: number, noun: string): string {
  return `${count(n)} ${noun}${n === 1 ? '' : 's'}`;
}

function duration(seconds: number): string {
  return seconds < 90 ? `${seconds.toFixed(0)} s` : `${(seconds / 60).toFixed(0)} min`;
}
