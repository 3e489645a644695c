import { Deferred } from '../base/deferred.ts';
import type { Attachment } from '../call/client/attachment.ts';
import type { ParentEnd } from '../stream/half/half-listener.ts';

/**
 * The attachments of a client: the current one, which it sends by, and the former ones. These finish
 * their calls and streams beside it, or are lost and have streams that are still read.
 */
export class Attachments {
  readonly #former = new Set<Attachment>();
  #current: Attachment | undefined;
  /** Replaced once it is settled and no longer holds, so that nobody waits for one that is gone. */
  #attached = new Deferred<Attachment>();
  #isAnnounced = false;

  /** Undefined while there is no connection. */
  get current(): Attachment | undefined {
    return this.#current;
  }

  /** The current one first. */
  get all(): readonly Attachment[] {
    return this.#current === undefined ? [...this.#former] : [this.#current, ...this.#former];
  }

  /** Whether it is a former one that is not forgotten. */
  isFormer(attachment: Attachment): boolean {
    return this.#former.has(attachment);
  }

  /** The current one, now or as soon as there is one. Rejects once there will be none. */
  whenAttached(): Promise<Attachment> {
    return this.#attached.promise;
  }

  /** It is the current one from now on. `announce` follows when it can be used. */
  add(attachment: Attachment): void {
    this.#current = attachment;
  }

  /** It is used beside the current one. */
  addFormer(attachment: Attachment): void {
    this.#former.add(attachment);
  }

  /** Tells of the current one. */
  announce(): void {
    if (this.#current === undefined) return;
    this.#isAnnounced = true;
    this.#attached.resolve(this.#current);
  }

  /** The current one is a former one from now on. */
  leave(): Attachment | undefined {
    const attachment = this.#current;
    if (attachment === undefined) return undefined;
    this.#current = undefined;
    this.#revoke();
    this.#former.add(attachment);
    return attachment;
  }

  /** Ends the connection of a former one, and forgets it when nothing of it is left. */
  endFormer(attachment: Attachment, cause: Error, how: ParentEnd): void {
    attachment.end(cause, how);
    void attachment.underWay.whenIdle().then(() => this.#former.delete(attachment));
  }

  /**
   * Opens no more streams. Settles when the peers' readers have taken the end of every stream that was
   * sent to its end.
   */
  async whenConfirmed(makeRefusal: () => Error): Promise<void> {
    const { all } = this;
    for (const attachment of all) attachment.refuseStreams(makeRefusal);
    await Promise.all(all.map((attachment) => attachment.whenConfirmed()));
  }

  /** There will be no other one. */
  close(cause: Error): void {
    this.#revoke();
    this.#attached.reject(cause);
  }

  /** The one that was announced holds no more. Until one was, waiting goes on. */
  #revoke(): void {
    if (this.#isAnnounced) this.#attached = new Deferred();
    this.#isAnnounced = false;
  }
}
