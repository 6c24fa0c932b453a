// Folders and shares renamed and moved while clients have them mounted and work in them.
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { Api, check } from './api.mjs'
import { converse } from './conversation.mjs'

/** @param {import('../test-run.mjs').Context} context */
export async function moves(context) {
  const api = Api.of(context)
  await api.makeStore(context)
  const [finance, payroll] = await Promise.all(
    ['/finance', '/finance/payroll', '/archive'].map((where) =>
      api.call('POST', '/v1/folders', { path: where }),
    ),
  )
  const { id } = await api.makeShare('/finance/payroll/db')
  await api.allow('app:payroll', '/**')
  await api.allow('app:limited', '/hr/**')
  let count = 0
  /**
   * Moves a folder or share, and looks for its files where they must be now.
   * @param {string} what @param {string} to @param {number} [aliasSeconds]
   */
  const move = async (what, to, aliasSeconds) => {
    const before = await api.share(id)
    await api.call('POST', `/v1/${what}/move`, {
      to,
      ...(aliasSeconds === undefined ? {} : { aliasSeconds }),
    })
    const after = await api.share(id)
    const expected = path.join(context.storeDirectory, after.path)
    check(after.directory === expected, `share ${after.path} lies in ${after.directory}, not ${expected}`)
    check(readdirSync(after.directory).length > 0, `${after.directory} is empty`)
    check(!existsSync(before.directory), `${before.directory} is still there`)
    count += 1
  }
  /** One round, after which everything is where it was. @param {string} round */
  const moveAround = async (round = '0') => {
    await move(`folders/${finance.id}`, `/money-${round}`)
    await move(`folders/${payroll.id}`, `/archive/payroll-${round}`, 2)
    await move(`shares/${id}`, `/archive/payroll-${round}/Gehälter ${round}`)
    await move(`folders/${payroll.id}`, `/money-${round}/payroll`, 30)
    await move(`folders/${finance.id}`, '/finance', 2)
    await move(`shares/${id}`, '/finance/payroll/db')
  }
  const environment = {
    TOKEN: (await api.makeToken('app:payroll')).text,
    LIMITED: (await api.makeToken('app:limited')).text,
  }
  await converse(context, 'access/moves.sh', environment, {
    around: moveAround,
    to: (where = '', aliasSeconds = '0') => move(`shares/${id}`, where, Number(aliasSeconds)),
  })
  context.note(`${count} moves`)
}
