import { CliError } from '../cli-error.ts'
import { printJson } from '../command/print.ts'
import type { Context } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'
import { count, formatBytes } from '../format/amount.ts'
import { formatProblems } from '../format/error.ts'
import { type CheckedAsset, checkAsset } from './check-asset.ts'
import { findAsset } from './find-asset.ts'

/** Checks an asset and says what is wrong with it. */
export async function validateAsset(
  context: Context,
  path: string,
  options: { readonly production?: true; readonly json?: true },
): Promise<void> {
  const checked = await checkAsset(await findAsset(path), options.production === true)
  if (options.json === true) {
    printJson(context.out, report(checked))
    if (checked.read === undefined) context.exitWith(exitCodes.refused.code)
    return
  }
  const { asset } = accepted(checked)
  const { out } = context
  showWarnings(context, checked)
  out.write(`${asset.metadata.id} ${asset.metadata.version} is ${out.style.good('valid')}: ${filesOf(checked)}\n`)
}

/**
 * The asset, where nothing keeps it from being registered.
 * @throws CliError `refused` with every problem
 */
export function accepted(checked: CheckedAsset): NonNullable<CheckedAsset['read']> {
  if (checked.read !== undefined) return checked.read
  const { problems, code } = checked
  throw new CliError('refused', `The compute asset has ${count(problems.length, 'error')}`, {
    problems,
    ...(code === undefined ? {} : { code }),
    hint: 'Every field is explained in docs/compute-asset.md.',
  })
}

/** Says on the standard error output what would be refused elsewhere. */
export function showWarnings({ err }: Context, { warnings }: CheckedAsset): void {
  if (warnings.length > 0)
    err.write(`${err.style.warning('warning:')} development only\n${formatProblems(warnings, err.style)}`)
}

/** `asset.yaml, word-count.env, text.txt (5.7 KiB)` */
function filesOf({ place, envFile, bundled }: CheckedAsset): string {
  return [
    place.file,
    ...(envFile === undefined ? [] : [envFile.name]),
    ...bundled.map(({ name, size }) => `${name} (${formatBytes(size)})`),
  ].join(', ')
}

function report({ place, read, envFile, bundled, code, problems, warnings }: CheckedAsset): object {
  return {
    valid: read !== undefined,
    file: place.file,
    id: read?.asset.metadata.id ?? null,
    version: read?.asset.metadata.version ?? null,
    envFile: envFile?.path ?? null,
    bundled: bundled.map(({ name, size }) => ({ name, size })),
    code: code ?? null,
    problems,
    warnings,
  }
}
