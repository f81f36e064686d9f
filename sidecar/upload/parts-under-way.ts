/**
 * How long parts under way have to arrive after their upload failed. One that is cut off may be kept by the store all the same, even after
 * the upload was aborted (versitygw). Milliseconds.
 */
const arriveMs = 5_000

/**
 * Waits until nothing of an upload is being sent any more. After a failure what is under way is let arrive, and cut off only when it takes
 * too long.
 * @param sending the parts, none of which rejects
 * @param failed whether the upload failed already, and tells when it does
 * @param cut cuts off what is under way
 */
export async function settleParts(
  sending: readonly Promise<void>[],
  failed: AbortSignal,
  cut: () => void,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const wait = (): void => {
    timer ??= setTimeout(cut, arriveMs)
  }
  if (failed.aborted) wait()
  else failed.addEventListener('abort', wait, { once: true })
  await Promise.all(sending)
  failed.removeEventListener('abort', wait)
  clearTimeout(timer)
}
