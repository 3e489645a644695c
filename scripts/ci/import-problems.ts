import {
  isEntry,
  isWithin,
  IMPURE_FOLDERS,
  KNOWN_EXCEPTIONS,
  NETWORK_MODULES,
  partOf,
} from './layers.ts';
import type { ModuleReference, SourceFile, Sources } from './source-file.ts';

/** These names of `node:crypto` give other values at each call. */
const RANDOM_NAME = /^(?:random|generate|webcrypto|getRandom)/;

/** Imports that are against the layers: upwards, sideways, of a module of Node or a package that is not for this folder. */
export function importProblems(
  sources: Sources,
  exceptions: readonly string[] = KNOWN_EXCEPTIONS,
): string[] {
  const used = new Set<string>();
  const problems = [...sources.values()].flatMap((file) => {
    const own = partOf(file.path);
    if (own === undefined) {
      return [`${file.path} is in a folder of no layer; scripts/ci/layers.ts lists them`];
    }
    return file.references().flatMap((reference) => {
      const { specifier, line } = reference;
      const where = `${file.path}:${line}`;
      if (!specifier.startsWith('.')) return moduleProblems(file, reference, where);
      const target = file.resolve(specifier);
      const problem = targetProblem(sources, file.path, target);
      if (problem === undefined) return [];
      const arrow = `${file.path} -> ${target}`;
      if (!exceptions.includes(arrow)) return [`${where} ${problem}`];
      used.add(arrow);
      return [];
    });
  });
  const unused = exceptions.filter((arrow) => !used.has(arrow));
  return [...problems, ...unused.map((arrow) => `${arrow} is an exception that nobody needs`)];
}

/** Imports of a module of Node or of a package. */
function moduleProblems(file: SourceFile, reference: ModuleReference, where: string): string[] {
  const { specifier, isType } = reference;
  const part = partOf(file.path)?.part;
  if (!specifier.startsWith('node:')) {
    const isAllowed = part?.packages?.includes(specifier) === true;
    return isAllowed ? [] : [`${where} may not use the package ${specifier}`];
  }
  const problems: string[] = [];
  const isErased = isType && !NETWORK_MODULES.includes(specifier);
  const isAllowed = isErased || part?.nodeModules?.includes(specifier) === true;
  if (!isAllowed) problems.push(`${where} may not use ${specifier}`);
  const mayBeRandom = specifier === 'node:crypto' && !isWithin(file.path, IMPURE_FOLDERS);
  if (mayBeRandom && !isType && !isPureImport(reference)) {
    problems.push(`${where} takes randomness from node:crypto; take a Random`);
  }
  return problems;
}

function isPureImport({ names }: ModuleReference): boolean {
  return names.length > 0 && !names.some((name) => RANDOM_NAME.test(name));
}

function targetProblem(sources: Sources, path: string, target: string): string | undefined {
  if (!sources.has(target)) return `imports ${target}, which is no file of lib`;
  if (isEntry(target)) return `imports ${target}; import from the file that declares the name`;
  const own = partOf(path);
  const other = partOf(target);
  if (own === undefined || other === undefined || own.part === other.part) return undefined;
  if (other.layer > own.layer) return `imports upwards: ${target}`;
  return other.layer === own.layer ? `imports sideways: ${target}` : undefined;
}

/** Names are exported one by one; entry files have nothing but lists of them. */
export function shapeProblems(sources: Sources): string[] {
  return [...sources.values()].flatMap((file) =>
    file.parsed.program.body.flatMap((statement) => {
      const where = `${file.path}:${file.lineOf(statement.start)}`;
      if (statement.type === 'ExportAllDeclaration') {
        return [`${where} exports everything; list the names`];
      }
      if (statement.type === 'ExportDefaultDeclaration') return [`${where} has a default export`];
      const isList = statement.type === 'ExportNamedDeclaration' && statement.source !== null;
      return isEntry(file.path) && !isList ? [`${where} is more than a list of public names`] : [];
    }),
  );
}

/** Programs in it show how sluice is used, so they use the same as its users. */
const DEMO_FOLDER = 'scripts/demo/';

/** It judges what the library does, so it must not share code with it. Types are no code. */
const MODEL_FOLDER = 'scripts/sim/model/';

/**
 * Imports of a file outside of lib: a demo takes entry files only, and no file takes what was built.
 * The model of simulations shares no code with anything.
 */
export function outsideProblems(file: SourceFile): string[] {
  return file.references().flatMap(({ specifier, line, isType }) => {
    if (!specifier.startsWith('.')) return [];
    const target = file.resolve(specifier);
    const where = `${file.path}:${line} imports ${target}`;
    if (target.startsWith('..') || target.startsWith('dist')) {
      return [`${where}, which is no source of this project`];
    }
    const isOfModel = file.path.startsWith(MODEL_FOLDER) && !target.startsWith(MODEL_FOLDER);
    if (isOfModel && !isType) return [`${where}; the model takes types only`];
    const isDemo = file.path.startsWith(DEMO_FOLDER);
    const isInside = target.startsWith('lib/') && !isEntry(target);
    return isDemo && isInside ? [`${where}; a demo uses the public API`] : [];
  });
}
