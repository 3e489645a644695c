import { Deferred } from '../../base/deferred.ts';
import type { Link } from './link.ts';

/** The links that are open. Their owner, which closes them, can wait for the last. */
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

  /** Gives up every link, with a little time for what its peer must still read. */
  closeAll(cause: unknown): void {
    for (const link of this.#links) link.close(cause, true);
  }

  /** Closes every link at once. */
  abortAll(cause: unknown): void {
    for (const link of this.#links) link.abort(cause);
  }

  /** One for all links: there may be many, and idle. */
  readonly #remove = (link: Link): void => {
    this.#links.delete(link);
    if (this.#links.size > 0) return;
    this.#empty?.resolve();
    this.#empty = undefined;
  };
}
