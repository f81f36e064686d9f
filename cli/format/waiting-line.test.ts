import test from 'ava'
import { makeStyle } from './style.ts'
import { waitingLine } from './waiting-line.ts'

function reader(width: number | undefined) {
  const state = { text: '' }
  const err = { write: (part: string) => void (state.text += part), width, style: makeStyle(false) }
  return { state, end: waitingLine({ err, now: () => 0 }, 'the connector is asked') }
}

test('on a terminal the line is taken away at the end', (t) => {
  const { state, end } = reader(80)
  t.is(state.text, '\rthe connector is asked: 0 s\u001B[K')
  end()
  t.true(state.text.endsWith('\u001B[K\r\u001B[K'))
})

test('elsewhere it is said once', (t) => {
  const { state, end } = reader(undefined)
  end()
  t.is(state.text, 'the connector is asked\n')
})
