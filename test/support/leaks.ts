import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'

/** A secret that a test configured, by what it is called. */
export interface KnownSecret {
  readonly name: string
  readonly value: string
}

/** Shorter values stand by chance in what is no leak. */
const shortest = 12

/** Settings and fields of connectors that are secrets; `…_FILE` names a file, and is none. */
const secretName = /(KEY|TOKEN|SECRET|PASSWORD|apiKey|secret)$/

/** Addresses, which may hold a password. */
const addressName = /(URL|ENDPOINT|Url)$/

/** The secrets among settings, connectors or the like; passwords in addresses, as that of a database, are some. */
export function secretsAmong(...objects: readonly object[]): readonly KnownSecret[] {
  const found = objects
    .flatMap((object) => Object.entries(object))
    .flatMap(([name, value]): readonly KnownSecret[] => {
      if (typeof value !== 'string') return []
      if (secretName.test(name)) return [{ name, value }]
      const password = addressName.test(name) ? URL.parse(value)?.password : undefined
      return password === undefined ? [] : [{ name: `the password of ${name}`, value: decodeURIComponent(password) }]
    })
    .filter(({ value }) => value.length >= shortest)
  return [...new Map(found.map((secret) => [secret.value, secret])).values()]
}

/** Which secrets stand in a text, as they are, in base64 or as they stand in a URL: one line for each, without the secret. */
export function leaksIn(where: string, text: string, secrets: readonly KnownSecret[]): readonly string[] {
  return secrets.flatMap(({ name, value }) => {
    const at = spellings(value)
      .map((spelling) => text.indexOf(spelling))
      .find((index) => index !== -1)
    if (at === undefined) return []
    return [`${where} shows ${name}: …${text.slice(Math.max(0, at - 80), at)}[it]`]
  })
}

function spellings(value: string): readonly string[] {
  return [value, Buffer.from(value).toString('base64').replace(/=+$/, ''), encodeURIComponent(value)]
}

/** Which secrets stand in files below a folder. */
export async function leaksBelow(
  folder: string,
  secrets: readonly KnownSecret[],
  isMeant: (path: string) => boolean,
): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const found = await Promise.all(
    files
      .filter((file) => !isMeant(relative(folder, file)))
      // What was there a moment ago may be gone: databases fold their logs up.
      .map(async (file) => leaksIn(relative(folder, file), await readFile(file, 'latin1').catch(() => ''), secrets)),
  )
  return found.flat()
}

/** @throws where there are leaks */
export function noLeaks(leaks: readonly string[]): void {
  if (leaks.length > 0) throw new Error(`secrets are shown:\n${leaks.join('\n')}`)
}
