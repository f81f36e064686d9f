import test from 'ava'
import { nearest } from './nearest.ts'

const names = ['DSC_PUBLIC_PORT', 'DSC_PUBLIC_HOST', 'DSC_ADMIN_PORT']

for (const [name, meant] of [
  ['DSC_PUBIC_PORT', 'DSC_PUBLIC_PORT'],
  ['DSC_PUBLIC_PROT', 'DSC_PUBLIC_PORT'],
  ['DSC_PUBLIC_HOSTS', 'DSC_PUBLIC_HOST'],
  ['DSC_ADMINPORT', 'DSC_ADMIN_PORT'],
  ['DSC_PORT', undefined],
  ['', undefined],
] as const) {
  test(`${JSON.stringify(name)} means ${meant ?? 'none of them'}`, (t) => t.is(nearest(name, names), meant))
}
