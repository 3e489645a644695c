import { performance } from 'node:perf_hooks';
import { makeCredentials } from '../../bench/support/credentials.ts';
import { type Client, connect } from '../../lib/index.ts';
import { lz4 } from '../../lib/compression.ts';
import { Dice } from '../../lib/simulation.ts';
import { CutPlan } from '../cuts/cut-plan.ts';
import { CuttingProxy } from '../cuts/cutting-proxy.ts';
import { makeItems, MEAN_ITEM_BYTES } from './items.ts';
import type { ProofOptions } from './options.ts';
import { PeerProcess } from './peer-process.ts';
import { proofApi } from './proof-service.ts';
import type { StreamKind, Transfers } from './transfers.ts';
import { VALUE_TRANSFERS } from './value-transfers.ts';
import { VERB_TRANSFERS } from './verb-transfers.ts';
import { Judge, type Verdict } from './verdict.ts';

const TRANSFERS: Record<StreamKind, Transfers> = { values: VALUE_TRANSFERS, verbs: VERB_TRANSFERS };

/** Which way the items go, as the client sees it. */
export type Direction = 'download' | 'upload';

/** What has come of a proof. */
export interface Found extends Verdict {
  /** Connections that were reset. */
  readonly cuts: number;
  /** Main connections among them. */
  readonly mainCuts: number;
  /** Main connections that went on with the session of the one before. */
  readonly resumes: number;
  readonly seconds: number;
}

/** A reading, as far as it has come. */
interface Course {
  items: number;
}

/** Sends items one way, while connections are cut, and judges what arrives. */
export async function prove(
  kind: StreamKind,
  direction: Direction,
  options: ProofOptions,
): Promise<Found> {
  const credentials = options.isTls ? await makeCredentials() : undefined;
  const setup = { credentials, isCompressed: options.isCompressed };
  await using peer = await PeerProcess.start(setup);
  const course: Course = { items: 0 };
  const plan = new CutPlan(new Dice(options.seed), {
    count: options.cuts,
    bytes: options.items * MEAN_ITEM_BYTES,
    progress: () => course.items / options.items,
  });
  await using proxy = await CuttingProxy.start(peer.port, plan);
  await using client = await connect({
    host: '127.0.0.1',
    port: proxy.port,
    ...(credentials === undefined ? {} : { tls: { ca: credentials.cert } }),
    ...(options.isCompressed ? { compression: lz4() } : {}),
    reconnect: { minDelayMs: 1, maxDelayMs: 10 },
  });
  const counts = countConnections(client);
  const start = performance.now();
  proxy.begin();
  const run = direction === 'download' ? download : upload;
  const verdict = await run(TRANSFERS[kind], client, options.items, course);
  const seconds = (performance.now() - start) / 1_000;
  proxy.end();
  return { ...verdict, ...counts, cuts: proxy.cuts, seconds };
}

/** What happens to the client's main connections from now on. */
function countConnections(client: Client): { mainCuts: number; resumes: number } {
  const counts = { mainCuts: 0, resumes: 0 };
  client.on('disconnected', () => void counts.mainCuts++);
  client.on('connected', ({ resumed }) => {
    if (resumed) counts.resumes++;
  });
  return counts;
}

/** The stream that is read is what is judged. */
async function download(
  transfers: Transfers,
  client: Client,
  count: number,
  course: Course,
): Promise<Verdict> {
  const judge = new Judge(count);
  for await (const item of await transfers.download(client, count)) {
    judge.add(item);
    course.items = judge.items;
  }
  return judge.verdict;
}

/** The reader judges. It is missing if the call never came. */
async function upload(
  transfers: Transfers,
  client: Client,
  count: number,
  course: Course,
): Promise<Verdict> {
  for (let attempt = 1; ; attempt++) {
    const name = `attempt ${attempt}`;
    await transfers.upload(client, name, count, counted(count, course));
    const verdict = await proofApi(client).verdict(name);
    if (verdict !== undefined) return verdict;
  }
}

function* counted(count: number, course: Course): ReturnType<typeof makeItems> {
  course.items = 0;
  for (const item of makeItems(count)) {
    yield item;
    course.items++;
  }
}
