import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluate } from '../../lib/src/evaluate/evaluate';
import { barPlot } from '../../lib/src/plot/bar-plot';
import { classHistogram } from '../../lib/src/plot/class-histogram';
import { confidenceBars } from '../../lib/src/plot/confidence-bars';
import { perClassBars } from '../../lib/src/plot/per-class-bars';
import { checkedSvg, count, rowsOf, textsOf } from './checked-svg';
import { smallPredictions, smallSplit } from './small-data';

const bars = (svg: string) => count(svg, /aria-roledescription="bar"/g);
const titles = { title: 'Norms', valueTitle: 'norm', nameTitle: 'layer' };

test('a class histogram has a bar and a count for each class', async () => {
  const svg = await checkedSvg(
    classHistogram({ ...smallSplit(), labels: Uint8Array.from([0, 0, 0, 1, 1, 1]) }),
  );
  assert.equal(bars(svg), 3);
  const texts = textsOf(svg);
  for (const text of ['Images by class: six test images', 'cat', 'dog', 'images', 'class'])
    assert.ok(texts.includes(text));
});

test('class histograms of several splits stand side by side under their names', async () => {
  const [train, test] = [
    { ...smallSplit(), name: 'train' },
    { ...smallSplit(), name: 'test' },
  ];
  const spec = classHistogram([train, test]);
  const svg = await checkedSvg(spec);
  assert.equal(bars(svg), 6);
  assert.ok(['train', 'test'].every((name) => textsOf(svg).includes(name)));
  assert.deepEqual(
    rowsOf(spec).map(({ value }) => value),
    [2, 2, 2, 2, 2, 2],
  );
});

test('class histograms need splits of the same classes', () => {
  assert.throws(() => classHistogram([]), {
    name: 'RangeError',
    message: 'cannot draw a class histogram; at least one split is needed: 0',
  });
  const other = { ...smallSplit(), name: 'others', classNames: ['x', 'y', 'z'] };
  assert.throws(() => classHistogram([smallSplit(), other]), {
    name: 'TypeError',
    message:
      'cannot draw one class histogram; all splits need the same classes: six test images and others differ',
  });
});

test('a hundred classes keep all their names', async () => {
  const classNames = Array.from({ length: 100 }, (_, i) => `class ${i}`);
  const texts = textsOf(await checkedSvg(classHistogram({ ...smallSplit(), classNames })));
  assert.ok(classNames.every((name) => texts.includes(name)));
});

test('precision and recall stand below each other for every class', async () => {
  const spec = perClassBars(evaluate(smallPredictions()));
  assert.equal(bars(await checkedSvg(spec)), 6);
  const [precision, recall] = rowsOf(spec);
  assert.deepEqual([precision.group, recall.group], ['precision', 'recall']);
  assert.deepEqual([precision.value, recall.value], [2 / 3, 1]); // cat: of three called so two are
});

test('confidence bars say what an image is taken for and what it is', async () => {
  const predictions = smallPredictions();
  const wrong = confidenceBars(predictions, 2);
  const svg = await checkedSvg(wrong);
  assert.equal(bars(svg), 3);
  assert.ok(textsOf(svg).includes('six test images, image 2'));
  assert.ok(textsOf(svg).includes('taken for cat with 50 %, is a &lt; b &amp; c'));
  assert.deepEqual(
    rowsOf(wrong).map(({ group }) => group),
    ['predicted, but wrong', 'other classes', 'true class'],
  );
  const right = textsOf(await checkedSvg(confidenceBars(predictions, 0)));
  assert.ok(!right.includes('predicted, but wrong'));
  assert.deepEqual(predictions, smallPredictions());
});

test('confidence bars leave out improbable classes, but never the true one', () => {
  const spec = confidenceBars(smallPredictions(), 4, { classes: 1 });
  assert.deepEqual(
    rowsOf(spec).map(({ name }) => name),
    ['dog', 'a < b & c'],
  ); // it is a dog, with 0.3 %
  const { subtitle } = spec.title as unknown as { subtitle: string };
  assert.match(subtitle, /; the 1 most probable classes of 3 and the true one$/);
});

test('confidence bars refuse an image that is none', () => {
  assert.throws(() => confidenceBars(smallPredictions(), 6), {
    name: 'RangeError',
    message: 'invalid index; not an integer in [0, 6) of the predictions for six test images: 6',
  });
  assert.throws(() => confidenceBars(smallPredictions(), 0, { classes: 0 }), {
    name: 'RangeError',
    message: 'invalid classes; not a positive integer: 0',
  });
});

test('a bar plot draws items in their order, negative values too, and groups side by side', async () => {
  const simple = barPlot(
    [
      { name: 'z', value: 0.5 },
      { name: 'a', value: -0.25 },
    ],
    titles,
  );
  const svg = await checkedSvg(simple);
  assert.equal(bars(svg), 2);
  const texts = textsOf(svg);
  assert.ok(texts.indexOf('z') < texts.indexOf('a'));
  for (const text of ['Norms', 'norm', 'layer', '0.5', '−0.25']) assert.ok(texts.includes(text), text);
  const grouped = await checkedSvg(
    barPlot(
      ['with', 'without'].flatMap((group) => [{ name: 'stem', value: 1, group }]),
      titles,
    ),
  );
  assert.equal(bars(grouped), 2);
  assert.ok(['with', 'without'].every((group) => textsOf(grouped).includes(group)));
});

test('a bar plot refuses no items, values that are no numbers, and items of one name', () => {
  assert.throws(() => barPlot([], titles), {
    message: 'cannot draw "Norms"; at least one item is needed: 0',
  });
  assert.throws(() => barPlot([{ name: 'stem', value: Number.NaN }], titles), {
    name: 'RangeError',
    message: 'invalid value of "stem"; not a finite number: NaN',
  });
  const twice = { name: 'stem', value: 1 };
  assert.throws(() => barPlot([twice, twice], titles), {
    message: 'invalid items; more than one has this name and group: "stem"',
  });
});
