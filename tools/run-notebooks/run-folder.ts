import fs from 'node:fs';
import path from 'node:path';

const NAME = /^\.run-(\d+)-\d+$/;

/** The folder of trainings: those of this run come beside those that are there, which may have taken days. */
const COLLECTED = 'runs';

const ATTEMPTS = 5; // more than two runs hardly ever publish the same directory at the same moment

/**
 * The folder in which one run works, `out/.run-<pid>-<time>`, so that runs at the same time do not meet. What is done is copied
 * aside and renamed into `out/`: whoever looks there finds whole files and directories, each from one run.
 */
export class RunFolder {
  readonly path: string;
  /** When each entry was last changed, as it was published. */
  private readonly published = new Map<string, number>();

  constructor(readonly outDirectory: string) {
    fs.mkdirSync(outDirectory, { recursive: true });
    removeAbandoned(outDirectory);
    this.path = path.join(outDirectory, `.run-${process.pid}-${Date.now()}`);
    fs.mkdirSync(this.path);
  }

  /** Publishes what is new or changed in the folder, trainings one by one. Names with a leading dot, and unfinished `.tmp`, stay. */
  publish(): void {
    for (const name of fs.readdirSync(this.path)) {
      if (name.startsWith('.') || name.endsWith('.tmp')) continue;
      const from = path.join(this.path, name);
      if (name === COLLECTED) {
        for (const each of fs.readdirSync(from)) this.publishEntry(path.join(name, each));
      } else this.publishEntry(name);
    }
  }

  private publishEntry(name: string): void {
    const from = path.join(this.path, name);
    const { mtimeMs } = fs.statSync(from);
    if (this.published.get(name) === mtimeMs) return;
    const aside = path.join(this.path, `.publishing-${path.basename(name)}`);
    fs.cpSync(from, aside, { recursive: true });
    const to = path.join(this.outDirectory, name);
    fs.mkdirSync(path.dirname(to), { recursive: true });
    replace(aside, to, `${aside}-old`);
    this.published.set(name, mtimeMs);
  }

  remove(): void {
    fs.rmSync(this.path, { recursive: true, force: true });
  }
}

/** `from` takes the place of `to`; a directory that is in the way is moved to `old` first, then removed. */
function replace(from: string, to: string, old: string): void {
  for (let attempt = 1; ; attempt++) {
    try {
      if (fs.statSync(to, { throwIfNoEntry: false })?.isDirectory()) fs.renameSync(to, old);
      fs.renameSync(from, to);
      return;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // Another run moved the old directory away, or put its own in, just now.
      const overtaken = code === 'ENOENT' || code === 'ENOTEMPTY' || code === 'EEXIST';
      if (!overtaken || attempt === ATTEMPTS) throw error;
    } finally {
      fs.rmSync(old, { recursive: true, force: true });
    }
  }
}

/** Folders of runs whose process is gone. */
function removeAbandoned(outDirectory: string): void {
  for (const name of fs.readdirSync(outDirectory)) {
    const pid = NAME.exec(name)?.[1];
    if (pid && !isAlive(Number(pid))) {
      fs.rmSync(path.join(outDirectory, name), { recursive: true, force: true });
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // it lives, and is another user's
  }
}
