import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';

/** One notebook open in JupyterLab, driven as a person would: by its menu and by what can be seen. */
export class NotebookPage {
  constructor(private readonly page: Page) {}

  async open(server: { url: string; token: string }, file: string): Promise<void> {
    // "doc" is JupyterLab's single-document mode: the notebook with its menus, without the file browser.
    await this.page.goto(`${server.url}doc/tree/${file}?token=${server.token}&reset`);
    await this.page.getByText('TypeScript (resnet-lab) | Idle').waitFor({ timeout: 60_000 }); // in the status bar
  }

  async runAll(): Promise<void> {
    for (let attempt = 1; attempt <= 5; attempt++) {
      await this.page.getByRole('menuitem', { name: 'Run', exact: true }).click();
      await this.page.getByRole('menuitem', { name: 'Run All Cells', exact: true }).click();
      await this.page.waitForTimeout(3000);
      if ((await this.prompts()).some((prompt) => prompt !== '[ ]:')) return;
      // JupyterLab drops a "Run All" that comes while it still connects to the kernel (notebook-facts): once more.
    }
    assert.fail('"Run All Cells" ran nothing');
  }

  /** The prompts of the code cells: `[3]:` done, `[*]:` waiting or running, `[ ]:` not run. */
  async prompts(): Promise<string[]> {
    // Not the inner text: JupyterLab skips the rendering of cells out of view, and what is not rendered has none.
    const texts = await this.page.locator('.jp-CodeCell .jp-InputPrompt').allTextContents();
    return texts.map((text) => text.trim());
  }

  /** Waits until every code cell has an execution count. */
  async allCellsDone(seconds: number): Promise<void> {
    const deadline = Date.now() + seconds * 1000;
    let prompts: string[] = [];
    while (Date.now() < deadline) {
      prompts = await this.prompts();
      if (prompts.length > 0 && prompts.every((prompt) => /^\[\d+\]:$/.test(prompt))) return;
      await this.page.waitForTimeout(250);
    }
    assert.fail(`cells not run within ${seconds} s: ${prompts.join(' ')}`);
  }

  /** What cells printed to standard error: a failed cell shows its error there. */
  async errors(): Promise<string[]> {
    return this.page
      .locator('.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.stderr"]')
      .allInnerTexts();
  }

  /** Counts from now on how often each cell draws a Vega plot; a plot that is updated in place is drawn anew. */
  async countDrawings(): Promise<void> {
    await this.page.evaluate(() => {
      // No function gets a name here: esbuild would mark it with a call that a page does not know.
      const counts = new Map<Element, number>();
      new MutationObserver((mutations) => {
        for (const added of mutations.flatMap(({ addedNodes }) => Array.from(addedNodes))) {
          const cell = added.parentElement?.closest('.jp-Cell');
          if (!(added instanceof Element) || !cell) continue;
          const drawn = added.matches('.vega-embed canvas')
            ? 1
            : added.querySelectorAll('.vega-embed canvas').length;
          counts.set(cell, (counts.get(cell) ?? 0) + drawn);
        }
      }).observe(document.body, { childList: true, subtree: true });
      Object.assign(window, { drawingsByCell: counts });
    });
  }

  /** How often the cell that drew most has drawn since {@link countDrawings}. */
  async mostDrawings(): Promise<number> {
    return this.page.evaluate(() => {
      const { drawingsByCell } = window as unknown as { drawingsByCell: Map<Element, number> };
      return Math.max(0, ...drawingsByCell.values());
    });
  }

  /** A picture of the whole notebook, every cell of it. */
  async screenshot(file: string): Promise<void> {
    const panel = this.page.locator('.jp-WindowedPanel-outer');
    // Twice: cells that were never in view are drawn, and then often turn out taller than JupyterLab took them to be.
    for (let pass = 1; pass <= 2; pass++) {
      const height = await panel.evaluate((element) => element.scrollHeight);
      await this.page.setViewportSize({ width: 1200, height: Math.min(height + 120, 16_000) });
      await panel.evaluate((element) => element.scrollTo(0, 0));
      await this.page.waitForTimeout(1000);
    }
    await this.page.screenshot({ path: file });
  }
}
