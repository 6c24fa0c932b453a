// Snapshots while clients write as fast as they can.
import { Api, check } from '../access/api.mjs'
import { converse } from '../access/conversation.mjs'

/** @param {import('../test-run.mjs').Context} context */
export async function writing(context) {
  const api = Api.of(context)
  await api.makeStore(context)
  const share = await api.makeShare('/busy')
  await api.allow('app:writer', '/busy')
  const token = await api.makeToken('app:writer')
  let taken = 0
  await converse(
    context,
    'snapshots/writing.sh',
    { TOKEN: token.text, SOURCE: context.settings.full ? '400' : '100' },
    {
      async take(count) {
        for (let index = 0; index < Number(count); index++) {
          await api.call('POST', `/v1/shares/${share.id}/snapshots`, { name: `s${taken++}` })
          if (taken > 3) await api.call('DELETE', `/v1/snapshots/${await oldest()}`)
        }
        const lines = context.server.log().filter(({ msg }) => msg === 'snapshot: taken')
        const held = lines.map((line) => Number(line['heldMs'])).sort((a, b) => a - b)
        check(held.length === taken, `${held.length} of ${taken} snapshots in the log`)
        return `held for ${held[Math.floor(held.length / 2)]} ms (median), ${held.at(-1)} ms at most\n`
      },
    },
  )

  async function oldest() {
    return (await api.call('GET', `/v1/shares/${share.id}/snapshots`)).items[0].id
  }
}
