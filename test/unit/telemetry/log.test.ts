import { describe, expect, test } from 'vitest'
import { createLog } from '../../../src/telemetry/log.ts'

function logged(format: 'auto' | 'json' | 'pretty', isTTY: boolean, level: 'info' | 'warn' = 'info'): string {
  let text = ''
  const log = createLog({ level, format }, { isTTY, write: (part) => (text += part) })
  log.info({ path: '/a', count: 2 }, 'mounted')
  log.error({ err: new Error('broken') }, 'internal error')
  return text
}

describe('createLog', () => {
  test('writes a JSON object a line where nobody reads along', () => {
    const lines = logged('auto', false).trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { level: 30, path: '/a', count: 2, msg: 'mounted' },
      { level: 50, err: { type: 'Error', message: 'broken' }, msg: 'internal error' },
    ])
    expect(logged('json', true)).toMatch(/^\{/)
  })

  test('writes readable lines for a terminal, in colour only there', () => {
    expect(logged('auto', true)).toMatch(/^\d\d:\d\d:\d\d info {2}mounted path="\/a" count=2\n/)
    expect(logged('auto', true)).toContain('\u001b[31merror\u001b[0m internal error\nError: broken\n    at ')
    expect(logged('pretty', false)).toContain('error internal error\nError: broken')
  })

  test('leaves out what is below its level', () => {
    expect(logged('json', false, 'warn')).not.toContain('mounted')
  })
})
