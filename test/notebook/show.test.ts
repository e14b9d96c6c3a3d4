import assert from 'node:assert/strict';
import { test } from 'node:test';
import { markdown } from '../../lib/src/notebook/fragment';
import { show } from '../../lib/src/notebook/show';
import type { PlotlyFigure, VegaLiteSpec } from '../../lib/src/plot/spec';
import { capturedNotebook, capturedTerminal } from './captured-output';

const spec: VegaLiteSpec = {
  title: 'Images a class',
  data: { values: [{ name: 'cat', images: 2 }] },
  mark: 'bar',
  encoding: { x: { field: 'name' }, y: { field: 'images', type: 'quantitative' } },
};
const figure: PlotlyFigure = {
  data: [
    { type: 'scatter3d', x: new Float32Array([1, 2]), text: ['</script><script>alert(1)</script>', ''] },
  ],
  layout: { title: 'Features' },
};
const svg = '<svg width="10" height="20"><title>A "block"</title></svg>';

test('a plot is one output: the spec, its picture and its text', async () => {
  const { output, sent } = capturedNotebook();
  await show(spec, {}, output);
  assert.equal(sent.length, 1);
  const { bundle, kind } = sent[0];
  assert.equal(kind, 'display');
  assert.deepEqual(bundle['application/vnd.vegalite.v5+json'], spec);
  assert.match(String(bundle['image/svg+xml']), /^<svg[\s\S]*Images a class/);
  assert.equal(bundle['text/plain'], 'plot: Images a class (1 point)');
});

test('a drawing is an image element, which untrusted notebooks keep, beside the SVG itself', async () => {
  const { output, sent } = capturedNotebook();
  await show(svg, {}, output);
  const [, encoded] = /^<img alt="A &quot;block&quot;"[^>]* src="data:image\/svg\+xml;base64,([^"]*)">$/.exec(
    String(sent[0].bundle['text/html']),
  )!;
  const picture = Buffer.from(encoded, 'base64').toString();
  assert.equal(picture, svg.replace('<svg', '<svg xmlns="http://www.w3.org/2000/svg"'));
  assert.equal(sent[0].bundle['image/svg+xml'], picture);
  assert.equal(sent[0].bundle['text/plain'], 'drawing: A "block" (10 x 20)');
});

test('only the first Plotly figure of a kernel carries plotly.js', async () => {
  const { output, sent } = capturedNotebook();
  await show(figure, {}, output);
  await show(figure, {}, output);
  const [first, second] = sent.map(({ bundle }) => String(bundle['text/html']));
  assert.ok(first.length > 1_000_000, `${first.length}`);
  assert.ok(second.length < 2000, `${second.length}`);
  assert.match(first, /\(function \(define, exports, module\) \{/);
  const another = capturedNotebook();
  await show(figure, {}, another.output);
  assert.equal(String(another.sent[0].bundle['text/html']).length, first.length);
});

test('the data of a Plotly figure cannot end its script, and typed arrays become lists', async () => {
  const { output, sent } = capturedNotebook();
  await show(figure, {}, output);
  await show(figure, {}, output);
  const html = String(sent[1].bundle['text/html']);
  assert.equal(html.match(/<\/script>/g)?.length, 1);
  assert.match(html, /"x":\[1,2\]/);
});

test('the still picture of a Plotly figure stands where scripts do not run', async () => {
  const { output, sent } = capturedNotebook();
  await show(figure, { still: spec }, output);
  await show(figure, {}, output);
  assert.match(String(sent[0].bundle['image/svg+xml']), /Images a class/);
  assert.match(
    String(sent[0].bundle['text/html']),
    /<div id="plot-[0-9a-f]{16}" style="min-height:450px"><img /,
  );
  assert.equal(sent[1].bundle['image/svg+xml'], undefined);
  assert.match(String(sent[1].bundle['text/html']), /<pre>plot: Features \(1 trace, 2 points\)<\/pre>/);
});

test('markdown, rows and text are shown as such', async () => {
  const { output, sent } = capturedNotebook();
  await show(markdown('**x**'), {}, output);
  await show([{ a: 1 }], {}, output);
  await show('plain', {}, output);
  assert.deepEqual(
    sent.map(({ bundle }) => Object.keys(bundle)),
    [['text/markdown', 'text/plain'], ['text/html', 'text/plain'], ['text/plain']],
  );
});

test('a terminal prints what a plot, a drawing, a figure and a table say', async () => {
  const terminal = capturedTerminal();
  for (const what of [spec, svg, figure, [{ a: 1 }], markdown('**x**'), 'plain']) {
    await show(what, {}, terminal.output);
  }
  assert.equal(
    terminal.text(),
    'plot: Images a class (1 point)\ndrawing: A "block" (10 x 20)\nplot: Features (1 trace, 2 points)\na\n-\n1\n**x**\nplain\n',
  );
});

test('what cannot be shown is refused in words', async () => {
  await assert.rejects(show(3 as never, {}, capturedTerminal().output), {
    name: 'TypeError',
    message: 'cannot show; not a Vega-Lite spec, Plotly figure, text, SVG, table rows or fragment: 3',
  });
});

test('a spec that Vega refuses is an error, not an empty output', async () => {
  const { output, sent } = capturedNotebook();
  await assert.rejects(show({ ...spec, mark: 'nonsense' } as never, {}, output));
  assert.equal(sent.length, 0);
});
