/** Numbers as people read them; the exact ones are in summary.json. */

/** 1,079 */
export const euro = (value) => value.toLocaleString('en-US', { maximumFractionDigits: 0 })

/** 4,802 */
export const kilowattHours = euro

/** 61 % (with a no-break space) */
export const percent = (share) => `${(share * 100).toFixed(0)}\u00a0%`

/** 7.5 kWp (with a no-break space) */
export const kilowattPeak = (size) => `${size}\u00a0kWp`

/** 4 kWh */
export const batterySize = (size) => `${size}\u00a0kWh`
