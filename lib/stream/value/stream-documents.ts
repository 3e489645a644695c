import { Deferred } from '../../base/deferred.ts';

/** The metadata of a stream, as documents. */
export type MetadataKind = 'headers' | 'trailers';

/** The headers and the trailers of a stream that is read, once they are known. */
export class StreamDocuments {
  readonly headers: Deferred<Buffer | undefined> = new Deferred<Buffer | undefined>();
  readonly trailers: Deferred<Buffer | undefined> = new Deferred<Buffer | undefined>();

  /** The stream has ended: there are none, unless they have come. */
  end(): void {
    this.headers.resolve(undefined);
    this.trailers.resolve(undefined);
  }

  /** The stream has failed before they came. */
  lose(error: Error): void {
    this.headers.reject(error);
    this.trailers.reject(error);
  }
}
