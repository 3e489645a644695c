/** From `least` on, a value is divided by `factor` and has the prefix. */
type Prefixes = readonly (readonly [least: number, factor: number, prefix: string])[];

const DECIMAL: Prefixes = [
  [1e9, 1e9, ' G'],
  [1e6, 1e6, ' M'],
  [1e4, 1e3, ' k'],
];

const BINARY: Prefixes = [
  [2 ** 30, 2 ** 30, ' Gi'],
  [2 ** 20, 2 ** 20, ' Mi'],
  [2 ** 10, 2 ** 10, ' Ki'],
];

/** A value in its unit, with three significant digits: `12.3 M msg/s`, `14.5 KiB/stream`. */
export function formatQuantity(value: number, unit: string): string {
  if (isBytes(unit)) return `${formatShort(value, BINARY)}${unit}`.replace(/(?<=\d)B/, ' B');
  return isPlain(unit)
    ? `${formatNumber(value)} ${unit}`
    : `${formatShort(value, DECIMAL)} ${unit}`;
}

/** A value as a label beside a bar, where the unit of a rate is known: `12.3 M`, `75 µs`. */
export function formatLabel(value: number, unit: string): string {
  return isBytes(unit) || isPlain(unit) ? formatQuantity(value, unit) : formatShort(value, DECIMAL);
}

/** Three significant digits, a separator of thousands, and never an exponent. */
export function formatNumber(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: 3 });
}

/** Whether less is better: of time, memory and connections, as opposed to rates. */
export function isLowerBetter(unit: string): boolean {
  return unit === 'µs' || unit === 'connections' || isBytes(unit);
}

/** Bytes, of each thing or in all. */
function isBytes(unit: string): boolean {
  return unit === 'B' || unit.startsWith('B/');
}

/** Units that are written with no prefix, or have one. */
function isPlain(unit: string): boolean {
  return unit === 'MB/s' || unit === 'µs' || unit === 'connections';
}

function formatShort(value: number, prefixes: Prefixes): string {
  const [, factor, prefix] = prefixes.find(([least]) => Math.abs(value) >= least) ?? [0, 1, ''];
  return formatNumber(value / factor) + prefix;
}
