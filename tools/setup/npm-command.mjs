// @ts-check
/** How npm is called. */
import fs from 'node:fs';
import path from 'node:path';

/**
 * npm itself where this runs under it, else the one that came with this Node, else the PATH's.
 * @param {NodeJS.ProcessEnv} environment
 * @returns {string[]} the command, and what comes before its arguments
 */
export function npmCommand(environment) {
  const own = path.join(
    path.dirname(process.execPath),
    '..',
    'lib',
    'node_modules',
    'npm',
    'bin',
    'npm-cli.js',
  );
  for (const script of [environment.npm_execpath, own]) {
    if (script && /npm-cli\.js$/.test(script) && fs.existsSync(script)) return [process.execPath, script];
  }
  return ['npm'];
}

/**
 * The reader's configuration, with waits that let a closed network show within seconds and not minutes.
 * @param {NodeJS.ProcessEnv} environment
 * @returns {NodeJS.ProcessEnv}
 */
export function npmEnvironment(environment) {
  return {
    npm_config_fetch_retry_mintimeout: '2000',
    npm_config_fetch_retry_maxtimeout: '8000',
    ...environment,
  };
}
