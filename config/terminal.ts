/** Whether text for this stream may have colours: on a terminal that is not dumb, and not with NO_COLOR (no-color.org). */
export function wantsColour(environment: Readonly<Record<string, string | undefined>>, isTerminal: boolean): boolean {
  return isTerminal && !environment['NO_COLOR'] && environment['TERM'] !== 'dumb'
}
