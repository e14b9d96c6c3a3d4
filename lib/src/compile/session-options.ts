import { nativeBackend } from '../tensorflow/backend';
import type { NativeServer } from '../tensorflow/native-server';

/** How a session computes; the same for all functions in it. */
export interface SessionOptions {
  /** Where, as `'cpu'`, `'gpu'` or `'gpu:1'`; by default TensorFlow takes the first GPU, or the processor where there is none. */
  readonly device?: string;
  /** Compiles parts of the graph with XLA: worth a try on GPUs, slower on processors when it was measured; default false. */
  readonly xla?: boolean;
  /**
   * Computes convolutions and matrix products in 16 bits; variables stay float32. `'bfloat16'` is for processors, `'float16'` for GPUs,
   * with loss scaling in training, and not together with `xla`: the one time that was tried, the loss went up. By default everything is float32.
   */
  readonly mixedPrecision?: (typeof PRECISIONS)[number];
  /** Processor threads that one operation may use, default all. Takes effect for sessions, not for eager operations. */
  readonly intraOpThreads?: number;
}

const OPTIONS = ['device', 'xla', 'mixedPrecision', 'intraOpThreads'];
export const PRECISIONS = ['bfloat16', 'float16'] as const;

/** The values of `RewriterConfig.Toggle` and of `OptimizerOptions.GlobalJitLevel`. */
const ON = 1;
const JIT_ON_2 = 2;

/** @throws TypeError or RangeError, which name the option, what it may be and what it is */
export function checkSessionOptions(options: SessionOptions): void {
  const { device, xla, mixedPrecision, intraOpThreads } = options;
  const unknown = Object.keys(options).find((name) => !OPTIONS.includes(name));
  if (unknown !== undefined)
    throw new TypeError(`unknown option; not one of ${OPTIONS.join(', ')}: ${unknown}`);
  if (device !== undefined && !/^(cpu(:0)?|gpu(:\d+)?)$/.test(device)) {
    throw new TypeError(
      `invalid device; not 'cpu', 'gpu' or a GPU with its number as 'gpu:1': ${String(device)}`,
    );
  }
  if (device?.startsWith('gpu') && !usesGpu()) {
    throw new RangeError(
      `invalid device; TensorFlow uses no GPU here: ${device}; "npm run doctor" tells why`,
    );
  }
  if (xla !== undefined && typeof xla !== 'boolean')
    throw new TypeError(`invalid xla; not a boolean: ${String(xla)}`);
  if (mixedPrecision !== undefined && !PRECISIONS.includes(mixedPrecision)) {
    throw new TypeError(`invalid mixedPrecision; not 'bfloat16' or 'float16': ${String(mixedPrecision)}`);
  }
  if (mixedPrecision === 'float16' && (device?.startsWith('cpu') || !usesGpu())) {
    throw new TypeError(
      "invalid mixedPrecision; 'float16' needs a GPU, and this computes on the processor: use 'bfloat16' there",
    ); // TensorFlow 2.21 has a form for processors, which ends the process
  }
  if (intraOpThreads !== undefined && (!Number.isInteger(intraOpThreads) || intraOpThreads <= 0)) {
    throw new RangeError(`invalid intraOpThreads; not a positive integer: ${String(intraOpThreads)}`);
  }
}

/**
 * TensorFlow's name of the device that every operation is placed on; undefined: where TensorFlow likes.
 *
 * @param server on which the session lives: TensorFlow would choose among the devices of all workers
 */
export function deviceName({ device }: SessionOptions, server?: NativeServer): string | undefined {
  if (device === undefined) return server?.device;
  const [kind, number = '0'] = device.split(':');
  return `${server?.task ?? ''}/device:${kind.toUpperCase()}:${number}`;
}

/**
 * The options as fields of TensorFlow's ConfigProto.
 *
 * @throws RangeError when a server has other threads than the session wants: they are the server's
 */
export function sessionConfig(options: SessionOptions, server?: NativeServer): object {
  const { xla = false, mixedPrecision, intraOpThreads } = options;
  if (server && intraOpThreads !== undefined && intraOpThreads !== server.intraOpThreads) {
    throw new RangeError(
      `invalid intraOpThreads; not the server's, ${server.intraOpThreads ?? 'all'}: ${intraOpThreads}; open the server with as many`,
    );
  }
  return {
    ...server?.config,
    allowSoftPlacement: true, // an operation without a GPU form runs on the processor
    ...(intraOpThreads !== undefined && { intraOpParallelismThreads: intraOpThreads }),
    graphOptions: {
      ...(xla && { optimizerOptions: { globalJitLevel: JIT_ON_2, cpuGlobalJit: ON } }),
      rewriteOptions: {
        ...(mixedPrecision === 'bfloat16' && { autoMixedPrecisionOnednnBfloat16: ON }),
        ...(mixedPrecision === 'float16' && { autoMixedPrecision: ON }),
      },
    },
  };
}

function usesGpu(): boolean {
  return nativeBackend().isUsingGpuDevice;
}
