import { existsSync } from 'node:fs';
import type { Class, Directive, Node, Statement, TSInterfaceDeclaration } from 'oxc-parser';
import { SourceFile } from './source-file.ts';

/** A declaration and where it stands. */
export interface Declared {
  readonly file: SourceFile;
  readonly name: string;
  readonly node: Node;
  /** Where its statement starts, `export` included; what precedes it is its doc comment. */
  readonly start: number;
}

/** A member of a class or an interface, with everything that documents it. */
export interface Member {
  readonly name: string;
  readonly doc: string | undefined;
  readonly line: number;
  readonly isOptional: boolean;
  /** The source of its type, where it is a property. */
  readonly type: string | undefined;
}

/** Follows names through imports and re-exports to the declarations behind them. */
export class PublicApi {
  readonly #files = new Map<string, SourceFile>();

  /** Everything that a module exports by name; a name with several declarations has the first. */
  exportsOf(path: string): Declared[] {
    const file = this.#file(path);
    return file.parsed.module.staticExports.flatMap(({ entries }) =>
      entries.flatMap(({ moduleRequest, importName, localName, exportName }) => {
        const name = importName.name ?? localName.name ?? exportName.name;
        if (name === null) return [];
        const source = moduleRequest === null ? path : file.resolve(moduleRequest.value);
        return this.find(source, name) ?? [];
      }),
    );
  }

  /** The declaration of `name` as `path` sees it; undefined if it comes from a package. */
  find(path: string, name: string): Declared | undefined {
    const file = this.#file(path);
    for (const statement of file.parsed.program.body) {
      const node = declarationIn(statement, name);
      if (node !== undefined) return { file, name, node, start: statement.start };
    }
    for (const { moduleRequest, entries } of file.parsed.module.staticImports) {
      const entry = entries.find(({ localName }) => localName.value === name);
      if (entry === undefined || !moduleRequest.value.startsWith('.')) continue;
      return this.find(file.resolve(moduleRequest.value), entry.importName.name ?? name);
    }
    for (const { entries } of file.parsed.module.staticExports) {
      const entry = entries.find(({ exportName }) => exportName.name === name);
      if (!entry?.moduleRequest?.value.startsWith('.')) continue;
      return this.find(file.resolve(entry.moduleRequest.value), entry.importName.name ?? name);
    }
    return undefined;
  }

  /**
   * The members that a user sees: not private, not `@internal`, not the brands keyed by our own
   * symbols. One without a doc comment has that of the type it implements or overrides.
   */
  membersOf(declared: Declared): Member[] {
    const members = new Map<string, Member>();
    for (const member of ownMembers(declared)) {
      const earlier = members.get(member.name);
      // Overloads, and a getter with its setter, are documented once.
      members.set(member.name, { ...member, doc: earlier?.doc ?? member.doc });
    }
    return [...members.values()]
      .filter(({ doc }) => !doc?.includes('@internal'))
      .map((member) => ({
        ...member,
        doc: member.doc ?? this.#inheritedDoc(declared, member.name),
      }));
  }

  #inheritedDoc(declared: Declared, name: string): string | undefined {
    for (const parentName of parentNames(declared.node)) {
      const parent = this.find(declared.file.path, parentName);
      const doc = parent && this.membersOf(parent).find((member) => member.name === name)?.doc;
      if (doc !== undefined) return doc;
    }
    return undefined;
  }

  #file(path: string): SourceFile {
    const known = this.#files.get(path);
    if (known !== undefined) return known;
    // Declarations name each other by the files that they were made from.
    const file = new SourceFile(existsSync(path) ? path : path.replace(/(?:\.d)?\.ts$/, '.d.ts'));
    this.#files.set(path, file);
    return file;
  }
}

function declarationIn(statement: Statement | Directive, name: string): Node | undefined {
  const declaration =
    statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
  if (declaration === null) return undefined;
  if (declaration.type === 'VariableDeclaration') {
    return declaration.declarations.find(({ id }) => id.type === 'Identifier' && id.name === name);
  }
  const isNamed =
    'id' in declaration && declaration.id?.type === 'Identifier' && declaration.id.name === name;
  return isNamed ? declaration : undefined;
}

function parentNames(node: Node): string[] {
  if (isClass(node)) {
    const bases = [node.superClass, ...(node.implements ?? []).map(({ expression }) => expression)];
    return bases.flatMap((base) => (base?.type === 'Identifier' ? [base.name] : []));
  }
  if (!isInterface(node)) return [];
  return node.extends.flatMap(({ expression }) =>
    expression.type === 'Identifier' ? [expression.name] : [],
  );
}

function ownMembers({ file, node }: Declared): Member[] {
  if (!isClass(node) && !isInterface(node)) return [];
  return node.body.body.flatMap((member): Member[] => {
    if (!('key' in member)) return [];
    if ('accessibility' in member && member.accessibility === 'private') return [];
    const name = keyName(file, member.key, member.computed);
    if (name === undefined) return [];
    const annotation = 'typeAnnotation' in member ? member.typeAnnotation : null;
    return [
      {
        name,
        doc: file.docBefore(member.start),
        line: file.lineOf(member.start),
        isOptional: 'optional' in member && member.optional === true,
        type: annotation ? file.text.slice(annotation.start, annotation.end) : undefined,
      },
    ];
  });
}

/** Undefined for `#private` members and for those keyed by a symbol that is not JavaScript's own. */
function keyName(file: SourceFile, key: Node, isComputed: boolean): string | undefined {
  if (key.type === 'PrivateIdentifier') return undefined;
  const name = file.text.slice(key.start, key.end);
  return isComputed && !name.startsWith('Symbol.') ? undefined : name;
}

function isClass(node: Node): node is Class {
  return node.type === 'ClassDeclaration';
}

function isInterface(node: Node): node is TSInterfaceDeclaration {
  return node.type === 'TSInterfaceDeclaration';
}
