/** What a reader stumbles over in a chapter: links that lead nowhere, headings out of order, code that does not fit the screen. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { readNotebook } from '../../tools/run-notebooks/notebook-file';

const FOLDER = path.join(__dirname, '..', '..', 'notebooks');
const LINES = 25;
const COLUMNS = 80;
const LINK = /\]\(([^)\s]+)\)/g;
const FENCED = /^(`{3,})[\s\S]*?^\1$/gm;

/** The chapter's Markdown, without its blocks of code. */
function prose(name: string): string {
  const { cells } = readNotebook(path.join(FOLDER, name));
  const texts = cells.filter(({ cell_type }) => cell_type === 'markdown');
  return texts.map(({ source }) => [source].flat().join('').replace(FENCED, '')).join('\n\n');
}

for (const name of fs.readdirSync(FOLDER).filter((file) => file.endsWith('.ipynb'))) {
  test(`${name}: every link inside the project leads to a file`, () => {
    const links = [...prose(name).matchAll(LINK)].map(([, target]) => target);
    const inside = links.filter((target) => !/^(https?:|#)/.test(target));
    assert.ok(inside.length > 0, 'a chapter links to others');
    const dead = inside.filter((target) => !fs.existsSync(path.join(FOLDER, target.replace(/#.*/, ''))));
    assert.deepEqual(dead, []);
  });

  test(`${name}: one title, and no heading skips a level`, () => {
    const levels = [...prose(name).matchAll(/^(#+) /gm)].map(([, marks]) => marks.length);
    assert.equal(levels[0], 1);
    assert.equal(levels.filter((level) => level === 1).length, 1);
    levels.forEach((level, i) => {
      if (i > 0) assert.ok(level <= levels[i - 1] + 1, `heading ${i + 1} is of level ${level}`);
    });
  });

  test(`${name}: no cell has more than ${LINES} lines of code, nor a line more than ${COLUMNS} columns`, () => {
    const code = readNotebook(path.join(FOLDER, name)).cells.filter(({ cell_type }) => cell_type === 'code');
    for (const { id, source } of code) {
      const lines = [source].flat().join('').split('\n');
      assert.ok(lines.length <= LINES, `cell ${id} has ${lines.length} lines`);
      assert.deepEqual(
        lines.filter(({ length }) => length > COLUMNS),
        [],
      );
    }
  });
}
