/** A color and what it becomes where the reader prefers a dark page. */
interface Color {
  readonly light: string;
  readonly dark: string;
}

/** What a color is for. */
export type ColorName =
  | 'card'
  | 'border'
  | 'grid'
  | 'text'
  | 'muted'
  | 'sluice'
  | 'floor'
  | 'floorEdge'
  | 'peer'
  | 'second'
  | 'third';

/** All colors of the plots. No two are alike in the light, so that each can be found and exchanged. */
const PALETTE: Readonly<Record<ColorName, Color>> = {
  card: { light: '#ffffff', dark: '#0d1117' },
  border: { light: '#d1d9e0', dark: '#3d444d' },
  grid: { light: '#e7ebef', dark: '#21262d' },
  text: { light: '#1f2328', dark: '#f0f6fc' },
  muted: { light: '#59636e', dark: '#9198a1' },
  sluice: { light: '#0a7ea4', dark: '#2fc3ec' },
  floor: { light: '#dde3e9', dark: '#2a313b' },
  floorEdge: { light: '#aeb8c2', dark: '#59636e' },
  peer: { light: '#93a1b1', dark: '#566373' },
  second: { light: '#d9730d', dark: '#ffa657' },
  third: { light: '#7d55c7', dark: '#c297ff' },
};

/** The color as plots are drawn with it. */
export function color(name: ColorName): string {
  return PALETTE[name].light;
}

/** Has a finished SVG follow the reader's preference; drawn in the colors of {@link color}. */
export function followColorScheme(svg: string): string {
  const rules = Object.values(PALETTE).map(
    ({ light, dark }) => `[fill="${light}"]{fill:${dark}}[stroke="${light}"]{stroke:${dark}}`,
  );
  const style = `<style>@media(prefers-color-scheme:dark){${rules.join('')}}</style>`;
  return svg.replace(/<svg[^>]*>/, (tag) => tag + style);
}
