import { expect } from 'chai';

import { color, followColorScheme } from '../../../bench/results/palette.ts';

describe('followColorScheme', () => {
  it('exchanges every color that is drawn where a dark page is preferred', () => {
    const svg = `<svg width="1"><rect fill="${color('card')}" stroke="${color('grid')}"/></svg>`;
    const styled = followColorScheme(svg);
    expect(styled).to.match(/^<svg width="1"><style>@media\(prefers-color-scheme:dark\)\{/);
    expect(styled).to.include(`[fill="${color('card')}"]{fill:#`);
    expect(styled).to.include(`[stroke="${color('grid')}"]{stroke:#`);
    expect(styled.replace(/<style>.*<\/style>/, '')).to.equal(svg);
  });
});
