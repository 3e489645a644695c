import { Deferred } from '../../base/deferred.ts';
import type { Link } from './link.ts';

/** The links that are open. Their owner closes them, and can wait for the last one. */
export class LinkCensus {
  readonly #links = new Set<Link>();
  #empty: Deferred | undefined;

  get size(): number {
    return this.#links.size;
  }

  /** Counts a link until it is closed. */
  add(link: Link): void {
    this.#links.add(link);
    link.onClosed = this.#remove;
  }

  /** Resolves when no link is open. */
  async whenEmpty(): Promise<void> {
    if (this.#links.size === 0) return;
    this.#empty ??= new Deferred();
    await this.#empty.promise;
  }

  /** Gives every link up in order, with a little time for bytes that its peer must still read. */
  closeAll(cause: unknown): void {
    for (const link of this.#links) link.close(cause, true);
  }

  /** Closes every link at once. */
  abortAll(cause: unknown): void {
    for (const link of this.#links) link.abort(cause);
  }

  /** One function for all links: there may be many idle ones. */
  readonly #remove = (link: Link): void => {
    this.#links.delete(link);
    if (this.#links.size > 0) return;
    this.#empty?.resolve();
    this.#empty = undefined;
  };
}
