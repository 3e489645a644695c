import { expect } from 'chai';

import { ByteWriter } from '../../../lib/base/byte-writer.ts';
import { SlabPool } from '../../../lib/base/slab-pool.ts';
import type { Initiator } from '../../../lib/errors/rpc-error.ts';
import { SerializationError } from '../../../lib/errors/errors.ts';
import type { Serializer, StreamHandles } from '../../../lib/serializer/serializer.ts';
import { FakeHandles } from './fake-handles.ts';

/** Bytes from hex; spaces are for the reader. */
export function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(' ', ''), 'hex');
}

/** The bytes of one tuple. */
export function encode<T extends unknown[]>(
  serializer: Serializer<T>,
  tuple: T,
  handles: StreamHandles = new FakeHandles(),
): Buffer {
  const out = new ByteWriter(new SlabPool());
  serializer.encode(tuple, out, handles);
  return out.takeBytes();
}

/** The tuple of a message. */
export function decode<T extends unknown[]>(
  serializer: Serializer<T>,
  bytes: Buffer,
  handles: StreamHandles = new FakeHandles(),
): T {
  return serializer.decode(bytes, handles);
}

/** What a step throws. Fails the test if it throws nothing, or anything but a SerializationError. */
export function refusalOf(step: () => unknown): SerializationError {
  try {
    step();
  } catch (error) {
    expect(error).to.be.instanceOf(SerializationError);
    return error as SerializationError;
  }
  return expect.fail('nothing was refused');
}

/** Asserts that a step is refused, at a path and with a message, blaming someone. */
export function expectRefusal(
  step: () => unknown,
  expected: { path: string; message: string | RegExp; initiator: Initiator },
): void {
  const error = refusalOf(step);
  expect(error.message).to.match(
    typeof expected.message === 'string' ? literally(expected.message) : expected.message,
  );
  expect({ path: error.path, initiator: error.initiator }).to.deep.equal({
    path: expected.path,
    initiator: expected.initiator,
  });
}

function literally(text: string): RegExp {
  return new RegExp(text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
}

/** Every proper prefix of a message, shortest first. */
export function prefixesOf(bytes: Buffer): Buffer[] {
  return Array.from(bytes, (_, end) => bytes.subarray(0, end));
}
