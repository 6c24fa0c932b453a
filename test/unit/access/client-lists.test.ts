import { describe, expect, test } from 'vitest'
import { ClientLists } from '../../../src/access/client-lists.ts'

const lists = new ClientLists([
  { id: 1, clients: ['10.0.0.0/8', 'fd00::/8', '192.0.2.7'] },
  { id: 2, clients: ['0.0.0.0/0'] },
])

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
  ])('%s: %s', (address, allowed) => expect(lists.includes(1, address)).toBe(allowed))

  test('every IPv4 network is no IPv6 network', () => {
    expect(lists.includes(2, '203.0.113.1')).toBe(true)
    expect(lists.includes(2, '2001:db8::1')).toBe(false)
  })

  test('a share that is unknown is nobody’s', () => {
    expect(lists.includes(3, '10.1.2.3')).toBe(false)
    expect(lists.includes(0, '10.1.2.3')).toBe(false)
  })

  test('a share tells its list', () => {
    expect(lists.clientsOf(2)).toEqual(['0.0.0.0/0'])
    expect(lists.clientsOf(3)).toEqual([])
  })
})
