import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import test from 'node:test';
import { cApi, cApiProblem, checked, TF_OUTPUT_BYTES } from '../../lib/src/tensorflow/c-api';
import { koffi } from '../../lib/src/tensorflow/koffi';

test('the C API opens here, once', () => {
  assert.equal(cApiProblem(), undefined);
  assert.equal(cApi(), cApi());
});

test('it is the TensorFlow that the addon uses, not a second copy of it', () => {
  const maps = execFileSync('grep', ['-o', '/.*libtensorflow_cc[^ ]*', `/proc/${process.pid}/maps`], {
    encoding: 'utf8',
  });
  assert.equal(new Set(maps.trim().split('\n')).size, 1);
});

test('a TF_Output has the size that the arrays of them are laid out for', () => {
  assert.equal(koffi.sizeof('TF_Output'), TF_OUTPUT_BYTES);
});

test('what TensorFlow says comes with what was being done', () => {
  assert.equal(
    checked('do nothing', () => 5),
    5,
  );
  const action = () =>
    checked('look up an operation', (status) => {
      const api = cApi();
      const graph = api.TF_NewGraph();
      const buffer = api.TF_NewBuffer();
      api.TF_GraphGetOpDef(graph, 'NoSuchOp', buffer, status);
      api.TF_DeleteBuffer(buffer);
      api.TF_DeleteGraph(graph);
    });
  assert.throws(action, /^Error: cannot look up an operation; TensorFlow says: .*NoSuchOp/);
});
