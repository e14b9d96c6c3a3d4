// @ts-check
/** What pip, npm and the file system say when they fail, put into one sentence and a remedy. */
import { SetupError } from './setup-error.mjs';

/**
 * @typedef {object} Source where the packages come from
 * @property {string} name
 * @property {string} mirror how its ordinary configuration names another address
 * @property {string} certificates how it is told of a network's own certificates
 */

/** @type {Record<'pip' | 'npm', Source>} */
export const SOURCES = {
  pip: {
    name: 'the Python package index',
    mirror: '"pip config set global.index-url ADDRESS"',
    certificates: '"pip config set global.cert FILE"',
  },
  npm: {
    name: 'the npm registry',
    mirror: '"npm config set registry ADDRESS"',
    certificates: '"npm config set cafile FILE"',
  },
};

/**
 * The first rule whose pattern occurs in the output speaks. Order matters: pip, for one, ends a failure of the network with
 * "No matching distribution found", and a proxy's refusal also names the connection that failed.
 * @type {{ pattern: RegExp, problem: (source: Source, found: RegExpMatchArray, what: string) => string, remedy: (source: Source) => string }[]}
 */
const RULES = [
  {
    pattern: /ENOSPC|No space left on device|Errno 28|Disk quota exceeded|EDQUOT/,
    problem: (_, __, what) => `no disk space was left for ${what}`,
    remedy: () => 'free some space ("npm run doctor" shows how much there is) and run the same command again',
  },
  {
    pattern: /EROFS|Read-only file system/,
    problem: (_, __, what) => `${what} cannot be written to a read-only file system`,
    remedy: () => 'clone or copy the checkout to a folder you can write to',
  },
  {
    pattern:
      /ProxyError|Cannot connect to proxy|Unable to connect to proxy|Proxy Authentication Required|\bE407\b|407 Proxy|Tunnel connection failed|EPROXY/,
    problem: (source) => `the proxy did not let the request to ${source.name} through`,
    remedy: () => 'check HTTPS_PROXY and NO_PROXY (address, user, password) and run the same command again',
  },
  {
    pattern:
      /CERTIFICATE_VERIFY_FAILED|SELF_SIGNED_CERT|UNABLE_TO_GET_ISSUER_CERT|UNABLE_TO_VERIFY_LEAF|unable to get local issuer|self.signed certificate/,
    problem: (source) => `the certificate of ${source.name} is not trusted on this machine`,
    remedy: (source) =>
      `name the certificate file of your network with ${source.certificates} and run the same command again`,
  },
  {
    pattern: /\bE401\b|\bE403\b|401 Client Error|403 Client Error|HTTP error 40[13]/,
    problem: (source) => `${source.name} refused access`,
    remedy: (source) => `check the address and the user that ${source.mirror} has set`,
  },
  {
    pattern:
      /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|Failed to establish a new connection|NameResolutionError|name resolution|Name or service not known|Network is unreachable|ConnectTimeout|ReadTimeout|Read timed out|Connection (?:refused|reset|aborted|broken)|RemoteDisconnected|IncompleteRead/,
    problem: (source) => `${source.name} cannot be reached from this machine`,
    remedy: (source) =>
      `check the network or the proxy, or name a mirror with ${source.mirror}, and run the same command again`,
  },
  {
    pattern: /DO NOT MATCH THE HASHES|EINTEGRITY|BadZipFile|is not a valid wheel|invalid wheel/i,
    problem: (source, _, what) => `a package of ${what} arrived damaged from ${source.name}`,
    remedy: () => 'run the same command again; if it stays so, ask whoever runs the proxy or the mirror',
  },
  {
    pattern: /No matching distribution found for ([^\s(]+)/,
    problem: (source, found) => `${source.name} has no ${found[1]} for this machine and Python`,
    remedy: () => 'use Python 3.10 to 3.14 on 64-bit Linux, or complete the mirror',
  },
  {
    pattern: /\bE404\b|ETARGET/,
    problem: (source, _, what) => `${source.name} lacks a version of ${what}`,
    remedy: (source) => `complete the mirror, or take away the one that ${source.mirror} has set`,
  },
  {
    pattern: /EUSAGE|can only install packages when your package\.json and package-lock\.json/,
    problem: () => 'package.json and package-lock.json do not agree',
    remedy: () => 'after a change of package.json run "npm install", else take both back from git',
  },
  {
    pattern: /EACCES|EPERM|Permission denied|Errno 13/,
    problem: (_, __, what) => `a file of ${what} may not be written by this user`,
    remedy: () => 'give the checkout to this user ("chown -R"), or clone it to a folder of your own',
  },
];

/**
 * @param {string} output what the failed tool printed
 * @param {'pip' | 'npm'} tool
 * @param {string} what was being installed
 * @returns {SetupError}
 */
export function explainFailure(output, tool, what) {
  const source = SOURCES[tool];
  for (const { pattern, problem, remedy } of RULES) {
    const found = output.match(pattern);
    if (found) return new SetupError(problem(source, found, what), remedy(source));
  }
  const said = output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => /error|ERR!/i.test(line))
    .at(-1);
  return new SetupError(
    `${tool} could not install ${what}${said ? `: ${said.slice(0, 160)}` : ''}`,
    'read the log, and run the same command again when its cause is gone',
  );
}

/**
 * The same for an error of Node's file system; any other error comes back as it is.
 * @param {unknown} error
 * @param {string} what was being installed
 */
export function explainFileError(error, what) {
  const code = /** @type {NodeJS.ErrnoException} */ (error)?.code ?? '';
  const known = ['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM'].includes(code);
  return known ? explainFailure(code, 'npm', what) : error;
}
