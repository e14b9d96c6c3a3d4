/** What a run was told to do, as plain data, and in which fields two runs differ. */
import { isDeepStrictEqual } from 'node:util';
import { toJson } from './model-card';

/** All that decides a training, and what it ran on: enough to tell two runs apart, and to do one again. */
export interface RunConfig {
  /** When the run began, ISO 8601, e.g. `"2026-11-25T20:58:00.000Z"`. */
  readonly created: string;
  /** For people; decides nothing. */
  readonly title: string;
  readonly model: RunModel;
  readonly data: RunData;
  readonly options: RunOptions;
  /** `describeDevice()` of the training process. */
  readonly device: string;
  /** Of Node, TensorFlow and TensorFlow.js. */
  readonly versions: Readonly<Record<string, string>>;
  /** Commit of the checkout that trained; null where unknown. */
  readonly commit: string | null;
}

export interface RunModel {
  readonly name: string;
  /** Numbers that the model holds. */
  readonly parameters: number;
  /** `layersHash()` of the model. */
  readonly layers: string;
}

export interface RunData {
  /** Of the data set, e.g. `"CIFAR-10"`. */
  readonly name: string;
  /** Where it came from, e.g. `"cifar10"`. */
  readonly source: string;
  readonly trainImages: number;
  /** 0 when the run has no validation split. */
  readonly validationImages: number;
  /** `[height, width, channels]` of one image. */
  readonly imageShape: readonly number[];
  /** In the order of the model's outputs. */
  readonly classNames: readonly string[];
}

/**
 * Optimizer, schedule, augmentation and whatever else the training was given, besides the three that every one has: plain objects,
 * arrays, texts, numbers, booleans and null. A field that is undefined counts as left out.
 */
export interface RunOptions {
  readonly epochs: number;
  readonly batchSize: number;
  readonly seed: number;
  readonly [option: string]: unknown;
}

/** What every config has, `versions` and `commit` aside, which are only shown. */
const TYPES: Readonly<Record<string, 'string' | 'number' | 'array'>> = {
  created: 'string',
  title: 'string',
  'model.name': 'string',
  'model.parameters': 'number',
  'model.layers': 'string',
  'data.name': 'string',
  'data.source': 'string',
  'data.trainImages': 'number',
  'data.validationImages': 'number',
  'data.imageShape': 'array',
  'data.classNames': 'array',
  'options.epochs': 'number',
  'options.batchSize': 'number',
  'options.seed': 'number',
  device: 'string',
};

const DECIDES_NOTHING = ['created', 'title'];
const ENVIRONMENT = ['device', 'versions', 'commit'];

/**
 * A copy of `config` as it will be read from its file, so that the two compare equal.
 *
 * @throws TypeError when a field is missing, of another type, or not plain data
 */
export function settledConfig(config: RunConfig): RunConfig {
  checkPlain(config, 'it');
  for (const [field, type] of Object.entries(TYPES)) {
    const value = valueAt(config, field);
    if ((Array.isArray(value) ? 'array' : typeof value) !== type) {
      throw new TypeError(`invalid config; ${field} must be of type ${type}: ${shownValue(value)}`);
    }
  }
  if (Number.isNaN(Date.parse(config.created))) {
    throw new TypeError(`invalid config; created must be an ISO 8601 date: "${config.created}"`);
  }
  return fromJson(toJson(config)) as RunConfig;
}

/** What a run's folder is called: its time in UTC, its model and its seed, e.g. `2026-11-25-205800-resnet-s1`. */
export function runName({
  created,
  model,
  options,
}: Pick<RunConfig, 'created' | 'model' | 'options'>): string {
  const [date, time] = new Date(created).toISOString().split(/[T.]/);
  const word = model.name
    .toLowerCase()
    .replace(/[^a-z\d]+/g, '-')
    .replace(/^-|-$/g, '');
  return `${date}-${time.replaceAll(':', '')}-${word.slice(0, LONGEST_WORD) || 'model'}-s${options.seed}`;
}

const LONGEST_WORD = 40; // letters of the model's name; file systems allow names of 255 bytes

/** Reads what `toJson` wrote: `"NaN"`, `"Infinity"` and `"-Infinity"` are numbers again. */
export function fromJson(text: string): unknown {
  return JSON.parse(text, (_key, value) =>
    value === 'NaN' || value === 'Infinity' || value === '-Infinity' ? Number(value) : value,
  );
}

/**
 * The fields in which two configurations differ, by their paths, e.g. `options.optimizer.learningRate`; a list is one value.
 *
 * When and under which title a run was made is no difference, nor are device, versions and commit: for these see
 * {@link environmentDifferences}. The name of a model with the same layers is none either, because TensorFlow.js numbers models
 * that were given no name.
 */
export function differingFields(a: RunConfig, b: RunConfig): string[] {
  const passedOver = [...DECIDES_NOTHING, ...ENVIRONMENT];
  const fields = unequal(a, b).filter((field) => !passedOver.includes(field.split('.')[0]));
  return fields.includes('model.layers') ? fields : fields.filter((field) => field !== 'model.name');
}

/** {@link differingFields} with both values: `options.batchSize: 32 and 128`. Empty when `b` goes on where `a` was left. */
export function differences(a: RunConfig, b: RunConfig): string[] {
  return withValues(differingFields(a, b), a, b);
}

/** Differences of device, versions and commit, in the same form: with them the same training may compute other bits. */
export function environmentDifferences(a: RunConfig, b: RunConfig): string[] {
  const fields = unequal(a, b).filter((field) => ENVIRONMENT.includes(field.split('.')[0]));
  return withValues(fields, a, b);
}

/** What a config has at a path; undefined where it has nothing. */
export function valueAt(config: RunConfig, field: string): unknown {
  return field.split('.').reduce<unknown>((value, key) => (value as Fields | undefined)?.[key], config);
}

/** A value of a field in a few words; undefined is `none`. */
export function shownValue(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? 'none');
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text;
}

const LONGEST_VALUE = 80; // letters

type Fields = Readonly<Record<string, unknown>>;

function withValues(fields: readonly string[], a: RunConfig, b: RunConfig): string[] {
  return fields.map(
    (field) => `${field}: ${shownValue(valueAt(a, field))} and ${shownValue(valueAt(b, field))}`,
  );
}

function unequal(a: RunConfig, b: RunConfig): string[] {
  const visit = (a: unknown, b: unknown, path: string): string[] => {
    if (isDeepStrictEqual(a, b)) return [];
    if (!isObject(a) || !isObject(b)) return [path];
    const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
    return keys.flatMap((key) => visit(a[key], b[key], path === '' ? key : `${path}.${key}`));
  };
  return visit(settledConfig(a), settledConfig(b), '');
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** JSON turns class instances, typed arrays and functions into something else, or into nothing, without a word. */
function checkPlain(value: unknown, path: string): void {
  if (['string', 'number', 'boolean', 'undefined'].includes(typeof value) || value === null) return;
  const prototype = isObject(value) ? Object.getPrototypeOf(value) : undefined;
  // a notebook's cells may have an Object.prototype of their own, so that is known by having nothing above it
  const isPlain = prototype === null || (prototype && Object.getPrototypeOf(prototype) === null);
  if (!isPlain && !Array.isArray(value)) {
    const kind = typeof value === 'object' ? value?.constructor.name : typeof value;
    throw new TypeError(
      `invalid config; ${path} must be plain data: ${kind}; describe it by texts and numbers`,
    );
  }
  for (const [key, inner] of Object.entries(value as object)) {
    checkPlain(inner, path === 'it' ? key : `${path}.${key}`);
  }
}
