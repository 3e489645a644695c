/** The looks of the page, in light and dark. */
export const STYLE = `
:root { color-scheme: light dark;
  --ground: light-dark(#fff, #16181d); --text: light-dark(#1c1e21, #e3e5e8);
  --quiet: light-dark(#6b7280, #8f96a3); --line: light-dark(#c9ced6, #3d434e);
  --main: light-dark(#1559b7, #74aefc); --child: light-dark(#0b7a3e, #5fcf8d);
  --lane: light-dark(#7a34b8, #c795fa); --unknown: light-dark(#7a5c00, #d9b44a);
  --fault: light-dark(#c4161c, #ff7b7b); --sight: light-dark(#47505e, #a9b3c1);
  --note: light-dark(#a04a00, #ffb066); }
body { margin: 0; background: var(--ground); color: var(--text); font: 13px/1.4 system-ui, sans-serif }
header { padding: 12px 16px 4px; max-width: 110ch } h1 { font-size: 18px; margin: 0 0 4px }
ul { margin: 4px 0; padding-left: 20px } .broken { color: var(--fault); font-weight: 600 }
.kept { color: var(--child) } pre { white-space: pre-wrap; font-size: 11px }
.legend { display: flex; flex-wrap: wrap; gap: 2px 18px; margin: 6px 0 } .legend svg { vertical-align: middle }
.names { position: sticky; top: 0; background: var(--ground); border-bottom: 1px solid var(--line); z-index: 1;
  width: max-content } svg { display: block } .legend svg { display: inline }
text { font: 11px ui-monospace, 'DejaVu Sans Mono', monospace; fill: var(--text); paint-order: stroke;
  stroke: var(--ground); stroke-width: 3px; stroke-linejoin: round }
.names text { font-weight: 700; font-size: 13px; text-anchor: middle; stroke: none } .time { fill: var(--quiet); text-anchor: end }
.life { stroke: var(--line); stroke-dasharray: 2 5 } .alive { stroke: var(--quiet); stroke-width: 2 }
.dead { stroke: var(--fault); stroke-width: 2; stroke-dasharray: 2 4 }
.pause { stroke: var(--line); stroke-dasharray: 8 5 } .pause-text { fill: var(--quiet); font-style: italic }
.main { --own: var(--main) } .child { --own: var(--child) } .lane { --own: var(--lane) } .unknown { --own: var(--unknown) }
.arrow line, .arrow polygon, .until { stroke: var(--own); stroke-width: 1.2 } .arrow text { fill: var(--own) }
.arrow polygon { fill: var(--own); fill-opacity: .05; stroke-opacity: .35; stroke-width: 1 }
.arrow .until { stroke-width: 4; stroke-opacity: .4 }
.lost line { stroke-dasharray: 4 3 } .lost text { font-style: italic; opacity: .85 }
.bad text { font-weight: 700; fill: var(--fault) } .arrow:hover text, .mark:hover text { text-decoration: underline }
marker .main, marker .child, marker .lane, marker .unknown { fill: var(--own) } .cross { stroke: var(--fault); stroke-width: 1.5; fill: none }
.mark { --own: var(--quiet) } .mark.main, .mark.child, .mark.lane, .mark.unknown { --own: var(--quiet) }
.mark.sight { --own: var(--sight) } .mark.note { --own: var(--note) } .mark.life { --own: var(--text) } .mark.fault { --own: var(--fault) }
.mark text { fill: var(--own) } .mark circle { fill: var(--own) } .mark .until { stroke-width: 3; stroke-opacity: .45 }
.mark.fault text, .mark.note text, .mark.life text { font-weight: 700 } .between { stroke: var(--fault); stroke-width: 1.5; stroke-dasharray: 6 3 }
.band.partition { fill: var(--fault); fill-opacity: .1 } .band.silence { fill: var(--fault); fill-opacity: .45 }
.band.block { fill: var(--note); fill-opacity: .5 }
`;
