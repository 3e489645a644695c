import { color } from './palette.ts';

/** The width of every plot: what a page of GitHub shows without shrinking it. */
export const WIDTH = 880;

/** Between the edge and what is drawn. */
export const PADDING = 28;

/** What title and subtitle take, the padding above them included. */
export const HEAD_HEIGHT = 88;

const FONT = 'system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif';

/** What is said above a plot. */
export interface Heading {
  readonly title: string;
  readonly subtitle: string;
}

/** How a text mark looks and where it is; fields of data in the form Vega wants them. */
export interface TextStyle {
  readonly x: unknown;
  readonly y: unknown;
  readonly text: unknown;
  readonly size: number;
  readonly fill: unknown;
  readonly weight?: unknown;
  readonly align?: 'left' | 'right' | 'center';
}

/** A Vega specification: marks on a card below a heading. */
export function framedSpec(heading: Heading, height: number, content: readonly object[]): object {
  const { title, subtitle } = heading;
  const text = { fill: fixed(color('text')), x: fixed(PADDING) };
  const muted = { ...text, fill: fixed(color('muted')) };
  return {
    width: WIDTH,
    height,
    padding: 0,
    // No guess at the width of a text moves the edges.
    autosize: 'none',
    description: `${title}. ${subtitle}`,
    marks: [
      card(height),
      textMark({ ...text, y: fixed(40), text: fixed(title), size: 19, weight: fixed('bold') }),
      textMark({ ...muted, y: fixed(64), text: fixed(subtitle), size: 13 }),
      ...content,
    ],
  };
}

/** A part of a plot with axes of its own: a box, and a title outside of it. */
export interface PanelFrame {
  readonly title: string;
  /** Where the title begins, and its middle, seen from the box's upper left corner. */
  readonly titleAt: readonly [x: number, y: number];
  readonly box: {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
  };
}

/** A panel with what is drawn in its box, which is placed as seen from the box's upper left corner. */
export function framedPanel(
  { title, titleAt: [titleX, titleY], box }: PanelFrame,
  { marks, ...rest }: { readonly marks: readonly object[]; readonly [part: string]: unknown },
): object {
  const { x, y, width, height } = box;
  const titleMark = textMark({
    x: fixed(titleX),
    y: fixed(titleY),
    text: fixed(title),
    size: 13,
    fill: fixed(color('text')),
    weight: fixed('bold'),
  });
  return {
    type: 'group',
    encode: {
      enter: { x: fixed(x), y: fixed(y), width: fixed(width), height: fixed(height) },
    },
    // Axes ask for these to know how long their lines are.
    signals: [
      { name: 'width', value: width },
      { name: 'height', value: height },
    ],
    ...rest,
    marks: [titleMark, ...marks],
  };
}

/** A text, or one for each row of `data`. */
export function textMark(style: TextStyle, data?: string): object {
  return textOf(style, { fill: style.fill }, data);
}

/** What goes below such a text so that no line is seen through it. */
export function haloMark(style: TextStyle, data?: string): object {
  return textOf(style, { stroke: fixed(color('card')), strokeWidth: fixed(5) }, data);
}

function textOf(style: TextStyle, paint: object, data?: string): object {
  return {
    type: 'text',
    aria: false,
    ...(data === undefined ? {} : { from: { data } }),
    encode: {
      enter: {
        ...paint,
        x: style.x,
        y: style.y,
        text: style.text,
        font: fixed(FONT),
        fontSize: fixed(style.size),
        fontWeight: style.weight ?? fixed('normal'),
        align: fixed(style.align ?? 'left'),
        baseline: fixed('middle'),
      },
    },
  };
}

/**
 * Lines across a panel at some values of a scale, each with its label.
 *
 * @param label - an expression of Vega for the text of `datum.value`.
 */
export function gridAxis(
  scale: string,
  orient: 'bottom' | 'left',
  ticks: { readonly values: readonly number[] } | { readonly tickCount: number },
  label: string,
): object {
  return {
    scale,
    orient,
    ...ticks,
    encode: { labels: { update: { text: { signal: label } } } },
    aria: false,
    grid: true,
    domain: false,
    ticks: false,
    gridColor: color('grid'),
    labelColor: color('muted'),
    labelFont: FONT,
    labelFontSize: 10,
    labelPadding: 4,
    zindex: 0,
  };
}

/** A constant in the form that Vega wants. */
export function fixed(value: unknown): { readonly value: unknown } {
  return { value };
}

function card(height: number): object {
  const at = { x: fixed(0.5), y: fixed(0.5), width: fixed(WIDTH - 1), height: fixed(height - 1) };
  const look = { fill: fixed(color('card')), stroke: fixed(color('border')) };
  return {
    type: 'rect',
    aria: false,
    encode: { enter: { ...at, ...look, cornerRadius: fixed(10) } },
  };
}
