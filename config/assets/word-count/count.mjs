/**
 * Counts the words of INPUT_DIR/text.txt and writes the most frequent ones to OUTPUT_DIR/counts.json.
 *
 * Settings come from the environment; README.md lists them. Exit codes: 0 the counts are written, 1 the text could not
 * be read or the counts could not be written, 2 a setting is missing or wrong (stderr names every one of them).
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** An expected end of this program: its lines go to stderr, its code is the exit code. */
class Failure extends Error {
  constructor(exitCode, lines, options) {
    super(lines.join('\n'), options)
    this.exitCode = exitCode
    this.lines = lines
  }
}

/** All settings, checked; throws one Failure that names every wrong one. */
function readSettings(env) {
  const problems = []

  const text = (name) => {
    const value = env[name]
    if (!value) problems.push(`${name} is not set`)
    return value ?? ''
  }
  const integer = (name, minimum, maximum) => {
    const value = text(name)
    const number = /^\d+$/.test(value) ? Number(value) : Number.NaN
    if (value && !(number >= minimum && number <= maximum)) {
      problems.push(`${name} must be a whole number from ${minimum} to ${maximum}, not "${value}"`)
    }
    return number
  }
  const language = (name) => {
    const value = text(name)
    // An unsupported language would quietly become the machine's own, and the result would depend on the machine.
    if (value && !isSupportedLanguage(value)) {
      problems.push(`${name} must be a language tag known to Node, such as "en" or "pt-BR", not "${value}"`)
    }
    return value
  }

  const settings = {
    inputDirectory: text('INPUT_DIR'),
    outputDirectory: text('OUTPUT_DIR'),
    top: integer('TOP', 1, 1000),
    minimumLength: integer('MINIMUM_LENGTH', 1, 100),
    language: language('TEXT_LANGUAGE'),
  }
  if (problems.length > 0) throw new Failure(2, problems)
  return settings
}

function isSupportedLanguage(tag) {
  try {
    return Intl.Segmenter.supportedLocalesOf(tag).length === 1
  } catch {
    return false // RangeError: not the form of a language tag
  }
}

async function readText(file) {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file))
  } catch (error) {
    const reason = error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA' ? 'it is not valid UTF-8' : error.message
    throw new Failure(1, [`cannot read ${file}: ${reason}`], { cause: error })
  }
}

/** Every word of a text with how often it occurs. Case and the form of accents and apostrophes make no difference. */
function countWords(text, language) {
  const plain = text.normalize('NFC').replaceAll('’', "'").toLocaleLowerCase(language)
  const occurrences = new Map()
  for (const { segment, isWordLike } of new Intl.Segmenter(language, { granularity: 'word' }).segment(plain)) {
    if (isWordLike) occurrences.set(segment, (occurrences.get(segment) ?? 0) + 1)
  }
  return occurrences
}

/** Most frequent first; equally frequent words by their code units, which is the same order on every machine. */
function mostFrequent(occurrences, { top, minimumLength }) {
  return [...occurrences]
    .map(([word, count]) => ({ word, count }))
    .filter(({ word }) => [...word].length >= minimumLength)
    .toSorted((a, b) => b.count - a.count || (a.word < b.word ? -1 : 1))
    .slice(0, top)
}

async function main() {
  const settings = readSettings(process.env)
  const text = await readText(join(settings.inputDirectory, 'text.txt'))
  const occurrences = countWords(text, settings.language)

  const result = {
    language: settings.language,
    minimumLength: settings.minimumLength,
    words: [...occurrences.values()].reduce((sum, count) => sum + count, 0),
    distinctWords: occurrences.size,
    counts: mostFrequent(occurrences, settings),
  }
  await mkdir(settings.outputDirectory, { recursive: true })
  await writeFile(join(settings.outputDirectory, 'counts.json'), `${JSON.stringify(result, null, 2)}\n`)
  console.log(`${result.words} words, ${result.distinctWords} different; ${result.counts.length} listed in counts.json`)
}

try {
  await main()
} catch (error) {
  if (!(error instanceof Failure)) throw error // Node prints it with its stack and exits with 1
  for (const line of error.lines) console.error(`word-count: ${line}`)
  process.exitCode = error.exitCode
}
