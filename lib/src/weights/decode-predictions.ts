import { checkWholeNumber } from '../model/check-arguments';
import classes from './imagenet-classes.json';

/** The 1,000 classes of ImageNet's challenge, in the order of every net's outputs, by torchvision's names (`torchvision.models._meta`, BSD licence). */
export const IMAGENET_CLASS_NAMES: readonly string[] = classes;

/** One guess about an image. */
export interface Guess {
  readonly name: string;
  /** Of the net's outputs. */
  readonly index: number;
  /** 0..1 */
  readonly probability: number;
}

/**
 * The most probable classes of each image, the best first.
 *
 * @param probabilities `[images][classes]`, as `await tensor.array()` has them
 * @param options.top how many of each image, default 5
 * @param options.classNames in the order of the classes; default: ImageNet's
 * @throws RangeError when there are not as many classes as names
 */
export function decodePredictions(
  probabilities: readonly (readonly number[])[],
  {
    top = 5,
    classNames = IMAGENET_CLASS_NAMES,
  }: { readonly top?: number; readonly classNames?: readonly string[] } = {},
): Guess[][] {
  checkWholeNumber('top', top);
  return probabilities.map((ofImage) => {
    if (ofImage.length !== classNames.length) {
      throw new RangeError(
        `invalid probabilities; ${classNames.length} classes have a name: ${ofImage.length} columns`,
      );
    }
    return ofImage
      .map((probability, index) => ({ name: classNames[index], index, probability }))
      .sort((a, b) => b.probability - a.probability)
      .slice(0, top);
  });
}
