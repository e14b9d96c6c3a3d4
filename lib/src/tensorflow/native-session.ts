import { cApi, checked, type Pointer, TF_OUTPUT_BYTES, type TfOutput, throwIfFailed } from './c-api';
import { koffi } from './koffi';
import { encodeMessage } from './messages';
import { bufferBytes, type NativeGraph } from './native-graph';
import { NativeTensor } from './native-tensor';

const forgotten = new FinalizationRegistry((pointer: Pointer) => deleteSession(pointer));

/** A TensorFlow session on a graph, owned by this object; it holds the memory of the graph's variables. */
export class NativeSession {
  #pointer: Pointer | undefined;
  /** Kept by {@link NativeRun}; `ended` looks at what the run writes last, the pointer to the last tensor that it fetches. */
  running: { ended(): boolean } | undefined;

  /**
   * @param config fields of TensorFlow's ConfigProto
   * @param target the server that runs the graph, as `"grpc://localhost:4000"`; by default this process does, without one
   */
  constructor(
    readonly graph: NativeGraph,
    config: object,
    target?: string,
  ) {
    const api = cApi();
    const options: Pointer = api.TF_NewSessionOptions();
    try {
      const bytes = encodeMessage('ConfigProto', config);
      checked('configure a session', (status) => api.TF_SetConfig(options, bytes, bytes.length, status));
      if (target !== undefined) api.TF_SetTarget(options, target);
      this.#pointer = checked('open a session', (status) =>
        api.TF_NewSession(graph.pointer, options, status),
      );
    } finally {
      api.TF_DeleteSessionOptions(options);
    }
    forgotten.register(this, this.#pointer as Pointer, this);
  }

