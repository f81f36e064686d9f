import test from 'ava'
import type { Context } from '../context.ts'
import { makeStyle } from '../format/style.ts'
import { uploadProgress } from './upload-progress.ts'

/** Somebody who waits, on a terminal or not, with a clock that is set by hand. */
function reader(width: number | undefined) {
  const state = { now: 0, text: '' }
  const output = { write: (part: string) => void (state.text += part), width, style: makeStyle(false) }
  const context: Context = {
    out: output,
    err: output,
    environment: {},
    interactive: false,
    now: () => state.now,
    exitWith: () => undefined,
  }
  return { state, progress: uploadProgress(context, 'sum 1.0.0') }
}

test('on a terminal one line is written over, ten times a second at most, and taken away at the end', (t) => {
  const { state, progress } = reader(80)
  for (let at = 0; at <= 1000; at += 10) {
    state.now = at
    progress.sent(at, 1000)
  }
  t.is(state.text.split('\r').length - 1, 6, 'nothing in the first half second')
  t.true(state.text.startsWith('\rsum 1.0.0: 500 B of 1000 B (50 %), 1000 B/s, 0 s left\u001B[K\r'))
  progress.end()
  t.true(state.text.endsWith('\r\u001B[K'))
})

test('elsewhere a line comes every ten seconds', (t) => {
  const { state, progress } = reader(undefined)
  for (let at = 0; at <= 30_000; at += 100) {
    state.now = at
    progress.sent(at, 60_000)
  }
  progress.end()
  t.is(state.text.split('\n').length - 1, 3)
  t.false(state.text.includes('\u001B'))
})

test('an upload that is over at once shows nothing', (t) => {
  const { state, progress } = reader(80)
  progress.sent(10, 10)
  progress.end()
  t.is(state.text, '')
})
