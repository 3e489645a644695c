import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtPath, type InstrumentedFile, type LibraryMutant } from './instrument.ts';
import type { RunReply, Survey } from './protocol.ts';
import { WorkerProcess } from './worker-process.ts';

/** `unreached` mutants stand where no test comes. */
export type Verdict = 'killed' | 'survived' | 'unreached';

/**
 * On a busy machine a test may take many times as long as usual, and at least this long, before it
 * counts as one that hangs.
 */
const PATIENCE = 20;
const MIN_TIMEOUT_MS = 10_000;
/** A mutant that makes a place be reached this many times more often loops for ever. */
const HIT_PATIENCE = 100;
const MIN_HIT_LIMIT = 100_000;

/** Breaks a file, mutant by mutant, in one process that lives as long as the mutants let it. */
export class FileTrial {
  readonly #root: string;
  readonly #specs: readonly string[];
  #survey: Survey | undefined;
  #worker: WorkerProcess | undefined;

  private constructor(root: string, specs: readonly string[]) {
    this.#root = root;
    this.#specs = specs;
  }

  /**
   * Runs `work` with a copy of the project whose file holds its mutants.
   *
   * @param root - the copy's folder, which is mended afterwards.
   */
  static async with<T>(
    root: string,
    file: InstrumentedFile,
    original: string,
    specs: readonly string[],
    work: (trial: FileTrial) => Promise<T>,
  ): Promise<T> {
    const trial = new FileTrial(root, specs.map(builtPath));
    const path = join(root, file.path);
    writeFileSync(path, file.text);
    try {
      return await work(trial);
    } finally {
      trial.#worker?.close();
      writeFileSync(path, original);
    }
  }

  /** Runs the specs with nothing broken. @returns the problem if they fail, or else undefined. */
  async survey(): Promise<string | undefined> {
    const { worker, survey } = await WorkerProcess.start(this.#root, this.#specs);
    this.#worker = worker;
    this.#survey = survey;
    if (survey === undefined) return 'the specs end the process that runs them';
    const { failed } = survey;
    return failed && `"${failed.title}" fails with nothing broken: ${failed.text}`;
  }

  /** Tries a mutant: in the process that runs, and in one of its own if it acts at load. */
  async attempt({ id }: LibraryMutant): Promise<Verdict> {
    const { atLoad, byHooks, byTest } = this.#surveyed();
    const titles = Object.keys(byTest).filter((title) => byTest[title]?.[id] !== undefined);
    const isHooked = byHooks[id] !== undefined;
    const isLoaded = atLoad[id] !== undefined;
    if (!isHooked && !isLoaded && titles.length === 0) return 'unreached';
    if (isHooked || titles.length > 0) {
      const verdict = await this.#attemptRunning(id, isHooked ? undefined : titles);
      if (verdict === 'killed' || !isLoaded) return verdict;
    }
    return this.#attemptAfresh(id);
  }

  async #attemptRunning(id: string, tests: readonly string[] | undefined): Promise<Verdict> {
    const reply = await this.#run(id, tests);
    if (reply === undefined) return 'killed';
    if (reply.failed === undefined) return 'survived';
    // What the mutant left behind may break the next ones: then they get another process.
    const { title } = reply.failed;
    const known = this.#surveyed().byTest[title] === undefined ? tests : [title];
    const check = await this.#run(undefined, known);
    if (check?.failed !== undefined) this.#worker?.close();
    return 'killed';
  }

  async #run(
    mutant: string | undefined,
    tests: readonly string[] | undefined,
  ): Promise<RunReply | undefined> {
    const survey = this.#surveyed();
    if (this.#worker?.isAlive !== true) {
      this.#worker = (await WorkerProcess.start(this.#root, this.#specs)).worker;
    }
    const timeoutMs = Math.max(MIN_TIMEOUT_MS, PATIENCE * survey.tookMs);
    const hitLimit = Math.max(MIN_HIT_LIMIT, HIT_PATIENCE * hitsOf(survey, mutant));
    const request = { mutant, tests, testTimeoutMs: timeoutMs, hitLimit };
    return this.#worker.run(request, 2 * timeoutMs);
  }

  async #attemptAfresh(id: string): Promise<Verdict> {
    const { worker, survey } = await WorkerProcess.start(this.#root, this.#specs, id);
    worker.close();
    return survey === undefined || survey.failed !== undefined ? 'killed' : 'survived';
  }

  #surveyed(): Survey {
    if (this.#survey === undefined) throw new Error('survey the file first');
    return this.#survey;
  }
}

function hitsOf({ byHooks, byTest }: Survey, id: string | undefined): number {
  if (id === undefined) return 0;
  const counts = Object.values(byTest).map((hits) => hits[id] ?? 0);
  return counts.reduce((sum, count) => sum + count, byHooks[id] ?? 0);
}
