// @ts-check
/**
 * @typedef {object} Finding what the doctor says about one thing, in one line
 * @property {string} name
 * @property {'ok' | 'optional' | 'broken'} status `optional`: not there, and not needed for the notebooks and tests to run
 * @property {string} says
 * @property {string} [remedy]
 */

export const SET_UP = 'run "npm run setup"';

/**
 * @param {string} name
 * @param {string} says
 * @returns {Finding}
 */
export function ok(name, says) {
  return { name, status: 'ok', says };
}

/**
 * @param {string} name
 * @param {string} says
 * @param {string} remedy
 * @returns {Finding}
 */
export function optional(name, says, remedy) {
  return { name, status: 'optional', says, remedy };
}

/**
 * @param {string} name
 * @param {string} says
 * @param {string} remedy
 * @returns {Finding}
 */
export function broken(name, says, remedy) {
  return { name, status: 'broken', says, remedy };
}
