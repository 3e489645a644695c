import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import type { Leftover } from './away-service.ts';
import type { ServerState } from './vanished-server.ts';

const SERVER = fileURLToPath(import.meta.resolve('./vanished-server.js'));
const CLIENTS = fileURLToPath(import.meta.resolve('./vanishing-clients.js'));

const MIB = 1_048_576;

/** Clients of one process, which vanish together. */
const WAVE = 250;

/** Code is loaded then, and tables have grown. */
const FIRST_WAVE = 50;

/** What the server may have more beside its sessions: more of it would hide nothing of use. */
const OTHER_BYTES = 32 * MIB;

/** How much later than said a session may be over. */
const LATE_MS = 5_000;

/** What is left behind, and how much of it is kept. */
export interface VanishedCase {
  readonly leftover: Leftover;
  /** Of a stream. */
  readonly streamBytes: number;
  readonly clients: number;
  readonly sessionKeepMs: number;
  readonly maxAwaySessions: number;
  readonly maxAwaySessionBytes: number;
  /** The bound that is to be reached. */
  readonly bound: 'number' | 'bytes';
}

/** What was seen of a server whose clients have vanished. */
export interface VanishedOutcome {
  readonly maxSessions: number;
  /** The most by which the memory in use has grown. */
  readonly maxBytes: number;
  /** The same by RSS, and of what is left after `sessionKeepMs`. */
  readonly maxRssBytes: number;
  readonly sessionsAfter: number;
  readonly bytesAfter: number;
  readonly seconds: number;
  readonly problems: readonly string[];
}

/** Has clients connect and vanish, in waves, and then waits until none of them may come back. */
export async function measureVanished(chosen: VanishedCase): Promise<VanishedOutcome> {
  const { clients, sessionKeepMs, maxAwaySessions, maxAwaySessionBytes } = chosen;
  const start = performance.now();
  const options = JSON.stringify({ sessionKeepMs, maxAwaySessions, maxAwaySessionBytes });
  const server = fork(SERVER, [options], { execArgv: ['--expose-gc'], stdio: QUIET });
  try {
    const [port] = (await once(server, 'message')) as [number];
    const first = await vanish(server, port, FIRST_WAVE, chosen);
    const states: ServerState[] = [first];
    for (let left = clients; left > 0; left -= WAVE) {
      states.push(await vanish(server, port, Math.min(left, WAVE), chosen));
    }
    await sleep(sessionKeepMs + LATE_MS);
    const after = await stateOf(server);
    const seen = {
      maxSessions: Math.max(...states.map(({ sessions }) => sessions)),
      maxBytes: Math.max(...states.map(({ inUseBytes }) => inUseBytes)) - first.inUseBytes,
      maxRssBytes: Math.max(...states.map(({ rssBytes }) => rssBytes)) - first.rssBytes,
      sessionsAfter: after.sessions,
      bytesAfter: after.inUseBytes - first.inUseBytes,
      seconds: (performance.now() - start) / 1e3,
    };
    return { ...seen, problems: judgeVanished(seen, chosen) };
  } finally {
    if (server.connected) server.disconnect();
  }
}

/** The log says of each session that it ends. */
const QUIET: ('ignore' | 'ipc')[] = ['ignore', 'ignore', 'ignore', 'ipc'];

/** What is wrong with it. What is no number is wrong as well. */
export function judgeVanished(
  seen: Omit<VanishedOutcome, 'problems'>,
  { bound, maxAwaySessions, maxAwaySessionBytes }: VanishedCase,
): string[] {
  const problems: string[] = [];
  const judge = (isRight: boolean, problem: string): void => {
    if (!isRight) problems.push(problem);
  };
  judge(seen.maxSessions <= maxAwaySessions, `${seen.maxSessions} sessions were kept`);
  const mostBytes = maxAwaySessionBytes + OTHER_BYTES;
  judge(seen.maxBytes <= mostBytes, `${mib(seen.maxBytes)} MiB were kept`);
  const isReached =
    bound === 'number'
      ? seen.maxSessions === maxAwaySessions
      : seen.maxBytes >= maxAwaySessionBytes / 2;
  judge(isReached, `the bound of ${bound} was not reached: keep them longer`);
  judge(seen.sessionsAfter === 0, `${seen.sessionsAfter} sessions are left`);
  judge(seen.bytesAfter <= OTHER_BYTES, `${mib(seen.bytesAfter)} MiB are left`);
  return problems;
}

async function vanish(
  server: ChildProcess,
  port: number,
  count: number,
  { leftover, streamBytes }: VanishedCase,
): Promise<ServerState> {
  const args = [port, count, leftover, streamBytes].map(String);
  const clients = fork(CLIENTS, args, { execArgv: [] });
  const [code, signal] = (await once(clients, 'exit')) as [number | null, string | null];
  if (signal !== 'SIGKILL') throw new Error(`clients have failed (exit code ${code})`);
  for (;;) {
    const state = await stateOf(server);
    if (state.connections === 0) return state;
  }
}

async function stateOf(server: ChildProcess): Promise<ServerState> {
  const answer = once(server, 'message');
  server.send('state');
  const [state] = (await answer) as [ServerState];
  return state;
}

function mib(bytes: number): string {
  return (bytes / MIB).toFixed(1);
}
