import type { Node } from 'oxc-parser';
import { IMPURE_FOLDERS, isEntry, isWithin, SYSTEM_FOLDERS, WEAK_FOLDERS } from './layers.ts';
import { type SourceFile, type Sources, walk } from './source-file.ts';

/** Globals that read a clock, start a timer, roll dice, or tell when the collector has run. */
const IMPURE_GLOBALS: ReadonlySet<string> = new Set([
  'FinalizationRegistry',
  'Temporal',
  'WeakRef',
  'crypto',
  'performance',
  'queueMicrotask',
  'setImmediate',
  'setInterval',
  'setTimeout',
]);

/** The impure members of globals that are pure otherwise. */
const IMPURE_MEMBERS: Readonly<Record<string, readonly string[]>> = {
  AbortSignal: ['timeout'],
  Date: ['now'],
  Math: ['random'],
  process: ['cpuUsage', 'hrtime', 'nextTick', 'uptime'],
};

/** The functions of `node:crypto` that roll dice. */
const RANDOM_IMPORT = /^(?:default|webcrypto|random\w*|getRandomValues|generate\w*)$/;

/** Code is put off by these. One file takes them when it loads, before a test fakes them. */
const TURN_GLOBALS: readonly string[] = ['nextTick', 'queueMicrotask', 'setImmediate'];
const TURNS_FILE = 'lib/base/turns.ts';

/** All globals can be reached through these. */
const GLOBAL_OBJECTS: readonly string[] = ['globalThis', 'global'];

const TURN_OWNERS: readonly string[] = ['process', ...GLOBAL_OBJECTS];

/** The machine's own clock, dice and collector. */
const SYSTEM_NAMES: readonly string[] = ['systemClock', 'systemRandom', 'systemCollector'];

/** Uses of time and chance other than through a Clock, a Random and a Collector that were handed in. */
export function purityProblems(sources: Sources): string[] {
  return [...sources.values()].flatMap((file) => [
    ...(isWithin(file.path, IMPURE_FOLDERS) ? [] : problemsOf(file, impureUseOf(file))),
    ...(isWithin(file.path, SYSTEM_FOLDERS) || isEntry(file.path)
      ? []
      : problemsOf(file, systemUse)),
    ...(file.path === TURNS_FILE ? [] : problemsOf(file, turnUse, TURNS_FILE)),
  ]);
}

/** A node and its place in the tree. */
interface Spot {
  readonly node: Node;
  readonly parent: Node | undefined;
  readonly key: string | undefined;
}

function problemsOf(
  file: SourceFile,
  find: (spot: Spot) => string | undefined,
  instead: string = 'a Clock, a Random or a Collector',
): string[] {
  const problems = new Set<string>();
  walk(file.parsed.program, (node, parent, key) => {
    const found = find({ node, parent, key });
    if (found === undefined) return;
    problems.add(`${file.path}:${file.lineOf(node.start)} uses ${found}; take ${instead}`);
  });
  return [...problems];
}

/** By whatever name it was imported: the name of the declaration stands in the import. */
function systemUse({ node, parent, key }: Spot): string | undefined {
  const name = node.type === 'Identifier' ? node.name : literalKey(node, parent, key);
  return name !== undefined && SYSTEM_NAMES.includes(name) ? name : undefined;
}

/** `setImmediate`, `process.nextTick`, also by a literal or a pattern: looked up when they are used. */
function turnUse(spot: Spot): string | undefined {
  const { node, parent, key } = spot;
  if (node.type === 'ObjectPattern') return node.properties.map(turnKey).find(Boolean);
  const name = node.type === 'Identifier' ? node.name : literalKey(node, parent, key);
  if (name === undefined || !TURN_GLOBALS.includes(name)) return undefined;
  if (parent?.type !== 'MemberExpression') return isKeyOrType(spot) ? undefined : name;
  const isOfGlobal = TURN_OWNERS.some((owner) => isNamed(parent.object, owner));
  return key === 'property' && isOfGlobal ? name : undefined;
}

/** The turn that a pattern takes out of an object under another name. */
function turnKey(property: Node): string | undefined {
  if (property.type !== 'Property' || property.shorthand) return undefined;
  const { key } = property;
  const name = key.type === 'Identifier' ? key.name : undefined;
  return name !== undefined && TURN_GLOBALS.includes(name) ? name : undefined;
}

