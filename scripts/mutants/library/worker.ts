/**
 * Runs the specs of one file as often as it is asked, each time with another mutant. It is a process
 * of its own, because a mutant may loop for ever.
 */

import fc from 'fast-check';
import Mocha from 'mocha';
import type { Hits, RunReply, RunRequest, Survey } from './protocol.ts';

/** The names are the instrumenter's. */
interface Switches {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  hitCount?: number;
  hitLimit?: number;
  mutantCoverage?: { static: Hits; perTest: Record<string, Hits> };
}

const switches: Switches = ((globalThis as { __stryker__?: Switches }).__stryker__ ??= {});
const ofEnvironment = process.env['__STRYKER_ACTIVE_MUTANT__'];

const mocha = new Mocha({ bail: true, reporter: class extends Mocha.reporters.Base {} });

// A mutant may still fail when its tests are over, and nobody listens then.
process.on('uncaughtException', () => {});
process.on('unhandledRejection', () => {});
process.on('disconnect', () => process.exit());
process.on('message', (request: RunRequest) => void answer(request));
// The same examples for every mutant.
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: 1 });
// A mutant may keep files from being loaded.
await survey(process.argv.slice(2)).catch(() => process.exit(1));

async function survey(files: readonly string[]): Promise<void> {
  mocha.cleanReferencesAfterRun(false);
  for (const file of files) mocha.addFile(file);
  await mocha.loadFilesAsync();
  // The instrumented file holds on to the object.
  const coverage = (switches.mutantCoverage ??= { static: {}, perTest: {} });
  const atLoad = coverage.static;
  coverage.static = {};
  mocha.suite.beforeEach(function () {
    switches.currentTestId = this.currentTest?.fullTitle();
  });
  mocha.suite.afterEach(() => (switches.currentTestId = undefined));
  const reply = await run(30_000);
  const { static: byHooks, perTest: byTest } = coverage;
  await send({ ...reply, atLoad, byHooks, byTest } satisfies Survey);
}

async function answer({ mutant, tests, testTimeoutMs, hitLimit }: RunRequest): Promise<void> {
  switches.activeMutant = mutant ?? ofEnvironment;
  switches.hitCount = 0;
  switches.hitLimit = hitLimit;
  const titles = tests?.map((title) => title.replaceAll(/[^\w ]/gu, '\\$&'));
  mocha.grep(titles === undefined ? /(?:)/ : new RegExp(`^(?:${titles.join('|')})$`, 's'));
  const reply = await run(testTimeoutMs);
  switches.activeMutant = ofEnvironment;
  await send(reply);
}

function run(testTimeoutMs: number): Promise<RunReply> {
  const startedAt = performance.now();
  mocha.suite.eachTest((test) => test.timeout(testTimeoutMs));
  let failed: RunReply['failed'];
  return new Promise((resolve) => {
    const runner = mocha.run(() => {
      process.off('unhandledRejection', onUnhandled);
      resolve({ failed, tookMs: performance.now() - startedAt });
    });
    const onUnhandled = (reason: unknown): void => {
      failed ??= { title: runner.test?.fullTitle() ?? '', text: String(reason) };
    };
    process.on('unhandledRejection', onUnhandled);
    runner.on('fail', (test, error) => {
      failed ??= { title: test.fullTitle(), text: String(error) };
    });
  });
}

function send(words: RunReply | Survey): Promise<void> {
  return new Promise((resolve) => process.send?.(words, () => resolve()));
}
