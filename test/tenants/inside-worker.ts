import { z } from 'zod'

/** A worker (image localhost/node:24) that looks around in its container and writes down what it finds. */
export function insideWorker(): string[] {
  return ['node', '-e', `(${program.toString()})()`]
}

/** What it found. */
export const insideSchema = z.object({
  /** Of /proc/self/status, by field. */
  status: z.record(z.string(), z.string()),
  environment: z.array(z.string()),
  /** Folders in which a file can be made. */
  writableFolders: z.array(z.string()),
  /** Regular files that can be written. */
  writableFiles: z.array(z.string()),
  /** Paths that are there, of those that hold what a worker has no business with. */
  forbidden: z.array(z.string()),
  /** Command lines of the processes it sees. */
  processes: z.array(z.string()),
  /** Mount points outside of /proc, /sys and /dev, with `ro` or `rw`. */
  mounts: z.array(z.string()),
  devices: z.array(z.string()),
  /** What became of attempts to change an input. */
  input: z.array(z.string()),
  /** Files that hold what looks like a key or a token. */
  keys: z.array(z.string()),
})

/** Runs in the pod, by itself: nothing from outside of the function is there. */
function program(): void {
  const fs = process.getBuiltinModule('node:fs')
  const path = process.getBuiltinModule('node:path')
  const outcome = (attempt: () => void): string => {
    try {
      attempt()
      return 'done'
    } catch (error) {
      return error instanceof Error && 'code' in error ? String(error.code) : String(error)
    }
  }
  const list = (folder: string): string[] => {
    try {
      return fs.readdirSync(folder).toSorted()
    } catch {
      return []
    }
  }
  const writableFolders: string[] = []
  const writableFiles: string[] = []
  const keys: string[] = []
  const walk = (folder: string, depth: number): void => {
    const probe = path.join(folder, '.probe')
    if (outcome(() => fs.writeFileSync(probe, '')) === 'done') {
      writableFolders.push(folder)
      fs.rmSync(probe)
    }
    if (depth === 0) return
    for (const name of list(folder)) {
      const here = path.join(folder, name)
      const stat = fs.lstatSync(here, { throwIfNoEntry: false })
      if (stat?.isDirectory() === true && !['/proc', '/sys', '/usr'].includes(here)) walk(here, depth - 1)
      if (stat?.isFile() !== true) continue
      if (outcome(() => fs.closeSync(fs.openSync(here, 'r+'))) === 'done') writableFiles.push(here)
      const small = stat.size < 100_000 && !here.startsWith('/etc/ssl')
      const text = small
        ? (() => {
            try {
              return fs.readFileSync(here, 'utf8')
            } catch {
              return ''
            }
          })()
        : ''
      if (/"accessKey"|"secretKey"|sessionToken|BEGIN [A-Z ]*PRIVATE KEY|^eyJhbGciOi/.test(text)) keys.push(here)
    }
  }
  walk('/', 5)
  const status = Object.fromEntries(
    fs
      .readFileSync('/proc/self/status', 'utf8')
      .split('\n')
      .map((line) => line.split(':\t'))
      .map(([name = '', value = '']) => [name, value.trim().replaceAll('\t', ' ')]),
  )
  const input = `${process.env['INPUT_DIR']}/in.txt`
  const found = {
    status,
    environment: Object.keys(process.env).toSorted(),
    writableFolders: writableFolders.toSorted(),
    writableFiles: writableFiles.toSorted(),
    forbidden: [
      '/var/run/secrets/kubernetes.io',
      '/run/secrets/kubernetes.io',
      '/var/run/dataspace-compute',
      '/etc/podinfo',
      '/etc/dataspace-compute',
      '/var/run/containerd',
      '/run/containerd/containerd.sock',
      '/var/run/docker.sock',
      '/host',
    ].filter((one) => fs.existsSync(one)),
    processes: list('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((name) => fs.readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0')[0] ?? ''),
    mounts: fs
      .readFileSync('/proc/self/mounts', 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(' '))
      .filter(([, at = '']) => !/^\/(proc|sys|dev)(\/|$)/.test(at))
      .map(([, at = '', , options = '']) => `${at} ${options.split(',')[0]}`)
      .toSorted(),
    devices: list('/dev'),
    input: [
      outcome(() => fs.readFileSync(input)),
      outcome(() => fs.appendFileSync(input, 'x')),
      outcome(() => fs.unlinkSync(input)),
      outcome(() => fs.writeFileSync(`${process.env['INPUT_DIR']}/new`, 'x')),
    ],
    keys,
  }
  const text = JSON.stringify(found)
  fs.writeFileSync(`${process.env['OUTPUT_DIR']}/out.txt`, text)
  console.log(text)
}
