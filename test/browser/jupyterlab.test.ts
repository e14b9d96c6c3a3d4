import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { BROWSER_FLAGS, findBrowser } from './find-browser';
import { hoverOnFirstPoint, isDrawn } from './hover';
import { type JupyterServer, startJupyter } from './jupyter-server';
import { NotebookPage } from './notebook-page';

const root = path.resolve(__dirname, '../..');
const notebooks = fs
  .readdirSync(path.join(root, 'notebooks'))
  .filter((name) => name.endsWith('.ipynb'))
  .sort();
const executablePath = findBrowser();
const skip = executablePath ? false : 'no Chromium or Chrome found; CHROMIUM can name one';

/** The same few images and epochs as `npm start -- --fast`, so that "Run All" takes seconds. */
const FAST = {
  RESNET_LAB_DATA: 'generated',
  RESNET_LAB_IMAGES: '1000',
  RESNET_LAB_EPOCHS: '3',
  RESNET_LAB_SEED: '1',
};

/** Canvases that JupyterLab makes for a plot that is shown once and scrolled by. */
const STILL = 4;

describe('JupyterLab in a real browser', { skip }, () => {
  // Inside the checkout, so that the kernel finds its packages; a copy, because JupyterLab saves what it runs.
  const folder = path.join(root, 'out', `.browser-${process.pid}`);
  const screenshots = path.join(root, 'out', 'screenshots');
  let server: JupyterServer;
  let browser: Browser;

  before(async () => {
    fs.mkdirSync(screenshots, { recursive: true });
    fs.cpSync(path.join(root, 'notebooks'), path.join(folder, 'notebooks'), { recursive: true });
    server = await startJupyter({
      jupyter: path.join(root, '.venv', 'bin', 'jupyter'),
      folder: path.join(folder, 'notebooks'),
      stateFolder: path.join(folder, 'state'),
      environment: { ...FAST, RESNET_LAB_OUT: path.join(folder, 'out') },
    });
    browser = await chromium.launch({ executablePath, args: [...BROWSER_FLAGS] });
  });

  after(async () => {
    await browser?.close();
    await server?.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  for (const notebook of notebooks) {
    test(`${notebook} opens, runs all its cells and stays on this machine`, {
      timeout: 300_000,
    }, async () => {
      const context = await browser.newContext({ viewport: { width: 1200, height: 1000 } });
      const page = await context.newPage();
      const complaints = watch(page, context);
      const lab = new NotebookPage(page);

      await lab.open(server, notebook);
      await lab.countDrawings();
      await lab.runAll();
      await lab.allCellsDone(240);

      assert.deepEqual(await lab.errors(), []);
      if (notebook.startsWith('04')) {
        const drawn = await lab.mostDrawings();
        assert.ok(
          drawn > STILL,
          `the plot of loss and accuracy did not move while the net trained: ${drawn} canvases`,
        );
      }
      if (notebook.startsWith('05')) await assertHoverShowsImages(page);
      if (notebook.startsWith('06')) {
        await assertPlotlyIsDrawn(page);
        await assertHoverOnCloudShowsImage(page);
      }
      if (notebook.startsWith('13')) {
        await page.locator('.js-plotly-plot canvas').first().waitFor();
        await assertLegendChooses(page);
      }
      await lab.screenshot(path.join(screenshots, notebook.replace('.ipynb', '.png')));
      assert.deepEqual(complaints, []);
      await context.close();
    });
  }
});

/** Collects console errors, uncaught exceptions and requests to other machines. */
function watch(page: Page, context: BrowserContext): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`console: ${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`));
  context.on('request', (request) => {
    const url = new URL(request.url());
    const local = ['data:', 'blob:'].includes(url.protocol) || url.hostname === '127.0.0.1';
    if (!local) complaints.push(`request: ${request.url()}`);
  });
  return complaints;
}

async function assertPlotlyIsDrawn(page: Page): Promise<void> {
  const figure = page.locator('.js-plotly-plot');
  await figure.first().scrollIntoViewIfNeeded();
  await page
    .locator('.js-plotly-plot .gl-container canvas, .js-plotly-plot canvas')
    .first()
    .waitFor({ timeout: 20_000 });
  assert.ok(
    (await page.locator('.js-plotly-plot .legend .traces').count()) >= 2,
    'the legend names the classes',
  );
}

/** The confusion matrix is a canvas: the pointer walks over it from corner to corner until it meets a cell with images. */
async function assertHoverShowsImages(page: Page): Promise<void> {
  const matrix = page.locator('.jp-Cell', { hasText: 'confusionMatrix(evaluation' }).locator('canvas').last();
  await matrix.scrollIntoViewIfNeeded();
  const { x, y, width, height } = (await matrix.boundingBox())!;
  const picture = page.locator('#vg-tooltip-element img');
  for (let share = 0.2; share < 0.8; share += 0.03) {
    await page.mouse.move(x + share * width * 0.8, y + share * height, { steps: 3 });
    if (await picture.isVisible()) break;
  }
  await isDrawn(picture);
  await page.mouse.move(0, 0);
}

/** The legend of a plot of two lines is somewhere above them: clicks go along there until one of them changes the picture. */
async function assertLegendChooses(page: Page): Promise<void> {
  const plot = page
    .locator('.jp-Cell', { hasText: 'What the net gets right on the way' })
    .locator('canvas')
    .last();
  await plot.scrollIntoViewIfNeeded();
  const picture = () => plot.evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
  const before = await picture();
  for (let y = 30; y < 70; y += 8) {
    for (let x = 30; x < 150; x += 12) {
      await plot.click({ position: { x, y } });
      if ((await picture()) !== before) return;
    }
  }
  assert.fail('no click above the lines changed the picture');
}

async function assertHoverOnCloudShowsImage(page: Page): Promise<void> {
  const cloud = page.locator('.js-plotly-plot').first();
  await hoverOnFirstPoint(cloud);
  await isDrawn(page.locator('.plotly-picture'));
  await cloud.evaluate((host) => (host as unknown as { emit(name: string): void }).emit('plotly_unhover'));
  assert.ok(!(await page.locator('.plotly-picture').isVisible()));
}
