import assert from 'node:assert/strict';
import { test } from 'node:test';
import { featureCloud, featureCloudTwin } from '../../lib/src/plot/feature-cloud';
import { seriesColour } from '../../lib/src/plot/theme';
import { checkedSvg, count, rowsOf, textsOf } from './checked-svg';

const points = [
  [1, 2, 3],
  [4, 5, 6],
  [7, 8, 9],
];
const labels = [0, 2, 0];
const classNames = ['cat', 'dog', 'ship'];

test('a feature cloud has a trace for every class with points, in the colour of the class', () => {
  const { data, layout } = featureCloud(points, labels, classNames, { title: 'CIFAR-10' });
  const [cat, ship] = data as {
    type: string;
    name: string;
    x: number[];
    z: number[];
    marker: { color: string };
  }[];
  assert.equal(data.length, 2);
  assert.deepEqual([cat.type, cat.name, cat.x, cat.z], ['scatter3d', 'cat', [1, 7], [3, 9]]);
  assert.deepEqual([ship.name, ship.x, ship.marker.color], ['ship', [4], seriesColour(2)]);
  assert.equal((layout as { title: { text: string } }).title.text, 'CIFAR-10');
  assert.deepEqual(JSON.parse(JSON.stringify({ data, layout })), { data, layout });
});

test('points in row-major order are the same cloud', () => {
  const flat = Float32Array.from(points.flat());
  assert.deepEqual(featureCloud(flat, labels, classNames), featureCloud(points, labels, classNames));
  assert.deepEqual(featureCloudTwin(flat, labels, classNames), featureCloudTwin(points, labels, classNames));
});

test("a cloud's twin without scripts shows every point and the classes that have some", async () => {
  const svg = await checkedSvg(featureCloudTwin(points, labels, classNames, { title: 'CIFAR-10' }));
  assert.equal(count(svg, /aria-roledescription="circle"/g), 3);
  const texts = textsOf(svg);
  assert.ok(['cat', 'ship', 'CIFAR-10', 'component 1', 'component 2'].every((text) => texts.includes(text)));
  assert.ok(!texts.includes('dog'));
});

test('each point can bring the picture that it stands for', async () => {
  const pictures = ['data:image/png;base64,0', 'data:image/png;base64,1', 'data:image/png;base64,2'];
  const [cat, ship] = featureCloud(points, labels, classNames, { pictures }).data as {
    customdata: string[];
  }[];
  assert.deepEqual([cat.customdata, ship.customdata], [[pictures[0], pictures[2]], [pictures[1]]]);
  const twin = featureCloudTwin(points, labels, classNames, { pictures });
  assert.deepEqual(
    rowsOf(twin).map(({ picture }) => picture),
    pictures,
  );
  await checkedSvg(twin);
  assert.throws(() => featureCloud(points, labels, classNames, { pictures: pictures.slice(1) }), {
    name: 'TypeError',
    message: 'invalid pictures; not one for each of 3 points: 2',
  });
});

test('no tooltip has a number where Vega looks for the address of a picture', () => {
  const tooltips = JSON.stringify(featureCloudTwin(points, labels, classNames));
  assert.match(tooltips, /"field":"image","type":"quantitative","title":"image number"/);
});

test('points that do not fit the labels and labels that are no class are refused', () => {
  assert.throws(() => featureCloud(points, [0, 1], classNames), {
    name: 'TypeError',
    message: 'invalid points; not [2, 3], a row a label: 3 rows of 3',
  });
  assert.throws(() => featureCloud(new Float32Array(6), labels, classNames), {
    message: 'invalid points; not [3, 3], a row a label: 6 numbers',
  });
  assert.throws(() => featureCloudTwin(points, [0, 1, 3], classNames), {
    name: 'RangeError',
    message: 'invalid label; not in [0, 3): 3',
  });
});
