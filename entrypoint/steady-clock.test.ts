import test from 'ava'
import { recordingLogger } from '../test/support/recording-logger.ts'
import { steadyClock } from './steady-clock.ts'

const start = Date.UTC(2026, 10, 21)
const [hour, day] = [3_600_000, 86_400_000]

/** A machine whose clock can be set, and ours that goes by it and is looked at every second. */
function machine() {
  let passed = 5_000
  let wrong = 0
  const logger = recordingLogger()
  const clock = steadyClock(
    logger,
    () => start + passed + wrong,
    () => passed,
  )
  return {
    logger,
    set: (byMs: number): void => void (wrong += byMs),
    /** Lets so many seconds pass. @returns how far our clock is then from the true time */
    pass(seconds: number): number {
      for (let second = 0; second < seconds; second += 1) {
        passed += 1_000
        clock.now()
      }
      return clock.now() - start - passed
    },
  }
}

test('it goes as the machine’s does', (t) => {
  const { pass, set } = machine()
  t.is(pass(3_600), 0)
  set(400)
  t.is(pass(1), 400)
  set(-900)
  t.is(pass(1), -500)
})

test('a jump that is taken back within a minute was none', (t) => {
  for (const by of [hour, -hour, day, -day]) {
    const { logger, pass, set } = machine()
    pass(10)
    set(by)
    t.is(pass(55), 0)
    set(-by)
    t.is(pass(120), 0)
    t.deepEqual(
      logger.lines.map(({ message, fields }) => [message, fields['byMs']]),
      [['the clock jumped', by]],
    )
  }
})

test('one that stays is believed after a minute', (t) => {
  for (const by of [hour, -hour]) {
    const { logger, pass, set } = machine()
    set(by)
    t.is(pass(60), 0)
    t.is(pass(2), by)
    t.is(pass(120), by)
    t.deepEqual(
      logger.lines.map(({ message }) => message),
      ['the clock jumped', 'the clock was set'],
    )
  }
})

test('each further jump has its own minute', (t) => {
  const { pass, set } = machine()
  set(hour)
  pass(40)
  set(day)
  t.is(pass(40), 0)
  t.is(pass(30), hour + day)
})

test('a clock that is too fast is followed, also while it is far off', (t) => {
  const { pass, set } = machine()
  for (let second = 0; second < 100; second += 1) {
    set(100)
    t.is(pass(1), 100 * (second + 1))
  }
  set(hour)
  for (let second = 0; second < 65; second += 1) {
    set(20)
    pass(1)
  }
  t.is(pass(0), 100 * 100 + hour + 65 * 20)
})
