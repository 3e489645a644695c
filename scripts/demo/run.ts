import { addAbortListener } from 'node:events';
import { stat } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { type Client, connect } from '../../lib/index.ts';
import { Dice } from '../../lib/simulation.ts';
import { CutPlan } from '../cuts/cut-plan.ts';
import { CuttingProxy } from '../cuts/cutting-proxy.ts';
import { digest } from './digest.ts';
import { load } from './load.ts';
import type { Progress } from './progress.ts';
import { REPLICA, type Replica } from './protocol.ts';
import { ReplicaProcess } from './replica-process.ts';
import { type Arrival, sendStore } from './send.ts';
import { Store } from './store.ts';
import { WorkFolder } from './work-folder.ts';

/** What to replicate. */
export interface Job {
  /** The folder whose files are stored and replicated. */
  readonly folder: string;
  /** Where both stores are left; undefined for nowhere. */
  readonly keep: string | undefined;
  /** How often a connection is cut on the way, at most. */
  readonly cuts: number;
  /** Where it is cut follows from this number. */
  readonly seed: number;
}

/** What came of it. */
export interface Summary extends Arrival {
  /** Entries that were replicated. */
  readonly items: number;
  /** The bytes of their keys and values. */
  readonly bytes: number;
  /** From opening the stream until the replica had stored everything. */
  readonly seconds: number;
  /** Whether both stores hold the same. */
  readonly verified: boolean;
  /** Connections that were cut meanwhile. */
  readonly cuts: number;
}

/** A cut connection is to be made again at once: it is known that the server is there. */
const RECONNECT = { minDelayMs: 1, maxDelayMs: 20 } as const;

/**
 * Loads a folder into a store, replicates the store to a second process, and compares the two.
 * Nothing is left behind, whatever happens, but what is to be kept of a run that came to its end.
 *
 * @throws the signal's reason when it fires; otherwise the first thing that failed.
 */
export async function run(job: Job, progress: Progress, signal: AbortSignal): Promise<Summary> {
  await assertFolder(job.folder);
  await using work = await WorkFolder.create(job.keep);
  if (await work.isWithin(job.folder)) {
    throw new Error(
      `the stores would be inside ${job.folder}; say --keep DIR to have them elsewhere`,
    );
  }
  // It starts while the files are read.
  await using replica = new ReplicaProcess(work.replica);
  progress.replicaPid = replica.pid;
  using _killing = addAbortListener(signal, () => replica.kill());
  const either = AbortSignal.any([signal, replica.failed]);
  try {
    const summary = await replicate(job, work, replica, progress, either);
    if (job.keep !== undefined) work.keep();
    return summary;
  } catch (error) {
    // A broken connection is often the first sign that the replica is gone. Its end tells why.
    await replica.stop();
    // Ctrl-C reaches both processes of a terminal, and is no failure of the replica's.
    signal.throwIfAborted();
    replica.failed.throwIfAborted();
    throw error;
  }
}

async function replicate(
  job: Job,
  work: WorkFolder,
  replica: ReplicaProcess,
  progress: Progress,
  signal: AbortSignal,
): Promise<Summary> {
  await using store = await Store.open(work.primary);
  progress.begin('loading');
  await load(job.folder, store, { signal, onBatch: (batch) => progress.add(batch) });

  await using proxy = await startProxy(job, await replica.listening(signal), progress);
  await using client = await connect({
    host: '127.0.0.1',
    port: proxy.port,
    reconnect: RECONNECT,
    signal,
  });
  using _aborting = addAbortListener(signal, () => void client.abort(signal.reason));
  const { items, bytes } = store;
  progress.begin('replicating', { items, bytes });
  const start = performance.now();
  proxy.begin(() => progress.noteCut());
  const arrival = await sendStore(client, store, progress);
  const seconds = Math.ceil(performance.now() - start) / 1_000;
  proxy.end();

  progress.begin('verifying', { items, bytes });
  const verified = await verify(client, store, progress, signal);
  return { items, bytes, seconds, verified, cuts: proxy.cuts, ...arrival };
}

/** A proxy in front of the replica that cuts connections while the replica gets its entries. */
function startProxy({ cuts, seed }: Job, port: number, progress: Progress): Promise<CuttingProxy> {
  const bytes = progress.done.bytes;
  const part = (): number => (bytes === 0 ? 0 : progress.done.bytes / bytes);
  const plan = new CutPlan(new Dice(seed), { count: cuts, bytes, progress: part });
  return CuttingProxy.start(port, plan);
}

/** Whether both stores hold the same, read from the disk again. */
async function verify(
  client: Client,
  store: Store,
  progress: Progress,
  signal: AbortSignal,
): Promise<boolean> {
  const [ours, theirs] = await Promise.all([
    digest(store, (batch) => {
      signal.throwIfAborted();
      progress.add(batch);
    }),
    client.api<Replica>(REPLICA, { idempotent: ['digest'] }).digest(),
  ]);
  return ours.hash === theirs;
}

async function assertFolder(path: string): Promise<void> {
  const stats = await stat(path).catch((error: unknown) => {
    throw new Error(`${path} can't be replicated`, { cause: error });
  });
  if (!stats.isDirectory()) throw new Error(`${path} is not a folder`);
}
