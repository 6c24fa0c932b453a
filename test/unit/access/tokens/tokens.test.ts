import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { makeSecret } from '../../../../src/access/tokens/secret-text.ts'
import type { TokenInput } from '../../../../src/access/tokens/token-input.ts'
import { endedTokenKeptMs, Tokens, type TokenEvent } from '../../../../src/access/tokens/tokens.ts'
import { temporaryCatalog, type TemporaryCatalog } from '../../catalog/fixture.ts'

const day = 86_400_000
let temporary: TemporaryCatalog
let tokens: Tokens
let now: number
let heard: [string, TokenEvent][]

async function open(): Promise<void> {
  tokens = await Tokens.open({ catalog: temporary.catalog, now: () => now })
  tokens.onChange((...event) => heard.push(event))
}

/** As a restart of the gateway does. */
async function reopen(): Promise<void> {
  await tokens.close()
  await open()
}

beforeEach(async () => {
  now = 1_700_000_000_000
  heard = []
  temporary = await temporaryCatalog()
  await open()
})
afterEach(async () => {
  await tokens.close()
  await temporary.remove()
})

const worker: TokenInput = { kind: 'workload', name: 'payroll worker', subject: 'app:payroll/worker' }
const make = (more: Partial<TokenInput> = {}) => tokens.create({ ...worker, ...more }, 'admin:first')
const reason = (text: string, address = '10.0.0.1', kind: 'workload' | 'admin' = 'workload') => {
  const verdict = tokens.verify(text, address, kind)
  return verdict.ok ? 'ok' : verdict.reason
}

describe('a token', () => {
  test('is whom it was made for, also after a restart', async () => {
    const identity = { squash: 'all', uid: 1000, gid: 1000, gids: [5, 6] } as const
    const { record, text } = await make({
      scope: '/finance//payroll/',
      networks: ['10.0.0.0/8', 'fd00::/8'],
      identity,
      mountsPerMinute: 10,
      bytesPerSecond: 1_000_000,
      expiresAt: now + day,
    })
    expect(record).toEqual({
      ...worker,
      id: record.id,
      scope: '/finance/payroll',
      networks: ['10.0.0.0/8', 'fd00::/8'],
      identity,
      mountsPerMinute: 10,
      callsPerSecond: null,
      bytesPerSecond: 1_000_000,
      burstSeconds: 1,
      createdAt: now,
      createdBy: 'admin:first',
      expiresAt: now + day,
      revokedAt: null,
      replacedBy: null,
      lastUsedAt: null,
      version: 1,
    })
    await reopen()
    expect(tokens.get(record.id)).toEqual(record)
    expect(tokens.verify(text, '10.0.0.1', 'workload')).toEqual({ ok: true, record })
  })

  test('leaves no secret in the catalog', async () => {
    const { text } = await make()
    const rows = await temporary.catalog.db.selectFrom('tokens').selectAll().execute()
    expect(JSON.stringify(rows)).not.toContain(text.slice(22, 54))
    expect(Object.keys((await tokens.list({ limit: 1 })).items[0]!)).not.toContain('secretHash')
  })

  test.each([
    [{ subject: 'payroll' }, 'is no subject'],
    [{ subject: 'admin:first' }, 'only admin tokens'],
    [{ kind: 'admin' }, 'only admin tokens'],
    [{ name: '' }, 'is no line'],
    [{ name: 'a\nb' }, 'is no line'],
    [{ scope: 'finance' }, 'is not absolute'],
    [{ scope: '/a/../b' }, 'which no path may'],
    [{ networks: ['10.0.0.0/33'] }, 'is no address'],
    [{ networks: ['fe80::1%eth0'] }, 'is no address'],
    [{ networks: Array.from({ length: 65 }, () => '10.0.0.1') }, 'over 64'],
    [{ mountsPerMinute: 0 }, 'mountsPerMinute must be'],
    [{ mountsPerMinute: 1.5 }, 'mountsPerMinute must be'],
    [{ expiresAt: 1 }, 'not in the future'],
    [{ expiresAt: NaN }, 'expiresAt must be'],
    [{ identity: { squash: 'root', uid: 1, gid: 1, gids: [1] } }, 'identity.gids'],
  ] satisfies [Partial<TokenInput>, string][])('with %j is refused', async (more, message) => {
    await expect(make(more)).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining(message) as string,
    })
    expect((await tokens.list({ limit: 10 })).items).toEqual([])
  })
})

