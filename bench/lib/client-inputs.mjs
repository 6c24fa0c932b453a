/** What the workloads of `client/` work on: made on the host, copied into the guest's memory. */

import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeSourceTree } from '../../conformance/workloads/source-tree.mjs'
import { run } from './process.mjs'

const seed = 1
/** Installed packages of this project that make the tree npm installs: names that are there on all machines. */
const packages = ['ajv', 'casbin', 'fastify', 'pino', 'yaml']
const modules = join(import.meta.dirname, '..', '..', 'node_modules')
const author = ['-c', 'user.name=Bench', '-c', 'user.email=bench@example.org']
/** The part of the files that differs between the two branches: one in so many. */
const changedOneIn = 4

/** Where npm's own code is: the guest starts it by itself, for the sake of V8's options. */
export const npmProgram = async () => {
  const folder = (await run('npm', ['root', '--global'])).trim()
  return join(folder, 'npm', 'bin', 'npm-cli.js')
}

/**
 * Makes `tree.tar`, `origin` (a repository with branches `one` and `two`), `npm` (a project), `npm-cache` and
 * `npm-installed` (what has to be there then) below a folder.
 * @param {string} folder  Must not exist.
 * @param {number} fileCount  Of the tree.
 */
export async function makeInputs(folder, fileCount) {
  mkdirSync(folder)
  makeSourceTree(folder, fileCount, seed)
  await makeRepository(join(folder, 'origin'), join(folder, 'tree'))
  await makePackages(folder)
}

/**
 * @param {string} origin
 * @param {string} tree  Becomes part of it.
 */
async function makeRepository(origin, tree) {
  const git = (/** @type {string[]} */ ...words) => run('git', [...author, '-C', origin, ...words])
  await run('git', ['init', '-q', '-b', 'one', origin])
  renameSync(tree, join(origin, 'tree'))
  await git('add', '-A')
  await git('commit', '-qm', 'one')
  await git('checkout', '-qb', 'two')
  const listed = await git('ls-files', '-z', '--', '*.c', '*.h', '*.S', '*.txt', '*.json', '*.py')
  for (const [i, name] of listed.split('\0').filter(Boolean).entries()) {
    if (i % changedOneIn !== 0) continue
    const file = join(origin, name)
    // Of those that change, one in ten moves.
    if (i % (10 * changedOneIn) === 0) renameSync(file, `${file}-moved`)
    else writeFileSync(file, `${readFileSync(file, 'latin1')}changed in two\n`, 'latin1')
  }
  await git('add', '-A')
  await git('commit', '-qm', 'two')
  await git('checkout', '-q', 'one')
}

/**
 * A project with a lock file whose packages are tarballs in a cache and nowhere else: npm asks nobody for them.
 * @param {string} folder
 */
async function makePackages(folder) {
  const [project, cache, staged] = [
    join(folder, 'npm'),
    join(folder, 'npm-cache'),
    join(folder, 'npm-staged', 'node_modules'),
  ]
  for (const path of [project, cache, staged]) mkdirSync(path, { recursive: true })
  /** @type {Record<string, object>} */
  const locked = {}
  for (const name of packages) {
    const staging = join(staged, name)
    cpSync(join(modules, name), staging, { recursive: true })
    rmSync(join(staging, 'node_modules'), { recursive: true, force: true })
    const { version } = JSON.parse(readFileSync(join(staging, 'package.json'), 'utf8'))
    // Alone, without what it depends on.
    writeFileSync(join(staging, 'package.json'), JSON.stringify({ name, version }))
    const tarball = join(project, `${name}.tgz`)
    await run('tar', [
      ...['--sort=name', '--mtime=@499162500', '--owner=0', '--group=0', '--mode=u+rw,go+r'],
      ...['-C', staged, `--transform=s,^${name},package,`, '-czf', tarball, name],
    ])
    await run('npm', ['cache', 'add', '--offline', '--cache', cache, tarball])
    const integrity = `sha512-${createHash('sha512').update(readFileSync(tarball)).digest('base64')}`
    locked[name] = { version, resolved: `file:${name}.tgz`, integrity }
  }
  writeProject(project, locked)
  const list = "find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum > '../../npm-installed'"
  await run('sh', ['-c', list], { cwd: staged })
  rmSync(join(folder, 'npm-staged'), { recursive: true })
}

/**
 * @param {string} project
 * @param {Record<string, object>} locked
 */
function writeProject(project, locked) {
  const names = Object.keys(locked)
  const dependencies = Object.fromEntries(names.map((name) => [name, `file:${name}.tgz`]))
  const manifest = { name: 'bench', version: '1.0.0', dependencies }
  const entries = Object.entries(locked).map(([name, entry]) => [`node_modules/${name}`, entry])
  writeFileSync(join(project, 'package.json'), JSON.stringify(manifest, null, 2))
  writeFileSync(
    join(project, 'package-lock.json'),
    JSON.stringify(
      {
        ...manifest,
        dependencies: undefined,
        lockfileVersion: 3,
        packages: { '': manifest, ...Object.fromEntries(entries) },
      },
      null,
      2,
    ),
  )
}

/** How many files npm installs. @param {string} folder */
export function installedCount(folder) {
  return readFileSync(join(folder, 'npm-installed'), 'utf8').trimEnd().split('\n').length
}
