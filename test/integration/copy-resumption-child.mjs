// Copies a tree, and kills itself at its n-th step: an object met, a piece of data copied, a phase begun.
// node copy-resumption-child.mjs SOURCE DIRECTORY STEP
// Says on standard output when it has done all.
import { writeSync } from 'node:fs'
import { cloneFile, copyFileBy, copyRangesBy } from '../../dist/snapshots/drivers/contents.js'
import { TreeCopy } from '../../dist/snapshots/drivers/tree-copy.js'

const [, , source, directory, kind, lastStep] = process.argv
let step = 0
const count = () => {
  if (++step === Number(lastStep)) process.kill(process.pid, 'SIGKILL')
}
const onPiece = (bytes) => {
  copy.copied(bytes)
  count()
}
const copy = new TreeCopy({
  ...{ source, directory, isResumable: true, settleEveryMs: 0, breath: count },
  copyFile: kind === 'copy' ? copyFileBy(onPiece) : cloneFile,
  copyRanges: copyRangesBy(onPiece),
})
count()
if (copy.hasBegun) await copy.goOn()
else copy.prepare()
count()
copy.catchUp(undefined)
count()
copy.cut(undefined)
count()
copy.pause()
writeSync(1, 'done\n')