describe('verify', () => {
  test('refuses what is no token, without looking anything up', async () => {
    const { text } = await make()
    const other = await make()
    expect(reason(text)).toBe('ok')
    for (const wrong of [
      '',
      text.slice(1),
      `${text}0`,
      text.toUpperCase(),
      text.slice(0, 22) + other.text.slice(22),
    ])
      expect(tokens.verify(wrong, '10.0.0.1', 'workload')).toEqual({ ok: false, reason: 'malformed' })
  })

  test('refuses a token of another gateway, and says nothing about whose it is', async () => {
    const elsewhere = await temporaryCatalog()
    const theirs = await Tokens.open({ catalog: elsewhere.catalog, now: () => now })
    const { text } = await theirs.create(worker, 'admin:first')
    expect(tokens.verify(text, '10.0.0.1', 'workload')).toEqual({ ok: false, reason: 'unknown' })
    await theirs.close()
    await elsewhere.remove()
  })

  test('refuses the right id with another secret', async () => {
    const { record, text } = await make()
    // Made again for the same id, as who has seen one could try: right in form, with its own checksum.
    const forged = makeSecret('berth_', record.id).text
    expect(forged.slice(0, 22)).toBe(text.slice(0, 22))
    expect(tokens.verify(forged, '10.0.0.1', 'workload')).toEqual({ ok: false, reason: 'unknown' })
    expect(reason(text)).toBe('ok')
  })

  test('lets an admin token administrate only, and a workload token mount only', async () => {
    const admin = await tokens.create({ kind: 'admin', name: 'first', subject: 'admin:first' }, 'berth')
    expect(reason(admin.text, '10.0.0.1', 'admin')).toBe('ok')
    expect(reason(admin.text, '10.0.0.1', 'workload')).toBe('kind')
    expect(reason((await make()).text, '10.0.0.1', 'admin')).toBe('kind')
  })

  test('looks at the network', async () => {
    const { text } = await make({ networks: ['10.0.0.0/8', '2001:db8::/32'] })
    expect(reason(text, '10.9.9.9')).toBe('ok')
    expect(reason(text, '::ffff:10.9.9.9')).toBe('ok')
    expect(reason(text, '2001:db8::1')).toBe('ok')
    expect(reason(text, '11.0.0.1')).toBe('network')
    expect(reason(text, '')).toBe('network')
  })

  test('looks at the expiry', async () => {
    const { text } = await make({ expiresAt: now + 1000 })
    now += 999
    expect(reason(text)).toBe('ok')
    now += 1
    expect(reason(text)).toBe('expired')
    await reopen()
    expect(reason(text)).toBe('expired')
  })

  test('counts mounts: so many at once, then evenly', async () => {
    const { text } = await make({ mountsPerMinute: 3 })
    const other = await make({ mountsPerMinute: 3 })
    expect([1, 2, 3, 4].map(() => reason(text))).toEqual(['ok', 'ok', 'ok', 'rate'])
    expect(reason(other.text)).toBe('ok')
    now += 20_000
    expect([1, 2].map(() => reason(text))).toEqual(['ok', 'rate'])
    now += 3_600_000
    expect([1, 2, 3, 4].map(() => reason(text))).toEqual(['ok', 'ok', 'ok', 'rate'])
  })

  test('remembers when a token was last used, also after a restart', async () => {
    const { record, text } = await make()
    now += 1234
    reason(text)
    expect(tokens.get(record.id)).toEqual({ ...record, lastUsedAt: now })
    expect((await tokens.list({ limit: 1 })).items).toEqual([{ ...record, lastUsedAt: now }])
    await reopen()
    expect(tokens.get(record.id).lastUsedAt).toBe(now)
  })
})

describe('revoke', () => {
  test('ends a token at once and for ever', async () => {
    const { record, text } = await make()
    const revoked = await tokens.revoke(record.id, 1)
    expect(revoked).toEqual({ ...record, revokedAt: now, version: 2 })
    expect(tokens.verify(text, '10.0.0.1', 'workload')).toEqual({
      ok: false,
      reason: 'revoked',
      record: revoked,
    })
    expect(tokens.living(record.id)).toBeUndefined()
    expect(heard).toEqual([[record.id, 'revoked']])
    now += 1
    expect(await tokens.revoke(record.id)).toEqual(revoked)
    expect(heard).toHaveLength(1)
    await reopen()
    expect(reason(text)).toBe('revoked')
  })

  test('is refused for another version, and for what is not there', async () => {
    const { record } = await make()
    await expect(tokens.revoke(record.id, 2)).rejects.toMatchObject({ code: 'stale' })
    await expect(tokens.revoke('none')).rejects.toMatchObject({ code: 'not-found' })
  })
})

describe('update', () => {
  test('changes what is given and tells', async () => {
    const { record, text } = await make({ networks: ['10.0.0.0/8'], mountsPerMinute: 1, scope: '/a' })
    const updated = await tokens.update(
      record.id,
      { name: 'other', networks: ['192.0.2.0/24'], mountsPerMinute: null, scope: null, expiresAt: now + day },
      1,
    )
    expect(updated).toEqual({
      ...record,
      name: 'other',
      networks: ['192.0.2.0/24'],
      mountsPerMinute: null,
      scope: null,
      expiresAt: now + day,
      version: 2,
    })
    expect(heard).toEqual([[record.id, 'changed']])
    expect([1, 2].map(() => reason(text, '192.0.2.1'))).toEqual(['ok', 'ok'])
    expect(reason(text, '10.0.0.1')).toBe('network')
    await expect(tokens.update(record.id, {}, 1)).rejects.toMatchObject({ code: 'stale' })
    await reopen()
    expect(tokens.get(record.id)).toMatchObject({ ...updated, lastUsedAt: now })
  })

  test('brings no ended token back', async () => {
    const { record } = await make({ expiresAt: now + 1 })
    now += 1
    await expect(tokens.update(record.id, { expiresAt: now + day })).rejects.toMatchObject({
      code: 'conflict',
    })
    await expect(tokens.rotate(record.id, { overlapSeconds: 1 }, 'admin:first')).rejects.toMatchObject({
      code: 'conflict',
    })
  })
})

