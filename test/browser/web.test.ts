import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Tensor2D } from '@tensorflow/tfjs-node-gpu';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { type GradCam, gradCam } from '../../lib/src/explain/grad-cam';
import { encodePng } from '../../lib/src/plot/png';
import { tf } from '../../lib/src/tensorflow/load';
import { loadModel } from '../../lib/src/train/save-model';
import { chooseModel } from '../../tools/web/choose-model';
import { preparePage } from '../../tools/web/prepare-page';
import { buildSite, type Served, serveSite } from '../../tools/web/site';
import { FILES } from '../../web/src/page-data';
import type {} from '../../web/src/page-hook'; // window.resnetLab
import { percent } from '../../web/src/wording';
import { saveUntrained } from '../tools/web-model';
import { findBrowser } from './find-browser';

const root = path.resolve(__dirname, '../..');
const executablePath = findBrowser();
const skip = executablePath ? false : 'no Chromium or Chrome found; CHROMIUM can name one';

const SIDE = 32; // pixels
const BYTES = SIDE * SIDE * 3;
const EXPLAINED = 5; // images, by Grad-CAM

const BROWSER_FLAGS = [
  '--no-sandbox', // CI runs as root
  '--disable-background-networking',
  '--disable-component-update',
  ...['--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'], // WebGL without a GPU
  ...['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'],
  '--use-fake-device-for-media-stream', // a camera; whether a page may have it is Playwright's to say
];

/** What Node says about the page's samples. */
interface Reference {
  readonly images: Uint8Array;
  readonly probabilities: number[][];
  readonly cams: GradCam[];
}

