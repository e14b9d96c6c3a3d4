/** The page, built and served by Vite. */
import path from 'node:path';

/** What is used of Vite; its own types need another way to find modules than this checkout's TypeScript settings. */
interface Vite {
  build(config: object): Promise<unknown>;
  preview(config: object): Promise<Server & { close(): Promise<void> }>;
  createServer(config: object): Promise<Server & { listen(): Promise<unknown>; close(): Promise<void> }>;
}

interface Server {
  readonly resolvedUrls: { readonly local: readonly string[] } | null;
}

export interface Site {
  /** The checkout. */
  readonly root: string;
  /** What `preparePage` wrote. */
  readonly data: string;
  /** Where the built page goes; emptied first. */
  readonly built: string;
}

export interface Served {
  /** `http://127.0.0.1:PORT/` */
  readonly url: string;
  close(): Promise<void>;
}

const HOST = '127.0.0.1'; // the loopback interface: nobody else's machine can reach the page
const FIRST_PORT = 4173; // Vite's own for previews

/** Builds the page and its data into one folder. */
export async function buildSite(site: Site): Promise<void> {
  const { build } = await vite();
  await build(configOf(site));
}

/**
 * Serves the built page.
 *
 * @param port undefined: the first free one
 * @throws Error when the port is taken
 */
export async function serveSite(site: Site, port?: number): Promise<Served> {
  const { preview } = await vite();
  const server = await preview({ ...configOf(site), preview: address(port) }).catch(explainPort(port));
  return { url: server.resolvedUrls!.local[0], close: () => server.close() };
}

/** Serves the sources of the page, and reloads it when they change; see {@link serveSite}. */
export async function developSite(site: Site, port?: number): Promise<Served> {
  const { createServer } = await vite();
  const server = await createServer({ ...configOf(site), server: address(port) });
  await server.listen().catch(explainPort(port));
  return { url: server.resolvedUrls!.local[0], close: () => server.close() };
}

/** As a text, so that it is found when the program runs, not by the type checker. */
async function vite(name = 'vite'): Promise<Vite> {
  return (await import(name)) as Vite;
}

function configOf({ root, data, built }: Site): object {
  return {
    configFile: path.join(root, 'web/vite.config.mts'),
    publicDir: data,
    build: { outDir: built, emptyOutDir: true },
    cacheDir: path.join(path.dirname(built), 'vite'),
    logLevel: 'warn',
  };
}

function address(port: number | undefined): object {
  return { host: HOST, port: port ?? FIRST_PORT, strictPort: port !== undefined };
}

function explainPort(port: number | undefined): (error: Error) => never {
  return (error) => {
    const why = /already in use|EADDRINUSE/.test(error.message)
      ? 'it is in use'
      : /EACCES/.test(error.message) && 'this user may not open it';
    if (!why) throw error;
    throw new Error(`cannot serve on port ${port}; ${why}: choose another, or leave --port out`, {
      cause: error,
    });
  };
}
