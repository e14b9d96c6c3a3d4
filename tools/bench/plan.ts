/** Which measurements a run consists of: the defaults of every measure and net, and the order in which runners take turns. */
import type { Measure, Measurement, NetName, Runner } from './measurement';

/** Names for `--peers`; a peer may bring two runners, of which the better one counts. */
export const PEERS = {
  keras: ['keras', 'keras-jit'],
  torch: ['torch', 'torch-compile'],
  tfjs: ['tfjs'],
} as const satisfies Record<string, readonly Runner[]>;
export type Peer = keyof typeof PEERS;

interface MeasureDefaults {
  /** Nets and their batches. */
  readonly nets: Partial<Readonly<Record<NetName, readonly number[]>>>;
  readonly own: readonly Runner[];
  /** Peers that can be measured beside ours. */
  readonly peers: readonly Peer[];
  readonly rounds: number;
}

export const MEASURE_DEFAULTS: Readonly<Record<Measure, MeasureDefaults>> = {
  train: {
    nets: { article: [32, 128], resnet20: [128], resnet50: [8] },
    own: ['ours', 'ours-eager'],
    peers: ['keras', 'torch', 'tfjs'],
    rounds: 3,
  },
  predict: {
    nets: { article: [32, 250] }, // Keras's default, and ours
    own: ['ours', 'ours-eager'],
    peers: ['keras', 'torch', 'tfjs'],
    rounds: 3,
  },
  compile: { nets: { article: [32], resnet110: [128] }, own: ['ours'], peers: ['keras', 'torch'], rounds: 3 },
  memory: { nets: { article: [32] }, own: ['ours'], peers: ['keras', 'torch'], rounds: 1 },
  'event-loop': { nets: { article: [32] }, own: ['ours', 'ours-eager'], peers: [], rounds: 3 },
};

/** Peers that are measured unless `--peers` says otherwise: those that a bar of the measure names. */
export const DEFAULT_PEERS: Readonly<Record<Measure, readonly Peer[]>> = {
  train: ['keras', 'torch', 'tfjs'],
  predict: ['keras'],
  compile: [],
  memory: ['keras'],
  'event-loop': [],
};

/** Used where a net is measured by a measure that has no default for it. */
const USUAL_BATCHES: Readonly<Record<NetName, readonly number[]>> = {
  article: [32, 128],
  resnet20: [128],
  resnet50: [8],
  resnet110: [128],
};

/** Images in an epoch of training: some seconds on two cores, and a tenth of a minute eagerly. */
const EPOCH_IMAGES: Readonly<Record<NetName, number>> = {
  article: 6400,
  resnet20: 1920,
  resnet50: 48,
  resnet110: 640,
};
const COMPILE_STEPS = 5; // in an epoch: only the first step is looked at
const CIFAR_TRAIN = 50_000; // images
const CIFAR_TEST = 10_000; // images
const MEMORY_EPOCHS = 10;
const WARM_AND_TIMED = 2; // epochs

export interface Choice {
  readonly measure: Measure;
  /** Undefined: those of the measure. */
  readonly nets?: readonly NetName[];
  /** Undefined: those of the net. */
  readonly batches?: readonly number[];
  readonly peers: readonly Peer[];
  readonly rounds: number;
  /** In an epoch of training. */
  readonly steps?: number;
  readonly images?: number;
  readonly epochs?: number;
}

/** What is compared with each other: every runner on one net and batch. */
export interface Contest {
  readonly net: NetName;
  readonly batch: number;
  /** One for every runner; each is taken once in every round. */
  readonly measurements: readonly Measurement[];
}

export function plan(choice: Choice): Contest[] {
  const { measure } = choice;
  const defaults = MEASURE_DEFAULTS[measure];
  const nets = choice.nets ?? (Object.keys(defaults.nets) as NetName[]);
  const ofPeer = (peer: Peer) => (measure === 'memory' ? PEERS[peer].slice(0, 1) : PEERS[peer]); // compiled, it takes more
  const runners: Runner[] = [...defaults.own, ...choice.peers.flatMap(ofPeer)];
  return nets.flatMap((net) =>
    (choice.batches ?? defaults.nets[net] ?? USUAL_BATCHES[net]).map((batch) => ({
      net,
      batch,
      measurements: runners.map((runner) => ({ measure, runner, net, batch, ...extent(choice, net, batch) })),
    })),
  );
}

/** How many images and passes. */
function extent(choice: Choice, net: NetName, batch: number): Pick<Measurement, 'images' | 'epochs'> {
  const { measure, steps, images, epochs } = choice;
  if (measure === 'memory') return { images: images ?? CIFAR_TRAIN, epochs: epochs ?? MEMORY_EPOCHS };
  if (measure === 'predict') return { images: images ?? CIFAR_TEST, epochs: WARM_AND_TIMED };
  const usual = measure === 'compile' ? COMPILE_STEPS : Math.max(1, Math.round(EPOCH_IMAGES[net] / batch));
  return { images: (steps ?? usual) * batch, epochs: WARM_AND_TIMED };
}