/** Where a folder may hold objects weakly, it may do nothing else of these. */
function impureUseOf({ path }: SourceFile): (spot: Spot) => string | undefined {
  const isWeakAllowed = isWithin(path, WEAK_FOLDERS);
  return (spot) => {
    const found = impureUse(spot) ?? randomImport(spot);
    return isWeakAllowed && found === 'WeakRef' ? undefined : found;
  };
}

/** A name that rolls dice, or a way to all names, out of `node:crypto`. */
function randomImport({ node }: Spot): string | undefined {
  if (node.type !== 'ImportDeclaration' || node.source.value !== 'node:crypto') return undefined;
  const names = node.specifiers.map((specifier) => {
    if (specifier.type !== 'ImportSpecifier') return 'default';
    const { imported } = specifier;
    return imported.type === 'Identifier' ? imported.name : imported.value;
  });
  const found = names.find((name) => RANDOM_IMPORT.test(name));
  return found === undefined ? undefined : `${found} of node:crypto`;
}

function impureUse(spot: Spot): string | undefined {
  const { node, parent, key } = spot;
  if (node.type === 'MemberExpression') return impureMember(node);
  if (node.type === 'NewExpression' && isNamed(node.callee, 'Date')) {
    return node.arguments.length === 0 ? 'new Date()' : undefined;
  }
  if (node.type === 'CallExpression' && isNamed(node.callee, 'Date')) return 'Date()';
  if (node.type !== 'Identifier' || isKeyOrType(spot)) return undefined;
  if (IMPURE_GLOBALS.has(node.name)) return node.name;
  // An alias, or a pattern that takes members out of it.
  const isReachedInto = parent?.type === 'MemberExpression' && key === 'object';
  if (GLOBAL_OBJECTS.includes(node.name)) return isReachedInto ? undefined : node.name;
  const isJudgedElsewhere =
    isReachedInto || key === 'callee' || parent?.type === 'BinaryExpression';
  return Object.hasOwn(IMPURE_MEMBERS, node.name) && !isJudgedElsewhere
    ? `${node.name} as a value`
    : undefined;
}

/** `Date.now`, `Date['now']`, `globalThis.setTimeout`, `globalThis.Date`, and any computed member of these objects. */
function impureMember(node: Node & { readonly type: 'MemberExpression' }): string | undefined {
  if (node.object.type !== 'Identifier') return undefined;
  const { name } = node.object;
  const isGlobalObject = GLOBAL_OBJECTS.includes(name);
  const impure = Object.hasOwn(IMPURE_MEMBERS, name) ? IMPURE_MEMBERS[name] : undefined;
  if (!isGlobalObject && impure === undefined) return undefined;
  const member = memberName(node);
  if (member === undefined) return `a computed member of ${name}`;
  const isImpure = isGlobalObject ? isWayToImpure(member) : impure?.includes(member) === true;
  return isImpure ? `${name}.${member}` : undefined;
}

/** A member of the global object that is impure, has impure members, or is that object again. */
function isWayToImpure(member: string): boolean {
  return (
    IMPURE_GLOBALS.has(member) ||
    Object.hasOwn(IMPURE_MEMBERS, member) ||
    GLOBAL_OBJECTS.includes(member)
  );
}

/** Undefined for one that shows only at run time. */
function memberName(node: Node & { readonly type: 'MemberExpression' }): string | undefined {
  const { property, computed } = node;
  if (!computed) return property.type === 'Identifier' ? property.name : '';
  return property.type === 'Literal' && typeof property.value === 'string'
    ? property.value
    : undefined;
}

/** The name in `object['name']`. */
function literalKey(
  node: Node,
  parent: Node | undefined,
  key: string | undefined,
): string | undefined {
  if (node.type !== 'Literal' || typeof node.value !== 'string') return undefined;
  return parent?.type === 'MemberExpression' && key === 'property' ? node.value : undefined;
}

/** `clock.setTimeout`, `{ setTimeout: … }`, a method of that name and a type are no use of the global. */
function isKeyOrType({ parent, key }: Spot): boolean {
  if (key === 'key') return true;
  if (parent?.type === 'MemberExpression' && key === 'property') return true;
  return parent?.type === 'TSTypeReference' || parent?.type === 'TSQualifiedName';
}

function isNamed(node: Node, name: string): boolean {
  return node.type === 'Identifier' && node.name === name;
}
