import { methodName, methodVerb } from '../../../lib/service/frame/method-name.ts';
import type { WireNames } from './decode/frame.ts';

const METHODS = ['echo', 'echoOnce', 'down', 'up', 'both', 'nested', 'blob'];
const VERBS: ReadonlyMap<number | bigint, string> = new Map<number | bigint, string>([
  ...METHODS.map((name) => [methodVerb(methodName('world', name)), name] as const),
  [101, 'verbUp'],
  [102, 'verbDown'],
  [103, 'post'],
]);

/** The names of what the programs of plans call and send. */
export const PLAN_NAMES: WireNames = Object.freeze({
  verb: (verb: number | bigint) => VERBS.get(verb),
  value: valueText,
});

/** An operation by its number; an item by its operation, stream and index; a row by its number. */
function valueText(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { id, operation, stream, index, row } = value as Record<string, unknown>;
  if (typeof id === 'number') return `op ${id}`;
  if (typeof operation === 'number') return `op ${operation} ${String(stream)} ${String(index)}`;
  return typeof row === 'number' ? `row ${row}` : undefined;
}
