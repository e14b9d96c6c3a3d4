/** Writes a run's result again and again until it is killed; says so after the first: `node --import tsx write-results.ts <run>`. */
import { RunFolder } from '../../lib/src/train/run-folder';
import { epochRecords } from './small-run';

async function main(directory: string): Promise<void> {
  const run = await RunFolder.open(directory);
  const epochs = epochRecords(Array.from({ length: 2000 }, () => 0.5)); // some 400 KB, not written in one go
  for (let seconds = 1; ; seconds++) {
    await run.writeResult({ stopped: 'aborted', epochs, seconds, runner: 'eager' });
    if (seconds === 1) process.stdout.write('written\n');
  }
}

void main(process.argv[2]);
