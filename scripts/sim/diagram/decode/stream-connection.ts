import type { ByteQueue } from '../../../../lib/base/byte-queue.ts';
import { isLaneFrame, type LaneFrame, LaneFrameDecoder } from '../../../../lib/wire/lane-frame.ts';
import { EOS, StreamFrameDecoder } from '../../../../lib/wire/stream-frame.ts';
import { type DecodedFrame, bytesText, type WireNames } from './frame.ts';
import { seenTuple } from './payload.ts';

/** A longer message is damaged bytes. */
const MAX_MESSAGE_BYTES = 1 << 26;

/** Takes a frame of a stream off the front; undefined if it is not whole. */
export function streamReader(
  isLane: boolean,
  names: WireNames,
): (bytes: ByteQueue) => DecodedFrame | undefined {
  const decoder = new (isLane ? LaneFrameDecoder : StreamFrameDecoder)(MAX_MESSAGE_BYTES);
  return (bytes) => {
    const before = bytes.byteLength;
    const frame = decoder.next(bytes);
    if (frame === undefined) {
      const isPassedOver = bytes.byteLength < before;
      return isPassedOver ? { kind: 'lane', text: 'unknown lane frame', detail: '' } : undefined;
    }
    if (frame === EOS) return { kind: 'eos', text: 'end of stream', detail: '' };
    return isLaneFrame(frame) ? seenLaneFrame(frame) : seenItem(frame, names);
  };
}

function seenItem(payload: Buffer, names: WireNames): DecodedFrame {
  const { first, text } = seenTuple(payload);
  const told = names.value?.(first) ?? bytesText(payload.length);
  return { kind: 'item', text: `item ${told}`, detail: text, run: 'items' };
}

function seenLaneFrame(frame: LaneFrame): DecodedFrame {
  if ('number' in frame) return { kind: 'lane', text: `${frame.type} ${frame.number}`, detail: '' };
  const detail = 'document' in frame ? seenTuple(frame.document).text : '';
  return { kind: 'lane', text: frame.type, detail };
}
