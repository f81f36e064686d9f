import { z } from 'zod'
import type { SecretInFile } from './secret-in-file.ts'

// What entries of the connectors file have in common, whatever the dialect.

/** Our name for a connector. */
export const connectorId = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]{0,62}[a-z0-9])?$/, 'expected lower case letters, digits and -')

/** An address, without the slashes at its end. */
export const httpUrl = z
  .url({
    protocol: /^https?$/,
    error: ({ input }) =>
      input === undefined ? undefined : 'expected an http or https address such as http://provider:19193',
  })
  .transform((value) => value.replace(/\/+$/, ''))

/** A secret that stands in a path. */
export const secretSchema = z.string().regex(/^[A-Za-z0-9_-]{32,128}$/, 'expected 32 to 128 letters, digits, - and _')

/** Reads a file that an entry names. @returns `undefined` where it cannot be read; that is told then */
export type ReadSecretFile = (name: string, field: string) => string | undefined

/** Follows a file that an entry names. @param first what was read of it */
export type FollowSecretFile = (name: string, first: string) => SecretInFile

/** The secrets of an entry's path, or the files that hold them. */
export type PathSecrets = Readonly<
  Partial<Record<'secret' | 'previousSecret' | 'secretFile' | 'previousSecretFile', string | undefined>>
>

/** The rules for the secrets of a path: each is there once at most, and the one before only with one that follows it. */
export function coherentPathSecrets<S extends z.ZodType<PathSecrets>>(schema: S): S {
  return schema
    .refine((connector) => connector.secret === undefined || connector.secretFile === undefined, {
      error: 'expected either secret or secretFile, not both',
      path: ['secret'],
    })
    .refine((connector) => connector.previousSecret === undefined || connector.previousSecretFile === undefined, {
      error: 'expected either previousSecret or previousSecretFile, not both',
      path: ['previousSecret'],
    })
    .refine(
      ({ secret, secretFile, previousSecret, previousSecretFile }) =>
        (secret ?? secretFile) !== undefined || (previousSecret ?? previousSecretFile) === undefined,
      { error: 'is there without a secret that follows it', path: ['previousSecret'] },
    )
}

/**
 * A secret of a path, as its entry or the file that it names has it.
 * @param tell is told by field where that file holds none
 */
export function pathSecretOf(
  entry: PathSecrets,
  field: 'secret' | 'previousSecret',
  read: ReadSecretFile,
  tell: (field: string, message: string) => void,
): string | undefined {
  const file = entry[`${field}File`]
  if (file === undefined) return entry[field]
  const text = read(file, `${field}File`)
  if (text !== undefined && !secretSchema.safeParse(text).success)
    tell(`${field}File`, `the file ${file} holds no secret: expected 32 to 128 letters, digits, - and _`)
  return text
}
