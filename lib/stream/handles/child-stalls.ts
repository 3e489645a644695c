import type { MainMessage } from '../../wire/main-message.ts';
import type { ChildConnection } from '../child/child-connection.ts';
import { CarrierWatch } from '../half/carrier-watch.ts';
import type { Parent } from '../half/parent.ts';
import { VerbStream } from '../verb/verb-stream.ts';

/** A stream of a verb: a plain one with its only connection, or a resumable one with its current one. */
type WatchedStream = ChildConnection | VerbStream;

/** Finds a stream of the main connection; undefined if there is none with this id. */
type FindStream = (id: bigint) => WatchedStream | undefined;

/** Finds connections of verbs' streams that stand still though their main connection lives. */
export class ChildStalls {
  /** Made for the first stream whose peer answers. */
  #carriers: CarrierWatch<bigint, WatchedStream> | undefined;
  readonly #find: FindStream;

  constructor(find: FindStream) {
    this.#find = find;
  }

  /** A child is open. */
  watch(child: ChildConnection): void {
    if (child.agreed.capabilities.liveness) this.#watch(child, child.parent);
  }

  /** A resumable stream has another connection. */
  watchStream(stream: VerbStream): void {
    this.#watch(stream, stream.segment.parent);
  }

  /** The child is gone, or the resumable stream has no connection. */
  unwatch(id: bigint): void {
    this.#carriers?.unwatch(id);
  }

  /** The main connection is gone. */
  end(): void {
    this.#carriers?.end();
  }

  /** Handles a message about the progress of children; does nothing with any other. */
  onMainMessage(message: MainMessage): void {
    if (message.kind === 'children-progress') this.#carriers?.onQuestion(message.words);
    else if (message.kind === 'children-sent') this.#onAnswer(message.words);
  }

  #watch(stream: WatchedStream, parent: Parent): void {
    this.#carriers ??= this.#begin(parent);
    this.#carriers.watch(stream.id, stream);
  }

  #begin(parent: Parent): CarrierWatch<bigint, WatchedStream> {
    return new CarrierWatch<bigint, WatchedStream>(parent.environment, {
      ask: (words) => parent.tellPeer({ kind: 'children-progress', words }),
      answer: (counts) => {
        const words = counts.flatMap(([id, sentPlusOne]) => [id, BigInt(sentPlusOne)]);
        parent.tellPeer({ kind: 'children-sent', words });
      },
      sentMessages: (id) => sentMessages(this.#find(id)),
      lose,
    });
  }

  #onAnswer(words: readonly bigint[]): void {
    for (let at = 0; at + 1 < words.length; at += 2) {
      // `at` and the place behind it are within `words`.
      this.#carriers?.onAnswer(words[at]!, Number(words[at + 1]!));
    }
  }
}

/** The number of messages that we have sent, or keep to be sent; undefined if our direction is over. */
function sentMessages(stream: WatchedStream | undefined): number | undefined {
  if (stream?.sinkState.phase === 'unopened') return 0;
  if (stream?.sinkState.phase !== 'open') return undefined;
  return stream.snapshot().find(({ side }) => side === 'producer')?.items;
}

/** Neither side can use the connection any more: a resumable stream goes on on another one. */
function lose(stream: WatchedStream, cause: Error): void {
  if (stream instanceof VerbStream) stream.moveOn(cause);
  else loseChild(stream, cause);
}

/** The main connection tells the peer's sink. */
function loseChild(child: ChildConnection, cause: Error): void {
  child.parent.tellPeer({ kind: 'canceled', streamId: child.id });
  child.abort(cause, 'transport');
  child.link.reset(cause);
}
