import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** An empty folder that is removed when the test, or with `{ after }` the suite, ends. */
export function temporaryFolder(t: { after(fn: () => void): void }): string {
  const folder = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'resnet-lab-test-'));
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}
