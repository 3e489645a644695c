import type { BsonLimits } from '../bson/bson-options.ts';
import { Misfit } from '../misfit.ts';
import type { StreamHandles } from '../serializer.ts';

/** The state of writing one message, besides its values and its bytes. */
export class WriteContext {
  /** The connection's streams. */
  readonly handles: StreamHandles;
  readonly limits: BsonLimits;
  /** The number of open documents and arrays of the current member. */
  depth = 0;
  /** The number of array elements, keys of maps, and keys within `any` that may still come. */
  keysLeft: number;

  constructor(limits: BsonLimits, handles: StreamHandles) {
    this.limits = limits;
    this.handles = handles;
    this.keysLeft = limits.maxKeys;
  }

  /** Enters a document or an array of the member. @throws Misfit */
  enter(): void {
    if (++this.depth > this.limits.maxDepth) {
      throw new Misfit(`nested deeper than ${this.limits.maxDepth} levels (maxDepth)`);
    }
  }

  /** Leaves the document or array. */
  leave(): void {
    this.depth--;
  }

  /** @throws Misfit when there are more keys than the limit. */
  countKeys(count: number): void {
    this.keysLeft -= count;
    if (this.keysLeft < 0) {
      throw new Misfit(`more than ${this.limits.maxKeys} keys (maxKeys)`);
    }
  }
}
