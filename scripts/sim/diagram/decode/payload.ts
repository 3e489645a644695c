/** The content of a payload in words, as far as it is BSON. It may be anything: nothing here throws. */

import { Binary, deserialize, Long } from 'bson';

/** A payload in words. */
export interface SeenPayload {
  /** The first member of its tuple; undefined where it can't be read. */
  readonly first: unknown;
  readonly text: string;
}

const STREAM_HANDLE = 0x8b;
const VALUE_STREAM = 0x8c;
const MAX_TEXT = 600;
const MAX_DEPTH = 6;
const MAX_HEX_BYTES = 40;

/** A tuple in BSON. */
export function seenTuple(bytes: Buffer): SeenPayload {
  const document = readDocument(bytes);
  if (document === undefined) return { first: undefined, text: hexText(bytes) };
  const members = Object.values(document);
  return { first: members[0], text: cut(members.map((member) => shown(member, 0)).join(', ')) };
}

/** A tuple of a service's call: behind a byte that says whether there is an envelope, and the envelope. */
export function seenServiceTuple(bytes: Buffer): SeenPayload {
  if (bytes[0] === 0) return seenTuple(bytes.subarray(1));
  const length = bytes.length < 5 ? 0 : bytes.readInt32LE(1);
  const envelope = bytes[0] === 1 && length > 0 ? bytes.subarray(1, 1 + length) : undefined;
  if (envelope === undefined) return { first: undefined, text: hexText(bytes) };
  const { first, text } = seenTuple(bytes.subarray(1 + length));
  return { first, text: cut(`${text}; with ${seenTuple(envelope).text}`) };
}

function readDocument(bytes: Buffer): Record<string, unknown> | undefined {
  try {
    return deserialize(bytes, { promoteLongs: false });
  } catch {
    return undefined;
  }
}

/** A value in one line. */
function shown(value: unknown, depth: number): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (value instanceof Binary) return binaryText(value);
  if (value instanceof Long) return value.toString();
  if (typeof value !== 'object' || value === null || value instanceof Date) return String(value);
  if (depth === MAX_DEPTH) return '…';
  if (Array.isArray(value)) return `[${value.map((entry) => shown(entry, depth + 1)).join(', ')}]`;
  const fields = Object.entries(value).map(([key, field]) => `${key}: ${shown(field, depth + 1)}`);
  return `{${fields.join(', ')}}`;
}

function binaryText({ sub_type: type, buffer, position }: Binary): string {
  const bytes = Buffer.from(buffer.subarray(0, position));
  if (bytes.length >= 8 && type === VALUE_STREAM) return `<stream ${bytes.readBigUInt64LE(0)}>`;
  if (bytes.length >= 8 && type === STREAM_HANDLE) {
    return `<child ${bytes.readBigUInt64LE(0).toString(16)}>`;
  }
  return `<${bytes.length} bytes>`;
}

/** The first bytes in hexadecimal. */
export function hexText(bytes: Buffer): string {
  const rest = bytes.length > MAX_HEX_BYTES ? '…' : '';
  return `${bytes.toString('hex', 0, MAX_HEX_BYTES)}${rest}`;
}

function cut(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}
