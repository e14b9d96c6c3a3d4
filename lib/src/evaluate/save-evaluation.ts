import fs from 'node:fs/promises';
import path from 'node:path';
import { type ModelCard, toJson } from '../train/model-card';
import type { TrainedModel } from '../train/trained-model';
import type { Evaluation } from './evaluate';

/** What the file of {@link saveEvaluation} holds: a result together with the model that it is the result of. */
export interface EvaluationRecord extends Evaluation {
  readonly model: ModelCard;
  /** True when the model was a stand-in, see `trainedModel`. */
  readonly standIn: boolean;
}

/**
 * Writes an evaluation, and the card of the model that it judges, as JSON: aside first, then renamed, so that a reader never
 * meets half a file. Missing folders are made.
 *
 * @throws Error when the file cannot be written; an older one is then still whole
 */
export async function saveEvaluation(
  file: string,
  evaluation: Evaluation,
  { card, trainedHere }: Pick<TrainedModel, 'card' | 'trainedHere'>,
): Promise<void> {
  const record: EvaluationRecord = { ...evaluation, model: card, standIn: trainedHere };
  await fs.mkdir(path.dirname(file), { recursive: true });
  const aside = `${file}.${process.pid}.tmp`;
  try {
    await fs.writeFile(aside, toJson(record));
    await fs.rename(aside, file);
  } catch (error) {
    await fs.rm(aside, { force: true });
    throw error;
  }
}
