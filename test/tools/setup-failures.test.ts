import assert from 'node:assert/strict';
import test from 'node:test';
import { explainCompilerFailure } from '../../tools/setup/addon.mjs';
import { explainFailure, explainFileError } from '../../tools/setup/explain-failure.mjs';
import { explainTypeErrors } from '../../tools/setup/library.mjs';
import { explainVenvFailure } from '../../tools/setup/python-environment.mjs';

/** What the tools print, taken from runs against closed networks, dead proxies and full disks; long lines are cut. */
const PIP_CLOSED = `WARNING: Retrying (Retry(total=1, connect=None, read=None, redirect=None, status=None)) after connection broken by 'NewConnectionError('<pip._vendor.urllib3.connection.HTTPSConnection object at 0x7f>: Failed to establish a new connection: [Errno -3] Temporary failure in name resolution')': /simple/anyio/
ERROR: Could not find a version that satisfies the requirement anyio==4.16.0 (from versions: none)
ERROR: No matching distribution found for anyio==4.16.0`;
const PIP_PROXY = `WARNING: Retrying (Retry(total=1)) after connection broken by 'ProxyError('Cannot connect to proxy.', NewConnectionError('<connection object>: Failed to establish a new connection: [Errno 111] Connection refused'))': /simple/anyio/
ERROR: No matching distribution found for anyio==4.16.0`;
const NPM_CLOSED = `npm error code EAI_AGAIN
npm error syscall getaddrinfo
npm error request to the registry failed, reason: getaddrinfo EAI_AGAIN`;

const CASES: [name: string, tool: 'pip' | 'npm', output: string, problem: string, remedy: RegExp][] = [
  [
    'a closed network',
    'pip',
    PIP_CLOSED,
    'the Python package index cannot be reached from this machine',
    /mirror/,
  ],
  [
    'a closed network',
    'npm',
    NPM_CLOSED,
    'the npm registry cannot be reached from this machine',
    /registry ADDRESS/,
  ],
  [
    'a dead proxy',
    'pip',
    PIP_PROXY,
    'the proxy did not let the request to the Python package index through',
    /HTTPS_PROXY/,
  ],
  [
    'a proxy that wants a password',
    'npm',
    'npm error code E407',
    'the proxy did not let the request to the npm registry through',
    /HTTPS_PROXY/,
  ],
  [
    'an unknown certificate',
    'pip',
    'SSLError(SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED]"))',
    'the certificate of the Python package index is not trusted on this machine',
    /global\.cert/,
  ],
  [
    'an unknown certificate',
    'npm',
    'npm error code SELF_SIGNED_CERT_IN_CHAIN',
    'the certificate of the npm registry is not trusted on this machine',
    /cafile/,
  ],
  [
    'a registry that asks who we are',
    'npm',
    'npm error code E401',
    'the npm registry refused access',
    /user/,
  ],
  [
    'a full disk',
    'pip',
    'ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device',
    'no disk space was left for JupyterLab',
    /free some space/,
  ],
  ['a full disk', 'npm', 'npm error code ENOSPC', 'no disk space was left for JupyterLab', /free some space/],
  [
    'a read-only file system',
    'npm',
    'npm error EROFS: read-only file system',
    'JupyterLab cannot be written to a read-only file system',
    /write/,
  ],
  [
    'missing rights',
    'npm',
    'npm error code EACCES',
    'a file of JupyterLab may not be written by this user',
    /chown/,
  ],
  [
    'a mirror without the package',
    'pip',
    'ERROR: No matching distribution found for tensorflow-cpu==2.21.0',
    'the Python package index has no tensorflow-cpu==2.21.0 for this machine and Python',
    /mirror/,
  ],
  [
    'a damaged download',
    'pip',
    'ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE',
    'a package of JupyterLab arrived damaged from the Python package index',
    /again/,
  ],
  [
    'a damaged download',
    'npm',
    'npm error code EINTEGRITY',
    'a package of JupyterLab arrived damaged from the npm registry',
    /again/,
  ],
  [
    'a lock file that does not fit',
    'npm',
    'npm error code EUSAGE',
    'package.json and package-lock.json do not agree',
    /npm install/,
  ],
];

for (const [name, tool, output, problem, remedy] of CASES) {
  test(`${tool} meets ${name}: one sentence and a remedy`, () => {
    const error = explainFailure(output, tool, 'JupyterLab');
    assert.equal(error.message, problem);
    assert.match(error.remedy, remedy);
  });
}

test('an unknown failure quotes its last line that speaks of an error', () => {
  const error = explainFailure('Collecting anyio\nERROR: the moon is full\nbye\n', 'pip', 'JupyterLab');
  assert.equal(error.message, 'pip could not install JupyterLab: ERROR: the moon is full');
});

test('file system errors get their sentence, others stay what they are', () => {
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  assert.equal(
    (explainFileError(full, 'TensorFlow') as Error).message,
    'no disk space was left for TensorFlow',
  );
  const other = new TypeError('x is not a function');
  assert.equal(explainFileError(other, 'TensorFlow'), other);
});

test("Debian's incomplete venv is named with the package that completes it", () => {
  const debian =
    'The virtual environment was not created successfully because ensurepip is not\navailable.  On Debian/Ubuntu systems, you need to install the python3-venv\npackage using the following command.\n';
  const error = explainVenvFailure(debian, '3.11.2');
  assert.equal(
    error.message,
    'Python 3.11.2 cannot make virtual environments; its venv or pip module is missing',
  );
  assert.match(error.remedy, /apt install python3-venv/);
  assert.match(explainVenvFailure('/usr/bin/python3: No module named venv', '3.11.2').remedy, /python3-venv/);
  assert.match(
    explainVenvFailure('Error: odd', '3.11.2').message,
    /3\.11\.2 could not make \.venv: Error: odd/,
  );
});

test("a compiler's and tsc's first error is quoted", () => {
  assert.match(
    explainCompilerFailure('In file included\nbinding.cc:3:10: fatal error: c_api.h: No such file\n', 'g++')
      .message,
    /^g\+\+ could not build the TensorFlow addon: binding\.cc:3:10: fatal error: c_api\.h/,
  );
  assert.equal(
    explainTypeErrors('lib/src/a.ts(1,2): error TS2322: no\nlib/src/b.ts(1,2): error TS2322: no\n').message,
    'lib/src does not compile: lib/src/a.ts(1,2): error TS2322: no (and 1 more)',
  );
});
