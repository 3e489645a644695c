import type { HostileServer } from '../plan/hostile.ts';
import type { Fault, Plan } from '../plan/plan.ts';
import type { History, SeenBurst, SeenError, Sight } from '../run/history.ts';
import type { Verdict } from './case.ts';
import { isGoverned, isTight } from './plan-facts.ts';
import { told } from './words.ts';

/** Faults of the server or of any connection: the streams of a burst may end with them. */
const ENDING: readonly Fault['kind'][] = [
  'cutOne',
  'silence',
  'crash',
  'block',
  'jump',
  'drain',
  'abort',
];

/**
 * The promises about hostile peers, besides those to everybody else: a server answers all streams that
 * come together, and the client of a hostile server gets one clear end of each call.
 */
export function judgeHostile(plan: Plan, history: History): Verdict[] {
  const bursts = history.bursts.flatMap((burst) => judgeBurst(plan, burst));
  const calls = (plan.hostile ?? []).flatMap((peer) =>
    peer.kind === 'server' ? judgeCaller(peer, history) : [],
  );
  return [...bursts.map((text) => ({ operation: 0, text })), ...calls];
}

function judgeBurst(plan: Plan, { asked, answered, toMs }: SeenBurst): string[] {
  if (answered === asked || isLimited(plan)) return [];
  const isEnded = plan.faults.some(({ kind, atMs }) => ENDING.includes(kind) && atMs <= toMs);
  if (isEnded) return [];
  return [`of ${asked} streams that came together on a lane, ${answered} have come to their end`];
}

/** Whether the server may refuse some of the streams, or their calls, or lets them wait. */
function isLimited(plan: Plan): boolean {
  const { limits, network } = plan;
  // The other limits are those of honest clients.
  const { sourceBudgetBytes, sinkBudgetBytes, mainBudgetBytes } = limits;
  const budgets = [sourceBudgetBytes, sinkBudgetBytes, mainBudgetBytes];
  if (budgets.some((bytes) => bytes !== undefined)) return true;
  return network.refusals > 0 || isGoverned(plan) || isTight(plan);
}

function judgeCaller({ caller }: HostileServer, history: History): Verdict[] {
  return caller.operations.flatMap((operation) => {
    const sights = history.sights.filter((sight) => sight.operation === operation.id);
    const texts = [...judgeEnds(sights), ...judgeStreams(sights)];
    return texts.map((text) => ({ operation: operation.id, text: `${caller.name}: ${text}` }));
  });
}

function judgeEnds(sights: readonly Sight[]): string[] {
  const ends = sights.filter(({ kind }) => kind === 'settled' || kind === 'failed');
  const [end] = ends;
  if (end === undefined) return ['it never settled, and its server is gone'];
  if (ends.length > 1) return [`it settled ${ends.length} times`];
  return end.error === undefined ? [] : judgeError(end.error);
}

/** The library's own errors have codes. What a hostile server says comes as its error. */
function judgeError(error: SeenError): string[] {
  const isClear = error.code?.startsWith('ERR_') === true;
  return isClear ? [] : [`it failed with an error that is not the library's: ${told(error)}`];
}

/** Readers and producers end once, and nothing comes after the end. */
function judgeStreams(sights: readonly Sight[]): string[] {
  const names = new Set(sights.flatMap(({ stream }) => stream ?? []));
  return [...names].flatMap((name) => {
    const own = sights.filter(({ stream }) => stream === name);
    return [...judgeReader(name, own), ...judgeProducer(own)].map((text) => `${name}: ${text}`);
  });
}

function judgeReader(name: string, own: readonly Sight[]): string[] {
  const reader = own.filter(({ kind }) => ['got', 'over', 'broken', 'left'].includes(kind));
  if (reader.length === 0) return [];
  const ends = reader.filter(({ kind }) => kind !== 'got');
  if (ends.length === 0) return ['its reader never ended'];
  const errors = ends.flatMap(({ error }) => error ?? []).flatMap(judgeError);
  // A hostile server may number several rows alike.
  if (name.startsWith('row ')) return errors;
  if (ends.length > 1) return [`its reader ended ${ends.length} times`];
  const isLast = reader.at(-1) === ends[0];
  return [...(isLast ? [] : ['an item came behind its end']), ...errors];
}

function judgeProducer(own: readonly Sight[]): string[] {
  const begun = own.some(({ kind }) => kind === 'pulled');
  const ends = own.filter(({ kind }) => kind === 'finally').length;
  if (begun && ends === 0) return ['its producer never ended'];
  return ends > 1 ? [`its producer ended ${ends} times`] : [];
}
