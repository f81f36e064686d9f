import test from 'ava'
import { databaseAccess, databaseUrl } from './database-url.ts'

/** What is wrong with an address, empty where nothing is. */
function problemsOf(value: string): string {
  return (
    databaseUrl
      .safeParse(value)
      .error?.issues.map(({ message }) => message)
      .join('; ') ?? ''
  )
}

test('addresses of PostgreSQL databases are taken', (t) => {
  for (const value of [
    'postgres://compute:secret@localhost/compute',
    'postgresql://compute:secret@127.0.0.1:5433/compute?options=-c%20search_path%3Dcompute',
    'postgres://compute@[::1]/compute',
    'postgres:///compute?host=/var/run/postgresql',
    'postgres://compute:secret@db.example/compute?sslmode=verify-full&sslrootcert=/etc/ca.crt',
    'postgres://compute:secret@db.compute.svc/compute?sslmode=disable',
  ])
    t.is(problemsOf(value), '', value)
})

test('an address elsewhere says whether the connection is encrypted, and for whom', (t) => {
  t.regex(problemsOf('postgres://compute:secret@db.example/compute'), /needs sslmode=verify-full/)
  t.regex(problemsOf('postgres://compute:secret@localhost.example/compute'), /needs sslmode/)
  t.regex(problemsOf('postgres:///compute?host=db.example'), /needs sslmode/)
  for (const mode of ['require', 'prefer', 'verify-ca', 'no-verify', ''])
    t.regex(problemsOf(`postgres://compute:secret@db.example/compute?sslmode=${mode}`), /expected sslmode to be one of/)
})

test('anything else is refused, without a word of what it was', (t) => {
  for (const value of ['', 'secret-word', 'mysql://user:secret-word@localhost/db', 'http://localhost/secret-word'])
    t.regex(problemsOf(value), /^expected an address such as postgres/)
  t.notRegex(JSON.stringify(databaseUrl.safeParse('mysql://user:secret-word@localhost/db').error), /secret-word/)
})

test('who calls is read as the driver reads it', (t) => {
  const password = (value: string): string => databaseAccess(value).password
  t.is(password('postgres://a:b%2Dc@localhost/x'), 'b-c')
  t.is(password('postgres://a:b@localhost/x?password=d'), 'd')
  t.is(password('postgres://a:100%@localhost/x'), '100%')
  t.is(password('postgres://a@localhost/x'), '')
  t.like(databaseAccess('postgres://a@localhost/x?user=b'), { user: 'b', certificate: false, local: true })
  t.like(databaseAccess('postgres:///x?host=/run/postgresql'), { user: '', local: true })
  t.like(databaseAccess('postgres://a@localhost/x?host=db.example'), { local: false })
  t.true(databaseAccess('postgres://a@db/x?sslmode=verify-full&sslcert=/c&sslkey=/k').certificate)
  t.false(databaseAccess('postgres://a@db/x?sslmode=verify-full&sslcert=/c').certificate)
})
