/**
 * Text of up to this many characters is read and written faster here than by a native call
 * (`micro.bson-shape`).
 */
export const SHORT_ASCII = 16;

const text = String.fromCharCode;

/**
 * Reads 0 to {@link SHORT_ASCII} bytes of ASCII from `at` on, or gives undefined if there are other
 * bytes. The caller has checked the range.
 *
 * The characters are written out so that one call gets them all. It makes a string of one piece, in
 * half the time of a string that is put together.
 */
export function readShortAscii(bytes: Buffer, at: number, length: number): string | undefined {
  if (length === 0) return '';
  if (length > 8) return readNineToSixteen(bytes, at, length);
  const a = byteAt(bytes, at + 0);
  if (length === 1) return a > 0x7f ? undefined : text(a);
  let bits = a;
  const b = byteAt(bytes, at + 1);
  bits |= b;
  if (length === 2) return bits > 0x7f ? undefined : text(a, b);
  const c = byteAt(bytes, at + 2);
  bits |= c;
  if (length === 3) return bits > 0x7f ? undefined : text(a, b, c);
  const d = byteAt(bytes, at + 3);
  bits |= d;
  if (length === 4) return bits > 0x7f ? undefined : text(a, b, c, d);
  const e = byteAt(bytes, at + 4);
  bits |= e;
  if (length === 5) return bits > 0x7f ? undefined : text(a, b, c, d, e);
  const f = byteAt(bytes, at + 5);
  bits |= f;
  if (length === 6) return bits > 0x7f ? undefined : text(a, b, c, d, e, f);
  const g = byteAt(bytes, at + 6);
  bits |= g;
  if (length === 7) return bits > 0x7f ? undefined : text(a, b, c, d, e, f, g);
  const h = byteAt(bytes, at + 7);
  bits |= h;
  return bits > 0x7f ? undefined : text(a, b, c, d, e, f, g, h);
}

function readNineToSixteen(bytes: Buffer, at: number, length: number): string | undefined {
  const a = byteAt(bytes, at + 0);
  const b = byteAt(bytes, at + 1);
  const c = byteAt(bytes, at + 2);
  const d = byteAt(bytes, at + 3);
  const e = byteAt(bytes, at + 4);
  const f = byteAt(bytes, at + 5);
  const g = byteAt(bytes, at + 6);
  const h = byteAt(bytes, at + 7);
  let bits = a | b | c | d | e | f | g | h;
  const i = byteAt(bytes, at + 8);
  bits |= i;
  if (length === 9) return bits > 0x7f ? undefined : text(a, b, c, d, e, f, g, h, i);
  const j = byteAt(bytes, at + 9);
  bits |= j;
  if (length === 10) return bits > 0x7f ? undefined : text(a, b, c, d, e, f, g, h, i, j);
  const k = byteAt(bytes, at + 10);
  bits |= k;
  if (length === 11) return bits > 0x7f ? undefined : text(a, b, c, d, e, f, g, h, i, j, k);
  const l = byteAt(bytes, at + 11);
  bits |= l;
  if (length === 12) return bits > 0x7f ? undefined : text(a, b, c, d, e, f, g, h, i, j, k, l);
  const m = byteAt(bytes, at + 12);
  bits |= m;
  if (length === 13) return bits > 0x7f ? undefined : text(a, b, c, d, e, f, g, h, i, j, k, l, m);
  const n = byteAt(bytes, at + 13);
  bits |= n;
  if (length === 14)
    return bits > 0x7f ? undefined : text(a, b, c, d, e, f, g, h, i, j, k, l, m, n);
  const o = byteAt(bytes, at + 14);
  bits |= o;
  if (length === 15)
    return bits > 0x7f ? undefined : text(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o);
  const p = byteAt(bytes, at + 15);
  bits |= p;
  return bits > 0x7f ? undefined : text(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p);
}

function byteAt(bytes: Buffer, at: number): number {
  return bytes[at] ?? 0;
}

/**
 * Writes text of up to {@link SHORT_ASCII} characters at `at`, where there is room for it. Returns
 * false if it is not ASCII; the written bytes must then be overwritten.
 */
export function writeShortAscii(value: string, buffer: Buffer, at: number): boolean {
  for (let i = 0; i < value.length; i++) {
    const unit = value.charCodeAt(i);
    if (unit > 0x7f) return false;
    buffer[at + i] = unit;
  }
  return true;
}
