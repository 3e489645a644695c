import type { Server, Signature, Sink, Source, Verb } from '../../lib/index.ts';
import { factsOf, type Library } from './library.ts';

/** A declared verb, with the sides of its streams as the handler sees them. */
type Declared<F extends Signature> = Verb<F>;

interface Order {
  readonly id: bigint;
  readonly placed: Date;
  readonly items: readonly { readonly name: string; readonly bytes: Uint8Array }[];
}

/** The verbs of both sides. */
export interface Verbs {
  readonly echo: Declared<(text: string) => string>;
  readonly order: Declared<(order: Order) => Order>;
  readonly fail: Declared<() => void>;
  readonly note: Declared<(text: string) => void>;
  readonly notes: Declared<() => string[]>;
  readonly missing: Declared<() => void>;
  readonly whoAmI: Declared<() => string>;
  readonly timeLeft: Declared<() => boolean>;
  readonly sum: Declared<(numbers: Source<[number]>) => number>;
  readonly mirror: Declared<(input: Source<[Uint8Array]>) => Sink<[Uint8Array]>>;
  readonly first: Declared<(numbers: Source<[number]>) => number>;
  readonly failing: Declared<(numbers: Source<[number]>) => string>;
  readonly leave: Declared<(input: Source<[string]>) => Sink<[string]>>;
}

export function makeVerbs({ verb, packed, i32, raw, sinkOf, sourceOf, string }: Library): Verbs {
  return {
    echo: verb(1, { args: packed(string), result: packed(string) }),
    order: verb(2),
    fail: verb(3, { args: packed() }),
    note: verb(4, { args: packed(string), noWait: true }),
    notes: verb(5),
    missing: verb(6, { args: packed() }),
    whoAmI: verb(7),
    timeLeft: verb(8),
    sum: verb(9, { args: packed(sourceOf(i32)), result: packed(i32) }),
    mirror: verb(10, { args: packed(sourceOf(raw)), result: packed(sinkOf(raw)) }),
    first: verb(11, { args: packed(sourceOf(i32)), result: packed(i32) }),
    failing: verb(12, { args: packed(sourceOf(i32)), result: packed(string) }),
    leave: verb(13, {
      args: packed(sourceOf(packed(string))),
      result: packed(sinkOf(packed(string))),
    }),
  };
}

/** Serves the verbs that need no stream. */
export function serveCalls(server: Server, verbs: Verbs): void {
  const notes: string[] = [];
  server.handle(verbs.echo, (_context, text) => text);
  server.handle(verbs.order, (_context, order) => order);
  server.handle(verbs.fail, () => {
    throw new Error('disk full', { cause: new RangeError('no inodes') });
  });
  server.handle(verbs.note, (_context, text) => void notes.push(text));
  server.handle(verbs.notes, () => notes);
  server.handle(verbs.whoAmI, ({ principal }) => String(principal));
  server.handle(verbs.timeLeft, ({ remainingMs = 0 }) => remainingMs > 0 && remainingMs <= 60_000);
}

/** Serves the verbs with streams. */
export function serveStreams(library: Library, server: Server, verbs: Verbs): void {
  const { packed, raw, string } = library;
  server.handle(verbs.sum, async (_context, numbers) => {
    let sum = 0;
    for await (const [number] of numbers) sum += number;
    return sum;
  });
  server.handle(verbs.mirror, (context, input) => {
    const output = input.makeSink<[Uint8Array]>({ serializer: raw });
    context.background(() => copy(input, output));
    return output;
  });
  server.handle(verbs.first, async (_context, numbers) => {
    for await (const [number] of numbers) return number;
    return 0;
  });
  server.handle(verbs.failing, async (_context, numbers) => {
    let count = 0;
    try {
      for await (const [number] of numbers) count += number;
      return 'a clean end';
    } catch (error) {
      return `${count}, then ${String(factsOf(error).code)}`;
    }
  });
  server.handle(verbs.leave, (context, input) => {
    const output = input.makeSink<[string]>({ serializer: packed(string) });
    void server.close({ graceMs: 60_000 });
    context.background(() => copy(input, output));
    return output;
  });
}

async function copy<T extends unknown[]>(input: Source<T>, output: Sink<T>): Promise<void> {
  for await (const message of input) await output.send(...message);
  await output.close();
}
