import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { AxeResults } from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { writeBook } from './book-page';
import { BROWSER_FLAGS, findBrowser } from './find-browser';
import { hoverOnFirstPoint, isDrawn } from './hover';
import { pixelOf } from './pixel-of';

const executablePath = findBrowser();
const skip = executablePath ? false : 'no Chromium or Chrome found; CHROMIUM can name one';

const DESK = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };

describe('the walkthrough as a book in a real browser', { skip }, () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'book-'));
  const file = path.join(folder, 'index.html');
  const address = pathToFileURL(file).href;
  const screenshots = path.resolve(__dirname, '../../out/screenshots');
  let browser: Browser;

  before(async () => {
    await writeBook(file);
    fs.mkdirSync(screenshots, { recursive: true });
    browser = await chromium.launch({ executablePath, args: [...BROWSER_FLAGS] });
  });

  after(async () => {
    await browser?.close();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  /** Opens the book, hands it on, and finds that nothing was complained about or asked of another machine meanwhile. */
  async function withBook(options: BrowserContextOptions, use: (page: Page) => Promise<void>): Promise<void> {
    const context = await browser.newContext({ viewport: DESK, ...options });
    try {
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(`console: ${message.text()}`);
      });
      page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`));
      context.on('request', (request) => {
        if (!/^(data|blob):/.test(request.url()) && request.url().split('#')[0] !== address) {
          complaints.push(`request: ${request.url()}`);
        }
      });
      await page.goto(address);
      await use(page);
      assert.deepEqual(complaints, []);
    } finally {
      await context.close();
    }
  }

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const [name, viewport] of Object.entries({ desk: DESK, phone: PHONE })) {
      test(`axe finds nothing serious, ${colorScheme} and on a ${name}`, () =>
        withBook({ colorScheme, viewport }, async (page) => {
          await wakeAll(page);
          if (name === 'phone') await page.getByRole('button', { name: 'Contents' }).click();
          await page.getByRole('searchbox').fill('block');
          assert.deepEqual(await violations(page), []);
          await page.getByRole('searchbox').fill('');
          assert.deepEqual(await violations(page), []);
          await page.screenshot({ path: path.join(screenshots, `book-${name}-${colorScheme}.png`) });
        }));
    }
  }

  test('every link within the book has a target, and a chapter is one click from the next', () =>
    withBook({}, async (page) => {
      const dangling = await page.evaluate(() =>
        [...document.querySelectorAll<HTMLAnchorElement>('a[href^="#"]')]
          .map(({ hash }) => decodeURIComponent(hash.slice(1)))
          .filter((id) => !document.getElementById(id)),
      );
      assert.deepEqual(dangling, []);
      await page.locator('#top').getByRole('link', { name: 'Next 1 The block' }).click();
      assert.match(page.url(), /#01-block$/);
      await page.locator('[id="01-block"]').getByRole('link', { name: 'Next 2 The plots' }).click();
      assert.match(page.url(), /#02-plots$/);
      await inView(page, '2 · The plots');
      await page.getByRole('link', { name: 'the chapter before' }).click();
      await inView(page, '1 · The block');
    }));

  test('the contents mark the section that is being read', () =>
    withBook({}, async (page) => {
      const here = page.locator('#contents [aria-current]');
      assert.equal(await here.textContent(), 'Result');
      await page.getByRole('heading', { name: 'Far below' }).evaluate((heading) => heading.scrollIntoView());
      await page.locator('#contents [aria-current]', { hasText: 'Far below' }).waitFor();
      assert.equal(await here.count(), 1);
    }));

  test('a search finds headings, text, code and outputs, marks them, and leads to them', () =>
    withBook({}, async (page) => {
      const field = page.getByRole('searchbox');
      const hits = page.locator('.search li');
      await page.keyboard.press('/');
      await page.keyboard.type('SHORTcut');
      assert.deepEqual(await hits.locator('.where').allTextContents(), [
        '1 · The block',
        '1 · The block › Shortcuts',
        '1 · The block › Shortcuts › code',
        '1 · The block › Shortcuts › output',
      ]);
      assert.equal(await page.getByRole('status').textContent(), '4 places');
      assert.deepEqual(await hits.locator('mark').allTextContents(), [
        'Shortcut',
        'shortcut',
        'shortcut',
        'shortcut',
      ]);
      const found = await page.evaluate(() =>
        [...CSS.highlights.get('found')!].map((range) => (range as Range).toString()),
      );
      assert.deepEqual(found, ['Shortcut', 'shortcut', 'shortcut', 'shortcut']);

      await field.fill('rare marmot');
      await field.press('Enter');
      await inView(page, 'A rare animal, the marmot');
      assert.match(page.url(), /#02-plots-far-below$/);

      await field.fill('nowhere to be found');
      assert.equal(await page.getByRole('status').textContent(), 'Nothing found');
      await field.press('Escape');
      assert.ok(await page.locator('#contents').isVisible());
    }));

  test('the choice of light or dark is remembered, and auto is as the system is set', () =>
    withBook({ colorScheme: 'light' }, async (page) => {
      const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      const light = await paper();
      await page.getByRole('button', { name: 'Dark' }).click();
      const dark = await paper();
      assert.notEqual(dark, light);
      await page.reload();
      assert.equal(await paper(), dark);
      assert.equal(await page.getByRole('button', { name: 'Dark' }).getAttribute('aria-pressed'), 'true');
      await page.getByRole('button', { name: 'Auto' }).click();
      assert.equal(await paper(), light);
      await page.emulateMedia({ colorScheme: 'dark' });
      assert.equal(await paper(), dark);
    }));

  test('plots are pictures until they come near, then alive; Vega and plotly.js are not run before', () =>
    withBook({}, async (page) => {
      const libraries = () =>
        page.evaluate(() => ['vega', 'vegaLite', 'Plotly'].filter((name) => name in window));
      assert.deepEqual(await libraries(), []);
      const plot = page.locator('.output.plot').first();
      const picture = await plot.locator('> img').boundingBox();
      await plot.scrollIntoViewIfNeeded();
      const bar = plot.locator('.drawn .mark-rect path').first();
      await bar.hover();
      await page.locator('.tooltip', { hasText: 'stem' }).waitFor();
      const drawn = await plot.locator('.drawn').boundingBox();
      assert.ok(Math.abs(drawn!.height - picture!.height) < 12, `${drawn!.height} and ${picture!.height}`);
      await page.locator('#far-away').scrollIntoViewIfNeeded();
      await page.locator('.js-plotly-plot .legend .traces').first().waitFor({ timeout: 60_000 });
      assert.deepEqual(await libraries(), ['vega', 'vegaLite', 'Plotly']);
      await hoverOnFirstPoint(page.locator('.js-plotly-plot'));
      await isDrawn(page.locator('.plotly-picture'));
    }));

  test('a click on a name in the legend leaves the other line faded, and a double click in the plot brings it back', () =>
    withBook({}, async (page) => {
      const plot = page.locator('.output.plot').last();
      await plot.scrollIntoViewIfNeeded();
      const lines = plot.locator('.drawn .mark-line path');
      const opacities = () =>
        lines.evaluateAll((all) => all.map((line) => line.getAttribute('opacity') ?? '1'));
      const name = plot.locator('.drawn .role-legend-label text', { hasText: 'residual' });
      await name.click();
      assert.deepEqual(await opacities(), ['0.12', '1']);
      await plot.locator('.drawn svg').dblclick({ position: { x: 200, y: 150 } });
      assert.deepEqual(await opacities(), ['1', '1']);
    }));

  test('drawings, still or alive, have dark paper on a dark page and light paper on a light one', async () => {
    const papers = { light: [255, 255, 255], dark: [21, 24, 29] };
    for (const colorScheme of ['light', 'dark'] as const) {
      await withBook({ colorScheme, javaScriptEnabled: false }, async (page) => {
        const picture = page.locator('.output.plot > img').first();
        await picture.scrollIntoViewIfNeeded();
        assert.deepEqual(await pixelOf(page, picture), papers[colorScheme]);
      });
      await withBook({ colorScheme }, async (page) => {
        await page.locator('.output.plot').first().scrollIntoViewIfNeeded();
        const alive = page.locator('.drawn svg').first();
        await alive.waitFor();
        assert.deepEqual(await pixelOf(page, alive), papers[colorScheme]);
      });
    }
  });

  test('on a phone nothing is wider than the screen, and the contents fold away', () =>
    withBook({ viewport: PHONE }, async (page) => {
      await wakeAll(page);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), PHONE.width);
      const contents = page.locator('#contents');
      const button = page.getByRole('button', { name: 'Contents' });
      assert.ok(!(await contents.isVisible()));
      await button.click();
      assert.equal(await button.getAttribute('aria-expanded'), 'true');
      await contents.getByRole('link', { name: 'The plots' }).click();
      assert.ok(!(await contents.isVisible()));
      await inView(page, '2 · The plots');
    }));

  test('without scripts everything is there: text, contents, pictures', () =>
    withBook({ javaScriptEnabled: false }, async (page) => {
      assert.ok(await page.locator('#contents').isVisible());
      assert.ok(await page.locator('.output.plot > img').first().isVisible());
      assert.ok(await page.locator('#far-away').isVisible());
      assert.ok(!(await page.locator('.search').isVisible()));
    }));

  test('in print the paper is light, plots are still pictures, and the sidebar is gone', () =>
    withBook({ colorScheme: 'dark' }, async (page) => {
      await wakeAll(page);
      await page.emulateMedia({ media: 'print' });
      assert.equal(
        await page.evaluate(() => getComputedStyle(document.body).backgroundColor),
        'rgb(255, 255, 255)',
      );
      assert.ok(!(await page.locator('.sidebar').isVisible()));
      assert.ok(await page.locator('.output.plot > img').first().isVisible());
      assert.ok(!(await page.locator('.output.plot .drawn').first().isVisible()));
    }));
});

/** Brings every output near once, and comes back to the top. */
async function wakeAll(page: Page): Promise<void> {
  for (const output of await page.locator('.output').all()) await output.scrollIntoViewIfNeeded();
  await page.evaluate(() => scrollTo(0, 0));
}

async function inView(page: Page, text: string): Promise<void> {
  const box = await page.locator('main').getByText(text).first().boundingBox();
  const height = page.viewportSize()!.height;
  assert.ok(box && box.y >= 0 && box.y + box.height <= height, `"${text}" is at ${box?.y} of ${height}`);
}

/** What axe finds that keeps people from using the page, or makes it very hard. */
async function violations(page: Page): Promise<string[]> {
  const source = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
  await page.evaluate(source);
  const results = await page.evaluate(() =>
    (window as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
  );
  return results.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
}
