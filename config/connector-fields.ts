import { z } from 'zod'

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

/** Whether a text can be such a secret. */
export function isSecret(text: string): boolean {
  return secretSchema.safeParse(text).success
}

/** What is told of a file that holds none. */
export function secretProblem(file: string): string {
  return `the file ${file} holds no secret: expected 32 to 128 letters, digits, - and _`
}
