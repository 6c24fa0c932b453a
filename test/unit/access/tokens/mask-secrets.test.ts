import fc from 'fast-check'
import { expect, test } from 'vitest'
import { maskSecrets } from '../../../../src/access/tokens/mask-secrets.ts'
import { makeSecret } from '../../../../src/access/tokens/secret-text.ts'

test.each([
  ['/@berth_0123456789abcdef/finance/db', '/@berth_****/finance/db'],
  ['/@bticket_0123456789abcdef/', '/@bticket_****/'],
  ['mount of /@my password/finance refused', 'mount of /@berth_****/finance refused'],
  ['{"path":"/@guess","status":13}', '{"path":"/@berth_****","status":13}'],
  ['berth_0123456789abcdef,berth_fedcba9876543210', 'berth_****,berth_****'],
  ['BERTH_0123456789ABCDEF', 'BERTH_****'],
  ['BERTH_LIMITS_OPEN_FILES must be a number', 'BERTH_LIMITS_OPEN_FILES must be a number'],
  ['berth_calls_total is no secret when short: berth_bugs', 'berth_**** is no secret when short: berth_bugs'],
  ['/finance/payroll/db', '/finance/payroll/db'],
  ['someone@example.org', 'someone@example.org'],
])('%s', (text, masked) => expect(maskSecrets(text)).toBe(masked))

test('no secret survives, whatever is around it', () => {
  const secret = fc
    .constantFrom('berth_' as const, 'bticket_' as const)
    .map((prefix) => makeSecret(prefix, 'any').text)
  const around = fc.array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('/@', '/', '@', 'berth_', 'bticket_', 'berth_aaaaaaaa', '"', '\n', '_', '%2F@', '****'),
      secret,
    ),
    { maxLength: 6 },
  )
  fc.assert(
    fc.property(around, secret, around, fc.boolean(), (before, text, after, isUpper) => {
      const shown = isUpper ? text.toUpperCase() : text
      const masked = maskSecrets([...before, shown, ...after].join(''))
      // 12 letters of a secret are 60 bits: none of it that long may be left.
      const body = shown.slice(shown.indexOf('_') + 1)
      for (let at = 0; at + 12 <= body.length; at += 1) expect(masked).not.toContain(body.slice(at, at + 12))
    }),
    { numRuns: 500 },
  )
})
