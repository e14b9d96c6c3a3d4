/** `npm run web`: the trained net as a page, prepared, built and served. */
import { once } from 'node:events';
import path from 'node:path';
import { outputDirectory } from '../../lib/src/notebook/settings';
import type { PageData } from '../../web/src/page-data';
import { HELP, parseArguments } from './arguments';
import { chooseModel } from './choose-model';
import { preparePage } from './prepare-page';
import { buildSite, developSite, serveSite } from './site';

const root = path.resolve(__dirname, '../..');

async function main(argv: readonly string[]): Promise<void> {
  const chosen = parseArguments(argv);
  if (!chosen) {
    console.log(HELP);
    return;
  }
  const { mode, port } = chosen;
  const folder = path.join(outputDirectory(process.env, root), 'web');
  const site = { root, data: path.join(folder, 'data'), built: path.join(folder, 'site') };
  const model = chooseModel(process.env, root, chosen.model);
  const page = await preparePage({
    model,
    target: site.data,
    dataDirectory: path.join(root, 'data'),
    environment: process.env,
  });
  console.log(describe(page));
  if (mode !== 'dev') await buildSite(site);
  if (mode === 'build') {
    console.log(`page: ${path.relative(process.cwd(), site.built)}, for any static host`);
    return;
  }
  const { url, close } = await (mode === 'dev' ? developSite : serveSite)(site, port);
  console.log(`page: ${url}   (Ctrl-C ends it)`);
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  await close();
}

/** `resnet: 10 epochs on CIFAR-10, seed 1; 78.0 % of 10,000 test images right (the one that ...)`, and which samples there are. */
function describe({ model, samples }: PageData): string {
  const images = 'missing' in samples ? samples.missing : `${samples.labels.length} ${samples.name}`;
  return `model: ${model.summary} (${model.origin})\ntest images: ${images}`;
}

main(process.argv.slice(2)).catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
