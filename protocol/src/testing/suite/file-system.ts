import assert from 'node:assert/strict'
import { Fsf3 } from '../../nfs3/types.ts'
import type { SuiteGroup } from './case.ts'
import { known, ok } from './context.ts'

export const fileSystemCases: SuiteGroup = {
  name: 'NULL, FSSTAT, FSINFO and PATHCONF',
  cases: [
    {
      name: 'NULL does nothing',
      run: (t) => t.client.null(),
    },
    {
      name: 'FSSTAT tells numbers that can be',
      async run(t) {
        const stat = ok(await t.client.fsstat(t.root))
        assert.ok(stat.tbytes > 0)
        assert.ok(stat.fbytes <= stat.tbytes)
        assert.ok(stat.abytes <= stat.fbytes)
        assert.ok(stat.ffiles <= stat.tfiles)
        assert.ok(stat.afiles <= stat.ffiles)
        known(stat.attributes)
      },
    },
    {
      name: 'FSINFO tells sizes that can be',
      async run(t) {
        const info = ok(await t.client.fsinfo(t.root))
        for (const [most, preferred, multiple] of [
          [info.rtmax, info.rtpref, info.rtmult],
          [info.wtmax, info.wtpref, info.wtmult],
        ] as const) {
          assert.ok(most >= 4096 && preferred >= 512 && preferred <= most && multiple >= 1)
          assert.ok(multiple <= preferred)
        }
        assert.ok(info.dtpref >= 512)
        assert.ok(info.maxfilesize >= 2 ** 32 && info.maxfilesize <= Number.MAX_SAFE_INTEGER)
        assert.ok(info.timeDelta.seconds + info.timeDelta.nanoseconds > 0)
        const wanted = Fsf3.LINK | Fsf3.SYMLINK | Fsf3.CANSETTIME
        assert.equal(info.properties & wanted, wanted)
        known(info.attributes)
      },
    },
    {
      name: 'PATHCONF tells what the other calls do',
      async run(t) {
        const { nameMax, noTrunc, caseInsensitive, casePreserving, linkmax, attributes } = ok(
          await t.client.pathconf(t.dir),
        )
        assert.deepEqual([nameMax, noTrunc, caseInsensitive, casePreserving], [255, true, false, true])
        assert.ok(linkmax >= 2)
        known(attributes)
      },
    },
  ],
}
