import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import { type Counts, countResources, watchTimers } from './live-resources.ts';

/**
 * Turns of the loop that whatever a test closed may take to be gone. A turn without work is a
 * microsecond; nothing here waits for a timer.
 */
const SETTLE_TURNS = 3_000;

/** These go when another process or a thread has done its part, which a busy machine puts off. */
const DEPENDS_ON_OTHERS = /^(?:PipeWrap|ProcessWrap|TCPSocketWrap|Worker|open file .*)$/;
const OTHERS_MS = 3_000;
const LOOK_EVERY_MS = 10;

const unhandled = new Map<Promise<unknown>, unknown>();
const uncaught = new Set<Error>();
const findings: string[] = [];
let beforeAll: Counts = new Map();
let beforeTest: Counts = new Map();
let forgetTimers: () => void = () => {};

/**
 * Fails the run when a test leaves something behind: a live resource, an open file, a listener of the
 * process, an unhandled rejection, or an uncaught exception. All findings are reported together at the end, each with its test's title, so
 * that one leak does not stop the other tests. A test that failed anyway is not accused as well.
 */
export const mochaHooks: Mocha.RootHookObject = {
  async beforeAll() {
    process.on('unhandledRejection', onUnhandled);
    process.on('uncaughtExceptionMonitor', onUncaught);
    forgetTimers = watchTimers();
    await turn();
    beforeAll = countResources();
  },

  async beforeEach(this: Mocha.Context) {
    this.timeout(0);
    // After a turn the hook's own timer is running, as it will be when the counts are compared.
    await turn();
    beforeTest = countResources();
  },

  async afterEach(this: Mocha.Context) {
    // A hook that takes too long ends the whole run.
    this.timeout(0);
    const leaked = await leaksSince(beforeTest);
    const test = this.currentTest;
    if (test?.isFailed() !== true) accuse(test?.fullTitle() ?? 'a test', leaked);
    forget();
  },

  async afterAll(this: Mocha.Context) {
    this.timeout(0);
    accuse('the run, when all suites were done', await leaksSince(beforeAll));
    process.off('unhandledRejection', onUnhandled);
    process.off('uncaughtExceptionMonitor', onUncaught);
    forgetTimers();
    if (findings.length > 0) throw new Error(findings.join('\n'));
  },
};

function onUnhandled(reason: unknown, promise: Promise<unknown>): void {
  unhandled.set(promise, reason);
}

function onUncaught(error: Error): void {
  uncaught.add(error);
}

function forget(): void {
  unhandled.clear();
  uncaught.clear();
}

function accuse(culprit: string, leaked: readonly string[]): void {
  const rejections = Array.from(
    unhandled.values(),
    (reason) => `unhandled rejection: ${text(reason)}`,
  );
  const exceptions = Array.from(uncaught, (error) => `uncaught exception: ${text(error)}`);
  for (const finding of [...leaked, ...rejections, ...exceptions]) {
    findings.push(`"${culprit}" left behind ${finding}`);
  }
}

function text(reason: unknown): string {
  return reason instanceof Error ? (reason.stack ?? reason.message) : String(reason);
}

/** Waits until there is no more than before, or long enough; says what is too much. */
async function leaksSince(before: Counts): Promise<string[]> {
  for (let count = 0; count < SETTLE_TURNS; count++) {
    await turn();
    // Looking is dear, waiting is not: it looks after 1, 2, 4, 8 … turns.
    const isDue = (count & (count + 1)) === 0;
    if (isDue && excess(before).length === 0) return [];
  }
  for (let waitedMs = 0; waitedMs < OTHERS_MS && awaitsOthers(before); waitedMs += LOOK_EVERY_MS) {
    await sleep(LOOK_EVERY_MS);
  }
  return excess(before).map(([type, count]) => `${count} × ${type}${detail(type)}`);
}

/** Whether all that is left can still go by itself. */
function awaitsOthers(before: Counts): boolean {
  const left = excess(before);
  return left.length > 0 && left.every(([type]) => DEPENDS_ON_OTHERS.test(type));
}

function excess(before: Counts): [type: string, count: number][] {
  return Array.from(countResources(), ([type, count]): [string, number] => [
    type,
    count - (before.get(type) ?? 0),
  ]).filter(([, count]) => count > 0);
}

/** Addresses tell which socket it is; only Node's undocumented list of handles has them. */
function detail(type: string): string {
  const { _getActiveHandles: activeHandles } = process as { _getActiveHandles?: () => unknown[] };
  if (type !== 'TCPSocketWrap' || activeHandles === undefined) return '';
  const sockets = activeHandles
    .call(process)
    .filter((handle) => handle instanceof Socket)
    .map((socket) => `${socket.localPort} to ${socket.remoteAddress}:${socket.remotePort}`);
  return sockets.length > 0 ? ` (${sockets.join(', ')})` : '';
}

function turn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
