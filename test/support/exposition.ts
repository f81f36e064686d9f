/** One number of an exposition. */
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** What Prometheus reads of a text exposition. */
export interface Exposition {
  readonly types: ReadonlyMap<string, string>
  readonly samples: readonly Sample[]
  /** The value of the one sample with this name and these labels; fails where there is none. */
  value(name: string, labels?: Readonly<Record<string, string>>): number
}

// prom-client writes Nan; Prometheus reads numbers in either case.
const samplePattern = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (nan|[+-]?inf|-?[0-9.]+(?:e[+-]?\d+)?)$/i
const labelPattern = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/y

/**
 * Reads the text exposition format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats) and holds it to its rules: every
 * sample belongs to a family with HELP and TYPE before it, no sample stands there twice, histograms are cumulative.
 * @throws where it breaks one
 */
export function readExposition(text: string): Exposition {
  if (!text.endsWith('\n')) throw new Error('the last line does not end')
  const types = new Map<string, string>()
  const helped = new Set<string>()
  const samples: Sample[] = []
  const seen = new Set<string>()
  for (const line of text.split('\n')) {
    const [, comment, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? []
    if (comment === 'HELP') helped.add(name)
    else if (comment === 'TYPE') types.set(name, rest)
    else if (line !== '') {
      const sample = readSample(line)
      const family = familyOf(sample.name, types)
      if (!helped.has(family)) throw new Error(`${sample.name} has no HELP before it`)
      const key = sample.name + JSON.stringify(sample.labels)
      if (seen.has(key)) throw new Error(`${key} stands there twice`)
      seen.add(key)
      samples.push(sample)
    }
  }
  checkHistograms(types, samples)
  return {
    types,
    samples,
    value(name, labels = {}) {
      const found = samples.filter(
        (sample) => sample.name === name && JSON.stringify(sample.labels) === JSON.stringify(labels),
      )
      if (found[0] === undefined) throw new Error(`there is no ${name} ${JSON.stringify(labels)}`)
      return found[0].value
    },
  }
}

function readSample(line: string): Sample {
  const [whole, name = '', labelText = '', number = ''] = samplePattern.exec(line) ?? []
  if (whole === undefined) throw new Error(`this is no sample: ${line}`)
  const labels: Record<string, string> = {}
  labelPattern.lastIndex = 0
  for (let at = 0; at < labelText.length; at = labelPattern.lastIndex) {
    const match = labelPattern.exec(labelText)
    if (match === null) throw new Error(`these are no labels: ${labelText}`)
    labels[match[1] ?? ''] = match[2] ?? ''
  }
  return { name, labels, value: Number(number.replace(/inf/i, 'Infinity')) }
}

function familyOf(name: string, types: ReadonlyMap<string, string>): string {
  if (types.has(name)) return name
  const base = name.replace(/_(bucket|sum|count)$/, '')
  if (types.get(base) === 'histogram' || types.get(base) === 'summary') return base
  throw new Error(`${name} has no TYPE before it`)
}

function checkHistograms(types: ReadonlyMap<string, string>, samples: readonly Sample[]): void {
  for (const [family] of [...types].filter(([, type]) => type === 'histogram')) {
    const series = Map.groupBy(
      samples.filter(({ name }) => name === `${family}_bucket`),
      ({ labels }) => JSON.stringify(Object.fromEntries(Object.entries(labels).filter(([label]) => label !== 'le'))),
    )
    for (const [labels, buckets] of series) {
      const values = buckets.map(({ value }) => value)
      if (values.some((value, index) => value < (values[index - 1] ?? 0)))
        throw new Error(`${family} is not cumulative`)
      const all = samples.find(({ name, labels: own }) => name === `${family}_count` && JSON.stringify(own) === labels)
      if (buckets.at(-1)?.labels['le'] !== '+Inf' || buckets.at(-1)?.value !== all?.value)
        throw new Error(`${family} has no bucket for all`)
    }
  }
}
