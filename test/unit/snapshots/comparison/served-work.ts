import { lstatSync } from 'node:fs'
import { dirname, basename, join } from 'node:path'
import { Ftype3, Nfsstat3, StableHow, type DirOpArgs3, type Nfs3Backend } from 'nfs-server-ts'
import { caller, statusOf, type LinuxFixture } from '../../filesystem/fixture.ts'
import type { Work } from './random-work.ts'

const codes = new Map<number, string>([
  [Nfsstat3.PERM, 'EPERM'],
  [Nfsstat3.NOENT, 'ENOENT'],
  [Nfsstat3.EXIST, 'EEXIST'],
  [Nfsstat3.NOTDIR, 'ENOTDIR'],
  [Nfsstat3.ISDIR, 'EISDIR'],
  [Nfsstat3.INVAL, 'EINVAL'],
  [Nfsstat3.NOTEMPTY, 'ENOTEMPTY'],
  [Nfsstat3.STALE, 'ENOENT'],
])

/** As a client does it, by calls on share 1 of a fixture. */
export class ServedWork implements Work {
  readonly root: string
  readonly #fixture: LinuxFixture

  constructor(fixture: LinuxFixture) {
    this.#fixture = fixture
    this.root = fixture.directory()
  }

  async create(path: string, text: string): Promise<void> {
    const where = await this.#at(path)
    await this.#done((backend) => backend.create(caller, where, { mode: 'GUARDED', attributes: {} }))
    await this.write(path, text, 0)
  }

  async write(path: string, text: string, position: number): Promise<void> {
    const file = await this.#handle(path)
    const data = Buffer.from(text)
    await this.#done((backend) => backend.write(caller, file, position, StableHow.UNSTABLE, data))
  }

  truncate(path: string, size: number): Promise<void> {
    return this.#set(path, { size })
  }

  async mkdir(path: string): Promise<void> {
    const where = await this.#at(path)
    await this.#done((backend) => backend.mkdir(caller, where, {}))
  }

  async rename(from: string, to: string): Promise<void> {
    const [source, target] = [await this.#at(from), await this.#at(to)]
    await this.#done((backend) => backend.rename(caller, source, target))
  }

  chmod(path: string, mode: number): Promise<void> {
    return this.#set(path, { mode })
  }

  setTimes(path: string, seconds: number): Promise<void> {
    const time = { seconds, nanoseconds: 0 }
    return this.#set(path, { atime: time, mtime: time })
  }

  async unlink(path: string): Promise<void> {
    const where = await this.#at(path)
    await this.#done((backend) => backend.remove(caller, where))
  }

  async rmdir(path: string): Promise<void> {
    const where = await this.#at(path)
    await this.#done((backend) => backend.rmdir(caller, where))
  }

  async symlink(target: string, path: string): Promise<void> {
    const where = await this.#at(path)
    await this.#done((backend) => backend.symlink(caller, where, {}, Buffer.from(target)))
  }

  async link(file: string, path: string): Promise<void> {
    const [object, where] = [await this.#handle(file), await this.#at(path)]
    await this.#done((backend) => backend.link(caller, object, where))
  }

  async mkfifo(path: string): Promise<void> {
    const where = await this.#at(path)
    await this.#done((backend) => backend.mknod(caller, where, { type: Ftype3.FIFO, attributes: {} }))
  }

  async #set(path: string, attributes: Parameters<Nfs3Backend['setattr']>[2]): Promise<void> {
    const object = await this.#handle(path)
    await this.#done((backend) => backend.setattr(caller, object, attributes, undefined))
  }

  async #at(path: string): Promise<DirOpArgs3> {
    return { dir: await this.#handle(dirname(path)), name: Buffer.from(basename(path)) }
  }

  async #handle(path: string): Promise<Buffer> {
    let handle = this.#fixture.rootOf(1)
    if (path === '.' || path === '') return handle
    // For the error that a program would get.
    lstatSync(join(this.root, path))
    for (const name of path.split('/')) handle = await this.#fixture.lookup(handle, name)
    return handle
  }

  async #done(call: (backend: Nfs3Backend) => unknown): Promise<void> {
    const status = await statusOf(() => call(this.#fixture.backend))
    if (status !== Nfsstat3.OK)
      throw Object.assign(new Error(`status ${status}`), { code: codes.get(status) ?? `status ${status}` })
  }
}
