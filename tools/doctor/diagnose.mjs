// @ts-check
import { checkoutAt } from '../setup/checkout.mjs';
import { chooseDevice } from '../setup/device.mjs';
import { examineData } from './data.mjs';
import { examineEngine } from './engine.mjs';
import { examineInstallation } from './installation.mjs';
import { examineMachine } from './machine.mjs';

/** @typedef {import('./finding.mjs').Finding} Finding */

/** In the order of set-up, so that the first broken line is the cause of those after it. */
const EXAMINATIONS = [examineMachine, examineInstallation, examineEngine, examineData];

/**
 * Prints what is there and what is not.
 * @param {string} root the checkout's folder
 * @param {{ json: boolean, output?: { write(text: string): unknown } }} options
 * @returns {Promise<number>} exit status: 1 where something that is needed is broken
 */
export async function diagnose(root, { json, output = process.stdout }) {
  const checkout = checkoutAt(root);
  const state = { checkout, device: chooseDevice(checkout, undefined) };
  /** @type {Finding[]} */
  const findings = [];
  for (const examine of EXAMINATIONS) {
    const found = await examine(state);
    findings.push(...found);
  }
  output.write(json ? `${JSON.stringify({ ok: isWell(findings), findings }, null, 2)}\n` : report(findings));
  return isWell(findings) ? 0 : 1;
}

/** @param {readonly Finding[]} findings */
export function isWell(findings) {
  return findings.every(({ status }) => status !== 'broken');
}

/**
 * @param {readonly Finding[]} findings
 * @returns {string} one line each, in columns, and a last line that sums up
 */
export function report(findings) {
  const width = Math.max(...findings.map(({ name }) => name.length));
  const lines = findings.map(({ status, name, says, remedy }) =>
    [status.padEnd(8), name.padEnd(width), remedy ? `${says}; ${remedy}` : says].join('  '),
  );
  const wrong = findings.filter(({ status }) => status === 'broken').length;
  const sum =
    wrong === 0 ? 'everything that is needed is there' : `${wrong} broken; begin with the first of them`;
  return `${lines.join('\n')}\n${sum}\n`;
}
