import { Command } from 'commander'
import { newGroup } from './command/new-command.ts'
import { assetDiff } from './commands/asset-diff.ts'
import { assetInit } from './commands/asset-init.ts'
import { assetList } from './commands/asset-list.ts'
import { assetPause, assetResume } from './commands/asset-pause.ts'
import { assetPublish } from './commands/asset-publish.ts'
import { assetRegister } from './commands/asset-register.ts'
import { assetRemove } from './commands/asset-remove.ts'
import { assetShow } from './commands/asset-show.ts'
import { assetUnpublish } from './commands/asset-unpublish.ts'
import { assetValidate } from './commands/asset-validate.ts'
import { backup } from './commands/backup.ts'
import { checkCommand } from './commands/check.ts'
import { auditExport } from './commands/audit-export.ts'
import { auditList } from './commands/audit-list.ts'
import { auditVerify } from './commands/audit-verify.ts'
import { completion } from './commands/completion.ts'
import { configCheck } from './commands/config-check.ts'
import { configPrint } from './commands/config-print.ts'
import { connectorCheck } from './commands/connector-check.ts'
import { connectorList } from './commands/connector-list.ts'
import { demo } from './commands/demo.ts'
import { jobCancel } from './commands/job-cancel.ts'
import { jobRemoveResult } from './commands/job-remove-result.ts'
import { jobResult } from './commands/job-result.ts'
import { jobRetry } from './commands/job-retry.ts'
import { jobList } from './commands/job-list.ts'
import { jobLogs } from './commands/job-logs.ts'
import { jobShow } from './commands/job-show.ts'
import { jobWhy } from './commands/job-why.ts'
import { keyCreate } from './commands/key-create.ts'
import { keyList } from './commands/key-list.ts'
import { keyRevoke } from './commands/key-revoke.ts'
import { receptionFetch } from './commands/reception-fetch.ts'
import { receptionList } from './commands/reception-list.ts'
import { receptionRemove } from './commands/reception-remove.ts'
import { receptionSave } from './commands/reception-save.ts'
import { receptionShow } from './commands/reception-show.ts'
import { restore } from './commands/restore.ts'
import { serve } from './commands/serve.ts'
import { usage } from './commands/usage.ts'
import type { Context } from './context.ts'
import { exitCodes } from './exit-codes.ts'

/**
 * The command `dsc`. Commands load what they need only when they run, so that help and completion are there at once.
 * @param version shown by `--version`
 */
export function makeProgram(context: Context, version: string): Command {
  const program: Command = new Command('dsc')
    .description('Administers dataspace-compute: compute assets, jobs, connectors and the service itself.')
    .version(version, '--version', 'print the version')
    .addHelpText(
      'after',
      `\nTo begin with:\n${firstSteps}\nEnvironment:\n${environmentHelp}\nExit codes:\n${exitCodeHelp()}`,
    )
  const commands = [
    newGroup('asset', 'Compute assets: make, check, register, look at, pause, remove, publish', [
      assetInit(context),
      assetValidate(context),
      assetRegister(context),
      assetList(context),
      assetShow(context),
      assetPause(context),
      assetResume(context),
      assetRemove(context),
      assetPublish(context),
      assetUnpublish(context),
      assetDiff(context),
    ]),
    newGroup('job', 'Jobs: list, look at, read logs, explain, fetch results, run again, cancel', [
      jobList(context),
      jobShow(context),
      jobLogs(context),
      jobWhy(context),
      jobResult(context),
      jobRetry(context),
      jobCancel(context),
      jobRemoveResult(context),
    ]),
    newGroup('reception', 'What is received from other providers: list, look at, save, fetch again, remove', [
      receptionList(context),
      receptionShow(context),
      receptionSave(context),
      receptionFetch(context),
      receptionRemove(context),
    ]),
    newGroup('connector', 'Connectors: list and check', [connectorList(context), connectorCheck(context)]),
    newGroup('key', 'Keys of the admin API: make, list, revoke', [
      keyCreate(context),
      keyList(context),
      keyRevoke(context),
    ]),
    newGroup('audit', 'Audit log: who did what; check and export it', [
      auditList(context),
      auditVerify(context),
      auditExport(context),
    ]),
    usage(context),
    newGroup('config', 'Settings of the service: check and print', [configCheck(context), configPrint(context)]),
    checkCommand(context),
    backup(context),
    restore(context),
    serve(context),
    demo(context),
    completion(context, () => program),
  ]
  for (const command of commands) program.addCommand(command)
  prepare(program, context)
  return program
}

const firstSteps = `  dsc asset init my-asset      a new asset that works
  dsc asset register my-asset  the service knows it
  dsc connector check          connectors can ask for it
  dsc job why <id>             why a job failed or waits
  dsc <command> --help         options and examples of a command
`

const environmentHelp = `  DSC_ADMIN_URL    address of the admin API
  DSC_ADMIN_TOKEN  its token, or an API key; DSC_ADMIN_TOKEN_FILE names a file with it
  NO_COLOR         no colours, where it is not empty
`

function exitCodeHelp(): string {
  return Object.values(exitCodes)
    .map(({ code, meaning }) => `  ${code}  ${meaning}\n`)
    .join('')
}

/** What holds for every command of a tree: errors are thrown and not printed here, and text goes to where the context says. */
function prepare(command: Command, context: Context): void {
  const { out, err } = context
  command
    .exitOverride()
    .helpCommand(false)
    .helpOption('-h, --help', 'show this help')
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: (text) => out.write(text),
      writeErr: (text) => err.write(text),
      getOutHelpWidth: () => out.width ?? helpWidth,
      getErrHelpWidth: () => err.width ?? helpWidth,
      outputError: (text, write) => write(`${err.style.bad('error:')} ${text.replace(/^error: /, '')}`),
    })
    .showHelpAfterError('(--help shows what it takes)')
  for (const one of command.commands) prepare(one, context)
}

/** Columns of help that goes into a file or a pipe. */
const helpWidth = 100
