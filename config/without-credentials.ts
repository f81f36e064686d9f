/** An address, or several, without name and password, should it hold them. */
export function withoutCredentials(text: string): string {
  return text.replaceAll(/(?<=^|[\s,])([a-z][a-z0-9+.-]*:\/\/)[^/@\s]*@/gi, '$1[hidden]@')
}
