import { execFile } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import { startServiceOnDisk, type ServiceOnDisk } from './service-on-disk.ts'
import { mountSmallDisk, type SmallDisk } from './small-disk.ts'
import { eventually } from '../support/eventually.ts'
import { lacks } from '../support/lacks.ts'

const run = promisify(execFile)

/** A test on a disk of its own. Where nobody may mount one it is skipped, or fails where everything must be there. */
function diskTest(title: string, body: (t: ExecutionContext, disk: SmallDisk) => Promise<void>): void {
  test.serial(title, async (t) => {
    const disk = await mountSmallDisk(16)
    if (disk === undefined) {
      lacks(t, 'this process may not mount a file system (run as root)')
      return
    }
    try {
      await body(t, disk)
    } finally {
      await disk.close()
    }
  })
}

/** The service is not ready, for this reason, and takes no message. */
async function refuses(t: ExecutionContext, service: ServiceOnDisk, check: string, reason: RegExp): Promise<void> {
  const { status, checks } = await service.ready()
  t.is(status, 503)
  t.regex(checks[check] ?? '', reason)
  t.deepEqual(await service.ask('/readyz'), 503, 'the public listener says so too')
}

async function readyAgain(service: ServiceOnDisk): Promise<void> {
  await eventually(
    'the service to be ready again',
    async () => {
      const { status, checks } = await service.ready()
      return status === 200 ? { done: undefined } : { pending: JSON.stringify(checks) }
    },
    { deadlineMs: 15_000, pauseMs: 100 },
  )
}

diskTest(
  'a full disk under the database: 503, not ready, nothing half done, and well again by itself',
  async (t, disk) => {
    const service = await startServiceOnDisk({ state: disk.folder })
    try {
      t.is(await service.provision('before'), 200)
      await service.jobIs('before', 'succeeded')
      await disk.fill()
      await eventually('a message to be refused', async () => {
        const status = await service.provision(`full-${Math.random()}`)
        return status === 503 ? { done: undefined } : { pending: `it is answered ${status}` }
      })
      await refuses(t, service, 'store', /the disk of .* is full|cannot be written/)
      const before = await service.jobs()
      for (let round = 0; round < 5; round += 1) t.is(await service.provision(`lost-${round}`), 503)
      t.is((await service.jobs()).length, before.length, 'no job of a message that was refused')
      t.is(await service.registers('late'), 503, 'an administrator hears the same')
      await disk.clear()
      await readyAgain(service)
      t.is(await service.provision('after'), 200)
      await service.jobIs('after', 'succeeded')
      for (const { processId } of before) await service.jobIs(processId, 'succeeded')
      t.is(await service.registers('late'), 201)
    } finally {
      await service.close()
    }
  },
)

diskTest(
  'a full disk under the local object directory: not ready, and the jobs go on when there is room',
  async (t, disk) => {
    const service = await startServiceOnDisk({ objects: join(disk.folder, 'objects') })
    try {
      t.is(await service.provision('before'), 200)
      await service.jobIs('before', 'succeeded')
      await disk.fill()
      await eventually('the service to notice', async () => {
        const { status, checks } = await service.ready()
        return status === 503 ? { done: undefined } : { pending: JSON.stringify(checks) }
      })
      await refuses(t, service, 'objectStore', /ENOSPC/)
      await disk.clear()
      await readyAgain(service)
      t.is(await service.provision('after'), 200)
      await service.jobIs('after', 'succeeded')
    } finally {
      await service.close()
    }
  },
)

diskTest('a database on a read-only disk: the service does not start, and says why', async (t, disk) => {
  const state = join(disk.folder, 'state')
  await mkdir(state)
  const service = await startServiceOnDisk({ state })
  try {
    await service.stop()
    await disk.readOnly()
    const error = await t.throwsAsync(service.start())
    t.regex(error?.message ?? '', /the database .*state\.db cannot be opened: .*we must be able to write there/)
    await disk.writable()
    await service.start()
    t.is(await service.provision('after'), 200)
    await service.jobIs('after', 'succeeded')
  } finally {
    await service.close()
  }
})

test.serial(
  'a limit on the size of files, as a broken disk has: 503, not ready, and well again by itself',
  async (t) => {
    const service = await startServiceOnDisk({})
    const limit = (bytes: string) => run('prlimit', ['--pid', String(service.pid()), `--fsize=${bytes}`])
    try {
      t.is(await service.provision('before'), 200)
      await service.jobIs('before', 'succeeded')
      try {
        await limit('4096:unlimited')
      } catch {
        lacks(t, 'prlimit is missing or not allowed')
        return
      }
      await eventually('a message to be refused', async () => {
        const status = await service.provision(`limited-${Math.random()}`)
        return status === 503 ? { done: undefined } : { pending: `it is answered ${status}` }
      })
      await refuses(t, service, 'store', /cannot be written: disk I\/O error/)
      await limit('unlimited:unlimited')
      await readyAgain(service)
      t.is(await service.provision('after'), 200)
      await service.jobIs('after', 'succeeded')
    } finally {
      await service.close()
    }
  },
)