describe('the page of npm run web in a real browser', { skip }, () => {
  const folder = path.join(root, 'out', `.web-${process.pid}`);
  const site = { root, data: path.join(folder, 'data'), built: path.join(folder, 'site') };
  let reference: Reference;
  let served: Served;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let complaints: string[];

  before(async () => {
    const model = await modelToShow(folder);
    await preparePage({
      model,
      target: site.data,
      dataDirectory: path.join(root, 'data'),
      environment: process.env,
    });
    reference = await askNode(model.directory, samplesOf(site.data));
    await buildSite(site);
    served = await serveSite(site);
    browser = await chromium.launch({ executablePath, args: BROWSER_FLAGS });
    context = await browser.newContext({ viewport: { width: 1200, height: 1000 } });
    page = await context.newPage();
    complaints = watch(page, context, served.url);
    await openReady(page, served.url);
  });

  after(async () => {
    await browser?.close();
    await served?.close();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  for (const backend of ['wasm', 'webgl', 'webgpu'] as const) {
    test(`${backend} predicts a hundred test images as Node does, and sees the same places speak for them`, async (t) => {
      const missing = await page.evaluate(
        (name) => window.resnetLab!.backends.find((each) => each.name === name)!.missing,
        backend,
      );
      if (missing) {
        assert.notEqual(backend, 'wasm', 'every browser has WebAssembly');
        return t.skip(`not in this browser: ${missing}`);
      }
      const { images, probabilities, cams } = reference;
      const found = await askPage(page, backend, images, cams);
      assert.equal(found.probabilities.length, 100);
      for (const [i, row] of probabilities.entries()) {
        assert.equal(argMax(found.probabilities[i]), argMax(row), `class of image ${i}`);
        assertNear(found.probabilities[i], row, 1e-3, `probabilities of image ${i}`);
      }
      for (const [i, { heat, layer }] of cams.entries()) {
        assert.equal(found.cams[i].layer, layer);
        assertNear(found.cams[i].heat, heat, 0.01 * Math.max(...heat), `heat of image ${i}`);
      }
    });
  }

  test('a backend that is chosen is measured, and the former ones keep their times', async () => {
    const time = (name: string) => page.locator(`[data-backend=${name}] td`);
    await matches(time('wasm'), /^[\d.]+$/); // the page began with it: the other devices are imitated here
    const first = page.locator('#backends input:enabled').first();
    await first.check();
    await matches(time(await first.inputValue()), /^[\d.]+$/);
    assert.match((await time('wasm').textContent()) ?? '', /^[\d.]+$/);
    await page.getByRole('radio', { name: 'WebAssembly' }).check();
  });

  test('a backend that gives way to another before it is measured gets none of its times', async (t) => {
    const [other] = await page.locator('#backends input:enabled:not([value=wasm])').all();
    if (!other) return t.skip('there is one backend in this browser');
    await page.getByRole('radio', { name: 'WebAssembly' }).check();
    await matches(page.locator('[data-backend=wasm] td'), /^[\d.]+$/); // whatever was asked for before is done
    await page.evaluate(
      (name) => {
        for (const value of [name, 'wasm'])
          document.querySelector<HTMLInputElement>(`#backends [value=${value}]`)!.click();
      },
      await other.inputValue(),
    );
    await matches(page.locator('[data-backend=wasm] td'), /^[\d.]+$/);
    assert.equal(await page.locator(`[data-backend=${await other.inputValue()}] td`).textContent(), '–');
  });

  test('test images are chosen by mouse and by arrow keys, and the classes of Grad-CAM by button', async () => {
    const sample = (n: number) => page.locator('#samples button').nth(n);
    await sample(4).click();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    assert.equal(await sample(5).getAttribute('aria-pressed'), 'true');
    await matches(page.locator('#guesses'), shareOfBest(reference.probabilities[5]));
    const rows = page.locator('#guesses button');
    assert.equal(await rows.count(), 5);
    await rows.nth(1).click();
    const second = await rows.nth(1).locator('.name').textContent();
    await matches(page.locator('#heat-note'), new RegExp(`speaks for ${second}`));
    assert.equal(await rows.nth(1).getAttribute('aria-pressed'), 'true');
  });

  test('a PNG that is uploaded or dropped is seen pixel by pixel', async () => {
    const rgb = reference.images.subarray(7 * BYTES, 8 * BYTES);
    const buffer = encodePng({ width: SIDE, height: SIDE, rgb });
    await page.locator('#upload').setInputFiles({ name: 'seven.png', mimeType: 'image/png', buffer });
    await matches(page.locator('#caption'), /^seven\.png, 32×32 pixels$/);
    await matches(page.locator('#guesses'), shareOfBest(reference.probabilities[7]));
    await drop(page, 'eight.png', 'image/png', encodePng({ width: SIDE, height: SIDE, rgb }, 3));
    await matches(page.locator('#caption'), /^eight\.png, 96×96 pixels$/);
    assert.equal(await page.locator('#samples [aria-pressed=true]').count(), 0);
  });

  test('a file that is no picture is refused in a sentence, which goes with the next picture', async () => {
    await drop(page, 'notes.txt', 'text/plain', Buffer.from('hello'));
    const alert = page.getByRole('alert');
    await matches(
      alert,
      /^Cannot open notes\.txt; it is not a picture that this browser knows: choose a PNG, /,
    );
    await page.locator('#samples button').first().click();
    await alert.waitFor({ state: 'hidden' });
  });

  test('the camera is refused in a sentence; allowed, it runs until it is stopped', async () => {
    const button = page.locator('#camera');
    await button.click();
    await matches(page.getByRole('alert'), /^Cannot open the camera; it was refused: allow it for this page/);
    await context.grantPermissions(['camera']);
    await button.click();
    await matches(page.locator('#caption'), /^camera, \d+×\d+ pixels$/);
    await button.click();
    await matches(button, /^Use the camera$/);
  });

  test('a camera that is stopped before it is there does not stay on', async () => {
    const button = page.locator('#camera');
    const live = await page.evaluate(async () => {
      const { mediaDevices } = navigator;
      const open = mediaDevices.getUserMedia.bind(mediaDevices);
      const opened: Promise<MediaStream>[] = [];
      mediaDevices.getUserMedia = (wishes) => {
        opened.push(open(wishes));
        return opened.at(-1)!;
      };
      for (let i = 0; i < 3; i++) document.getElementById('camera')!.click(); // on, off, on
      const streams = await Promise.all(opened);
      mediaDevices.getUserMedia = open;
      await new Promise((done) => setTimeout(done)); // who waits for a stream has it by now
      return streams.map(({ active }) => active);
    });
    assert.deepEqual(live, [false, true]);
    await matches(button, /^Stop the camera$/);
    await button.click();
    await matches(button, /^Use the camera$/);
  });

  test('without a network it goes on, on every backend', async () => {
    await context.setOffline(true);
    const backends = await page.locator('#backends input:enabled').all();
    for (const [i, backend] of backends.entries()) {
      await page.locator('#samples button').nth(i).click();
      await backend.check();
      await matches(page.locator('#guesses'), shareOfBest(reference.probabilities[i]));
      await matches(page.locator(`[data-backend=${await backend.inputValue()}] td`), /^[\d.]+$/);
    }
    assert.equal(await page.getByRole('alert').isHidden(), true);
    await context.setOffline(false);
  });

  test('on a phone nothing is wider than the screen', async () => {
    await page.setViewportSize({ width: 390, height: 800 });
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
  });

  test('all of that asks no other machine for anything, and logs no error', () => {
    assert.deepEqual(complaints, []);
  });

  test('a model that cannot be loaded is said in a sentence', async () => {
    const other = await browser.newPage();
    await other.route(`**/${FILES.model}`, (route) => route.abort());
    await other.goto(served.url);
    await matches(other.getByRole('alert'), /^Cannot load the model; .*; run npm run web again\.$/);
    assert.equal(await other.locator('#model').textContent(), 'There is no net to show.');
    await other.close();
  });
});

/** The one in the checkout, where CIFAR-10 is at hand, else one that was not trained, for which images are drawn. */
async function modelToShow(folder: string) {
  const directory = path.join(folder, 'model');
  const committed = process.env.CIFAR10_DIR && chooseCommitted();
  if (committed) return committed;
  await saveUntrained(directory);
  return { directory, origin: 'a test' };
}

function chooseCommitted() {
  try {
    return chooseModel({ RESNET_LAB_OUT: 'none', RESNET_LAB_MODEL: 'none' }, root);
  } catch {
    return undefined; // none is in the checkout
  }
}

function samplesOf(data: string): Uint8Array {
  return new Uint8Array(fs.readFileSync(path.join(data, 'data', FILES.samples)));
}

async function askNode(directory: string, images: Uint8Array): Promise<Reference> {
  const { model } = await loadModel(directory);
  const unit = Float32Array.from(images, (byte) => byte / 255);
  const x = tf.tensor4d(unit, [images.length / BYTES, SIDE, SIDE, 3]);
  const result = model.predict(x) as Tensor2D;
  const probabilities = await result.array();
  const cams = probabilities.slice(0, EXPLAINED).map((row, i) => {
    const image = x.slice([i], [1]);
    const cam = gradCam(model, image, { classIndex: argMax(row) });
    image.dispose();
    return cam;
  });
  tf.dispose([x, result]);
  model.dispose();
  return { images, probabilities, cams };
}

async function askPage(page: Page, backend: string, images: Uint8Array, cams: readonly GradCam[]) {
  return page.evaluate(
    async ({ backend, classes, bytes, count }) => {
      const lab = window.resnetLab!;
      await lab.use(backend as 'wasm');
      const { images } = lab.samples!;
      const probabilities: number[][] = []; // one by one: a batch of another size has its own shaders, which take long to compile
      for (let i = 0; i < count; i++) {
        probabilities.push(...(await lab.classify(images.slice(i * bytes, (i + 1) * bytes))));
      }
      const cams: { layer: string; heat: number[] }[] = [];
      for (const [i, classIndex] of classes.entries()) {
        const { layer, heat } = await lab.explain(images.slice(i * bytes, (i + 1) * bytes), classIndex);
        cams.push({ layer, heat: [...heat] });
      }
      return { probabilities, cams };
    },
    {
      backend,
      classes: cams.map(({ classIndex }) => classIndex),
      bytes: BYTES,
      count: images.length / BYTES,
    },
  );
}

async function openReady(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.waitForFunction(() => window.resnetLab !== undefined);
}

/** Collects console errors, uncaught exceptions and requests to any other address than the page's own. */
function watch(page: Page, context: BrowserContext, url: string): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`));
  context.on('request', (request) => {
    const own = request.url().startsWith(url) || /^(data|blob):/.test(request.url());
    if (!own) complaints.push(`request: ${request.url()}`);
  });
  return complaints;
}

/** Drops a file on the page, as a hand would. */
async function drop(page: Page, name: string, type: string, bytes: Buffer): Promise<void> {
  const transfer = await page.evaluateHandle(
    ({ name, type, bytes }) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([Uint8Array.from(bytes)], name, { type }));
      return transfer;
    },
    { name, type, bytes: [...bytes] },
  );
  await page.dispatchEvent('#stage', 'drop', { dataTransfer: transfer });
}

/** Waits until the text of an element is as expected. */
async function matches(element: ReturnType<Page['locator']>, expected: RegExp): Promise<void> {
  const deadline = Date.now() + 20_000; // milliseconds
  let text = '';
  while (Date.now() < deadline) {
    text = (await element.textContent({ timeout: 20_000 }))?.trim() ?? '';
    if (expected.test(text)) return;
    await element.page().waitForTimeout(50);
  }
  assert.match(text, expected);
}

/** What the bars say of the most probable class. */
function shareOfBest(row: readonly number[]): RegExp {
  return new RegExp(`${percent(Math.max(...row))}`);
}

function argMax(row: readonly number[]): number {
  return row.indexOf(Math.max(...row));
}

function assertNear(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  most: number,
  what: string,
): void {
  assert.equal(actual.length, expected.length, what);
  for (let i = 0; i < expected.length; i++) {
    const off = Math.abs(actual[i] - expected[i]);
    assert.ok(off < most, `${what}, number ${i}: ${actual[i]}, and not ${expected[i]}`);
  }
}
