import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { contains, parseRange } from '../../../../src/access/addresses.ts'
import { Hosts, type HostInput } from '../../../../src/access/hosts/hosts.ts'
import { NetworkTable } from '../../../../src/access/hosts/network-table.ts'
import { temporaryCatalog, type TemporaryCatalog } from '../../catalog/fixture.ts'

let temporary: TemporaryCatalog
let hosts: Hosts
const builtIn: HostInput[] = [
  { network: '10.0.0.0/8', subject: 'host:one' },
  { network: '10.0.0.0/8', subject: 'host:two' },
]
const open = () => Hosts.open({ catalog: temporary.catalog, builtIn, now: () => 1000 })
beforeEach(async () => {
  temporary = await temporaryCatalog()
  hosts = await open()
})
afterEach(() => temporary.remove())

const subjects = (address: string) => hosts.match(address).map(({ subject }) => subject)

describe('a host rule', () => {
  test('says whose an address is, also after a restart', async () => {
    const identity = { squash: 'all', uid: 7, gid: 7, gids: [] } as const
    const host = await hosts.create({
      network: '192.0.2.0/24',
      subject: 'app:web',
      scope: '/web/',
      identity,
      description: 'rack 4',
    })
    expect(host).toEqual({
      id: host.id,
      network: '192.0.2.0/24',
      subject: 'app:web',
      scope: '/web',
      identity,
      description: 'rack 4',
      createdAt: 1000,
      version: 1,
      builtIn: false,
    })
    hosts = await open()
    expect(hosts.subjectOf('192.0.2.77')).toEqual(host)
    expect(hosts.subjectOf('::ffff:192.0.2.77')).toEqual(host)
    expect(hosts.subjectOf('192.0.3.1')).toBeUndefined()
    expect(hosts.subjectOf('no address')).toBeUndefined()
  })

  test('of the smallest network wins', async () => {
    await hosts.create({ network: '0.0.0.0/0', subject: 'host:any' })
    await hosts.create({ network: '10.1.0.0/16', subject: 'host:sixteen' })
    await hosts.create({ network: '10.1.2.3', subject: 'host:itself' })
    expect(subjects('10.1.2.3')).toEqual(['host:itself', 'host:sixteen', 'host:one', 'host:two', 'host:any'])
    expect(hosts.subjectOf('10.1.9.9')?.subject).toBe('host:sixteen')
    expect(subjects('203.0.113.9')).toEqual(['host:any'])
    expect(subjects('2001:db8::1')).toEqual([])
  })

  test('is changed and removed in the version that was seen, and each is told', async () => {
    const heard: string[] = []
    hosts.onChange((id) => heard.push(id))
    const { id } = await hosts.create({ network: '192.0.2.0/24', subject: 'host:a' })
    const changed = await hosts.update(id, { network: '198.51.100.0/24', subject: 'host:b' }, 1)
    expect(changed).toMatchObject({ id, version: 2, subject: 'host:b' })
    expect([subjects('192.0.2.1'), subjects('198.51.100.1')]).toEqual([[], ['host:b']])
    await expect(hosts.update(id, {}, 1)).rejects.toMatchObject({ code: 'stale' })
    await expect(hosts.remove(id, 1)).rejects.toMatchObject({ code: 'stale' })
    hosts.onChange((removed) => expect(hosts.find(removed)).toBeUndefined())
    await hosts.remove(id, 2)
    expect(subjects('198.51.100.1')).toEqual([])
    expect(heard).toEqual([id, id, id])
    hosts = await open()
    expect(hosts.list({ limit: 10 }).items.every((host) => host.builtIn)).toBe(true)
  })

  test('is one for each network, however it is written', async () => {
    await hosts.create({ network: '192.0.2.0/24', subject: 'host:a' })
    await expect(hosts.create({ network: '192.0.2.9/24', subject: 'host:b' })).rejects.toMatchObject({
      code: 'exists',
    })
    // That of the config file is beside it.
    await hosts.create({ network: '10.0.0.0/8', subject: 'host:three' })
    expect(subjects('10.0.0.1')).toEqual(['host:one', 'host:two', 'host:three'])
  })

  test('of the config file is not changed here', async () => {
    const [first] = hosts.list({ limit: 1 }).items
    await expect(hosts.remove(first!.id)).rejects.toMatchObject({ code: 'conflict' })
    await expect(hosts.update(first!.id, {})).rejects.toMatchObject({ code: 'conflict' })
  })

  test.each([
    { network: '10.0.0.0/99', subject: 'host:a' },
    { network: 'example.org', subject: 'host:a' },
    { network: '10.0.0.1', subject: 'a' },
    { network: '10.0.0.1', subject: 'admin:first' },
    { network: '10.0.0.1', subject: 'host:a', scope: 'a' },
    { network: '10.0.0.1', subject: 'host:a', identity: { squash: 'all', uid: -1, gid: 0, gids: [] } },
  ] satisfies HostInput[])('%j is refused', async (input) => {
    await expect(hosts.create(input)).rejects.toMatchObject({ code: 'invalid' })
    expect(hosts.list({ limit: 10 }).items).toHaveLength(2)
  })
})

test('a table of networks finds what looking at each would, after any adding and removing', () => {
  const network = fc
    .oneof(
      fc.tuple(fc.constantFrom('10.0.0.0', '10.128.0.0', '10.0.0.1'), fc.constantFrom(0, 1, 8, 9, 31, 32)),
      fc.tuple(fc.constantFrom('2001:db8::', '2001:db8::1', '::'), fc.constantFrom(0, 32, 64, 127, 128)),
    )
    .map(([address, prefix]) => parseRange(`${address}/${prefix}`)!)
  const address = fc.constantFrom(
    '10.0.0.0',
    '10.0.0.1',
    '10.200.0.1',
    '11.0.0.1',
    '2001:db8::',
    '2001:db8:1::',
    '::1',
  )
  fc.assert(
    fc.property(fc.array(fc.tuple(network, fc.boolean()), { maxLength: 20 }), address, (entries, asked) => {
      const table = new NetworkTable<number>()
      entries.forEach(([range], index) => table.add(range, index))
      entries.forEach(([range, isRemoved], index) => {
        if (isRemoved) table.remove(range, index)
      })
      const expected = entries
        .map(([range, isRemoved], index) => ({ range, isRemoved, index }))
        .filter(({ range, isRemoved }) => !isRemoved && contains(range, parseRange(asked)!))
        .sort((a, b) => b.range.prefix - a.range.prefix || a.index - b.index)
      expect(table.match(asked)).toEqual(expected.map(({ index }) => index))
    }),
  )
})
