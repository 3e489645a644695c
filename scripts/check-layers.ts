/**
 * Keeps the arrows of lib pointing down: who imports whom, who may use which module of Node, and
 * that time and chance come in through interfaces only.
 */

import type { Node } from 'oxc-parser';
import { IMPURE_PARTS, NETWORK_MODULES, partOf } from './ci/layers.ts';
import { reportProblems } from './ci/problems.ts';
import { listSources, type ModuleReference, SourceFile, walk } from './ci/source-file.ts';

/** Globals that read a clock, start a timer or roll dice. */
const IMPURE_GLOBALS: ReadonlySet<string> = new Set([
  'crypto',
  'performance',
  'setImmediate',
  'setInterval',
  'setTimeout',
]);

/** The impure members of globals that are pure otherwise. */
const IMPURE_MEMBERS: ReadonlySet<string> = new Set([
  'AbortSignal.timeout',
  'Date.now',
  'Math.random',
  'process.hrtime',
  'process.nextTick',
  'process.uptime',
]);

/** What `node:crypto` has that differs from call to call. */
const RANDOM_NAME = /^(?:random|generate|webcrypto|getRandom)/;

/** Programs that show how sluice is used, and so use what its users can. */
const DEMO_FOLDER = 'scripts/demo/';
const INDEX = 'lib/index.ts';

const problems: string[] = [];
const files = new Map(listSources('lib').map((path) => [path, new SourceFile(path)]));

for (const file of files.values()) {
  checkImports(file);
  checkShape(file);
  if (!IMPURE_PARTS.some((part) => file.path.startsWith(part))) checkPurity(file);
}
checkCycles();
for (const folder of ['bench', 'scripts', 'spec']) {
  for (const path of listSources(folder)) checkOutside(new SourceFile(path));
}
reportProblems('layers', problems, `${files.size} files of lib import downwards`);

function checkImports(file: SourceFile): void {
  const own = partOf(file.path);
  if (own === undefined) {
    problems.push(`${file.path} belongs to no layer; scripts/ci/layers.ts lists them`);
    return;
  }
  for (const reference of file.references()) {
    const where = `${file.path}:${reference.line}`;
    const { specifier } = reference;
    if (specifier.startsWith('.')) {
      checkRelative(file, reference, where);
    } else if (specifier.startsWith('node:')) {
      const isErased = reference.isType && !NETWORK_MODULES.includes(specifier);
      if (!isErased && !isAllowed(own.part.nodeModules, specifier)) {
        problems.push(`${where} may not use ${specifier}`);
      }
      if (specifier === 'node:crypto' && !isImpure(file)) checkRandom(reference, where);
    } else if (!isAllowed(own.part.packages, specifier)) {
      problems.push(`${where} may not use the package ${specifier}`);
    }
  }
}

function checkRelative(file: SourceFile, reference: ModuleReference, where: string): void {
  const target = file.resolve(reference.specifier);
  const own = partOf(file.path);
  const other = partOf(target);
  if (!files.has(target)) {
    problems.push(`${where} imports ${reference.specifier}, which is no file of lib`);
  } else if (target.endsWith('/index.ts')) {
    problems.push(`${where} imports an index; import from the file that declares the name`);
  } else if (own !== undefined && other !== undefined && own.part !== other.part) {
    if (other.layer >= own.layer) problems.push(`${where} imports upwards or sideways: ${target}`);
  }
}

function checkRandom(reference: ModuleReference, where: string): void {
  const isPure =
    reference.names.length > 0 && !reference.names.some((name) => RANDOM_NAME.test(name));
  if (!isPure) problems.push(`${where} takes randomness from node:crypto; take a Random`);
}

function isAllowed(allowed: readonly string[] | undefined, specifier: string): boolean {
  return allowed?.includes(specifier) ?? false;
}

function isImpure(file: SourceFile): boolean {
  return IMPURE_PARTS.some((part) => file.path.startsWith(part));
}

/** Names are exported one by one; the index has nothing but them. */
function checkShape(file: SourceFile): void {
  for (const statement of file.parsed.program.body) {
    const where = `${file.path}:${file.lineOf(statement.start)}`;
    if (statement.type === 'ExportAllDeclaration') {
      problems.push(`${where} exports everything; list the names`);
    } else if (statement.type === 'ExportDefaultDeclaration') {
      problems.push(`${where} has a default export`);
    } else if (file.path === INDEX) {
      const isList = statement.type === 'ExportNamedDeclaration' && statement.source !== null;
      if (!isList) problems.push(`${where} is more than a list of public names`);
    }
  }
}

function checkPurity(file: SourceFile): void {
  walk(file.parsed.program, (node, parent, key) => {
    const name = impureUse(node, parent, key);
    if (name === undefined) return;
    problems.push(`${file.path}:${file.lineOf(node.start)} uses ${name}; take a Clock or a Random`);
  });
}

function impureUse(
  node: Node,
  parent: Node | undefined,
  key: string | undefined,
): string | undefined {
  if (node.type === 'MemberExpression' && node.object.type === 'Identifier') {
    const member = node.property.type === 'Identifier' ? node.property.name : '';
    const name = `${node.object.name}.${member}`;
    const isGlobal = node.object.name === 'globalThis' && IMPURE_GLOBALS.has(member);
    return isGlobal || IMPURE_MEMBERS.has(name) ? name : undefined;
  }
  if (node.type === 'NewExpression' && node.callee.type === 'Identifier') {
    return node.callee.name === 'Date' && node.arguments.length === 0 ? 'new Date()' : undefined;
  }
  if (node.type !== 'Identifier' || !IMPURE_GLOBALS.has(node.name)) return undefined;
  // `clock.setTimeout`, `{ setTimeout: … }` and a method of that name are no use of the global.
  const isMember = key === 'key' || (parent?.type === 'MemberExpression' && key === 'property');
  const isInType = parent?.type === 'TSTypeReference' || parent?.type === 'TSQualifiedName';
  return isMember || isInType ? undefined : node.name;
}

/** Finds circles of imports, types included: two files that need each other are one idea. */
function checkCycles(): void {
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at >= 0) {
      problems.push(`a circle of imports: ${[...trail.slice(at), path].join(' -> ')}`);
      return;
    }
    if (done.has(path)) return;
    for (const target of relativeTargets(path)) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of files.keys()) visit(path, []);
}

function relativeTargets(path: string): Set<string> {
  const file = files.get(path);
  if (file === undefined) return new Set();
  const relative = file.references().filter(({ specifier }) => specifier.startsWith('.'));
  return new Set(relative.map(({ specifier }) => file.resolve(specifier)));
}

/** What is outside lib may import from it, but a demo only what users can, and nobody the output. */
function checkOutside(file: SourceFile): void {
  for (const { specifier, line } of file.references()) {
    if (!specifier.startsWith('.')) continue;
    const target = file.resolve(specifier);
    const where = `${file.path}:${line}`;
    if (target.startsWith('..') || target.startsWith('dist')) {
      problems.push(`${where} imports ${target}, which is no source of this project`);
    } else if (file.path.startsWith(DEMO_FOLDER) && target.startsWith('lib/') && target !== INDEX) {
      problems.push(`${where} imports ${target}; a demo uses the public API`);
    }
  }
}