describe('rotate', () => {
  test('makes a token like the old one, which goes on for the overlap', async () => {
    const { record, text } = await make({
      ...{ scope: '/a', networks: ['10.0.0.0/8'], callsPerSecond: 9, expiresAt: now + day },
    })
    now += 1000
    const next = await tokens.rotate(record.id, { overlapSeconds: 60, ifVersion: 1 }, 'admin:second')
    expect(next.record).toEqual({
      ...record,
      id: next.record.id,
      createdAt: now,
      createdBy: 'admin:second',
      expiresAt: now + day,
    })
    expect(tokens.get(record.id)).toEqual({
      ...record,
      expiresAt: now + 60_000,
      replacedBy: next.record.id,
      version: 2,
    })
    expect(heard).toEqual([[record.id, 'changed']])
    expect([reason(text), reason(next.text)]).toEqual(['ok', 'ok'])
    await expect(tokens.rotate(record.id, { overlapSeconds: 60 }, 'admin:first')).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining(next.record.id) as string,
    })
    now += 60_000
    await tokens.endExpired()
    expect([reason(text), reason(next.text)]).toEqual(['expired', 'ok'])
    expect(heard).toEqual([
      [record.id, 'changed'],
      [record.id, 'expired'],
    ])
  })

  test('without an overlap ends the old one at once', async () => {
    const { record, text } = await make()
    const next = await tokens.rotate(record.id, { overlapSeconds: 0 }, 'admin:first')
    expect([reason(text), reason(next.text)]).toEqual(['revoked', 'ok'])
    expect(heard).toEqual([[record.id, 'revoked']])
    expect(next.record.expiresAt).toBeNull()
  })

  test('never lengthens the life of the old one', async () => {
    const { record } = await make({ expiresAt: now + 10_000 })
    await tokens.rotate(record.id, { overlapSeconds: 3600, expiresAt: now + day }, 'admin:first')
    expect(tokens.get(record.id).expiresAt).toBe(now + 10_000)
  })
})

describe('an expiry', () => {
  test('is told once, when it comes', async () => {
    const first = await make({ expiresAt: now + 1000 })
    const second = await make({ expiresAt: now + 2000 })
    await tokens.endExpired()
    expect(heard).toEqual([])
    now += 1500
    await tokens.endExpired()
    await tokens.endExpired()
    expect(heard).toEqual([[first.record.id, 'expired']])
    now += 500
    await tokens.endExpired()
    expect(heard).toEqual([
      [first.record.id, 'expired'],
      [second.record.id, 'expired'],
    ])
  })

  test('is told by a timer without being asked for', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      await reopen()
      const { record } = await make({ expiresAt: now + 40 * day })
      // Longer than setTimeout can wait at once.
      for (let passed = 0; passed < 40; passed += 1) {
        expect(heard).toEqual([])
        now += day
        await vi.advanceTimersByTimeAsync(day)
      }
      expect(heard).toEqual([[record.id, 'expired']])
    } finally {
      vi.useRealTimers()
    }
  })
})

test('tokens that ended long ago are forgotten', async () => {
  const revoked = await make()
  const expired = await make({ expiresAt: now + 1000 })
  const living = await make()
  await tokens.revoke(revoked.record.id)
  now += endedTokenKeptMs
  await reopen()
  expect((await tokens.list({ limit: 10 })).items.map(({ id }) => id)).toEqual([
    expired.record.id,
    living.record.id,
  ])
  now += 1000
  await tokens.endExpired()
  expect((await tokens.list({ limit: 10 })).items.map(({ id }) => id)).toEqual([living.record.id])
  expect(reason(revoked.text)).toBe('unknown')
})

test('a list comes in pages, and by kind or subject', async () => {
  for (let index = 0; index < 5; index += 1) await make({ subject: `app:a${index % 2}` })
  await tokens.create({ kind: 'admin', name: 'first', subject: 'admin:first' }, 'berth')
  const first = await tokens.list({ limit: 4 })
  const second = await tokens.list({ limit: 4, after: first.next! })
  expect(first.items).toHaveLength(4)
  expect(second.items).toHaveLength(2)
  expect(second.next).toBeUndefined()
  expect(new Set([...first.items, ...second.items].map(({ id }) => id)).size).toBe(6)
  expect((await tokens.list({ limit: 9, subject: 'app:a1' })).items).toHaveLength(2)
  expect((await tokens.list({ limit: 9, kind: 'admin' })).items).toHaveLength(1)
  expect((await tokens.list({ limit: 9, kind: 'admin', subject: 'app:a1' })).items).toHaveLength(0)
  await expect(tokens.list({ limit: 1001 })).rejects.toMatchObject({ code: 'invalid' })
})
