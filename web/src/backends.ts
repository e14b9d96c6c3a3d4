import type { Backend, BackendName } from './backend-names';
import { tf } from './tensorflow';

const IN_ORDER = ['webgpu', 'webgl', 'wasm'] as const;

/**
 * Starts every backend once: that is the only sure way to know which there are, and leaves none to be fetched later, so that the page
 * goes on working without a network. Plain JavaScript is among them only when there is no other.
 */
export async function startBackends(): Promise<Backend[]> {
  const backends: Backend[] = [];
  for (const name of IN_ORDER) backends.push(await start(name));
  return backends.every(({ missing }) => missing) ? [...backends, { name: 'cpu' }] : backends;
}

/** The one to begin with: the first that can be had, and that is what it says. */
export function preferred(backends: readonly Backend[]): BackendName {
  const there = backends.filter(({ missing }) => missing === undefined);
  return (there.find(({ imitated }) => !imitated) ?? there[0]).name; // plain JavaScript is there when no other is
}

async function start(name: (typeof IN_ORDER)[number]): Promise<Backend> {
  try {
    const looked = await LOOK[name]();
    if (looked.missing || (await tf.setBackend(name))) return { name, ...looked };
    return { name, missing: 'did not start' };
  } catch (error) {
    return { name, missing: `did not start: ${error instanceof Error ? error.message : error}` };
  }
}

/** The members of WebGPU that are asked; TypeScript has no types of it yet. */
interface Gpu {
  requestAdapter(): Promise<{ info?: { isFallbackAdapter?: boolean } } | null>;
}

/** Programs that stand in for a graphics device: Chrome's, Mesa's, Windows's. */
const IMITATORS = /swiftshader|llvmpipe|basic render/i;

/** What can be known before a backend is started, which would print warnings. */
const LOOK: Readonly<Record<(typeof IN_ORDER)[number], () => Promise<Omit<Backend, 'name'>>>> = {
  async webgpu() {
    if (!isSecureContext) return { missing: 'needs a page from localhost or over HTTPS' };
    const { gpu } = navigator as { gpu?: Gpu };
    if (!gpu) return { missing: 'this browser has none' };
    const adapter = await gpu.requestAdapter();
    return adapter
      ? { imitated: adapter.info?.isFallbackAdapter === true }
      : { missing: 'no graphics device for it' };
  },
  async webgl() {
    const context = new OffscreenCanvas(1, 1).getContext('webgl2');
    if (!context) return { missing: 'this browser has none, or it is switched off' };
    const names = context.getExtension('WEBGL_debug_renderer_info');
    return { imitated: IMITATORS.test(names ? context.getParameter(names.UNMASKED_RENDERER_WEBGL) : '') };
  },
  async wasm() {
    return typeof WebAssembly === 'object' ? {} : { missing: 'this browser has none' };
  },
};
