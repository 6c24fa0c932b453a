import { BlockList } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { contains, parseRange } from '../../../src/access/addresses.ts'

const holds = (network: string, address: string) => contains(parseRange(network)!, parseRange(address)!)

describe('a network', () => {
  test.each([
    ['10.0.0.0/8', '10.255.255.255', true],
    ['10.0.0.0/8', '11.0.0.0', false],
    ['10.1.2.3', '10.1.2.3', true],
    ['10.1.2.3', '10.1.2.4', false],
    ['10.1.2.3/8', '10.9.9.9', true],
    ['0.0.0.0/0', '203.0.113.1', true],
    ['0.0.0.0/0', '::1', false],
    ['::/0', '203.0.113.1', false],
    ['::/0', '2001:db8::1', true],
    ['fd00::/8', 'fd12:3456::1', true],
    ['fd00::/8', 'fe00::1', false],
    ['2001:db8:0:1::/64', '2001:db8:0:1:ffff::', true],
    ['2001:db8:0:1::/64', '2001:db8:0:2::', false],
    ['fe80::1', 'fe80::1%eth0', true],
    // IPv4 as a socket of IPv6 shows it.
    ['10.0.0.0/8', '::ffff:10.1.2.3', true],
    ['10.0.0.0/8', '::ffff:a01:203', true],
    ['::ffff:10.0.0.0/104', '10.1.2.3', true],
    ['::ffff:10.0.0.0/104', '11.1.2.3', false],
    ['::ffff:0:0/96', '192.0.2.1', true],
  ])('%s holds %s: %s', (network, address, expected) => expect(holds(network, address)).toBe(expected))

  test.each([
    '',
    'x',
    '10.0.0',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/',
    '::/129',
    '10.0.0.0/8/8',
    ':::',
    '1e1.0.0.1',
  ])('%j is none', (text) => expect(parseRange(text)).toBeUndefined())

  test('of either family holds what BlockList says', () => {
    const one = fc.oneof(
      fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 }), fc.ipV4(), fc.constant('ipv4' as const)),
      fc.tuple(fc.ipV6(), fc.integer({ min: 0, max: 128 }), fc.ipV6(), fc.constant('ipv6' as const)),
    )
    fc.assert(
      fc.property(one, fc.boolean(), ([network, prefix, other, family], isSame) => {
        const address = isSame ? network : other
        fc.pre(parseRange(network)?.family === parseRange(address)?.family)
        fc.pre(family === 'ipv4' || parseRange(network)?.family === 6)
        const list = new BlockList()
        list.addSubnet(network, prefix, family)
        expect(holds(`${network}/${prefix}`, address)).toBe(list.check(address, family))
      }),
    )
  })
})
