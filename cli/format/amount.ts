/** A number of bytes in the unit that people read easily, such as `5.7 KiB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']
  let value = bytes
  let unit = 0
  // 1023.95 would be rounded to "1024.0"
  while (value >= (unit === 0 ? 1024 : 1023.95) && unit < units.length - 1) {
    value /= 1024
    unit += 1
  }
  return `${unit === 0 ? Math.floor(value) : value.toFixed(1)} ${units[unit]}`
}

/** `1 file`, `2 files`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`
}

const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** A span of time in at most two units, such as `4 s`, `3 min 20 s`, `2 h`, `5 d 3 h`. */
export function formatSpan(milliseconds: number): string {
  const span = Math.max(0, milliseconds)
  if (span < minute) return `${Math.floor(span / second)} s`
  if (span < hour) return two(span, minute, 'min', second, 's')
  if (span < day) return two(span, hour, 'h', minute, 'min')
  return two(span, day, 'd', hour, 'h')
}

function two(span: number, large: number, largeUnit: string, small: number, smallUnit: string): string {
  const rest = Math.floor((span % large) / small)
  return `${Math.floor(span / large)} ${largeUnit}${rest === 0 ? '' : ` ${rest} ${smallUnit}`}`
}

/** A span in one unit, for narrow columns: `4s`, `3m`, `2h`, `5d`. */
export function formatAge(milliseconds: number): string {
  const span = Math.max(0, milliseconds)
  if (span < minute) return `${Math.floor(span / second)}s`
  if (span < hour) return `${Math.floor(span / minute)}m`
  if (span < day) return `${Math.floor(span / hour)}h`
  return `${Math.floor(span / day)}d`
}

/**
 * A point in time with how far it is from now, such as `2026-11-21T10:47:41.969Z (3 min ago)`.
 * @param iso ISO 8601
 */
export function formatTime(iso: string, now: number): string {
  const distance = now - Date.parse(iso)
  return `${iso} (${distance < 0 ? `in ${formatSpan(-distance)}` : `${formatSpan(distance)} ago`})`
}
