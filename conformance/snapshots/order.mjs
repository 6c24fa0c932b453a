// Whether a snapshot is of one instant: what was written before something that is in it is in it too.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { Api, check, treeOf } from '../access/api.mjs'
import { converse } from '../access/conversation.mjs'

/** Bytes of a record: `%08d\n`. */
const recordSize = 9

/** @param {import('../test-run.mjs').Context} context */
export async function order(context) {
  const api = Api.of(context)
  await api.makeStore(context)
  const share = await api.makeShare('/ledger')
  await api.allow('app:writer', '/ledger')
  const token = await api.makeToken('app:writer')
  const count = context.settings.full ? 200 : 20
  /** @type {number[]} */
  const seen = []
  const held = []
  await converse(
    context,
    'snapshots/order.sh',
    { TOKEN: token.text },
    {
      async snapshots() {
        for (let index = 0; index < count; index++) {
          const name = `s${index}`
          const snapshot = await api.call('POST', `/v1/shares/${share.id}/snapshots`, { name })
          seen.push(consistentPrefix(treeOf(context, share, snapshot), name))
          held.push(index)
        }
        check(held.length === count, `${held.length} of ${count}`)
        const grown = seen.filter((records, index) => index === 0 || records > (seen[index - 1] ?? 0)).length
        check(grown > count / 2, `the writer stood still in ${count - grown} of ${count} snapshots`)
        return `${count} snapshots, from ${seen[0]} to ${seen.at(-1)} records\n`
      },
    },
  )
}

/**
 * Records go to `a` and `b` in turn, each written after the one before was answered.
 * @param {string} tree @param {string} name
 * @returns how many there are
 */
function consistentPrefix(tree, name) {
  const [a, b] = ['a', 'b'].map((file) => readFileSync(path.join(tree, file), 'latin1'))
  if (a === undefined || b === undefined) throw new Error(`${name}: a file is missing`)
  const [inA, inB] = [a.length / recordSize, b.length / recordSize]
  check(
    Number.isInteger(inA) && Number.isInteger(inB),
    `${name}: a record is torn, ${a.length} and ${b.length} bytes`,
  )
  check(inA === inB || inA === inB + 1, `${name}: ${inA} records in a, ${inB} in b`)
  const all = inA + inB
  for (let record = 0; record < all; record++) {
    const from = Math.floor(record / 2) * recordSize
    const text = (record % 2 === 0 ? a : b).slice(from, from + recordSize)
    check(
      text === `${String(record).padStart(8, '0')}\n`,
      `${name}: record ${record} is ${JSON.stringify(text)}`,
    )
  }
  return all
}
