import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Tickets, type TicketInput } from '../../../../src/access/tickets/tickets.ts'
import { makeSecret } from '../../../../src/access/tokens/secret-text.ts'
import type { TokenInput } from '../../../../src/access/tokens/token-input.ts'
import { Tokens } from '../../../../src/access/tokens/tokens.ts'
import type { TokenRecord } from '../../../../src/catalog/tokens.ts'
import { temporaryCatalog, type TemporaryCatalog } from '../../catalog/fixture.ts'

let temporary: TemporaryCatalog
let tokens: Tokens
let tickets: Tickets
let token: TokenRecord
let now: number

async function open(): Promise<void> {
  const { catalog } = temporary
  tokens = await Tokens.open({ catalog, now: () => now })
  tickets = await Tickets.open({ catalog, tokens, now: () => now })
}

/** As a restart of the gateway does. */
async function reopen(): Promise<void> {
  tickets.close()
  await tokens.close()
  await open()
}

const makeToken = async (more: Partial<TokenInput> = {}) => {
  const input: TokenInput = { kind: 'workload', name: 'worker', subject: 'app:payroll', ...more }
  return (await tokens.create(input, 'admin:first')).record
}

beforeEach(async () => {
  now = 1_700_000_000_000
  temporary = await temporaryCatalog()
  await open()
  token = await makeToken()
})
afterEach(async () => {
  tickets.close()
  await tokens.close()
  await temporary.remove()
})

const issue = (more: Partial<TicketInput> = {}) => tickets.issue({ token, path: '/finance/db', ...more })
const reason = async (text: string, address = '10.0.0.1') => {
  const verdict = await tickets.redeem(text, address)
  return verdict.ok ? 'ok' : verdict.reason
}

describe('a ticket', () => {
  test('gives what it was made for, with its token', async () => {
    const labels = { app: 'payroll', pod: 'payroll-0' }
    const { text, record } = await issue({ path: '/finance//db/', labels })
    expect(text).toMatch(/^bticket_[0-9a-z]{55}$/)
    expect(record).toMatchObject({ tokenId: token.id, path: '/finance/db', labels, expiresAt: now + 60_000 })
    const verdict = await tickets.redeem(text, '10.0.0.1')
    expect(verdict).toMatchObject({ ok: true, token, record: { id: record.id, path: '/finance/db', labels } })
  })

  test('is for the first address that uses it, again and again while it lasts', async () => {
    const { text, record } = await issue()
    const first = await tickets.redeem(text, '10.0.0.1')
    now += 59_999
    expect(await tickets.redeem(text, '10.0.0.1')).toEqual(first)
    expect(await reason(text, '::ffff:10.0.0.1')).toBe('ok')
    expect(await tickets.redeem(text, '10.0.0.2')).toMatchObject({
      ok: false,
      reason: 'address',
      record: { id: record.id },
    })
    now += 1
    expect(await reason(text)).toBe('expired')
  })

  test('is for one of two addresses that come at once', async () => {
    const { text } = await issue()
    const verdicts = await Promise.all([reason(text, '10.0.0.1'), reason(text, '10.0.0.2')])
    expect(verdicts).toEqual(['ok', 'address'])
  })

  test('and its address outlive a restart', async () => {
    const fresh = await issue()
    const used = await issue()
    const redeemed = await tickets.redeem(used.text, '10.0.0.1')
    await reopen()
    expect(await reason(fresh.text, '10.0.0.7')).toBe('ok')
    expect(await reason(used.text, '10.0.0.2')).toBe('address')
    expect(await tickets.redeem(used.text, '10.0.0.1')).toEqual(redeemed)
  })

  test('leaves no secret in the catalog, and is removed once it has expired', async () => {
    const { text } = await issue({ ttlSeconds: 1 })
    await issue()
    const rows = () => temporary.catalog.db.selectFrom('tickets').selectAll().execute()
    expect(JSON.stringify(await rows())).not.toContain(text.slice(24, 56))
    now += 1000
    await tickets.removeExpired()
    expect(await rows()).toHaveLength(1)
    expect(tickets.size).toBe(1)
    expect(await reason(text)).toBe('unknown')
  })

  test('has no more rights than its token', async () => {
    const confined = await makeToken({ scope: '/finance', networks: ['10.0.0.0/8'] })
    await expect(issue({ token: confined, path: '/hr' })).rejects.toMatchObject({ code: 'forbidden' })
    await expect(issue({ token: confined, path: '/financed' })).rejects.toMatchObject({ code: 'forbidden' })
    const { text } = await issue({ token: confined, path: '/finance/db' })
    expect(await reason(text, '192.0.2.1')).toBe('network')
    // Who was refused has not used it up.
    expect(await reason(text, '10.0.0.1')).toBe('ok')
    await tokens.revoke(confined.id)
    expect(await reason(text, '10.0.0.1')).toBe('token')
  })

  test.each([
    [{ path: 'finance' }, 'invalid'],
    [{ path: '/a/../b' }, 'invalid'],
    [{ ttlSeconds: 0 }, 'invalid'],
    [{ ttlSeconds: 301 }, 'invalid'],
    [{ labels: { 'not a label': 'x' } }, 'invalid'],
  ])('with %j is refused', async (more, code) => {
    await expect(issue(more)).rejects.toMatchObject({ code })
    expect(tickets.size).toBe(0)
  })
})

test('what is no ticket is refused', async () => {
  const { text, record } = await issue()
  expect(await tickets.redeem(text.slice(0, -1), '10.0.0.1')).toEqual({ ok: false, reason: 'malformed' })
  expect(await reason(makeSecret('berth_', record.id).text)).toBe('malformed')
  expect(await tickets.redeem(makeSecret('bticket_', record.id).text, '10.0.0.1')).toEqual({
    ok: false,
    reason: 'unknown',
  })
  expect(await reason(text)).toBe('ok')
})
