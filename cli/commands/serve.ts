import type { Command } from 'commander'
import { newCommand } from '../command/new-command.ts'
import type { Context } from '../context.ts'

/** `dsc serve` */
export function serve(context: Context): Command {
  return newCommand(
    'serve',
    'Starts the service in the foreground',
    'Settings come from the environment and the file .env in this folder; they are checked first. ' +
      'SIGTERM and Ctrl-C end the service in good order, a second one at once. It ends with the exit code of the service.',
    [
      { line: 'dsc serve', does: 'as `npm start` does' },
      {
        line: 'DSC_DEVELOPMENT=true DSC_BACKEND=local DSC_OBJECT_STORE=directory DSC_ALLOW_IMAGE_TAGS=true dsc serve',
        does: 'on one machine, without cluster and S3',
      },
    ],
  ).action(async () => {
    const { runService } = await import('../serve/run-service.ts')
    await runService(context)
  })
}
