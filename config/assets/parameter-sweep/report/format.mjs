/** Numbers as people read them; the exact ones are in summary.json. */

/** 1,079 */
export const whole = (value) => (Math.round(value) || 0).toLocaleString('en-US') // || 0: never -0

/** 61 % (with a no-break space); what is not quite all is >99 % */
export const percent = (share) => {
  const rounded = Math.round(share * 100)
  return `${share < 1 && rounded === 100 ? '>99' : rounded}\u00a0%`
}

/** 7.5 kWp (with a no-break space) */
export const kilowattPeak = (size) => `${size}\u00a0kWp`

/** 4 kWh */
export const batterySize = (size) => `${size}\u00a0kWh`

/** 7.5 kWp of panels with a battery of 4 kWh */
export const inWords = ({ panels, battery }) =>
  `${panels === 0 ? 'no panels' : `${kilowattPeak(panels)} of panels`} ${withBattery(battery)}`

/** with a battery of 4 kWh */
export const withBattery = (size) => (size === 0 ? 'without a battery' : `with a battery of ${batterySize(size)}`)
