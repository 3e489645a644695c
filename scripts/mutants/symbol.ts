import type { ClassElement, Directive, Node, Statement } from 'oxc-parser';
import type { SourceFile } from '../ci/source-file.ts';
import type { Range } from './mutant.ts';

/**
 * Where a file declares `path`: a name at its top level, or a class there and a member of it with a
 * dot between. There are several places for overloads and accessors.
 */
export function declarationsOf(file: SourceFile, path: string): Range[] {
  const [, name = '', member] = /^([^.]+)(?:\.(.+))?$/.exec(path) ?? [];
  const declared = topLevel(file, name);
  if (member === undefined) return declared;
  const elements = declared.flatMap((node) =>
    node.type === 'ClassDeclaration' ? node.body.body : [],
  );
  return elements.filter((element) => nameOf(file, element) === member);
}

/** As it is written, `#` and the brackets of a computed name included. */
function nameOf(file: SourceFile, element: ClassElement): string | undefined {
  if (!('key' in element)) return undefined;
  const name = file.text.slice(element.key.start, element.key.end);
  return element.computed ? `[${name}]` : name;
}

function topLevel(file: SourceFile, name: string): Node[] {
  return file.parsed.program.body.flatMap(declarationsIn).filter((node) => {
    return 'id' in node && node.id?.type === 'Identifier' && node.id.name === name;
  });
}

function declarationsIn(statement: Statement | Directive): Node[] {
  const declaration =
    statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
  if (declaration === null) return [];
  return declaration.type === 'VariableDeclaration' ? declaration.declarations : [declaration];
}
