import { deepEqual, equal, ok } from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { gunzipSync } from 'node:zlib';

import { ended, lineOf, start } from './processes.ts';

const LINES = 20_000;
const HOSTS = ['db', 'web'] as const;

const folder = await mkdtemp(join(tmpdir(), 'log-shipping-'));
const pathOf = (host: string) => join(folder, `${host}.log`);

function linesOf(host: string, from: number, to: number): string {
  const lines = Array.from({ length: to - from }, (_, at) => {
    const level = (from + at) % 50 === 0 ? 'error' : 'info';
    return JSON.stringify({ host, line: from + at, level, message: `served in ${at % 17} ms` });
  });
  return `${lines.join('\n')}\n`;
}

/** Resolves when an agent has said that the collector has so many bytes. */
async function whenShipped({ stdout }: ChildProcess, bytes: number): Promise<void> {
  if (stdout === null) throw new Error('the output is not read');
  for await (const line of createInterface(stdout)) if (Number(line) >= bytes) return;
  throw new Error('the agent has ended too early');
}

const halves = HOSTS.map((host) => linesOf(host, 0, LINES / 2));
for (const [at, host] of HOSTS.entries()) await writeFile(pathOf(host), halves[at] ?? '');

const collected = join(folder, 'collected');
await mkdir(collected);
const collector = start('collector.js', collected);
const port = await lineOf(collector);
const startAgent = (host: string) => start('agent.js', host, port, pathOf(host));
const db = startAgent('db');
const firstWeb = startAgent('web');

// The agent has shipped what there is, and waits for more, when it is killed.
await whenShipped(firstWeb, Buffer.byteLength(halves[1] ?? ''));
firstWeb.kill('SIGKILL');
equal(await ended(firstWeb), 'SIGKILL');
for (const host of HOSTS) await appendFile(pathOf(host), linesOf(host, LINES / 2, LINES));
const web = startAgent('web');

const logs = await Promise.all(HOSTS.map((host) => readFile(pathOf(host))));
await Promise.all([db, web].map((agent, at) => whenShipped(agent, logs[at]?.length ?? 0)));
for (const agent of [db, web]) agent.kill('SIGTERM');
deepEqual(await Promise.all([db, web].map(ended)), [0, 0]);
collector.kill('SIGTERM');
equal(await ended(collector), 0);

let [plainBytes, gzipBytes] = [0, 0];
for (const [at, host] of HOSTS.entries()) {
  const gzip = await readFile(join(collected, `${host}.log.gz`));
  const log = logs[at] ?? Buffer.alloc(0);
  ok(gunzipSync(gzip).equals(log), `the log of ${host} has changed on its way`);
  plainBytes += log.length;
  gzipBytes += gzip.length;
}
ok(gzipBytes < plainBytes / 4, 'gzip makes such logs small');
await rm(folder, { recursive: true });
const percent = Math.round((gzipBytes / plainBytes) * 100);
console.log(
  `log-shipping: ${LINES * HOSTS.length} lines of ${HOSTS.length} hosts arrived as written, ` +
    `in ${percent} % of their bytes, though one agent was killed`,
);
