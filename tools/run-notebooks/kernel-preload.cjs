/**
 * Loaded into every kernel before tslab: tells the runner, over Node's own channel to the parent process, what the Jupyter
 * protocol does not. tslab prints unhandled rejections and counts the cell as fine.
 */
const fs = require('node:fs');
const path = require('node:path');
const { inspect } = require('node:util');

require('../kernel/send-in-turn.cjs');

const connectionFolder = path.dirname(process.argv[process.argv.length - 1]);

/** @param {Record<string, unknown>} report */
function tell(report) {
  if (process.connected) process.send?.(report);
}

process.on('unhandledRejection', (reason) => tell({ kind: 'rejection', text: inspect(reason) }));
process.on('uncaughtExceptionMonitor', (error, origin) => {
  if (origin === 'uncaughtException') tell({ kind: 'uncaught', text: inspect(error) });
});

// Reports travel in order: when the runner has its echo back, it has every report made before.
process.on('message', (echo) => tell({ kind: 'echo', echo }));

// The runner died, even by SIGKILL: nobody else would end this kernel and what it started.
process.on('disconnect', () => {
  fs.rmSync(connectionFolder, { recursive: true, force: true });
  process.kill(-process.pid, 'SIGKILL');
});

process.channel?.unref(); // a kernel that was asked to shut down ends by itself
