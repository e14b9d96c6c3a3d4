/** `npm run bench` after set-up: measures runner by runner, prints JSON lines as they come, then tables. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { codeVersion } from '../../lib/src/notebook/checkout';
import { SetupError } from '../setup/setup-error.mjs';
import { HELP, parseArguments } from './arguments';
import { ownCores } from './cluster/cores';
import { measureCluster } from './cluster/measure-cluster';
import { type ClusterChoice, planCluster } from './cluster/plan';
import { clusterTable } from './cluster/table';
import { medianLine, ratioLine, roundLine, toLine } from './lines';
import type { Report } from './measurement';
import { peersEnvironment } from './peers-environment';
import { type Choice, type Contest, plan } from './plan';
import { type ChildOptions, needsPython, runChild } from './run-child';
import { ratios, summarise } from './summary';
import { table } from './table';

const ROOT = path.join(__dirname, '..', '..');
const LOG = path.join(ROOT, 'out', 'bench.log');
const WRONG_USE = 2;

async function main(argv: readonly string[]): Promise<number> {
  let choice: Choice | ClusterChoice | undefined;
  try {
    choice = parseArguments(argv);
  } catch (error) {
    console.error((error as Error).message);
    return WRONG_USE;
  }
  if (!choice) {
    console.log(HELP);
    return 0;
  }
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => process.exit(128 + os.constants.signals[name])); // ends the measuring process as well
  }
  try {
    return await ('cluster' in choice ? benchCluster(choice) : bench(choice));
  } catch (error) {
    console.error((error as Error).message);
    console.error(error instanceof SetupError ? `  remedy: ${error.remedy}` : `  details: ${logName()}`);
    return 1;
  }
}

async function bench(choice: Choice): Promise<number> {
  const contests = plan(choice);
  fs.rmSync(LOG, { force: true }); // the last run's
  const python = contests.some(({ measurements }) => measurements.some(({ runner }) => needsPython(runner)))
    ? await peersEnvironment(ROOT, LOG)
    : undefined;
  console.log(toLine({ measure: choice.measure, machine: machine(), commit: codeVersion(ROOT) }));
  const tables: string[] = [];
  const versions: Record<string, unknown> = {};
  let ourFailures = 0;
  for (const contest of contests) {
    const { reports, failures } = await runRounds(contest, choice.rounds, { root: ROOT, log: LOG, python });
    const medians = contest.measurements.flatMap((measurement) => {
      const own = reports.get(measurement.runner) ?? [];
      return own.length > 0 ? [summarise(measurement, own)] : [];
    });
    for (const { runner, report } of medians) versions[runner] = report.versions;
    const outcome = { medians, ratios: ratios(medians) };
    for (const median of medians) console.log(medianLine(median));
    for (const ratio of outcome.ratios) console.log(ratioLine(ratio));
    tables.push(table(outcome, [...failures.values()], machine().threads));
    ourFailures += [...failures.keys()].filter((runner) => runner.startsWith('ours')).length;
  }
  console.log(toLine({ versions }));
  console.log(`\n${tables.join('\n\n')}\n\n${describe(versions)}`);
  return ourFailures === 0 ? 0 : 1;
}

async function benchCluster(choice: ClusterChoice): Promise<number> {
  const cores = ownCores();
  fs.rmSync(LOG, { force: true }); // the last run's
  console.log(toLine({ measure: 'cluster', machine: machine(), commit: codeVersion(ROOT) }));
  const outcome = await measureCluster(planCluster(choice, cores.length), {
    ...{ root: ROOT, log: LOG, cores },
    onLine: console.log,
    onProgress: tell,
  });
  const versions = { ours: outcome.versions };
  console.log(toLine({ versions }));
  console.log(`\n${clusterTable(outcome)}\n\n${describe(versions)}`);
  return 0;
}

/** Every runner once, then every runner again, so that a machine that slows down slows all of them. */
async function runRounds({ measurements, net, batch }: Contest, rounds: number, options: ChildOptions) {
  const reports = new Map<string, Report[]>();
  const failures = new Map<string, string>(); // a runner that failed is not tried again
  for (let round = 1; round <= rounds; round++) {
    for (const measurement of measurements) {
      const { runner } = measurement;
      if (failures.has(runner)) continue;
      tell(`${net}, batch ${batch}, round ${round} of ${rounds}: ${runner} ...`);
      try {
        const report = await runChild(measurement, options);
        reports.set(runner, [...(reports.get(runner) ?? []), report]);
        tell('');
        console.log(roundLine(measurement, round, report));
      } catch (error) {
        tell('');
        failures.set(runner, (error as Error).message);
        reports.delete(runner);
        console.error(`${(error as Error).message}\n  details: ${logName()}`);
      }
    }
  }
  return { reports, failures };
}

/** What runs just now, in a terminal only; nothing wipes it away. */
function tell(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

function machine() {
  return {
    cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
    threads: os.availableParallelism(),
    memoryMB: Math.round(os.totalmem() / 1e6),
    system: `${os.type()} ${os.release()}`,
    loadAverage: os.loadavg()[0], // of the last minute: much more than 0 means that something else was running
  };
}

function describe(versions: Readonly<Record<string, unknown>>): string {
  const { cpu, threads, system } = machine();
  const named = Object.values(versions).flatMap((found) => Object.entries(found as Record<string, string>));
  const distinct = [...new Set(named.map(([name, version]) => `${name} ${version}`))].join(', ');
  return `${cpu}, ${threads} threads, ${system}; ${distinct}`;
}

function logName(): string {
  return path.relative(process.cwd(), LOG);
}

main(process.argv.slice(2)).then((status) => {
  process.exitCode = status;
});
