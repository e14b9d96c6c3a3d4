import assert from 'node:assert/strict';
import { test } from 'node:test';
import { excerpt, find, type Passage, wordsOf } from '../../tools/run-notebooks/report/client/find';

const passage = (kind: Passage['kind'], text: string): Passage => ({ kind, text });
const texts = (query: string, passages: Passage[]) =>
  find(wordsOf(query), passages).map((hit) => hit.passage.text);

test('a passage is found that has all the words, in any order and case', () => {
  const passages = [
    passage('text', 'The Residual block'),
    passage('text', 'A block'),
    passage('text', 'residuals'),
  ];
  assert.deepEqual(texts('BLOCK residual', passages), ['The Residual block']);
  assert.deepEqual(texts('plain', passages), []);
});

test('headings come before text, code and outputs, and whole words before parts of words', () => {
  const passages = [
    passage('output', 'net out'),
    passage('code', 'net()'),
    passage('text', 'the planet'),
    passage('text', 'the net'),
    passage('heading', 'Nets'),
  ];
  assert.deepEqual(texts('net', passages), ['Nets', 'the net', 'the planet', 'net()', 'net out']);
});

test('single letters alone find nothing, beside a word they count', () => {
  assert.deepEqual(wordsOf(' a '), []);
  assert.deepEqual(wordsOf(''), []);
  assert.deepEqual(wordsOf('F  block'), ['f', 'block']);
});

test('overlapping words are one span', () => {
  const [hit] = find(['resnet', 'net', 'net-2'], [passage('text', 'a resnet-20 net')]);
  assert.deepEqual(hit.spans, [
    { start: 2, end: 10 },
    { start: 12, end: 15 },
  ]);
});

test('an excerpt shows whole words around the first hit, and says where it was cut', () => {
  const text = `${'before '.repeat(30)}marmot ${'after '.repeat(30)}`;
  const [hit] = find(['marmot'], [passage('text', text)]);
  const { text: piece, spans } = excerpt(hit, 60);
  assert.match(piece, /^… (before )+marmot( after)+ …$/);
  assert.ok(piece.length <= 64, piece);
  assert.deepEqual(
    spans.map(({ start, end }) => piece.slice(start, end)),
    ['marmot'],
  );
});

test('a hit longer than an excerpt is cut nowhere', () => {
  const word = 'x'.repeat(100);
  const [hit] = find([word], [passage('code', `${'y '.repeat(50)}${word}${' z'.repeat(50)}`)]);
  const { text, spans } = excerpt(hit, 40);
  assert.equal(text, `… y y y y ${word} …`);
  assert.deepEqual(spans, [{ start: 10, end: 110 }]);
});
