import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Browser, chromium } from 'playwright-core';
import { configPath } from '../../tools/lab/config-path.mjs';
import { writeStartPage } from '../../tools/lab/write-start-page';
import { findBrowser } from './find-browser';
import { type JupyterServer, startJupyter } from './jupyter-server';

const root = path.resolve(__dirname, '../..');
const executablePath = findBrowser();
const skip = executablePath ? false : 'no Chromium or Chrome found; CHROMIUM can name one';

describe('the start page of npm run lab in a real browser', { skip }, () => {
  const folder = path.join(root, 'out', `.lab-${process.pid}`);
  const notebooks = path.join(folder, 'notebooks');
  let server: JupyterServer;
  let browser: Browser;

  before(async () => {
    fs.cpSync(path.join(root, 'notebooks'), notebooks, {
      recursive: true,
      filter: (file) => !file.includes('results'),
    });
    writeStartPage(root, {}, notebooks);
    server = await startJupyter({
      jupyter: path.join(root, '.venv', 'bin', 'jupyter'),
      folder: notebooks,
      stateFolder: path.join(folder, 'state'),
      environment: { JUPYTER_CONFIG_PATH: configPath(root, {}) },
    });
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  });

  after(async () => {
    await browser?.close();
    await server?.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  test('JupyterLab opens on the list of chapters, and a click opens one', { timeout: 180_000 }, async () => {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    await page.goto(`${server.url}?token=${server.token}`);
    const start = page.locator('.jp-MarkdownViewer');
    await start.getByRole('heading', { name: 'resnet-lab' }).waitFor({ timeout: 90_000 });
    const chapters = fs.readdirSync(notebooks).filter((name) => name.endsWith('.ipynb'));
    assert.equal(await start.locator('tbody tr').count(), chapters.length);
    await page.screenshot({ path: path.join(root, 'out', 'screenshots', 'lab-start.png') });
    await start.getByRole('link', { name: 'The residual block' }).click();
    await page
      .locator('.jp-Notebook')
      .getByRole('heading', { name: 'The residual block' })
      .waitFor({ timeout: 60_000 });
  });
});
