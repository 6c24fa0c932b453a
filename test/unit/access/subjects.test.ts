import { describe, expect, test } from 'vitest'
import { applicationSubject, isRole, isSubject } from '../../../src/access/subjects.ts'

describe('a subject', () => {
  test.each([
    'app:payroll',
    'app:a',
    'app:payroll/worker',
    'app:payroll/worker-7d9f.Pod_1',
    `app:${'a'.repeat(63)}`,
    'host:rack4.example.org',
    'host:10.0.0.1',
    'host:::1',
    'host:fe80::1%eth0',
    'user:alice@example.org',
    'admin:first',
  ])('%s', (text) => expect(isSubject(text)).toBe(true))

  test.each([
    '',
    '*',
    'payroll',
    'app:',
    'app:Payroll',
    'app:-a',
    'app:a-',
    'app:a/',
    'app:a/b/c',
    'app:a/*',
    'app:*',
    `app:${'a'.repeat(64)}`,
    'user:a,b',
    'user:a b',
    'user:a\n',
    'user:a/b',
    'host:',
    'role:viewer',
    'App:a',
  ])('%j is none', (text) => expect(isSubject(text)).toBe(false))
})

test('a role is no subject, and has no address', () => {
  expect(isRole('role:night-shift')).toBe(true)
  for (const text of ['role:', 'role:a b', 'role:*', 'role:a,b', 'app:a']) expect(isRole(text)).toBe(false)
})

test.each([
  ['app:payroll/worker', 'app:payroll'],
  ['app:payroll', undefined],
  ['user:a', undefined],
])('the application of %s is %s', (subject, application) =>
  expect(applicationSubject(subject)).toBe(application),
)
