/** The names of verbs in texts. */

import type { Signature, Verb } from './verb.ts';

type Named = Pick<Verb<Signature>, 'number' | 'name' | 'needsExtension'>;

/** A verb for the side that serves it: `verb 9`, or `verb 9 (append)`. */
export function verbLabel({ number, name }: Pick<Named, 'number' | 'name'>): string {
  return name === undefined ? `verb ${number}` : `verb ${number} (${name})`;
}

/** A verb for the side that calls it: `method 'shop/price'`, `verb 'append'`, or `verb 9`. */
export function calledLabel({ number, name, needsExtension }: Named): string {
  if (name === undefined) return `verb ${number}`;
  return `${needsExtension === true ? 'method' : 'verb'} '${name}'`;
}

/** The name alone: that of the verb or method, or `verb 9`. */
export function calledName({ number, name }: Named): string {
  return name ?? `verb ${number}`;
}

/** The thing that a server lacks that does not serve the verb with this number. */
export function missingLabel(called: Named, number: Named['number']): string {
  const { name, needsExtension } = called;
  if (needsExtension === true && name !== undefined) return `method ${name}`;
  return `handler for ${verbLabel({ number, name })}`;
}
