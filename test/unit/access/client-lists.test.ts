import type { RpcClient } from 'nfs-server-ts'
import { describe, expect, test } from 'vitest'
import { ClientLists } from '../../../src/access/client-lists.ts'

const lists = new ClientLists([
  { id: 1, clients: ['10.0.0.0/8', 'fd00::/8', '192.0.2.7'] },
  { id: 2, clients: ['0.0.0.0/0'] },
])
const from = (address: string): RpcClient => ({ address, port: 1000, transport: 'tcp' })

describe('ClientLists', () => {
  test.each([
    ['10.1.2.3', true],
    ['11.0.0.1', false],
    ['192.0.2.7', true],
    ['192.0.2.8', false],
    ['fd12::1', true],
    ['fe80::1', false],
    ['fd00::1%eth0', true],
    ['no address', false],
    ['', false],
  ])('%s: %s', (address, allowed) => expect(lists.allows(1, from(address))).toBe(allowed))

  test('every IPv4 network is no IPv6 network', () => {
    expect(lists.allows(2, from('203.0.113.1'))).toBe(true)
    expect(lists.allows(2, from('2001:db8::1'))).toBe(false)
  })

  test('a share that is unknown is nobody’s', () => {
    expect(lists.allows(3, from('10.1.2.3'))).toBe(false)
    expect(lists.allows(0, from('10.1.2.3'))).toBe(false)
  })

  test('answers of one client and share are never those of another, in any order', () => {
    const inside = from('10.0.0.1')
    const outside = from('203.0.113.1')
    const asked = [
      [1, inside, true],
      [1, outside, false],
      [2, outside, true],
      [2, inside, true],
    ] as const
    for (const first of asked) {
      for (const second of asked) {
        for (const [id, client, allowed] of [first, second, first])
          expect(lists.allows(id, client)).toBe(allowed)
      }
    }
  })
})
