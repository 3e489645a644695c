/** A producer's bytes behind the frame that begins its stream. */

import type { StreamLie } from '../../plan/hostile.ts';
import { makeItem } from '../item.ts';
import { NO_OPERATION } from '../damaged-name.ts';
import { attach, count, EOS_BYTES, laneFrame, message, tuple, valueStream } from './frames.ts';
import type { RawSocket } from './raw-socket.ts';

const HEADERS = 3;
const TRAILERS = 4;
const ERROR = 5;
const IGNORABLE = 0x7f;
const MANDATORY = 0x80;

const ENDLESS_BYTES = 1_500_000;
const NO_DOCUMENT = Buffer.from('05000000', 'hex');
const METADATA = tuple({ from: 'far away' });
const FAILURE = tuple({ name: 'Error', message: 'the producer has failed', code: 'ERR_FAR' });
const OTHER_ITEM = message(tuple({ index: 'none', cells: [] }));
const OFFERING_ITEM = message(tuple({ row: 0, cells: valueStream(2 ** 40) }));
const BAD_ITEM = message(Buffer.from('ffffffff00', 'hex'));

/** An item that is right for every method of the service: also for a stream of rows, though without cells. */
function item(index: number): Buffer {
  return message(tuple({ ...makeItem(NO_OPERATION, 'down', index, 10), row: index, cells: [] }));
}

function itemsOf(items: number): Buffer {
  return Buffer.concat(Array.from({ length: items }, (_, index) => item(index)));
}

/** What comes behind the items in place of the right end. */
const ENDS: Readonly<
  Record<Exclude<StreamLie, 'fin' | 'reset'>, (items: number) => readonly Buffer[]>
> = {
  right: (items) => [count(items), EOS_BYTES],
  silent: () => [],
  'no-count': () => [EOS_BYTES],
  'count-high': (items) => [count(items + 1), EOS_BYTES],
  'count-low': (items) => [count(Math.max(0, items - 1)), EOS_BYTES],
  'count-twice': (items) => [count(items), count(items), EOS_BYTES],
  'item-behind-count': (items) => [count(items), item(items), EOS_BYTES],
  'item-behind-end': (items) => [count(items), EOS_BYTES, item(items)],
  'end-twice': (items) => [count(items), EOS_BYTES, EOS_BYTES],
  'headers-late': (items) => [item(items), laneFrame(HEADERS, METADATA)],
  'headers-twice': () => [laneFrame(HEADERS, METADATA), laneFrame(HEADERS, METADATA)],
  'bad-headers': () => [laneFrame(HEADERS, NO_DOCUMENT)],
  'trailers-twice': () => [laneFrame(TRAILERS, METADATA), laneFrame(TRAILERS, METADATA)],
  'item-behind-trailers': (items) => [laneFrame(TRAILERS, METADATA), item(items)],
  'count-behind-error': (items) => [laneFrame(ERROR, FAILURE), count(items), EOS_BYTES],
  'bad-error': () => [laneFrame(ERROR, NO_DOCUMENT), EOS_BYTES],
  'attach-within': () => [attach('consume', 2), attach('produce', 2)],
  'unknown-type': (items) => [laneFrame(IGNORABLE, METADATA), count(items), EOS_BYTES],
  'mandatory-type': () => [laneFrame(MANDATORY, METADATA)],
  'half-item': (items) => [item(items).subarray(0, 9)],
  'half-end': (items) => [count(items), EOS_BYTES.subarray(0, 2)],
  'long-item': () => [message(METADATA, 0xffff_fff0)],
  'bad-item': (items) => [BAD_ITEM, count(items + 1), EOS_BYTES],
  'other-item': (items) => [OTHER_ITEM, count(items + 1), EOS_BYTES],
  'same-stream-twice': (items) => [OFFERING_ITEM, OFFERING_ITEM, count(items + 2), EOS_BYTES],
  endless: (items) => {
    const one = item(items);
    return [Buffer.concat(Array.from({ length: ENDLESS_BYTES / one.length }, () => one))];
  },
};

/** Sends a stream on the lane, and lies as planned. */
export function sendLie(lane: RawSocket, lie: StreamLie, items: number): void {
  const isHeadersLie = lie === 'headers-twice' || lie === 'bad-headers';
  lane.write(itemsOf(isHeadersLie ? 0 : items));
  if (lie === 'fin') lane.end();
  else if (lie === 'reset') lane.reset();
  else lane.write(...ENDS[lie](items));
}
