/** TensorFlow.js's backends, as it and as people call them. */
export type BackendName = 'webgpu' | 'webgl' | 'wasm' | 'cpu';

export const BACKEND_TITLES: Readonly<Record<BackendName, string>> = {
  webgpu: 'WebGPU',
  webgl: 'WebGL',
  wasm: 'WebAssembly',
  cpu: 'JavaScript',
};

/** A backend, and what is to be known of it on this machine. */
export interface Backend {
  readonly name: BackendName;
  /** Why it cannot be had; undefined when it can. */
  readonly missing?: string;
  /** Whether its graphics device is only imitated by the processor, which is slow. */
  readonly imitated?: boolean;
}
