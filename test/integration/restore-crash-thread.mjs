// The thread of a restore in a process of restore-crash-child.mjs: what it does to files are steps.
import { workerData } from 'node:worker_threads'
import { Steps } from './crash-steps.mjs'

const steps = new Steps(undefined, workerData.steps)
steps.countFiles()
const { native } = await import('../../dist/native/index.js')
steps.countCalls(
  native,
  ...['mkdirAt', 'mknodAt', 'symlinkAt', 'linkAt', 'unlinkAt', 'renameAt', 'cloneFile', 'copyAttributes'],
  ...['chmod', 'ftruncate', 'copyFileRange', 'pwrite', 'syncfs', 'startSubvolume', 'subvolumeMakeWritable'],
)
await import(workerData.module)
