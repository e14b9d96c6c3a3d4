// @ts-check
/** `npm run doctor [-- --json]`: what is there, what is missing, and what to do about it. Works on a bare clone. */
import { diagnose } from './doctor/diagnose.mjs';
import { runScript } from './setup/command.mjs';
import { SetupError } from './setup/setup-error.mjs';

runScript(async (root, args) => {
  const unknown = args.find((argument) => argument !== '--json');
  if (unknown !== undefined) throw new SetupError(`unknown option: ${unknown}`, 'the doctor takes --json');
  return diagnose(root, { json: args.includes('--json') });
});
