// @ts-check
/** `npm run setup [-- --cpu | --gpu]`: sets up what is missing, then reports as the doctor does. */
import { diagnose } from './doctor/diagnose.mjs';
import { runScript, setUpFirst } from './setup/command.mjs';
import { takeDeviceOption } from './setup/device.mjs';
import { SetupError } from './setup/setup-error.mjs';

runScript(async (root, args) => {
  const { rest } = takeDeviceOption(args);
  if (rest.length > 0) throw new SetupError(`unknown option: ${rest[0]}`, 'set-up takes --cpu or --gpu');
  await setUpFirst(root, args);
  return diagnose(root, { json: false });
});
