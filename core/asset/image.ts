/** The common part of image references: optional registry with port, path in lower case, optional tag, optional digest. */
const imagePattern =
  /^(?:[A-Za-z0-9.-]+(?::\d{1,5})?\/)?[a-z0-9]+(?:[._/-]+[a-z0-9]+)*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@sha256:[0-9a-f]{64})?$/

/**
 * Says what is wrong with the name of an image.
 * @param allowTags whether a tag, or nothing, may stand in place of a digest
 * @param registries from which images may come, each with as much of a path as it is allowed for; none for any
 * @returns `undefined` where nothing is
 */
export function imageProblem(
  image: string,
  allowTags: boolean,
  registries: readonly string[] = [],
): string | undefined {
  const reference = imagePattern.exec(image)
  if (reference === null) return 'is no image reference; expected registry/name@sha256:… or registry/name:tag'
  if (reference[1] === undefined && !allowTags) {
    return 'names no digest; a tag can come to mean another image. Write name@sha256:…, or set DSC_ALLOW_IMAGE_TAGS=true for development'
  }
  if (registries.length > 0 && !registries.some((registry) => isFromRegistry(image, registry)))
    return `comes from none of the registries that are allowed here (DSC_IMAGE_REGISTRIES): ${registries.join(', ')}`
  return undefined
}

/**
 * Whether an image comes from a registry, or from a path on one: `registry.example/team` has `registry.example/team/count` and not
 * `registry.example/team-b/count`. Names are compared in full: `busybox` is `docker.io/library/busybox` to every runtime.
 */
export function isFromRegistry(image: string, registry: string): boolean {
  const name = fullName(image)
  const wanted = registry.toLowerCase().replace(/\/+$/, '')
  return name === wanted || name.startsWith(`${wanted}/`)
}

/** The name with its registry, without tag and digest (distribution/reference, ParseNormalizedNamed). */
function fullName(image: string): string {
  const [name = ''] = image.split('@')
  const slash = name.indexOf('/')
  const first = slash === -1 ? '' : name.slice(0, slash)
  const rest = name.slice(slash + 1).replace(/:[^/]*$/, '')
  // A first part is a host where it could not be a folder.
  const isHost = /[.:A-Z]/.test(first) || first === 'localhost'
  if (isHost && first.toLowerCase() !== 'docker.io' && first.toLowerCase() !== 'index.docker.io')
    return `${first.toLowerCase()}/${rest}`
  const path = isHost || first === '' ? rest : `${first}/${rest}`
  return path.includes('/') ? `docker.io/${path}` : `docker.io/library/${path}`
}
