import { SerializationError } from '../../errors/errors.ts';
import { messageOf } from '../../errors/foreign.ts';
import { raw } from '../raw.ts';
import type { Serializer } from '../serializer.ts';
import { array } from './array.ts';
import { bool } from './bool.ts';
import { bytes } from './bytes.ts';
import { f32, f64 } from './floats.ts';
import { i64, u64 } from './int64.ts';
import { i16, i32, i8, u16, u32, u8 } from './integers.ts';
import { map } from './map.ts';
import type { Member } from '../packed/member.ts';
import { optional } from './optional.ts';
import { packed } from '../packed/packed.ts';
import { sourceOf } from './stream-member.ts';
import { string } from './string.ts';
import { tuple } from './tuple.ts';

/** The most characters of a signature. It is a line of text, not a program. */
export const MAX_SIGNATURE_LENGTH = 1_024;

/** How deep parentheses may be nested. */
export const MAX_SIGNATURE_DEPTH = 16;

const PLAIN: ReadonlyMap<string, Member<unknown>> = new Map(
  [i8, u8, i16, u16, i32, u32, i64, u64, f32, f64, bool, string, bytes].map(
    (member: Member<unknown>) => [member.name, member],
  ),
);

/**
 * The serializer that a peer names in a handle: a packed layout, `raw`, or `own` by its name.
 *
 * @throws SerializationError blaming `remote` for any other name.
 */
export function serializerByName(name: string, own: Serializer): Serializer {
  if (name === own.name) return own;
  return name === raw.name ? raw : packedFromName(name, [raw, own]);
}

/**
 * Rebuilds a serializer from its signature, as a peer names it. It accepts exactly the names of
 * `packed(...)` with built-in members.
 *
 * @param others - other serializers that streams in the signature may have.
 * @throws SerializationError blaming `remote` for any other name.
 */
export function packedFromName(name: string, others: readonly Serializer[]): Serializer {
  if (name.length > MAX_SIGNATURE_LENGTH) {
    throw unknown(`${name.slice(0, 32)}…`, `it is above ${MAX_SIGNATURE_LENGTH} characters`);
  }
  let serializer: Serializer;
  try {
    serializer = new SignatureParser(name, others).serializer(0);
  } catch (error) {
    throw unknown(name, messageOf(error));
  }
  // The parser skips nothing, so the names differ only if text follows the signature.
  if (serializer.name !== name) throw unknown(name, 'it goes on behind its end');
  return serializer;
}

function unknown(name: string, why: string): SerializationError {
  return new SerializationError(`unknown serializer ${JSON.stringify(name)}: ${why}`, {
    initiator: 'remote',
  });
}

/** A recursive descent, bounded by {@link MAX_SIGNATURE_DEPTH}. */
class SignatureParser {
  readonly #text: string;
  readonly #others: readonly Serializer[];
  #at = 0;

  constructor(text: string, others: readonly Serializer[]) {
    this.#text = text;
    this.#others = others;
  }

  serializer(depth: number): Serializer {
    const word = this.#word();
    if (word === 'packed') return packed(...this.#list(depth));
    const other = this.#others.find((candidate) => candidate.name === word);
    if (other === undefined) throw new Error(`there is no serializer "${word}"`);
    return other;
  }

  #member(depth: number): Member<unknown> {
    const word = this.#word();
    const plain = PLAIN.get(word);
    if (plain !== undefined) return plain;
    if (word === 'stream') return this.#stream(depth);
    const members = this.#list(depth);
    const [first, second] = members;
    if (word === 'tuple') return tuple(...members);
    if (members.length === 1 && first !== undefined) {
      if (word === 'array') return array(first);
      if (word === 'optional') return optional(first);
    }
    if (word === 'map' && members.length === 2 && first !== undefined && second !== undefined) {
      return map(first, second);
    }
    throw new Error(`there is no member "${word}" of ${members.length}`);
  }

  #stream(depth: number): Member<unknown> {
    if (!this.#accept('(')) throw this.#expected('(');
    const member = sourceOf(this.serializer(depth + 1));
    if (!this.#accept(')')) throw this.#expected(')');
    return member;
  }

  #list(depth: number): Member<unknown>[] {
    if (depth >= MAX_SIGNATURE_DEPTH) {
      throw new Error(`it is deeper than ${MAX_SIGNATURE_DEPTH}`);
    }
    if (!this.#accept('(')) throw this.#expected('(');
    const members: Member<unknown>[] = [];
    if (this.#accept(')')) return members;
    do members.push(this.#member(depth + 1));
    while (this.#accept(','));
    if (!this.#accept(')')) throw this.#expected(')');
    return members;
  }

  /** Lower-case letters and digits. */
  #word(): string {
    const start = this.#at;
    for (; this.#at < this.#text.length; this.#at++) {
      const code = this.#text.charCodeAt(this.#at);
      const isLetter = code >= 0x61 && code <= 0x7a;
      const isDigit = code >= 0x30 && code <= 0x39;
      if (!isLetter && !isDigit) break;
    }
    return this.#text.slice(start, this.#at);
  }

  #accept(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #expected(character: string): Error {
    return new Error(`"${character}" is expected at ${this.#at}`);
  }
}
