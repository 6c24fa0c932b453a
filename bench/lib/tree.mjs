/** The image both servers keep their files on, and the files. */

import { closeSync, mkdirSync, openSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { run } from './process.mjs'

const imageBytes = 8 * 2 ** 30
/** Bytes of data/f0, as berth-load's --file-mb has it. */
const fileBytes = 64 * 2 ** 20

/**
 * Makes a sparse XFS image in the folder and mounts it at the folder's `mount`.
 * @param {string} folder
 * @returns {Promise<string>} The mount point.
 */
export async function mountImage(folder) {
  const image = join(folder, 'xfs.img')
  const mount = join(folder, 'mount')
  closeSync(openSync(image, 'w'))
  truncateSync(image, imageBytes)
  mkdirSync(mount)
  await run('mkfs.xfs', ['-q', image])
  await run('mount', ['-o', 'loop,noatime', image, mount])
  return mount
}

/**
 * @param {string} folder  As given to {@link mountImage}.
 */
export async function unmountImage(folder) {
  await run('umount', [join(folder, 'mount')])
  rmSync(join(folder, 'xfs.img'))
}

/**
 * Makes the files berth-load looks for: names-N/e000000…, data/f0 and on, and create/, empty.
 * @param {string} directory  Is made if it does not exist.
 * @param {readonly number[]} nameCounts
 * @param {number} fileCount  In data.
 */
export function makeTree(directory, nameCounts, fileCount) {
  mkdirSync(directory, { recursive: true })
  mkdirSync(join(directory, 'create'))
  mkdirSync(join(directory, 'data'))
  for (let i = 0; i < fileCount; i++) writeFileSync(join(directory, 'data', `f${i}`), randomBytes(fileBytes))
  for (const count of nameCounts) {
    const names = join(directory, `names-${count}`)
    mkdirSync(names)
    for (let i = 0; i < count; i++) writeFileSync(join(names, `e${String(i).padStart(6, '0')}`), '')
  }
}
