import type { MainMessage } from '../../wire/main-message.ts';
import type { ChildConnection } from '../child/child-connection.ts';
import { CarrierWatch } from '../half/carrier-watch.ts';

/** Finds child connections that stand still though their main connection lives. */
export class ChildStalls {
  /** Made for the first child whose peer answers. */
  #carriers: CarrierWatch<bigint, ChildConnection> | undefined;
  readonly #byId: ReadonlyMap<bigint, ChildConnection>;

  /** @param byId - the children of the main connection. */
  constructor(byId: ReadonlyMap<bigint, ChildConnection>) {
    this.#byId = byId;
  }

  /** A child is open. */
  watch(child: ChildConnection): void {
    if (!child.agreed.capabilities.liveness) return;
    this.#carriers ??= this.#begin(child);
    this.#carriers.watch(child.id, child);
  }

  /** The child is gone. */
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

  #begin({ parent }: ChildConnection): CarrierWatch<bigint, ChildConnection> {
    return new CarrierWatch<bigint, ChildConnection>(parent.environment, {
      ask: (words) => parent.tellPeer({ kind: 'children-progress', words }),
      answer: (counts) => {
        const words = counts.flatMap(([id, sentPlusOne]) => [id, BigInt(sentPlusOne)]);
        parent.tellPeer({ kind: 'children-sent', words });
      },
      sentMessages: (id) => sentMessages(this.#byId.get(id)),
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

/** The number of messages that we have sent; undefined if our direction is over. */
function sentMessages(child: ChildConnection | undefined): number | undefined {
  if (child?.sinkState.phase === 'unopened') return 0;
  if (child?.sinkState.phase !== 'open') return undefined;
  return child.snapshot().find(({ side }) => side === 'producer')?.items;
}

/** Neither side can use the connection any more. The main connection tells the peer's sink. */
function lose(child: ChildConnection, cause: Error): void {
  child.parent.tellPeer({ kind: 'canceled', streamId: child.id });
  child.abort(cause, 'transport');
  child.link.reset(cause);
}
