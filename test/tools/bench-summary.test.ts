import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge } from '../../tools/bench/bars';
import { percentile } from '../../tools/bench/lateness';
import { medianLine, ratioLine } from '../../tools/bench/lines';
import type { Measure, Median, NetName, Report, Runner } from '../../tools/bench/measurement';
import { speed } from '../../tools/bench/speed';
import { ratios, summarise } from '../../tools/bench/summary';
import { table } from '../../tools/bench/table';

function report(msPerStep: number, more: Partial<Report> = {}): Report {
  const imagesPerSecond = 32_000 / msPerStep;
  return { parameters: 10, msPerStep, imagesPerSecond, peakMemoryMB: 500, threads: 2, versions: {}, ...more };
}

function measured(runner: Runner, reports: Report[], measure: Measure = 'train', net: NetName = 'article') {
  return summarise({ measure, runner, net, batch: 32, images: 64, epochs: 2 }, reports);
}

function outcome(medians: Median[]) {
  return { medians, ratios: ratios(medians) };
}

test('rounds are summarised field by field, lists and nested fields included', () => {
  const late = (p99: number) => ({ lateMs: { p50: 1, p99, max: 9 } });
  const rounds = [
    report(12, { residentMB: [400, 410], ...late(5) }),
    report(10, { residentMB: [300, 430], ...late(7) }),
    report(50, { residentMB: [500, 420], ...late(6) }),
  ];
  const found = measured('ours', rounds);
  assert.equal(found.rounds, 3);
  assert.deepEqual(found.msPerStepRange, [10, 50]);
  assert.equal(found.report.msPerStep, 12);
  assert.deepEqual(found.report.residentMB, [400, 420]);
  assert.deepEqual(found.report.lateMs, { p50: 1, p99: 6, max: 9 });
});

test('speed leaves the first epoch out and counts the last, smaller step as a step', () => {
  const { msPerStep, imagesPerSecond } = speed([5, 7, 9], { images: 100, batch: 32 });
  assert.equal(msPerStep, 500); // 2 s an epoch, 4 steps
  assert.equal(imagesPerSecond, 50);
});

test('a percentile is the value at the nearest rank', () => {
  const values = Array.from({ length: 200 }, (_, i) => i + 1);
  assert.deepEqual([percentile(values, 50), percentile(values, 99)], [100, 198]);
  assert.equal(percentile([7], 99), 7);
});

test('ours is divided by every rival, of PyTorch by the better mode', () => {
  const found = ratios([
    measured('ours', [report(10)]),
    measured('keras', [report(20)]),
    measured('torch', [report(16)]),
    measured('torch-compile', [report(12.5)]),
  ]);
  assert.deepEqual(
    found.map(({ against, runner, ratio }) => [against, runner, ratio]),
    [
      ['keras', 'keras', 0.5],
      ['torch', 'torch-compile', 0.8],
    ],
  );
});

test('memory is compared by its peak', () => {
  const found = ratios([
    measured('ours', [report(99, { peakMemoryMB: 300 })], 'memory'),
    measured('keras', [report(1, { peakMemoryMB: 1200 })], 'memory'),
  ]);
  assert.deepEqual([found[0].ratio, found[0].of], [0.25, 'peakMemoryMB']);
});

test('nets of different size are not compared', () => {
  const medians = [measured('ours', [report(10)]), measured('keras', [report(10, { parameters: 11 })])];
  assert.throws(() => ratios(medians), {
    message:
      'cannot compare keras with ours on article; the nets must have equally many parameters: 11 and 10; ' +
      'mend tools/bench/nets.ts or tools/peers',
  });
});

test('a bar that may be reached is met at its limit, a strict one is not', () => {
  const train = judge(outcome([measured('ours', [report(6)]), measured('keras', [report(10)])]));
  assert.deepEqual(
    train.map(({ what, bar, met }) => [what, bar, met]),
    [['time a step / that of Keras fit', 'at most 0.6', true]],
  );
  const compiled = measured('ours', [report(10, { compileSeconds: 1 })], 'compile');
  assert.deepEqual(
    judge(outcome([compiled])).map(({ bar, met }) => [bar, met]),
    [['below 1', false]],
  );
});

test('memory has four bars: size, share of Keras, drift, and tensors', () => {
  const residentMB = [500, 600, 610, 618];
  const numTensors = [90, 90, 90, 91];
  const judged = judge(
    outcome([
      measured('ours', [report(1, { peakMemoryMB: 800, residentMB, numTensors })], 'memory'),
      measured('keras', [report(1, { peakMemoryMB: 1500 })], 'memory'),
    ]),
  );
  assert.deepEqual(
    judged.map(({ met }) => met),
    [true, false, false, false],
  );
  assert.equal(judged[2].value.toFixed(1), '3.0'); // percent
});

test('no bar is stated for other nets, and none is judged whose peer was not measured', () => {
  assert.deepEqual(judge(outcome([measured('ours', [report(1)], 'train', 'resnet50')])), []);
  assert.deepEqual(judge(outcome([measured('ours', [report(1)])])), []);
});

test('the lines have the fields that the issue names, first', () => {
  const medians = [measured('ours', [report(10)]), measured('torch', [report(30)])];
  assert.match(
    medianLine(medians[0]),
    /^\{"net":"article","batch":32,"runner":"ours","msPerStep":10,"imagesPerSecond":3200,"peakMemoryMB":500,"rounds":1,/,
  );
  const [line] = ratios(medians).map(ratioLine);
  assert.equal(line, '{"net":"article","batch":32,"ratio":0.3333,"against":"torch","of":"msPerStep"}');
});

test('the table shows runners, failures and bars, and says where the bars are not stated for the machine', () => {
  const rounds = [report(12), report(11)];
  const text = table(
    outcome([measured('ours', rounds), measured('tfjs', [report(80), report(90)])]),
    ['torch failed'],
    16,
  );
  assert.equal(
    text,
    `train: article, batch 32, 10 parameters, medians of 2 rounds
  runner  ms a step    from-to  images/s  peak MB  ours / its
  ours         11.5  11.0-12.0      2788      500
  tfjs         85.0  80.0-90.0       378      500       0.135
torch failed
bars, stated for 2 cores, here on 16
  met     at most 0.25: 0.135 time a step / that of tfjs-node fit`,
  );
});
