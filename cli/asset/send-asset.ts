import type { AdminApi } from '../api/admin-api.ts'
import { assetVersions, registerAsset } from '../api/assets.ts'
import { openAdminApi } from '../api/open.ts'
import { CliError } from '../cli-error.ts'
import type { AdminOptions } from '../command/options.ts'
import { printJson } from '../command/print.ts'
import type { Context } from '../context.ts'
import { count, formatBytes } from '../format/amount.ts'
import { checkAsset } from './check-asset.ts'
import { findAsset } from './find-asset.ts'
import { assetForm, type Form } from './form.ts'
import { uploadProgress } from './upload-progress.ts'
import { accepted, showWarnings } from './validate-asset.ts'

/** Registers an asset and the files that it names. */
export async function sendAsset(
  context: Context,
  path: string,
  options: AdminOptions & { readonly replace?: true; readonly json?: true },
): Promise<void> {
  const checked = await checkAsset(await findAsset(path), false)
  const { id, version } = accepted(checked).asset.metadata
  if (options.json !== true) showWarnings(context, checked)
  const api = openAdminApi(context, options)
  if (options.replace !== true) await refuseKnownVersion(api, id, version)
  const progress = options.json === true ? undefined : uploadProgress(context, `${id} ${version}`)
  const form: Form = assetForm(checked, (bytes) => progress?.sent(bytes, form.total))
  const registered = await registerAsset(api, form, options.replace === true ? { id, version } : undefined).finally(
    () => progress?.end(),
  )
  if (options.json === true) return printJson(context.out, registered)
  const bytes = registered.bundled.reduce((sum, { size }) => sum + size, 0)
  const files =
    registered.bundled.length === 0
      ? ''
      : ` with ${count(registered.bundled.length, 'bundled file')} (${formatBytes(bytes)})`
  context.out.write(`${id} ${version} is ${context.out.style.good('registered')}${files}.\n`)
}

/** The service looks at the version once everything has arrived; nobody should wait that long to hear that it is there. */
async function refuseKnownVersion(api: AdminApi, id: string, version: string): Promise<void> {
  const known = await assetVersions(api, id).catch((error: unknown) => {
    if (error instanceof CliError && error.exit === 'not-found') return undefined
    throw error
  })
  if (known?.versions.some((one) => one.version === version) === true) {
    throw new CliError('refused', 'This version of the compute asset is registered already', {
      code: 'asset-exists',
      detail: `${id} ${version} is registered already.`,
      hint: 'Raise metadata.version, or replace the version with --replace while no job has used it.',
    })
  }
}
