import { type Command, InvalidArgumentError } from 'commander'

/** Options of every command that talks to the service. */
export interface AdminOptions {
  readonly adminUrl?: string
  readonly tokenFile?: string
}

/** Option of every command whose outcome programs may read. */
export interface JsonOption {
  readonly json?: true
}

/** Adds the options that say where the admin API is. */
export function withAdminOptions(command: Command): Command {
  return command
    .option('--admin-url <url>', 'address of the admin API (default: DSC_ADMIN_URL, else http://127.0.0.1:3001)')
    .option(
      '--token-file <file>',
      'file with the token of the admin API (default: DSC_ADMIN_TOKEN, DSC_ADMIN_TOKEN_FILE)',
    )
}

/** Adds `--json`. */
export function withJson(command: Command): Command {
  return command.option('--json', 'print JSON for programs')
}

/** Reads an option that is a whole number. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
    if (number >= least && number <= most) return number
    throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`)
  }
}

/** Reads an argument that is an asset's id: lower case letters, digits and `-`. */
export function assetId(text: string): string {
  if (/^[a-z0-9-]{1,64}$/.test(text)) return text
  throw new InvalidArgumentError('An asset id has lower case letters, digits and -.')
}

/** Reads an argument that is a job's id. */
export function jobId(text: string): string {
  if (/^[A-Za-z0-9-]{1,64}$/.test(text)) return text
  throw new InvalidArgumentError('A job id has letters, digits and -, such as 00da1c4b-db63-4498-8365-34c7c3429c3c.')
}

/** Reads an argument that is a reception's id. */
export function receptionId(text: string): string {
  if (/^[A-Za-z0-9-]{1,64}$/.test(text)) return text
  throw new InvalidArgumentError('A reception’s id has letters, digits and -; dsc reception list shows it.')
}
