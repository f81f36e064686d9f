import { kilowattPeak, percent, whole, withBattery } from './format.mjs'

/**
 * What the sweep found, in four figures, and a warning where the cheapest point lies on the edge of what was swept.
 *
 * @param {object} settings as readSettings gives them
 * @param {object} best the cheapest point
 * @returns {string} HTML
 */
export function answer({ prices, panels, batteries }, best) {
  const without = best.year.load * prices.bought
  const difference = without - best.cost
  const compared =
    difference >= 0.5
      ? `${whole(difference)} EUR less than ${whole(without)} with the grid alone`
      : difference <= -0.5
        ? `${whole(-difference)} EUR more than ${whole(without)} with the grid alone`
        : 'as much as with the grid alone'
  const edges = [
    best.panels === panels.at(-1) && 'largest panels',
    best.panels === panels[0] && best.panels > 0 && 'smallest panels',
    best.battery === batteries.at(-1) && 'largest battery',
    best.battery === batteries[0] && best.battery > 0 && 'smallest battery',
  ].filter(Boolean)
  const warning =
    edges.length === 0
      ? ''
      : `<p>The cheapest point has the ${edges.join(' and the ')} of the sweep: a wider sweep may find a cheaper one.</p>`
  const own =
    best.ownUse === null
      ? ''
      : `<div><dt>Used in the house</dt><dd>${percent(best.ownUse)} <span class="beside">of what the panels produce</span></dd></div>`
  return `<dl class="figures">
<div><dt>Cheapest</dt><dd>${best.panels === 0 ? 'No panels' : kilowattPeak(best.panels)} <span class="beside">${best.panels === 0 ? '' : 'of panels '}${withBattery(best.battery)}</span></dd></div>
<div><dt>Cost of a year</dt><dd>${whole(best.cost)} EUR <span class="beside">${compared}</span></dd></div>
<div><dt>Self-sufficiency</dt><dd>${percent(best.selfSufficiency)} <span class="beside">of ${whole(best.year.load)} kWh are not bought</span></dd></div>
${own}
</dl>
${warning}`
}
