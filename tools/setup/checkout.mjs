// @ts-check
import path from 'node:path';

/**
 * Where everything lies in a checkout, as absolute paths.
 * @param {string} root the checkout's folder
 */
export function checkoutAt(root) {
  const at = (/** @type {string[]} */ ...parts) => path.join(root, ...parts);
  return {
    root,
    log: at('out', 'setup.log'),
    venv: at('.venv'),
    python: at('.venv', 'bin', 'python'),
    kernelSpec: at('.venv', 'share', 'jupyter', 'kernels', 'tslab', 'kernel.json'),
    labSettings: at('.venv', 'share', 'jupyter', 'lab', 'settings', 'overrides.json'),
    requirements: at('tools', 'requirements.txt'),
    tensorflow: at('.tensorflow'),
    lock: at('.tensorflow', 'setup.lock'),
    modules: at('node_modules'),
    engine: at('node_modules', '@tensorflow', 'tfjs-node-gpu'),
    addon: at('node_modules', '@tensorflow', 'tfjs-node-gpu', 'lib', 'napi-v8', 'tfjs_binding.node'),
    tslab: at('node_modules', 'tslab', 'bin', 'tslab'),
    library: at('lib'),
  };
}

/** @typedef {ReturnType<typeof checkoutAt>} Checkout */
