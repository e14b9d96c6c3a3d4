import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { setUp } from '../../tools/setup/set-up.mjs';
import { bareCheckout, pathOf, pretendPythonEnvironment, runScript } from './bare-checkout';

/** A port of this machine on which nothing listens: what a closed network looks like, without the wait. */
const NOWHERE = 'http://127.0.0.1:9';

/** The three lines that a failure prints. */
function sentence(stderr: string): { stopped: string; remedy: string; details: string } {
  const [stopped, remedy, details, ...rest] = stderr.trimEnd().split('\n');
  assert.deepEqual(rest, [], `more than three lines:\n${stderr}`);
  return {
    stopped: stopped.replace(/^stopped: /, ''),
    remedy: remedy.replace(/^ {2}remedy: {2}/, ''),
    details: (details ?? '').replace(/^ {2}details: /, ''),
  };
}

test('without Python the set-up stops with what to install', (t) => {
  const root = bareCheckout(t);
  const { status, stderr } = runScript(root, 'setup.mjs', ['--cpu'], { PATH: pathOf(root, {}) });
  const said = sentence(stderr);
  assert.equal(status, 1);
  assert.equal(said.stopped, 'no Python was found; JupyterLab needs Python 3.10 or newer');
  assert.match(said.remedy, /apt install python3-venv/);
  assert.equal(said.details, 'out/setup.log');
  assert.equal(fs.existsSync(path.join(root, '.tensorflow', 'setup.lock')), false);
});

test('a Python that is too old is named with its version', (t) => {
  const root = bareCheckout(t);
  const PATH = pathOf(root, { python3: `echo '["/usr/bin/python3", [3, 8, 10]]'` });
  const { status, stderr } = runScript(root, 'setup.mjs', ['--cpu'], { PATH });
  assert.equal(status, 1);
  assert.equal(sentence(stderr).stopped, 'Python 3.8.10 is too old; JupyterLab needs Python 3.10 or newer');
});

test('a Python without its venv module is told apart from none', (t) => {
  const root = bareCheckout(t);
  const python = path.join(root, 'stubs', 'python3');
  const PATH = pathOf(root, {
    python3: `if [ "$1" = -c ]; then echo '["${python}", [3, 11, 2]]'; else
      echo 'The virtual environment was not created successfully because ensurepip is not'; echo 'available.'; exit 1; fi`,
  });
  const { status, stderr } = runScript(root, 'setup.mjs', ['--cpu'], { PATH });
  assert.equal(status, 1);
  assert.equal(
    sentence(stderr).stopped,
    'Python 3.11.2 cannot make virtual environments; its venv or pip module is missing',
  );
});

test('a closed Python package index is told in words, and .venv counts as unfinished', (t) => {
  const root = bareCheckout(t);
  const closed = {
    PIP_CONFIG_FILE: '/dev/null',
    PIP_INDEX_URL: `${NOWHERE}/simple`,
    PIP_FIND_LINKS: '',
    PIP_RETRIES: '1',
  };
  const { status, stdout, stderr } = runScript(root, 'setup.mjs', ['--cpu'], closed);
  assert.equal(status, 1);
  assert.match(stdout, /installing JupyterLab and what it needs \.\.\. stopped\n$/);
  assert.equal(sentence(stderr).stopped, 'the Python package index cannot be reached from this machine');
  assert.match(
    fs.readFileSync(path.join(root, 'out', 'setup.log'), 'utf8'),
    /Failed to establish a new connection/,
  );
  assert.equal(fs.existsSync(path.join(root, '.venv', 'resnet-lab.json')), false);
});

test('a closed npm registry and a dead proxy are told in words', (t) => {
  const root = bareCheckout(t);
  pretendPythonEnvironment(root);
  const closed = {
    npm_config_registry: NOWHERE,
    npm_config_cache: path.join(root, 'cache'),
    npm_config_fetch_retries: '0',
  };
  const { status, stderr } = runScript(root, 'setup.mjs', ['--cpu'], closed);
  assert.equal(status, 1);
  assert.equal(sentence(stderr).stopped, 'the npm registry cannot be reached from this machine');
  assert.match(sentence(stderr).remedy, /npm config set registry ADDRESS/);
});

test('a file in the place of a folder is named', (t) => {
  const root = bareCheckout(t);
  fs.writeFileSync(path.join(root, '.tensorflow'), '');
  const { status, stderr } = runScript(root, 'setup.mjs', []);
  assert.equal(status, 1);
  assert.match(
    sentence(stderr).stopped,
    /^the checkout cannot be written to; EEXIST: file already exists: .*\.tensorflow$/,
  );
});

test('an old Node is refused before anything is written', async (t) => {
  const root = bareCheckout(t);
  await assert.rejects(setUp(root, { nodeVersion: '18.20.4' }), /^SetupError: Node 18\.20\.4 is too old/);
  assert.deepEqual(
    ['.tensorflow', '.venv', 'out'].filter((name) => fs.existsSync(path.join(root, name))),
    [],
  );
});

test('an unknown option is refused before anything is installed', (t) => {
  const root = bareCheckout(t);
  const { status, stderr } = runScript(root, 'setup.mjs', ['--fast']);
  assert.equal(status, 1);
  assert.equal(sentence(stderr).stopped, 'unknown option: --fast');
  assert.equal(fs.existsSync(path.join(root, '.venv')), false);
});
