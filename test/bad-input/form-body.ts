/** Parts of a form, closed by the last boundary, which is `b`. */
export function form(...parts: readonly string[]): string {
  return `${parts.join('')}--b--\r\n`
}

/** One part of a form as it goes over the wire. */
export function part(name: string, content: string, fileName?: string): string {
  const file = fileName === undefined ? '' : `; filename="${fileName}"`
  return `--b\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\n${content}\r\n`
}