  /** @throws Error after `dispose()` */
  get pointer(): Pointer {
    if (this.#pointer === undefined) throw new Error('cannot use a session after its disposal');
    return this.#pointer;
  }

  /** Blocks until the run that is going on has ended; for readers that cannot wait for a promise. */
  waitForRun(): void {
    while (this.running && !this.running.ended()) sleep(0.2);
  }

  /**
   * Breaks off the run that is going on, which fails; nothing can be run afterwards. A run that waits for a cluster's worker 0 which was
   * never there is not broken off, and the promise stays open with it.
   */
  async cancel(): Promise<void> {
    const api = cApi();
    const status: Pointer = api.TF_NewStatus();
    await new Promise<void>((resolve) => api.TF_CloseSession.async(this.pointer, status, () => resolve()));
    api.TF_DeleteStatus(status); // whatever it says: there is nothing else to be done
  }

  /** Waits for the run that is going on. A second call does nothing. */
  dispose(): void {
    if (this.#pointer === undefined) return;
    this.waitForRun();
    forgotten.unregister(this);
    deleteSession(this.#pointer);
    this.#pointer = undefined;
  }
}

function deleteSession(pointer: Pointer): void {
  const api = cApi();
  const status: Pointer = api.TF_NewStatus();
  api.TF_CloseSession(pointer, status);
  api.TF_DeleteSession(pointer, status); // whatever the closing said: there is nothing else to be done with it
  api.TF_DeleteStatus(status);
}

/** One way to run a session: which outputs are fed and fetched, and which operations run for their effect. */
export class NativeRun {
  readonly #feeds: OutputArray;
  readonly #fetches: OutputArray;
  readonly #targets: PointerArray;
  readonly #feedTensors: PointerArray;
  readonly #fetchTensors: PointerArray;
  /** The session stays alive as long as a way to run it does. */
  readonly #session: NativeSession;

  /** @param fetches at least one */
  constructor(
    session: NativeSession,
    feeds: readonly TfOutput[],
    fetches: readonly TfOutput[],
    targets: readonly Pointer[],
  ) {
    this.#session = session;
    this.#feeds = new OutputArray(feeds);
    this.#fetches = new OutputArray(fetches);
    this.#targets = new PointerArray(targets.length, targets);
    this.#feedTensors = new PointerArray(feeds.length);
    this.#fetchTensors = new PointerArray(fetches.length);
  }

  /**
   * Runs on a worker thread, while JavaScript goes on. One run of a session at a time.
   *
   * @param values what is fed, in the order of the feeds; the caller's, and not to be touched before the promise is settled
   * @returns what was fetched; the caller disposes it
   */
  async run(values: readonly NativeTensor[]): Promise<NativeTensor[]> {
    await this.#runAside(values, null, null);
    return this.#fetched();
  }

  /** As {@link run}, but blocks JavaScript until it has ended. */
  runBlocking(values: readonly NativeTensor[]): NativeTensor[] {
    this.#session.waitForRun();
    checked('run the graph', (status) =>
      cApi().TF_SessionRun(...this.#arguments(values, null, null, status)),
    );
    return this.#fetched();
  }

  /**
   * As {@link run}, measuring every operation.
   *
   * @returns what was fetched, and the bytes of TensorFlow's RunMetadata
   */
  async trace(values: readonly NativeTensor[]): Promise<{ results: NativeTensor[]; metadata: Uint8Array }> {
    const api = cApi();
    const options = encodeMessage('RunOptions', { traceLevel: 3 }); // FULL_TRACE
    const optionsBuffer: Pointer = api.TF_NewBufferFromString(options, options.length);
    const metadata: Pointer = api.TF_NewBuffer();
    try {
      await this.#runAside(values, optionsBuffer, metadata);
      return { results: this.#fetched(), metadata: bufferBytes(metadata) };
    } finally {
      api.TF_DeleteBuffer(optionsBuffer);
      api.TF_DeleteBuffer(metadata);
    }
  }

  /** For a way that is taken once: many of them would wait for the garbage collector. It cannot be run afterwards. */
  dispose(): void {
    for (const memory of [this.#feeds, this.#fetches, this.#targets, this.#feedTensors, this.#fetchTensors]) {
      memory.free();
    }
  }

  /** Runs on a worker thread of Node's. */
  async #runAside(values: readonly NativeTensor[], options: Pointer | null, metadata: Pointer | null) {
    const api = cApi();
    const status: Pointer = api.TF_NewStatus();
    const args = this.#arguments(values, options, metadata, status);
    this.#session.running = { ended: () => this.#fetchTensors.last !== 0n || api.TF_GetCode(status) !== 0 };
    try {
      await new Promise<void>((resolve, reject) => {
        api.TF_SessionRun.async(...args, (error: unknown) => (error ? reject(error) : resolve()));
      });
      throwIfFailed('run the graph', status);
    } finally {
      this.#session.running = undefined;
      api.TF_DeleteStatus(status);
    }
  }

  #arguments(
    values: readonly NativeTensor[],
    options: Pointer | null,
    metadata: Pointer | null,
    status: Pointer,
  ): unknown[] {
    this.#feedTensors.fill(values.map(({ pointer }) => pointer));
    this.#fetchTensors.clear();
    const inputs = [this.#feeds.pointer, this.#feedTensors.pointer, this.#feeds.count];
    const outputs = [this.#fetches.pointer, this.#fetchTensors.pointer, this.#fetches.count];
    const targets = [this.#targets.pointer, this.#targets.count];
    return [this.#session.pointer, options, ...inputs, ...outputs, ...targets, metadata, status];
  }

  #fetched(): NativeTensor[] {
    return this.#fetchTensors.toArray().map((pointer) => NativeTensor.adopt(pointer));
  }
}

const freeMemory = new FinalizationRegistry((pointer: Pointer) => koffi.free(pointer));

/** Memory of our own that does not move, for a C array. It is freed with this object. */
class NativeArray {
  readonly pointer: Pointer;
  /** At least one item, which C may want to point at. */
  protected readonly buffer: ArrayBuffer;

  constructor(
    readonly count: number,
    itemBytes: number,
  ) {
    const bytes = itemBytes * Math.max(1, count);
    this.pointer = koffi.alloc('uint8_t', bytes);
    this.buffer = koffi.view(this.pointer, bytes);
    freeMemory.register(this, this.pointer, this);
  }

  /** Frees the memory at once, instead of when nothing refers to it any more. */
  free(): void {
    freeMemory.unregister(this);
    koffi.free(this.pointer);
  }
}

class PointerArray extends NativeArray {
  readonly #values = new BigUint64Array(this.buffer);

  constructor(count: number, values: readonly Pointer[] = []) {
    super(count, BigUint64Array.BYTES_PER_ELEMENT);
    this.clear();
    this.fill(values);
  }

  get last(): Pointer {
    return this.#values[Math.max(0, this.count - 1)];
  }

  fill(values: readonly Pointer[]): void {
    this.#values.set(values);
  }

  clear(): void {
    this.#values.fill(0n);
  }

  toArray(): Pointer[] {
    return [...this.#values.subarray(0, this.count)];
  }
}

/** Of `TF_Output`s. */
class OutputArray extends NativeArray {
  constructor(outputs: readonly TfOutput[]) {
    super(outputs.length, TF_OUTPUT_BYTES);
    const view = new DataView(this.buffer);
    outputs.forEach(({ oper, index }, i) => {
      view.setBigUint64(i * TF_OUTPUT_BYTES, oper, true);
      view.setInt32(i * TF_OUTPUT_BYTES + 8, index, true);
    });
  }
}

const clock = new Int32Array(new SharedArrayBuffer(4));

/** Blocks the thread for some milliseconds. */
function sleep(milliseconds: number): void {
  Atomics.wait(clock, 0, 0, milliseconds);
}
