import { openAdminApi } from '../api/open.ts'
import type { AdminOptions, JsonOption } from '../command/options.ts'
import { printJson } from '../command/print.ts'
import type { Context } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'
import { compare, publish, unpublish } from './api.ts'
import { type PublicationOptions, wantedOf } from './options.ts'
import { showDifference, showPublished, showUnpublished } from './show.ts'

/** Publishes and shows what was written. */
export async function publishing(context: Context, id: string, options: PublicationOptions): Promise<void> {
  const wanted = await wantedOf(options)
  const publication = await publish(openAdminApi(context, options), id, options.connector, wanted)
  if (options.json === true) return printJson(context.out, publication)
  showPublished(context, publication)
}

/** Shows what publishing would write; the exit code says whether it is anything. */
export async function comparing(context: Context, id: string, options: PublicationOptions): Promise<void> {
  const wanted = await wantedOf(options)
  const publication = await compare(openAdminApi(context, options), id, options.connector, wanted)
  if (!publication.inStep) context.exitWith(exitCodes.differs.code)
  if (options.json === true) return printJson(context.out, publication)
  showDifference(context, publication)
}

/** Unpublishes and shows what became of it. */
export async function unpublishing(
  context: Context,
  id: string,
  options: AdminOptions & JsonOption & { readonly connector: string; readonly adopt?: true },
): Promise<void> {
  const gone = await unpublish(openAdminApi(context, options), id, options.connector, options.adopt === true)
  if (options.json === true) return printJson(context.out, gone)
  showUnpublished(context, gone)
}
