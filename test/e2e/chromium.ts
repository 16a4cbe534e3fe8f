import { execFile } from 'node:child_process';
import { access, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { serve, type ServerType } from '@hono/node-server';
import { chromium, type Browser, type BrowserContext, type LaunchOptions } from 'playwright-core';

/** The browser and the small servers that every test in a real browser needs. */

const repository = fileURLToPath(new URL('../..', import.meta.url));
const systemBrowsers = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/**
 * Starts a headless Chromium: the one at `CHROMIUM_PATH`, else the one inside `@sparticuz/chromium`, else the system's.
 * @throws an Error that says what to set or install when there is none.
 */
export async function launchChromium(options: LaunchOptions = {}): Promise<Browser> {
  const { executablePath, env } = await findChromium();
  return chromium.launch({
    executablePath,
    env,
    ...options,
    args: ['--no-sandbox', '--disable-background-networking', ...(options.args ?? [])],
  });
}

type Environment = Record<string, string | undefined>;

async function findChromium(): Promise<{ executablePath: string; env: Environment }> {
  const chosen = process.env['CHROMIUM_PATH'];
  if (chosen !== undefined && chosen !== '') {
    if (await exists(chosen)) return { executablePath: chosen, env: process.env };
    throw new Error(`CHROMIUM_PATH names ${chosen}, which does not exist.`);
  }
  const bundled = await unpackBundled().catch((error: unknown) => String(error));
  if (typeof bundled !== 'string') return bundled;
  for (const path of systemBrowsers)
    if (await exists(path)) return { executablePath: path, env: process.env };
  throw new Error(
    'Browser tests need Chromium. Set CHROMIUM_PATH to a Chromium or Chrome executable, or install one, or run on Linux x64, ' +
      `where the development dependency @sparticuz/chromium brings its own (here it failed: ${bundled}).`,
  );
}

/**
 * Unpacks the browser of `@sparticuz/chromium` once per version and machine. Test workers start together, and the package takes a
 * half-written file for a finished one, so each unpacks in a folder of its own and the first to finish moves it into place.
 */
async function unpackBundled(): Promise<{ executablePath: string; env: Environment }> {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error('it has no build for this platform');
  const manifest = await readFile(join(repository, 'node_modules/@sparticuz/chromium/package.json'), 'utf8');
  const { version } = JSON.parse(manifest) as { version: string };
  const folder = join(tmpdir(), `paysession-chromium-${version}`);
  const executablePath = join(folder, 'chromium');
  if (!(await exists(executablePath))) {
    const scratch = await mkdtemp(`${folder}-`);
    // A process of its own, because the package unpacks into os.tmpdir() and a Jest worker cannot change its own TMPDIR.
    const unpack = "import('@sparticuz/chromium').then((module) => module.default.executablePath())";
    await promisify(execFile)(process.execPath, ['-e', unpack], {
      cwd: repository,
      env: { ...process.env, TMPDIR: scratch },
    });
    await writeFile(join(scratch, 'fonts.conf'), fontConfiguration(folder));
    await rename(scratch, folder).catch(async (error: unknown) => {
      await rm(scratch, { recursive: true, force: true });
      if (!(await exists(executablePath))) throw error;
    });
  }
  return { executablePath, env: { ...process.env, FONTCONFIG_FILE: join(folder, 'fonts.conf') } };
}

/** The system's fonts, and the package's own for a machine that has none. */
function fontConfiguration(folder: string): string {
  return `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>
<include ignore_missing="yes">/etc/fonts/fonts.conf</include><dir>${folder}/fonts</dir><cachedir>${folder}/font-cache</cachedir>
</fontconfig>`;
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** A server on a free port of the loopback address. `localhost` and `127.0.0.1` are two origins, and two sites, to the browser. */
export interface Site {
  /** `http://localhost:<port>` */
  readonly origin: string;
  /** `http://127.0.0.1:<port>` */
  readonly addressOrigin: string;
  /** Every request that reached it, in order. */
  readonly requests: readonly SeenRequest[];
  close(): Promise<void>;
}

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Serves what `respond` returns (a string is sent as an HTML page) and records what reaches it. */
export async function servePage(
  respond: (request: Request) => string | Response | Promise<string | Response>,
): Promise<Site> {
  const requests: SeenRequest[] = [];
  const fetch = async (request: Request): Promise<Response> => {
    const body = await request.clone().text();
    requests.push({
      method: request.method,
      url: request.url,
      headers: Object.fromEntries(request.headers),
      body,
    });
    const answer = await respond(request);
    return typeof answer === 'string'
      ? new Response(answer, { headers: { 'content-type': 'text/html; charset=utf-8' } })
      : answer;
  };
  const { server, port } = await listen(fetch);
  return {
    origin: `http://localhost:${port}`,
    addressOrigin: `http://127.0.0.1:${port}`,
    requests,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        if ('closeAllConnections' in server) server.closeAllConnections();
      }),
  };
}

function listen(
  fetch: (request: Request) => Promise<Response>,
): Promise<{ server: ServerType; port: number }> {
  return new Promise((resolve) => {
    const server = serve(
      { fetch, port: 0, hostname: '127.0.0.1', overrideGlobalObjects: false },
      (address: AddressInfo) => resolve({ server, port: address.port }),
    );
  });
}

/** Every request that the pages and frames of a browser context send from now on, to whatever origin. */
export function recordRequests(context: BrowserContext): readonly SeenRequest[] {
  const requests: SeenRequest[] = [];
  context.on('request', (request) => {
    requests.push({
      method: request.method(),
      url: request.url(),
      headers: request.headers(),
      body: request.postData() ?? '',
    });
  });
  return requests;
}

/** Whether a planted secret is anywhere in a request or text: plain, grouped by spaces or dashes, percent- or base64-encoded. */
export function mentions(where: SeenRequest | string, secret: string): boolean {
  const text = typeof where === 'string' ? where : JSON.stringify(where);
  const plain = text.replaceAll(/%(?:20|2B|2D)|[\s+-]/gi, '');
  return [text, plain].some(
    (form) => form.includes(secret) || form.includes(btoa(secret).replaceAll('=', '')),
  );
}
