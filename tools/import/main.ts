/** `npm run import`: a file of weights becomes a model in a folder of its own. */
import path from 'node:path';
import { sha256Of } from '../../lib/src/data/sha256';
import { countParameters } from '../../lib/src/model/layer-table';
import { codeVersion } from '../../lib/src/notebook/checkout';
import { outputDirectory } from '../../lib/src/notebook/settings';
import { device } from '../../lib/src/tensorflow/device';
import { placeDirectory } from '../../lib/src/train/durable-directory';
import { writeModelFiles } from '../../lib/src/train/model-files';
import { importNet } from '../../lib/src/weights/import-net';
import { HELP, parseArguments } from './arguments';

const root = path.resolve(__dirname, '../..');

async function main(argv: readonly string[]): Promise<void> {
  const chosen = parseArguments(argv);
  if (!chosen) {
    console.log(HELP);
    return;
  }
  const file = path.resolve(process.env.INIT_CWD ?? '.', chosen.file); // where npm was called, and not the checkout
  const { model, config, source, preprocess } = await importNet(file, chosen.as, { classes: chosen.classes });
  const { tensorflow, tfjs } = device();
  const card = {
    weights: { file: path.basename(file), from: source, sha256: await sha256Of(file) },
    preprocess,
    versions: { node: process.versions.node, tensorflow, tfjs },
    commit: codeVersion(),
  };
  const models = path.join(outputDirectory(process.env, root), 'models');
  const directory = path.resolve(root, chosen.out ?? path.join(models, chosen.as));
  await placeDirectory(directory, (aside) =>
    writeModelFiles(model, aside, (facts) => `${JSON.stringify({ ...card, ...facts }, null, 2)}\n`),
  );
  const { total } = countParameters(model);
  console.log(
    `${config.name}: ${total.toLocaleString('en-US')} numbers, images as '${preprocess}' wants them`,
  );
  console.log(`model: ${path.relative(process.cwd(), directory)}`);
  model.dispose();
}

main(process.argv.slice(2)).catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
