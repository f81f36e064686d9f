/** The common part of image references: optional registry with port, path in lower case, optional tag, optional digest. */
const imagePattern =
  /^(?:[A-Za-z0-9.-]+(?::\d{1,5})?\/)?[a-z0-9]+(?:[._/-]+[a-z0-9]+)*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@sha256:[0-9a-f]{64})?$/

/**
 * Says what is wrong with the name of an image.
 * @param allowTags whether a tag, or nothing, may stand in place of a digest
 * @returns `undefined` where nothing is
 */
export function imageProblem(image: string, allowTags: boolean): string | undefined {
  const reference = imagePattern.exec(image)
  if (reference === null) return 'is no image reference; expected registry/name@sha256:… or registry/name:tag'
  if (reference[1] === undefined && !allowTags) {
    return 'names no digest; a tag can come to mean another image. Write name@sha256:…, or set DSC_ALLOW_IMAGE_TAGS=true for development'
  }
  return undefined
}
