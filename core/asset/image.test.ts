import test from 'ava'
import { imageProblem, isFromRegistry } from './image.ts'

const digest = `sha256:${'a'.repeat(64)}`

test('an image is from a registry, or from a path on it, by its full name', (t) => {
  for (const [image, registry] of [
    ['registry.example/count:1', 'registry.example'],
    ['registry.example/team/count', 'registry.example/team'],
    ['registry.example/team/count', 'registry.example/team/'],
    ['registry.example/team/count:1', 'registry.example/team/count'],
    ['registry.example:5000/a/b/c', 'registry.example:5000'],
    ['Registry.Example/count', 'registry.example'],
    ['localhost/count:1', 'localhost'],
    ['busybox', 'docker.io'],
    ['busybox:1', 'docker.io/library'],
    ['team/count', 'docker.io/team'],
    ['docker.io/busybox', 'docker.io/library'],
    [`registry.example/count@${digest}`, 'registry.example'],
    [`registry.example:5000/count:1@${digest}`, 'registry.example:5000'],
  ] as const)
    t.true(isFromRegistry(image, registry), `${image} from ${registry}`)
  for (const [image, registry] of [
    ['registry.example.evil.example/count', 'registry.example'],
    ['registry.example-b/count', 'registry.example'],
    ['registry.example/team-b/count', 'registry.example/team'],
    ['registry.example/count', 'registry.example/team'],
    ['registry.example:5000/count', 'registry.example'],
    ['evil.example/registry.example/count', 'registry.example'],
    ['registry.example', 'registry.example'],
    ['team/count', 'team'],
    ['localhost/count', 'docker.io'],
  ] as const)
    t.false(isFromRegistry(image, registry), `${image} not from ${registry}`)
})

test('where registries are named, images come from one of them', (t) => {
  const registries = ['registry.example/team', 'localhost']
  t.is(imageProblem(`registry.example/team/count@${digest}`, false, registries), undefined)
  t.is(imageProblem('localhost/count:1', true, registries), undefined)
  t.regex(imageProblem('busybox', true, registries) ?? '', /DSC_IMAGE_REGISTRIES.*registry\.example\/team, localhost/)
  t.regex(imageProblem('registry.example/team/count:1', false, registries) ?? '', /names no digest/)
  t.is(imageProblem(`busybox@${digest}`, false, []), undefined)
})
