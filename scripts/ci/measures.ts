import type { Function as FunctionNode, Node } from 'oxc-parser';
import { fileCycles, folderCycles } from './cycle-problems.ts';
import { KNOWN_EXCEPTIONS } from './layers.ts';
import { type SourceFile, type Sources, walk } from './source-file.ts';

/** A figure of the code of lib, with the bound that it is held to. */
export interface Measure {
  /** In one word, for `--list`. */
  readonly name: string;
  /** What is counted, in a few words. */
  readonly title: string;
  readonly figure: number;
  /** The most that the figure may be. */
  readonly bound: number;
  /** The places that make the figure, or that are over the bound. */
  readonly places: readonly string[];
}

/** A place with its own figure. */
interface Sized {
  readonly place: string;
  readonly lines: number;
}

const MEDIAN_FILE_LINES = 65;
const FILE_LINES = 300;
const FUNCTION_LINES = 45;

/** Takes all measures of a tree. */
export function measure(sources: Sources): Measure[] {
  const files = [...sources.values()];
  return [
    medianLines(files.map(linesOf)),
    longest('long-files', 'lines of the longest file', FILE_LINES, files.map(linesOf)),
    longest(
      'long-functions',
      'lines of the longest function',
      FUNCTION_LINES,
      files.flatMap(functionsOf),
    ),
    counted('file-cycles', 'cycles of files', 0, fileCycles(sources)),
    counted('folder-cycles', 'cycles of folders', 0, folderCycles(sources, [])),
    counted('exceptions', 'exceptions from the layers', 0, KNOWN_EXCEPTIONS),
    counted('verbs', 'functions named by an old verb for ending', 0, files.flatMap(oldVerbs)),
    counted('what', 'comments that begin with "What"', 20, files.flatMap(whatComments)),
    counted('who', 'lines of comments with who or whose', 30, files.flatMap(whoLines)),
    counted('root', 'names at the root', 80, rootNames(sources)),
    counted('options', 'interfaces of options', 51, files.flatMap(optionInterfaces)),
  ];
}

function counted(name: string, title: string, bound: number, places: readonly string[]): Measure {
  return { name, title, figure: places.length, bound, places };
}

function longest(name: string, title: string, bound: number, sized: readonly Sized[]): Measure {
  const over = sized.filter(({ lines }) => lines > bound);
  const places = over.toSorted((a, b) => b.lines - a.lines).map(formatSized);
  return { name, title, figure: Math.max(0, ...sized.map(({ lines }) => lines)), bound, places };
}

function medianLines(files: readonly Sized[]): Measure {
  const sorted = files.toSorted((a, b) => b.lines - a.lines);
  const places = sorted.filter(({ lines }) => lines > MEDIAN_FILE_LINES).map(formatSized);
  return {
    name: 'median-file',
    title: 'lines of the median file',
    figure: sorted[Math.floor(sorted.length / 2)]?.lines ?? 0,
    bound: MEDIAN_FILE_LINES,
    places,
  };
}

function formatSized({ place, lines }: Sized): string {
  return `${place} has ${lines} lines`;
}

/** As `wc -l` counts. */
function linesOf({ path, text }: SourceFile): Sized {
  return { place: path, lines: text.split('\n').length - 1 };
}

function functionsOf(file: SourceFile): Sized[] {
  const functions: Sized[] = [];
  walk(file.parsed.program, (node) => {
    if (!isFunction(node)) return;
    const start = file.lineOf(node.start);
    const lines = file.lineOf(node.end) - start + 1;
    functions.push({ place: `${file.path}:${start}`, lines });
  });
  return functions;
}

/** The verbs for ending that have given way to close, end, abort, cancel, lose and release. */
const OLD_VERB =
  /^#?(?:discard|destroy|drop|fail|retire|orphan|abandon|forget|giveUp|expire|stop|withdraw)(?=$|[A-Z])/;

/** Functions and methods named by an old verb, but for those that Node and the language call so. */
function oldVerbs(file: SourceFile): string[] {
  const found: string[] = [];
  walk(file.parsed.program, (node, parent) => {
    const name = functionName(node);
    if (name === undefined || !OLD_VERB.test(name) || isNodes(file, name, node, parent)) return;
    found.push(`${file.path}:${file.lineOf(node.start)} ${name}`);
  });
  return found;
}

