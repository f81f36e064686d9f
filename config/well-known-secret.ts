/** Words that secrets of examples, defaults and first attempts are made of; without what is neither letter nor digit. */
const words = `
  password passwort passphrase passwd pass secret changeme changeit change replaceme replace insecure letmein welcome
  qwertyuiop qwerty default example sample dummy placeholder notsecure please iloveyou administrator admin root user guest
  minioadmin minio postgres rootpass storage service super token apikey accesskey secretkey tokenkey key api access
  connector provider consumer management dataspace compute dsc edc test testing demo development dev local your this with
  random string value the must least characters long here some very foo bar baz lorem ipsum dolor deadbeef cafebabe`
  .trim()
  .split(/\s+/)
  .toSorted((one, other) => other.length - one.length)

/** Whole values that are printed in manuals; the first are those of MinIO and AWS. */
const values = new Set(
  [
    'minio123',
    'minio-secret',
    'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    'je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY',
  ].map(plain),
)

/** So few letters and digits beside known words and rows of keys are no secret, whatever the length of the whole. */
const leastOwnCharacters = 12

/**
 * Whether everybody knows a value: a word such as `changeme` or `minioadmin`, also with digits behind it (`rootpass123`). For secrets of
 * other services, whose length is not ours to say.
 */
export function isWellKnown(value: string): boolean {
  const text = plain(value)
  return values.has(text) || words.includes(text.replace(/\d{0,8}$/, ''))
}

/** Whether a long value is made of such words, of `0123456789abcdef` or of one thing again and again, and of hardly anything else. */
export function isMadeOfKnownWords(value: string): boolean {
  let left = withoutRows(plain(value))
  for (const word of words) left = left.replaceAll(word, '')
  return isWellKnown(value) || left.length < leastOwnCharacters || isRepetition(plain(value))
}

function plain(value: string): string {
  return value.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
}

/** The text without runs of four or more that go on as alphabet and digits do, forwards or backwards, or stand still. */
function withoutRows(text: string): string {
  const order = '0123456789abcdefghijklmnopqrstuvwxyz'
  const step = (at: number): number => {
    const [one, next] = [order.indexOf(text[at] ?? ''), order.indexOf(text[at + 1] ?? '')]
    return next - one
  }
  let kept = ''
  for (let at = 0; at < text.length; ) {
    const pace = step(at)
    let end = at + 1
    if (Math.abs(pace) <= 1) while (end < text.length && step(end - 1) === pace) end += 1
    if (end - at < 4) end = at + 1
    if (end === at + 1) kept += text[at]
    at = end
  }
  return kept
}

/** Whether at most eleven characters come again and again, from beginning to end. */
function isRepetition(text: string): boolean {
  return Array.from({ length: leastOwnCharacters - 1 }, (_, index) => index + 1).some(
    (period) => text.length > 2 * period && text === text.slice(0, period).repeat(text.length).slice(0, text.length),
  )
}
