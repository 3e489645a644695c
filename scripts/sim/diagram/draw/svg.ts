/** Characters that show nothing, or turn the text around them. */
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufffe\uffff]/g;

/** Text that comes from a trace, made harmless within HTML, in an attribute or outside of one. */
export function escapeText(text: string): string {
  return text
    .replaceAll(UNSEEN, '\u{fffd}')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** An element. Values of attributes are escaped; `content` is markup. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number | undefined>>,
  content = '',
): string {
  const given = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${escapeText(shortNumber(value))}"`);
  return `<${name}${given.join('')}>${content}</${name}>`;
}

/** Text that shows where a pointer rests on an element. */
export function hint(text: string): string {
  return text === '' ? '' : element('title', {}, escapeText(text));
}

function shortNumber(value: string | number | undefined): string {
  return typeof value === 'number' ? String(Math.round(value * 10) / 10) : String(value);
}