/** A socket of a transport has the method that Node's sockets have. */
const TRANSPORT_FOLDER = 'lib/transport/';

/** `destroy` of Node's streams: in the object that makes one, of a class that extends one, or of the type of one. */
function isNodes(file: SourceFile, name: string, node: Node, parent: Node | undefined): boolean {
  if (name !== 'destroy') return false;
  if (file.path.startsWith(TRANSPORT_FOLDER)) return true;
  if (node.type === 'MethodDefinition') return node.override === true;
  return parent?.type === 'ObjectExpression' || parent?.type === 'TSTypeLiteral';
}

/** The name of a function, a method, or a field that holds one; undefined for other nodes. */
function functionName(node: Node): string | undefined {
  switch (node.type) {
    case 'FunctionDeclaration':
      return node.id?.name;
    case 'VariableDeclarator':
      return isFunction(node.init) && node.id.type === 'Identifier' ? node.id.name : undefined;
    case 'MethodDefinition':
    case 'TSMethodSignature':
    case 'TSAbstractMethodDefinition':
      return keyName(node.key);
    case 'PropertyDefinition':
    case 'Property':
      return isFunction(node.value) ? keyName(node.key) : undefined;
    case 'TSPropertySignature':
      return node.typeAnnotation?.typeAnnotation.type === 'TSFunctionType'
        ? keyName(node.key)
        : undefined;
    default:
      return undefined;
  }
}

function keyName(key: Node): string | undefined {
  return key.type === 'Identifier' || key.type === 'PrivateIdentifier' ? key.name : undefined;
}

function isFunction(node: Node | null): node is FunctionNode {
  return (
    node !== null &&
    ['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'].includes(node.type)
  );
}

/** A comment; line comments that follow each other are one. */
interface Comment {
  readonly start: number;
  readonly text: string;
}

function commentsOf({ parsed, text }: SourceFile): Comment[] {
  const comments: { start: number; end: number; text: string }[] = [];
  for (const { type, value, start, end } of parsed.comments) {
    const last = comments.at(-1);
    const isContinued =
      last !== undefined && type === 'Line' && /^\n *$/.test(text.slice(last.end, start));
    if (isContinued) {
      last.text += `\n${value}`;
      last.end = end;
    } else {
      comments.push({ start, end, text: value });
    }
  }
  return comments;
}

function whatComments(file: SourceFile): string[] {
  return commentsOf(file)
    .filter(({ text }) => /^[\s*]*What\b/.test(text))
    .map(({ start, text }) => `${file.path}:${file.lineOf(start)} ${firstLine(text)}`);
}

function firstLine(text: string): string {
  const [line = ''] = text.replace(/^[\s*]*/, '').split('\n', 1);
  return line.trimEnd();
}

function whoLines(file: SourceFile): string[] {
  return commentsOf(file).flatMap(({ start, text }) =>
    text.split('\n').flatMap((line, i) => {
      if (!/\b(?:who|whose|whom|whoever)\b/i.test(line)) return [];
      return [`${file.path}:${file.lineOf(start) + i} ${firstLine(line)}`];
    }),
  );
}

/** The names that `lib/index.ts` exports, types included. */
function rootNames(sources: Sources): string[] {
  const exports = sources.get('lib/index.ts')?.parsed.module.staticExports ?? [];
  return exports.flatMap(({ entries }) =>
    entries.map(({ exportName, localName }) => exportName.name ?? localName.name ?? '?'),
  );
}

/** Interfaces of what is handed to a constructor or a function in one piece. */
const OPTIONS_NAME =
  /\w(?:Config|Core|Facts|Hooks|Limits|Needs|Options|Owner|Parts|Request|Settings|Situation)$/;

function optionInterfaces(file: SourceFile): string[] {
  const found: string[] = [];
  walk(file.parsed.program, (node) => {
    if (node.type !== 'TSInterfaceDeclaration' || !OPTIONS_NAME.test(node.id.name)) return;
    found.push(`${file.path}:${file.lineOf(node.start)} ${node.id.name}`);
  });
  return found;
}
