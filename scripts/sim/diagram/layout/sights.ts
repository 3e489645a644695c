import { NO_OPERATION } from '../../run/damaged-name.ts';
import type { Sight } from '../../run/history.ts';
import type { Mark } from './marks.ts';
import { compareMoments, type Moment } from './moment.ts';

/** Sights of these kinds come once for each item. */
const OF_ITEMS = new Set<Sight['kind']>(['pulled', 'got']);
const BAD = new Set<Sight['kind']>(['failed', 'broken', 'thrown']);
const MAX_PAUSE_MS = 1_000;

interface Run {
  readonly sights: Sight[];
}

/**
 * The marks of what the programs of a plan have seen. Those of items are told together, unless
 * something broke in between.
 *
 * @param entries - the number of entries of the trace: a sight without a place stands behind them.
 */
export function sightMarks(
  sights: readonly Sight[],
  faults: readonly Moment[],
  entries: number,
): Mark[] {
  const momentOf = ({ atMs, entry = entries }: Sight): Moment => ({ atMs, order: entry - 0.5 });
  const open = new Map<string, Run>();
  const runs: Run[] = [];
  for (const sight of sights) {
    const { process, operation, stream, kind } = sight;
    const key = OF_ITEMS.has(kind) ? [process, operation, stream, kind].join('\n') : undefined;
    const run = key === undefined ? undefined : open.get(key);
    const last = run?.sights.at(-1);
    const isBetween = (fault: Moment): boolean =>
      last !== undefined &&
      compareMoments(momentOf(last), fault) < 0 &&
      compareMoments(fault, momentOf(sight)) < 0;
    const isPause = last !== undefined && sight.atMs - last.atMs > MAX_PAUSE_MS;
    if (run !== undefined && !isPause && !faults.some(isBetween)) run.sights.push(sight);
    else {
      const begun = { sights: [sight] };
      runs.push(begun);
      if (key !== undefined) open.set(key, begun);
    }
  }
  return runs.map(({ sights: own }) => markOf(own, momentOf));
}

function markOf(sights: readonly Sight[], momentOf: (sight: Sight) => Moment): Mark {
  const [first] = sights;
  const last = sights.at(-1);
  if (first === undefined || last === undefined) throw new Error('an empty run');
  const { process, kind, operation, stream, index, error, isRight } = first;
  const [node = process] = process.split('/');
  const items = last === first ? index : `${index}…${last.index}`;
  // Nothing is expected of the calls of damaged clients.
  const wrong = isRight === false && operation !== NO_OPERATION ? 'wrong' : undefined;
  const facts = [`op ${operation}`, kind, stream, items, error && errorText(error), wrong];
  return {
    ...momentOf(first),
    node,
    peer: undefined,
    text: facts.filter((fact) => fact !== undefined).join(' '),
    tone: BAD.has(kind) || wrong !== undefined ? 'fault' : 'sight',
    connections: [],
    until: last === first ? undefined : momentOf(last),
  };
}

function errorText({ name, code, message }: NonNullable<Sight['error']>): string {
  return `${code ?? name}: ${message}`;
}
