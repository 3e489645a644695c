import { abortAll, type NamedStream } from '../../stream/half/named-stream.ts';
import type { CallPlace } from '../limits/governor.ts';
import type { HandlerContext } from './handler-context.ts';

/** A call of which something goes on. */
export interface LastingCall {
  readonly messageId: number;
  readonly context: HandlerContext;
  /** The streams that its arguments named. */
  readonly children: readonly NamedStream[] | undefined;
  /** What it takes of limits of calls; undefined without any. */
  readonly place: CallPlace | undefined;
}

/** A call, with those streams of its result that are followed. */
interface Going extends LastingCall {
  readonly results: readonly NamedStream[];
}

/** What outlives the handlers of one connection: work in the background, and the streams of results. */
export class Afterwork {
  /** A member for each work, and one for the streams of each call. */
  readonly #going = new Set<Going>();
  readonly #track: (work: Promise<unknown>) => void;

  /** @param track - told of work that is to be waited for. */
  constructor(track: (work: Promise<unknown>) => void) {
    this.#track = track;
  }

  /** Starts work of a call. A rejection aborts the streams of its arguments. */
  start(call: LastingCall, work: () => Promise<unknown>, onFailed: (error: unknown) => void): void {
    const going = this.#enter(call, []);
    const promise = (async () => {
      try {
        await work();
      } catch (error) {
        onFailed(error);
        abortAll(call.children, error, 'local');
      }
      this.#leave(going);
    })();
    this.#track(promise);
  }

  /**
   * A call whose result streams goes on until its streams are over. When their consumer leaves, its
   * signal fires and the streams of its arguments end: what makes the items may wait for one of theirs.
   * They end as well when that has thrown, as they do with a handler.
   */
  follow(call: LastingCall, streams: readonly NamedStream[]): void {
    const open = streams.filter((stream) => stream.isOver === false);
    if (open.length === 0) return;
    const going = this.#enter(call, open);
    let count = open.length;
    for (const stream of open) {
      stream.onOver = (cause, isOwn) => {
        if (--count > 0) return;
        this.#leave(going);
        if (cause === undefined) return;
        if (!isOwn) call.context.end(cause);
        abortAll(call.children, cause, isOwn ? 'local' : 'remote');
      };
    }
  }

  /** The caller is gone: what goes on is told so by its signal. */
  end(cause: unknown): void {
    for (const { context } of this.#going) context.end(cause);
  }

  /** The caller has taken no notice of the reply: what a call has left going is told so, and its streams end. */
  cancel(messageId: number, cause: unknown): void {
    for (const going of this.#going) {
      if (going.messageId !== messageId) continue;
      going.context.end(cause);
      abortAll(going.results, cause, 'remote');
    }
  }

  #enter(call: LastingCall, results: readonly NamedStream[]): Going {
    const { messageId, context, children, place } = call;
    const going = { messageId, context, children, place, results };
    this.#going.add(going);
    place?.hold();
    return going;
  }

  #leave(going: Going): void {
    this.#going.delete(going);
    going.place?.release();
  }
}
