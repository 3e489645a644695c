import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { parseSync, type Node, type ParseResult, visitorKeys } from 'oxc-parser';

/** One `import … from`, `export … from`, `import(…)` or `import('…').Type`. */
export interface ModuleReference {
  readonly specifier: string;
  /** The imported names; empty where all of the module is meant. */
  readonly names: readonly string[];
  /** True if nothing of it is left when the types are erased. */
  readonly isType: boolean;
  readonly line: number;
}

/** A parsed TypeScript file. */
export class SourceFile {
  /** From the project's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly parsed: ParseResult;

  /** @param text - its content, where that is not to be read from the disk. */
  constructor(path: string, text: string = readFileSync(path, 'utf8')) {
    this.path = path;
    this.text = text;
    this.parsed = parseSync(path, this.text);
    const [error] = this.parsed.errors;
    if (error !== undefined) throw new Error(`${path}: ${error.message}`);
  }

  /** The line, from 1, of an offset into the text. */
  lineOf(offset: number): number {
    return this.text.slice(0, offset).split('\n').length;
  }

  /** The doc comment that ends right before `offset`, without its stars; undefined if there is none. */
  docBefore(offset: number): string | undefined {
    const comment = this.parsed.comments.findLast(({ end }) => end <= offset);
    if (comment === undefined || comment.type !== 'Block' || !comment.value.startsWith('*')) {
      return undefined;
    }
    if (this.text.slice(comment.end, offset).trim() !== '') return undefined;
    return comment.value.replaceAll(/^\s*\* ?/gm, '').trim();
  }

  /** The file that a relative specifier names, from the project's root. */
  resolve(specifier: string): string {
    return posix.join(posix.dirname(this.path), specifier);
  }

  /** Every reference to another module. */
  references(): ModuleReference[] {
    return [...this.#imports(), ...this.#reExports(), ...this.#importExpressions()];
  }

  #imports(): ModuleReference[] {
    return this.parsed.module.staticImports.map(({ moduleRequest, entries, start }) => ({
      specifier: moduleRequest.value,
      names: entries.map(({ importName }) => importName.name ?? '').filter((name) => name !== ''),
      isType: entries.length > 0 && entries.every((entry) => entry.isType),
      line: this.lineOf(start),
    }));
  }

  #reExports(): ModuleReference[] {
    return this.parsed.module.staticExports.flatMap(({ entries }) =>
      entries.flatMap(({ moduleRequest, importName, isType, start }) => {
        if (moduleRequest === null) return [];
        const names = importName.name === null ? [] : [importName.name];
        return [{ specifier: moduleRequest.value, names, isType, line: this.lineOf(start) }];
      }),
    );
  }

  #importExpressions(): ModuleReference[] {
    const found: ModuleReference[] = [];
    walk(this.parsed.program, (node) => {
      if (node.type !== 'ImportExpression' && node.type !== 'TSImportType') return;
      const { source } = node;
      const isLiteral = source.type === 'Literal' && typeof source.value === 'string';
      found.push({
        specifier: isLiteral ? String(source.value) : '(computed)',
        names: [],
        isType: node.type === 'TSImportType',
        line: this.lineOf(node.start),
      });
    });
    return found;
  }
}

/** The files of a tree by their paths. */
export type Sources = ReadonlyMap<string, SourceFile>;

/** Reads all TypeScript files below `folder`. */
export function readSources(folder: string): Sources {
  return new Map(listSources(folder).map((path) => [path, new SourceFile(path)]));
}

/** Folders of a package within the project that hold no sources. */
const NOT_SOURCES = /(?:^|\/)(?:dist|node_modules)\//;

/** All TypeScript files below `folder`, sorted, from the project's root. */
export function listSources(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !NOT_SOURCES.test(name))
    .map((name) => posix.join(folder, name))
    .toSorted();
}

/** Visits `node` and everything below it, parents first. */
export function walk(
  node: Node,
  visit: (node: Node, parent: Node | undefined, key: string | undefined) => void,
  parent?: Node,
  key?: string,
): void {
  visit(node, parent, key);
  for (const childKey of visitorKeys[node.type] ?? []) {
    // The parser's table says which properties hold nodes; the types can't be indexed by it.
    const child = (node as unknown as Record<string, unknown>)[childKey];
    for (const item of Array.isArray(child) ? child : [child]) {
      if (isNode(item)) walk(item, visit, node, childKey);
    }
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value;
}
