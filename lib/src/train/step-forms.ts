/** What a step of training does besides the model's own forward and backward pass; all of it in the compiled graph. */
import { type Augmentation, checkAugmentation } from '../augment/augment';
import { checkMix, type MixOptions } from '../augment/mix';
import { checkOneOf, checkPositive, checkShare } from '../model/check-arguments';

export interface StepForms {
  /** Changes every image at random before the model sees it; see {@link Augmentation}. */
  readonly augmentation?: Augmentation;
  /** Mixes every image and its label with another; see {@link MixOptions}. */
  readonly mix?: MixOptions;
  /** Takes this share of every label's probability and spreads it over all classes; 0 to less than 1, default 0. */
  readonly labelSmoothing?: number;
  /** Scales the gradients down wherever their norm, taken over all of them, is larger; positive. */
  readonly clipNorm?: number;
  /** Reports the norm of all gradients with every step, which costs a little; default: only where `clipNorm` needs it. */
  readonly gradientNorm?: boolean;
  /**
   * Averages the weights over the steps: average = decay * average + (1 - decay) * weights, with less decay in the first steps. The
   * average is what is validated, and what the model has at the end. In [0, 1), usually 0.99 to 0.9999; undefined: no average.
   */
  readonly averageDecay?: number;
}

export const STEP_FORMS = [
  'augmentation',
  'mix',
  'labelSmoothing',
  'clipNorm',
  'gradientNorm',
  'averageDecay',
] as const satisfies readonly (keyof StepForms)[];

/** @throws TypeError or RangeError which names the option and its value */
export function checkStepForms(forms: StepForms): void {
  const { augmentation, mix, labelSmoothing, clipNorm, gradientNorm, averageDecay } = forms;
  if (augmentation !== undefined) checkAugmentation(augmentation);
  if (mix !== undefined) checkMix(mix);
  if (labelSmoothing !== undefined) checkShare('labelSmoothing', labelSmoothing);
  if (clipNorm !== undefined) checkPositive('clipNorm', clipNorm);
  if (gradientNorm !== undefined) checkOneOf('gradientNorm', gradientNorm, [true, false]);
  if (averageDecay !== undefined) checkShare('averageDecay', averageDecay);
}

/** The options among `options` that change what a step computes, without those that are not set. */
export function stepFormsOf(options: StepForms): StepForms {
  return Object.fromEntries(
    STEP_FORMS.map((name) => [name, options[name]]).filter(([, value]) => value !== undefined),
  );
}

/** Whether steps tell the norm of their gradients. */
export function tellsGradientNorm({ clipNorm, gradientNorm }: StepForms): boolean {
  return gradientNorm === true || clipNorm !== undefined;
}
