/** Every word of the chapters, of README and of environment.md: in the dictionary, or in the list of the field's own words beside this file. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import nspell from 'nspell';
import { readNotebook } from '../../tools/run-notebooks/notebook-file';

const ROOT = path.join(__dirname, '..', '..');
const NOTEBOOKS = path.join(ROOT, 'notebooks');
const chapters = fs.readdirSync(NOTEBOOKS).filter((file) => file.endsWith('.ipynb'));

/** Not prose: blocks of code, formulas, code, addresses, tags. */
const NOT_WORDS = [
  /^(`{3,})[\s\S]*?^\1$/gm,
  /\$\$[\s\S]*?\$\$/g,
  /\$[^$\n]+\$/g,
  /`[^`\n]+`/g,
  /\]\([^)\s]+\)/g,
  /<[^>]+>/g,
  /https?:\S+/g,
];

/** Words of letters only, apostrophes within: names with digits, capitals inside or underscores are code, or units. */
function wordsOf(text: string): string[] {
  const prose = NOT_WORDS.reduce((rest, pattern) => rest.replace(pattern, ' '), text);
  const words = prose.match(/[\p{L}\p{N}_.’']+/gu) ?? [];
  return words
    .map((word) =>
      word
        .replace(/’/g, "'")
        .replace(/^[.']+|[.']+$/g, '')
        .replace(/'s$/, ''),
    )
    .filter((word) => /^\p{L}[\p{Ll}']+$/u.test(word));
}

function proseOf(chapter: string): string {
  const cells = readNotebook(path.join(NOTEBOOKS, chapter)).cells;
  const texts = cells.filter(({ cell_type }) => cell_type === 'markdown');
  return texts.map(({ source }) => [source].flat().join('')).join('\n\n');
}

describe('spelling', () => {
  let speller: nspell;
  const known = fs.readFileSync(path.join(__dirname, 'words.txt'), 'utf8').split('\n').filter(Boolean);

  before(async () => {
    const { default: english } = await import('dictionary-en-gb');
    speller = nspell(Buffer.from(english.aff), Buffer.from(english.dic));
    for (const word of known) speller.add(word);
  });

  const misspelt = (text: string) => [...new Set(wordsOf(text))].filter((word) => !speller.correct(word));

  for (const chapter of chapters) {
    test(chapter, () => assert.deepEqual(misspelt(proseOf(chapter)), []));
  }

  for (const file of ['README.md', 'environment.md', 'lib/README.md']) {
    test(file, () => assert.deepEqual(misspelt(fs.readFileSync(path.join(ROOT, file), 'utf8')), []));
  }

  test('a wrong word is found, code and formulas are not taken for words', () => {
    assert.deepEqual(misspelt('The gradiant of `fooBaz` and $\\alpha qux$ in [a net](some-adress.md).'), [
      'gradiant',
    ]);
  });

  test('the list holds no word that the dictionary has, and none twice', async () => {
    const { default: english } = await import('dictionary-en-gb');
    const plain = nspell(Buffer.from(english.aff), Buffer.from(english.dic));
    assert.deepEqual(
      known.filter((word) => plain.correct(word)),
      [],
    );
    assert.equal(new Set(known).size, known.length);
  });
});
