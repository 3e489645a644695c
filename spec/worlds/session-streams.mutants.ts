import { ReplyWriter } from '../../lib/call/server/reply-writer.ts';
import { ClientSession } from '../../lib/session/client-session.ts';
import { Offers } from '../../lib/stream/value/offers.ts';
import { ResumedReading } from '../../lib/stream/value/resumed-reading.ts';
import { ResumedReadings } from '../../lib/stream/value/resumed-readings.ts';
import { RetainedSink } from '../../lib/stream/value/retained-sink.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'L10',
    of: RetainedSink,
    in: '#onMoved',
    find: 'this.#kept.free(this.#positions.taken)',
    replace: 'this.#kept.free(this.#feed.sent)',
    why: 'items that were sent and not taken are freed, and missing when the stream goes on',
  },
  {
    row: 'L10',
    of: RetainedSink,
    in: 'start',
    find: 'this.#feed.attach(segment, firstIndex, this)',
    replace: 'this.#feed.attach(segment, firstIndex && firstIndex + 1, this)',
    why: 'a stream goes on one item too late',
  },
  {
    row: 'L10',
    of: ResumedReadings,
    in: '#addAck',
    find: 'acknowledged, taken);',
    replace: 'acknowledged, taken + 1);',
    why: 'a reader tells of an item that it has not taken',
  },
  {
    row: 'L10',
    of: ResumedReading,
    in: '#pointOf',
    find: 'return positions.taken;',
    replace: 'return positions.taken && positions.taken - 1;',
    why: 'a reader asks for an item that it has told to have taken, and never gets on',
  },
  {
    row: 'L10',
    of: ClientSession,
    in: 'resume',
    find: 'lost.filter((message) => isOf(message, received))',
    replace: '[]',
    why: 'a server never learns that its client has taken the end of a stream, or cancels it',
  },
  {
    row: 'L10',
    of: ReplyWriter,
    in: 'attach',
    find: 'this.tellPeer(message);',
    replace: 'void message;',
    why: 'a client never learns that its server has taken the end of a stream',
  },
  {
    row: 'L10',
    of: Offers,
    in: 'attach',
    find: 'this.#underWay = underWay;',
    replace: 'this.#underWay = underWay; this.#lastNumber = 0;',
    why: 'numbers of streams are used again on the next connection',
  },
];
