/** Events at one place, apart from the frames: starts, ends of connections, faults, notes. */

import type { TraceEntry } from '../../../../lib/simulation/world/trace.ts';
import type { ConnectionKind } from '../decode/negotiation.ts';
import type { Moment } from './moment.ts';

/** A few words beside the line of a node. */
export interface Mark extends Moment {
  readonly node: string;
  /** The other node, if it is about two. */
  readonly peer: string | undefined;
  readonly text: string;
  readonly tone: 'fault' | 'life' | 'note' | 'quiet' | 'sight';
  readonly connections: readonly number[];
  /** Whether it happens to the way to the other node, and not at the node alone. */
  readonly isBetween?: boolean | undefined;
  /** The moment of the last one, if it stands for several. */
  readonly until?: Moment | undefined;
}

const FAULTS = new Set(['cut', 'silence', 'partition', 'crash', 'block', 'jump', 'refused']);

/** Faults of the way between two nodes. */
const BETWEEN = new Set(['cut', 'silence', 'partition']);

const WORDS: Readonly<Record<string, string>> = {
  dial: 'dials',
  end: 'FIN',
  close: 'closed',
  block: 'blocked for',
  jump: 'clock jumps by',
  crash: 'crash of the',
  start: 'starts',
  refused: 'connection refused',
  heal: 'open again',
  silence: 'silent:',
  kept: 'kept',
};

/** Whether something breaks here. */
export function isFault({ kind, text }: TraceEntry): boolean {
  return FAULTS.has(kind) || (kind === 'close' && text !== '');
}

/** All marks of a trace. Ends of connections that come together are one mark. */
export function readMarks(
  entries: readonly TraceEntry[],
  kinds: ReadonlyMap<number, ConnectionKind>,
): Mark[] {
  const marks: Mark[] = [];
  const isParted = entries.some(({ kind }) => kind === 'partition');
  for (const [order, entry] of entries.entries()) {
    if (entry.bytes !== undefined || entry.kind === 'listen') continue;
    if (entry.kind === 'heal' && !isParted) continue;
    const mark = markOf(entry, order, kinds);
    const same = marks.findLastIndex((other) => isTogether(other, mark));
    const found = marks[same];
    if (found === undefined) marks.push(mark);
    else marks[same] = { ...found, connections: [...found.connections, ...mark.connections] };
  }
  return marks;
}

function isTogether(one: Mark, { atMs, node, text, connections, peer }: Mark): boolean {
  if (connections.length === 0 || one.connections.length === 0) return false;
  return one.atMs === atMs && one.node === node && one.text === text && one.peer === peer;
}

function markOf(
  entry: TraceEntry,
  order: number,
  kinds: ReadonlyMap<number, ConnectionKind>,
): Mark {
  const { atMs, kind, node, peer, connection } = entry;
  // A dial is an event of the node that dials.
  const isAtPeer = (kind === 'dial' || kind === 'refused') && peer !== undefined;
  const [at, other] = isAtPeer ? [peer, node] : [node, peer];
  return {
    atMs,
    order,
    node: at,
    peer: other,
    text: wordsOf(entry, kinds),
    tone: toneOf(entry),
    connections: connection === undefined ? [] : [connection],
    isBetween: peer !== undefined && BETWEEN.has(kind),
  };
}

function wordsOf(
  { kind, node, peer, connection = 0, text }: TraceEntry,
  kinds: ReadonlyMap<number, ConnectionKind>,
): string {
  if (kind === 'note') return text;
  const words = WORDS[kind] ?? kind;
  if (kind === 'dial') {
    const use = kinds.get(connection);
    return use === undefined || use === 'unknown' ? words : `${words} a ${use} connection`;
  }
  if (kind !== 'silence') return `${words} ${text}`.trim();
  if (text === 'both') return `${words} both directions`;
  return `${words} towards ${text === 'toDialer' ? peer : node}`;
}

function toneOf(entry: TraceEntry): Mark['tone'] {
  const { kind } = entry;
  if (isFault(entry)) return 'fault';
  if (kind === 'start' || kind === 'heal' || kind === 'kept') return 'life';
  return kind === 'note' ? 'note' : 'quiet';
}
