/** Messages as arrows. Runs of messages that say the same become one. */

import { bytesText, type SeenFrame } from '../decode/frame.ts';
import type { Message } from './messages.ts';
import { compareMoments, type Moment } from './moment.ts';

/** An arrow of the picture, or a run of them. */
export interface Arrow {
  readonly connection: number;
  readonly from: string;
  readonly to: string;
  readonly text: string;
  /** One line for each frame. */
  readonly detail: string;
  /** Whether a frame tells of a failure, or can't be read. */
  readonly isBad: boolean;
  readonly first: Ends;
  /** The last one of a run, otherwise the same as `first`. */
  readonly last: Ends;
}

/** The two ends of an arrow in time. */
export interface Ends {
  readonly sent: Moment;
  /** Undefined for bytes that never arrived. */
  readonly arrived: Moment | undefined;
}

/** Messages that become one arrow. */
interface Run {
  readonly messages: Message[];
  /** The word that all frames have in common; undefined for a message that stands alone. */
  readonly word: string | undefined;
}

/** A pause of this length ends a run of items, so that the picture shows it. */
const MAX_PAUSE_MS = 1_000;
const MAX_DETAILS = 40;

/** @param faults - the moments at which something broke, in order: no run goes on behind one. */
export function drawnArrows(messages: readonly Message[], faults: readonly Moment[]): Arrow[] {
  const open = new Map<string, Run>();
  const runs: Run[] = [];
  for (const message of messages.toSorted((a, b) => compareMoments(a.sent, b.sent))) {
    const key = `${message.connection} ${message.from}`;
    const word = wordOf(message.frames);
    const run = open.get(key);
    if (run !== undefined && word !== undefined && isContinued(run, message, word, faults)) {
      run.messages.push(message);
    } else {
      const begun = { messages: [message], word };
      runs.push(begun);
      open.set(key, begun);
    }
  }
  return runs.map(arrowOf);
}

function isContinued(
  { messages, word: ownWord }: Run,
  next: Message,
  word: string,
  faults: readonly Moment[],
): boolean {
  const last = messages.at(-1);
  if (word !== ownWord || last === undefined) return false;
  if ((last.arrived === undefined) !== (next.arrived === undefined)) return false;
  if (word === 'items' && next.sent.atMs - last.sent.atMs > MAX_PAUSE_MS) return false;
  const isBetween = (fault: Moment): boolean =>
    compareMoments(last.sent, fault) < 0 && compareMoments(fault, next.sent) < 0;
  return !faults.some(isBetween);
}

/** The word that all frames have in common. */
function wordOf(frames: readonly SeenFrame[]): string | undefined {
  const [first] = frames;
  return frames.every(({ run }) => run === first?.run) ? first?.run : undefined;
}

function arrowOf({ messages }: Run): Arrow {
  const [first] = messages;
  const last = messages.at(-1);
  if (first === undefined || last === undefined) throw new Error('an empty run');
  const { connection, from, to } = first;
  const frames = messages.flatMap((message) => message.frames);
  return {
    connection,
    from,
    to,
    text: textOf(frames),
    detail: detailOf(frames),
    isBad: frames.some(({ kind }) => kind === 'unread' || kind === 'exception'),
    first: { sent: first.sent, arrived: first.arrived },
    last: { sent: last.sent, arrived: last.arrived },
  };
}

/** Runs within the frames are told as numbers. One that stands alone has room for its first frame. */
function textOf(frames: readonly SeenFrame[]): string {
  const parts = partsOf(frames);
  const texts = parts.map((part) => {
    const [first] = part;
    const bytes = bytesText(part.reduce((sum, { start, end }) => sum + end - start, 0));
    const text = first?.text ?? '';
    if (part.length === 1) return bytes.endsWith('iB') ? `${text}, ${bytes}` : text;
    const run = `${part.length} ${first?.run}, ${bytes}`;
    return parts.length === 1 ? `${run}: ${text} …` : run;
  });
  const compressor = frames.find((frame) => frame.compressor !== undefined)?.compressor;
  return `${texts.join(' · ')}${compressor === undefined ? '' : ` (${compressor})`}`;
}

/** The frames, with those of a run together. */
function partsOf(frames: readonly SeenFrame[]): SeenFrame[][] {
  const parts: SeenFrame[][] = [];
  for (const frame of frames) {
    const last = parts.at(-1);
    if (frame.run !== undefined && last?.[0]?.run === frame.run) last.push(frame);
    else parts.push([frame]);
  }
  return parts;
}

function detailOf(frames: readonly SeenFrame[]): string {
  const lines = frames
    .slice(0, MAX_DETAILS)
    .map(
      ({ text, detail, start, end }) =>
        `${text}, ${bytesText(end - start)}${detail === '' ? '' : `: ${detail}`}`,
    );
  const more = frames.length > MAX_DETAILS ? [`and ${frames.length - MAX_DETAILS} more`] : [];
  return [...lines, ...more].join('\n');
}
