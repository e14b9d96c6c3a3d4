// @ts-check
import { explainFailure } from './explain-failure.mjs';

/** @typedef {import('./set-up.mjs').Setup} Setup */

/**
 * Runs the environment's own pip with the reader's configuration (index, proxy, certificates), less the settings that would
 * install elsewhere, ask questions, or take minutes to notice a closed network.
 * @param {Setup} setup
 * @param {readonly string[]} args
 * @param {string} what is installed, for the sentence when it fails
 * @param {string} [temporary] folder for what pip downloads meanwhile
 */
export async function pip(setup, args, what, temporary) {
  const outcome = await setup.run(setup.checkout.python, ['-m', 'pip', ...args], {
    env: pipEnvironment(process.env, temporary),
  });
  if (!outcome.ok) throw explainFailure(outcome.output, 'pip', what);
  return outcome.output;
}

/**
 * @param {NodeJS.ProcessEnv} environment
 * @param {string} [temporary]
 * @returns {NodeJS.ProcessEnv}
 */
export function pipEnvironment(environment, temporary) {
  const {
    PYTHONHOME: _home,
    PYTHONPATH: _path,
    PIP_TARGET: _target,
    PIP_PREFIX: _prefix,
    ...rest
  } = environment;
  return {
    PIP_RETRIES: '2',
    ...rest,
    PIP_USER: '0',
    PIP_NO_INPUT: '1',
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    PYTHONUNBUFFERED: '1',
    ...(temporary ? { TMPDIR: temporary } : {}),
  };
}
