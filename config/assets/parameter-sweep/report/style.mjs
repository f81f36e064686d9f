/**
 * How the report looks, on light and dark paper, wide and narrow. The pictures take their colours from here, too.
 *
 * The colours of the maps go from low to high: away from the paper, so a high value stands out on either.
 */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #ffffff; --card: #f6f7f9; --ink: #1b2230; --soft: #535d6e; --grid: #e1e6ed; --axis: #98a2b3; --link: #0a55c0;
  --mark: #1b2230; --row: #fdf1d8;
  --direct: #c98305; --from-battery: #2c8c83; --bought: #838da0;
  --line-0: #6b7688; --line-1: #1f6fd6; --line-2: #c2410c; --line-3: #0d8074; --line-4: #7c3aad;
  --cost-0: #fff2d2; --cost-1: #fee0a0; --cost-2: #fcc566; --cost-3: #f4a43f; --cost-4: #e28226; --cost-5: #b05010; --cost-6: #7c3508;
  --share-0: #e6f4ef; --share-1: #c4e6dc; --share-2: #97d3c6; --share-3: #65bdb1; --share-4: #35a196; --share-5: #14727a; --share-6: #0a4c5a;
  --on-low: #16202e; --on-high: #ffffff; --turn-4: var(--on-low);
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171d; --card: #1c2129; --ink: #eceff4; --soft: #aab4c3; --grid: #2a303b; --axis: #5c6675; --link: #86b9ff;
    --mark: #ffffff; --row: #38301b;
    --direct: #f2b544; --from-battery: #4bb5a8; --bought: #6b7688;
    --line-0: #a3adbd; --line-1: #6aaeff; --line-2: #ff9a62; --line-3: #4fc4b4; --line-4: #c99af0;
    --cost-0: #2b2216; --cost-1: #473215; --cost-2: #684516; --cost-3: #8c5a18; --cost-4: #c98a30; --cost-5: #e9ad52; --cost-6: #ffd596;
    --share-0: #14262b; --share-1: #16393f; --share-2: #165054; --share-3: #1a6a6c; --share-4: #3a9f98; --share-5: #6dc4b3; --share-6: #b4e8d5;
    --on-low: #f3f5f8; --on-high: #10151c; --turn-4: var(--on-high);
  }
}
* { box-sizing: border-box }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", sans-serif;
}
main { max-width: 66rem; margin: 0 auto; padding: 2rem clamp(.9rem, 3vw, 1.25rem) 4rem }
h1 { margin: 0 0 .5rem; font-size: clamp(1.5rem, 1.1rem + 2vw, 2.1rem); line-height: 1.2; text-wrap: balance }
h2 { margin: 2.75rem 0 .75rem; font-size: 1.25rem }
p { max-width: 44rem; margin: .5rem 0; overflow-wrap: break-word }
a { color: var(--link) }
.soft, figcaption { color: var(--soft) }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: .75rem; margin: 1.5rem 0 }
.figures div { padding: .9rem 1rem; border-radius: .5rem; background: var(--card) }
.figures dt { color: var(--soft) }
.figures dd { margin: 0; font-size: 1.4rem; font-weight: 600; line-height: 1.3 }
.figures .beside { display: block; font-size: 1rem; font-weight: 400; color: var(--soft) }
.pictures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); column-gap: 2.5rem }
figure { margin: 0 0 2.5rem; min-width: 0; display: grid; grid-row: span 2; grid-template-rows: subgrid; row-gap: 0; align-content: start }
.pictures + h2 { margin-top: .25rem }
figure h3 { margin: 0; color: var(--ink); font-size: 1.05rem }
figcaption { margin: 0 0 .75rem }
svg { display: block; width: 100%; height: auto; max-width: 32rem }
svg text { font-size: 12px; fill: var(--soft) }
svg .small { font-size: 11px }
svg .middle { text-anchor: middle }
svg .end { text-anchor: end }
svg .grid { stroke: var(--grid); fill: none }
svg .axis { stroke: var(--axis); fill: none }
svg .cell { stroke: var(--paper); stroke-width: 1 }
svg .halo { fill: none; stroke: var(--paper); stroke-width: 6 }
svg .frame { fill: none; stroke: var(--mark); stroke-width: 2.5 }
svg .line { fill: none; stroke-width: 2.25; stroke-linejoin: round; stroke-linecap: round }
svg .lead { fill: none; stroke-width: 1 }
svg .line-label { fill: var(--ink) }
svg .best { fill: var(--paper); stroke: var(--mark); stroke-width: 2.5 }
[class^=part] { stroke: var(--paper); stroke-width: .75 }
.part-direct { fill: var(--direct) }
.part-fromBattery { fill: var(--from-battery) }
.part-bought { fill: var(--bought) }
${[0, 1, 2, 3, 4].map((i) => `.line-${i} :is(.line, .lead) { stroke: var(--line-${i}) }`).join('\n')}
${[0, 1, 2, 3, 4, 5, 6].map((i) => `.cost .step-${i} .cell { fill: var(--cost-${i}) } .share .step-${i} .cell { fill: var(--share-${i}) }`).join('\n')}
:is(.step-0, .step-1, .step-2, .step-3) text { fill: var(--on-low) }
.step-4 text { fill: var(--turn-4) }
:is(.step-5, .step-6) text { fill: var(--on-high) }
.scroll { overflow-x: auto; margin-top: .75rem }
.scroll:focus-visible { outline: 2px solid var(--link); outline-offset: 2px }
table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { padding: .3rem .9rem; border-bottom: 1px solid var(--grid); text-align: end; font-weight: 400; white-space: nowrap }
thead th { color: var(--soft); vertical-align: bottom; border-bottom-color: var(--axis) }
:is(th, td):first-child { padding-inline-start: .4rem }
tr.best :is(th, td) { background: var(--row); font-weight: 600 }
.settings :is(th, td) { white-space: normal }
.settings th { text-align: start }
@media print { .scroll { overflow: visible } figure { break-inside: avoid } }
`
