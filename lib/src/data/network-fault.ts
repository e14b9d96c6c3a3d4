/** What `fetch` leaves in the `cause` of its "fetch failed", in words. */

/** One clause, without the address of the file: the caller names that. */
export function networkFault(error: unknown, url: string): string {
  const cause = rootCause(error);
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  const { host, hostname } = new URL(url);
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `the host ${hostname} is not found; there is no network or no name service${proxyNote()}`;
    case 'ECONNREFUSED':
      return `${host} refuses the connection${proxyNote()}`;
    case 'ENETUNREACH':
    case 'EHOSTUNREACH':
    case 'ETIMEDOUT':
    case 'UND_ERR_CONNECT_TIMEOUT':
      return `${host} cannot be reached${proxyNote()}`;
    case 'ECONNRESET':
    case 'EPIPE':
    case 'UND_ERR_SOCKET':
      return `${host} ended the connection too early`;
    case 'ENOSPC':
      return 'the disk is full';
    default:
      return cause.message === 'terminated' ? `${host} ended the connection too early` : cause.message;
  }
}

/** The innermost error; of several attempts (IPv6, IPv4) the last one. */
function rootCause(error: unknown): Error {
  if (error instanceof AggregateError && error.errors.length > 0) return rootCause(error.errors.at(-1));
  if (error instanceof Error) return error.cause instanceof Error ? rootCause(error.cause) : error;
  return new Error(String(error));
}

/** Node's `fetch` looks at the proxy variables only when it is told to (from 22.21 and 24 on), which few people expect. */
function proxyNote(): string {
  const { env } = process;
  const proxy = env.HTTPS_PROXY ?? env.https_proxy ?? env.HTTP_PROXY ?? env.http_proxy;
  if (!proxy || env.NODE_USE_ENV_PROXY === '1') return '';
  return '; a proxy is set, which Node uses only from 22.21 or 24 on with NODE_USE_ENV_PROXY=1';
}
