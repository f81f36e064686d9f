import test from 'ava'
import { flowTypeOf } from './flow-type.ts'

test('the last part of a profile or transfer type says who acts', (t) => {
  const types: Readonly<Record<string, ReturnType<typeof flowTypeOf>>> = {
    'HttpData-PULL': 'pull',
    'AmazonS3-PUSH': 'push',
    'http-pull': 'pull',
    'https://w3id.org/dspace-sig/profile/http-push': 'push',
    'com.test.http-Pull': 'pull',
    'Compute-PULL-Return': undefined,
    'HttpData-PUSH-HttpResponse-PULL': 'pull',
    pull: 'pull',
    HttpData: undefined,
    '': undefined,
  }
  for (const [profile, type] of Object.entries(types)) t.is(flowTypeOf(profile), type, profile)
})
