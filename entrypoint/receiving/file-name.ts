import { pathProblem } from '../../core/result/paths.ts'

/** The name of a file whose sender gives it none. */
export const namelessFile = 'content'

/** The name that a `Content-Disposition` header gives a file (RFC 6266), where it can be kept; `undefined` where it cannot, or there is none. */
export function nameInDisposition(header: string | undefined): string | undefined {
  const extended = /;\s*filename\*=UTF-8''([^;\s]+)/i.exec(header ?? '')?.[1]
  const plain =
    /;\s*filename="([^"\\]+)"/i.exec(header ?? '')?.[1] ?? /;\s*filename=([^;"\s]+)/i.exec(header ?? '')?.[1]
  return kept(decoded(extended)) ?? kept(plain)
}

/** The last part of an address’s path, where it can be the name of a file. */
export function nameInUrl(url: string): string | undefined {
  return kept(decoded(URL.parse(url)?.pathname.split('/').at(-1)))
}

/** A name and no path: what comes from outside is laid down where we say. */
function kept(name: string | undefined): string | undefined {
  return name === undefined || name.includes('/') || pathProblem(name) !== undefined ? undefined : name
}

function decoded(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
