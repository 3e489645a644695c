import nodeCrypto from 'node:crypto';

import { fractionOf, type Machine, runOutside } from './machine.ts';
import { inWorlds, type MakeSubstitute, type NodeFunction, substitute } from './substitute.ts';

/** Numbers by chance: `Math.random` and the synchronous functions of `crypto`. */
export function takeChance(): (() => void)[] {
  return [
    substitute(Math, { random: inWorlds(fractionOf) }),
    substitute(globalThis.crypto, { getRandomValues: FILL, randomUUID: UUID }),
    // Its getRandomValues calls that of the global object.
    substitute(nodeCrypto, {
      randomBytes: numbers('randomBytes', ({ random }, [count]) => random.bytes(Number(count))),
      randomFillSync: inWorlds((machine, args, original) => {
        const [into, offset = 0, size] = args as [ArrayBufferView, number?, number?];
        if (!ArrayBuffer.isView(into) || offset !== 0 || size !== undefined) {
          return fillPart(machine, args, original);
        }
        return filled(machine, into);
      }),
      randomInt: numbers('randomInt', (machine, args) => {
        const [least, most] = args.length < 2 ? [0, Number(args[0])] : args.map(Number);
        return Math.floor(fractionOf(machine) * ((most ?? 0) - (least ?? 0))) + (least ?? 0);
      }),
      randomUUID: UUID,
    }),
  ];
}

const FILL = inWorlds((machine, [into]) => filled(machine, into as ArrayBufferView));
const UUID = inWorlds((machine) => uuidOf(machine));

/** The original judges the arguments. With a callback it would take the machine's threads. */
function numbers(
  name: string,
  act: (machine: Machine, args: readonly unknown[]) => unknown,
): MakeSubstitute {
  return inWorlds((machine, args, original) => {
    const isCalledBack = typeof args.at(-1) === 'function';
    if (isCalledBack) machine.refuse(`crypto.${name} with a callback`);
    if (isCalledBack) return Reflect.apply(original, nodeCrypto, args);
    judge(original, args);
    return act(machine, args);
  });
}

/** The original fills, so that it judges what it is given; then the same part is filled anew. */
function fillPart(machine: Machine, args: readonly unknown[], original: NodeFunction): unknown {
  judge(original, args);
  const [into, offset = 0, size] = args as [ArrayBufferView | ArrayBuffer, number?, number?];
  const bytes = ArrayBuffer.isView(into)
    ? new Uint8Array(into.buffer, into.byteOffset, into.byteLength)
    : new Uint8Array(into);
  const unit = (into as { readonly BYTES_PER_ELEMENT?: number }).BYTES_PER_ELEMENT ?? 1;
  const end = size === undefined ? bytes.length : (offset + size) * unit;
  filled(machine, bytes.subarray(offset * unit, end));
  return into;
}

/** The original refuses what it does not take. */
function judge(original: NodeFunction, args: readonly unknown[]): void {
  runOutside(() => Reflect.apply(original, nodeCrypto, args));
}

function filled<T extends ArrayBufferView>(machine: Machine, into: T): T {
  const bytes = new Uint8Array(into.buffer, into.byteOffset, into.byteLength);
  bytes.set(machine.random.bytes(bytes.length));
  return into;
}

function uuidOf({ random }: Machine): string {
  const bytes = random.bytes(16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40; // version 4
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80; // the variant of RFC 9562
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
