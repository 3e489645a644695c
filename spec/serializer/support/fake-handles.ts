import type { Serializer, StreamHandles } from '../../../lib/serializer/serializer.ts';
import { serializerByName } from '../../../lib/serializer/types/serializer-by-name.ts';
import type { Sink, Source } from '../../../lib/types/sink-source.ts';
import { STREAM_HANDLE } from '../../../lib/types/stream-handle.ts';

/** A stream's end as far as serializers know it: the brand, an id, and the stream's serializer. */
export interface FakeStream {
  readonly [STREAM_HANDLE]: 'sink';
  readonly id: bigint;
  readonly serializer: string;
}

/** A stream's end without a stream. */
export function fakeStream(id: bigint, serializer: string): FakeStream {
  return { [STREAM_HANDLE]: 'sink', id, serializer };
}

/** A fake typed as what the serializers' types ask for. */
export function fakeSink<T extends unknown[]>(id: bigint, serializer: string): Sink<T> {
  return fakeStream(id, serializer) as unknown as Sink<T>;
}

/** The same, where a member is declared as its reader sees it. */
export function fakeSource<T extends unknown[]>(id: bigint, serializer: string): Source<T> {
  return fakeStream(id, serializer) as unknown as Source<T>;
}

/** Describes fakes by their fields, and resolves every id to a new fake that tells its serializer. */
export class FakeHandles implements StreamHandles {
  readonly offered: object[] = [];
  readonly resolved: { id: bigint; serializer: Serializer | undefined }[] = [];

  describe(handle: object): { id: bigint; serializer: string } {
    const { id, serializer } = handle as FakeStream;
    return { id, serializer };
  }

  resolve(id: bigint, serializer: Serializer | undefined): object {
    this.resolved.push({ id, serializer });
    return fakeStream(id, serializer?.name ?? 'none');
  }

  serializerNamed(name: string, own: Serializer): Serializer {
    return serializerByName(name, own);
  }

  /** Every stream gets the next even number, and is kept. */
  offer(stream: object): { number: number; serializer: string } {
    this.offered.push(stream);
    return { number: this.offered.length * 2, serializer: 'bson' };
  }

  accept(number: number, serializer: Serializer): object {
    return { number, serializer };
  }
}
