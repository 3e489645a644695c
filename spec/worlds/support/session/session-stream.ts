import { isRpcError, type LocalStream, type RemoteStream, stream } from '../../../../lib/index.ts';
import type { Dice, NodeProcess } from '../../../../lib/simulation.ts';
import type { StreamOptions, StreamSource } from '../../../../lib/types/value-stream.ts';

/** One item. It says which stream it belongs to, so that a stray one shows. */
export interface Item {
  readonly stream: number;
  readonly index: number;
  readonly pad: string;
  /** A stream in the item, with its number. */
  readonly inner?: { readonly number: number; readonly items: AsyncIterable<Item> };
}

/** Makes and finds the streams of a world. */
export interface StreamBook {
  add(plan: StreamPlan): SessionStream;
  find(number: number): SessionStream;
}

/** The course of a stream, if nothing breaks it. */
export interface StreamPlan {
  readonly items: number;
  /** Undefined for a plain stream. */
  readonly resumable: StreamOptions<Item>['resumable'];
  /** The producer fails in place of this item. */
  readonly failsAt?: number | undefined;
  /** The reader leaves its loop when it has got so many. */
  readonly leavesAfter?: number | undefined;
  /** The reader cancels, with a reason, when it has got so many. */
  readonly cancelsAfter?: number | undefined;
  /** Streams with this plan in its items. */
  readonly nested?: StreamPlan | undefined;
}

export const CANCEL_REASON = 'enough of it';

/** A stream as its producer and its reader see it. */
export class SessionStream {
  readonly number: number;
  readonly plan: StreamPlan;
  readonly #book: StreamBook;
  readonly got: number[] = [];
  /** Reasons with which the producer was told to stop. */
  readonly stops: string[] = [];
  /** How it ended for its reader; undefined before. */
  end: unknown;
  /** How it ended for its producer; undefined before. */
  sent: unknown;
  begun = 0;
  left = 0;
  /** Items that were made. */
  made = 0;
  readonly problems: string[] = [];

  /** The process that produces it. */
  producer: NodeProcess | undefined;

  constructor(book: StreamBook, number: number, plan: StreamPlan) {
    this.#book = book;
    this.number = number;
    this.plan = plan;
  }

  /** The stream for a value. @param nest - makes the streams of its items. */
  produce(node: NodeProcess): LocalStream<Item> {
    this.producer = node;
    const source: StreamSource<Item> = (signal) => {
      signal.addEventListener('abort', () => this.stops.push(messageOf(signal.reason)));
      return this.#items(node);
    };
    const { resumable } = this.plan;
    const made = stream(source, resumable === undefined ? {} : { resumable });
    made.whenSent.then(
      () => (this.sent = 'sent'),
      (error: unknown) => (this.sent = error),
    );
    return made;
  }

  /** Reads it as planned. Never rejects. */
  async read(items: RemoteStream<Item>, node: NodeProcess, dice: Dice): Promise<void> {
    const { leavesAfter, cancelsAfter } = this.plan;
    const within: Promise<void>[] = [];
    try {
      for await (const { stream: of, index, inner } of items) {
        if (inner !== undefined) {
          // A stream in a value arrives as one of the peer's.
          const nested = inner.items as RemoteStream<Item>;
          within.push(this.#book.find(inner.number).read(nested, node, dice));
        }
        if (of !== this.number) this.problems.push(`an item of stream ${of}`);
        this.got.push(index);
        if (this.got.length === leavesAfter) break;
        if (this.got.length === cancelsAfter) items.cancel(new Error(CANCEL_REASON));
        if (dice.chance(0.05)) await node.sleep(3);
      }
      this.end = this.got.length === leavesAfter ? 'left' : 'over';
    } catch (error) {
      this.end = error;
    }
    await Promise.all(within);
  }

  /** Whether all items have come, in order, each once, up to those that the plan lets come. */
  get isWhole(): boolean {
    const { items, failsAt, leavesAfter, cancelsAfter } = this.plan;
    return this.got.length === Math.min(items, ...[failsAt, leavesAfter, cancelsAfter].map(orAll));
  }

  /** Broken promises of any stream, in words. */
  get wrong(): string[] {
    const { got, plan, made } = this;
    const problems = [...this.problems];
    const odd = got.findIndex((index, place) => index !== place);
    if (odd >= 0) problems.push(`item ${got[odd]} came at ${odd}`);
    if (got.length > made) problems.push(`${got.length} items came of ${made}`);
    if (this.begun > 1) problems.push(`the producer began ${this.begun} times`);
    if (this.begun !== this.left && this.producer?.hasEnded === false)
      problems.push('the producer never ended');
    if (this.end === 'over' && got.length < plan.items) {
      problems.push(`a clean end after ${got.length} of ${plan.items} items`);
    }
    return problems.map((text) => `stream ${this.number}: ${text}`);
  }

  /** Broken promises of a resumable stream whose session is not over. */
  get unresumed(): string[] {
    const { end, sent, plan, got } = this;
    const problems = [];
    if (!this.isWhole) problems.push(`${got.length} items came`);
    if (plan.failsAt !== undefined) {
      if (!/thrown at/.test(messageOf(end))) problems.push(`ended with ${String(end)}`);
      if (!/thrown at/.test(messageOf(sent))) problems.push(`was sent with ${String(sent)}`);
    } else if (plan.cancelsAfter !== undefined) {
      const isCanceled = isRpcError(end) && end.code === 'ERR_STREAM_CLOSED';
      if (!isCanceled) problems.push(`ended with ${String(end)}`);
      if (!chainOf(sent).includes(CANCEL_REASON)) problems.push(`was sent with ${String(sent)}`);
    } else if (plan.leavesAfter === undefined) {
      if (end !== 'over') problems.push(`ended with ${String(end)}`);
      if (sent !== 'sent') problems.push(`was sent with ${String(sent)}`);
    } else if (end !== 'left') problems.push(`ended with ${String(end)}`);
    return problems.map((text) => `resumable stream ${this.number}: ${text}`);
  }

  /** Broken promises of a plain stream. */
  get brokenOtherwise(): string[] {
    const { end, isWhole } = this;
    if (isWhole || (isRpcError(end) && end.code === 'ERR_STREAM_CLOSED')) return [];
    return [`plain stream ${this.number}: ended with ${String(end)} after ${this.got.length}`];
  }

  async *#items(node: NodeProcess): AsyncGenerator<Item> {
    const { items, failsAt, nested } = this.plan;
    this.begun++;
    try {
      for (let index = 0; index <= items; index++) {
        if (index % 10 === 0) await node.sleep(1);
        if (index === failsAt) throw new Error(`thrown at ${index}`);
        if (index === items) break;
        this.made++;
        const item = { stream: this.number, index, pad: 'x'.repeat(index % 40) };
        yield nested === undefined ? item : { ...item, inner: this.#nest(node, nested) };
      }
    } finally {
      this.left++;
    }
  }

  #nest(node: NodeProcess, plan: StreamPlan): NonNullable<Item['inner']> {
    const inner = this.#book.add(plan);
    return { number: inner.number, items: inner.produce(node) };
  }
}

function orAll(count: number | undefined): number {
  return count ?? Infinity;
}

/** The messages of an error and of its causes. */
function chainOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return `${error.message}: ${chainOf(error.cause)}`;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
