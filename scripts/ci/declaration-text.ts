import type { Declared } from './public-api.ts';

/** The declaration as its file says it, without comments, private members and what is left of them. */
export function declarationText({ file, node, start }: Declared): string {
  const end = node.type === 'VariableDeclarator' ? file.text.indexOf(';', node.end) + 1 : node.end;
  let text = '';
  let at = start;
  for (const comment of file.parsed.comments) {
    if (comment.end <= start || comment.start >= end) continue;
    text += file.text.slice(at, comment.start);
    at = comment.end;
  }
  text += file.text.slice(at, end);
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line.trim() !== '' && !/^\s*(?:#private;|private )/.test(line))
    .join('\n');
}
