import { constants } from 'node:fs'
import { constants as osConstants } from 'node:os'
import { entriesOf } from '../../native/directory-entries.ts'
import { native, O_PATH } from '../../native/index.ts'
import type { CopyFile } from '../drivers/contents.ts'
import { none, Places } from '../drivers/places.ts'
import { isGone, openDirectory, openPath, require } from '../drivers/tree-pair.ts'
import { hasEqualContent } from './contents.ts'
import { Maker } from './maker.ts'
import type { Original } from './original.ts'
import type { Outcome, Tally } from './report.ts'
import { hasEqualAttributes, isUntouched, look, type InodeBits, type Seen } from './seen.ts'
import { stagingName } from './staging.ts'

const { O_NOFOLLOW, S_IFDIR } = constants
const { EEXIST, EMLINK, ENOENT } = osConstants.errno
const nothing = Buffer.alloc(0)
/** Whoever changed a file so short a time before the cut may have done it again after, with the same ctime. */
const youngMs = 20
/** Without root, also the owner must have leave to write. */
const mayWriteAnything = process.geteuid!() === 0

export interface TreeRestoreOptions {
  readonly original: Original
  readonly bits: InodeBits
  readonly copyFile: CopyFile
  readonly tally: Tally
  /** Milliseconds since 1970. */
  readonly cutAt: number
  /** For what is made; {@link none}: into places that are free and that nobody else knows of. */
  readonly staging: number
  /** What the snapshot does not have stays. */
  readonly keepsExtras: boolean
  readonly isDryRun: boolean
  /** All names of the share lie below the target: what else a file is called is known. */
  readonly isWhole: boolean
  /** Of what is restored, relative to the share's root. */
  readonly path: readonly string[]
  /** Called for each object and piece of data; may throw to end it. */
  readonly breath: () => void
}

/** Whereto a file of the snapshot with several names has been restored. */
interface Restored {
  /** Undefined in a dry run, for what would be made. */
  readonly inode: string | undefined
  readonly directory: number
  readonly name: Buffer
  /** Names yet to be met. */
  remaining: number
}

/** A name in two open directories: of the snapshot, and of the share. */
interface Pair {
  /** Number of the directory, {@link none}: the root. */
  readonly directory: number
  readonly from: number
  /** {@link none} in a dry run, where it is not there. */
  readonly to: number
  readonly name: Buffer
  readonly toName: Buffer
}

/**
 * Makes a live directory equal to one of a snapshot, while clients go on. What is as it was stays untouched; a file that is
 * not gets its place by a rename, so that whoever has the old one open keeps it; directories stay the same ones. It may be
 * ended at any point and done again.
 *
 * Clients may be hostile: directories are opened beneath the share's root without following anything, and all that is done
 * in one is done to a single name, which is not followed either.
 */
export class TreeRestore {
  readonly #options: TreeRestoreOptions
  readonly #maker: Maker
  readonly #places = new Places()
  /** In a dry run: directories that the share does not have. */
  readonly #missing = new Set<number>()
  readonly #order: number[] = []
  /** By inode of the snapshot's file. */
  readonly #restored = new Map<string, Restored>()
  /** Live files with several names that stay, and whose they are. */
  readonly #kept = new Map<string, string>()
  /** The live directory that all numbers of directories are below. */
  #root = none

  constructor(options: TreeRestoreOptions) {
    this.#options = options
    this.#maker = new Maker(options)
  }

  /** All that is in a directory; `to` may be {@link none} in a dry run. Then {@link finish}. */
  run(from: number, to: number): void {
    this.#root = to
    if (to === none) this.#missing.add(none)
    const device = to === none ? undefined : look(to, nothing, 1, this.#options.bits)?.device
    const waiting = [none]
    for (let directory = waiting.pop(); directory !== undefined; directory = waiting.pop()) {
      this.#order.push(directory)
      this.#directory(directory, from, to, device, waiting)
    }
  }

  /** The attributes of the directories, when nothing is done in them any more. */
  finish(from: number, to: number): void {
    if (this.#options.isDryRun) return
    for (const directory of this.#order.reverse()) {
      this.#options.breath()
      const source = this.#open(from, directory)
      const live = openPath(to, this.#names(directory))
      if (live >= 0) this.#giveDirectory(source, live)
      else if (!isGone(live)) require(live, 'open', () => this.#path(directory))
      if (live >= 0) native.close(live)
      native.close(source)
    }
  }

  /** One object that is no directory. */
  file(from: number, name: Buffer, to: number, toName: Buffer): void {
    this.#root = to
    const pair: Pair = { directory: none, from, to, name, toName }
    this.#file(pair, this.#wanted(from, name), look(to, toName, 1, this.#options.bits))
  }

  #directory(
    directory: number,
    from: number,
    to: number,
    device: string | undefined,
    waiting: number[],
  ): void {
    const source = this.#open(from, directory)
    const live = this.#missing.has(directory) ? none : openPath(to, this.#names(directory))
    try {
      // A client has taken it away just now.
      if (live !== none && isGone(live)) {
        this.#note('skipped', directory)
        return
      }
      if (live !== none) require(live, 'open', () => this.#path(directory))
      if (live !== none && !mayWriteAnything && !this.#options.isDryRun) native.chmod(live, 0o700)
      const mayRemove = live !== none && !this.#options.keepsExtras && this.#options.staging !== none
      if (live !== none && !this.#options.keepsExtras && (mayRemove || this.#options.isDryRun))
        // Again until nothing is found: some filesystems skip entries while others are removed.
        for (
          let isFirst = true;
          this.#removeExtras(directory, source, live, device, isFirst);
          isFirst = false
        );
      for (const entry of entriesOf(source)) {
        const name = Buffer.from(entry.name)
        if (directory === none && name.equals(stagingName)) continue
        this.#entry({ directory, from: source, to: live, name, toName: name }, device, waiting)
      }
    } finally {
      native.close(source)
      if (live >= 0) native.close(live)
    }
  }

  #entry(pair: Pair, device: string | undefined, waiting: number[]): void {
    const { directory, from, to, name } = pair
    this.#options.breath()
    const wanted = this.#wanted(from, name)
    const there = to === none ? undefined : look(to, name, 1, this.#options.bits)
    if (there?.kind === S_IFDIR && there.device !== device) {
      this.#note('skipped', directory, name)
      return
    }
    if (wanted.kind !== S_IFDIR) {
      this.#file(pair, wanted, there)
      return
    }
    this.#options.tally.counts.examined++
    const child = this.#places.add(directory, name)
    if (there?.kind === S_IFDIR) {
      if (!hasEqualAttributes(wanted, there)) this.#note('changed', directory, name)
    } else {
      this.#note(there === undefined ? 'added' : 'replaced', directory, name)
      if (this.#options.isDryRun) this.#missing.add(child)
      else if (!this.#makeDirectory(pair, there)) return
    }
    waiting.push(child)
  }

  /** False: a client was faster. */
  #makeDirectory({ directory, to, name }: Pair, there: Seen | undefined): boolean {
    if (there !== undefined) this.#maker.takeAway(to, name, there)
    const made = native.mkdirAt(to, name, 0o700)
    if (made === -EEXIST) {
      this.#note('skipped', directory, name)
      return false
    }
    require(made, 'make', () => this.#path(directory, name))
    return true
  }

  #file(pair: Pair, wanted: Seen, there: Seen | undefined): void {
    this.#options.tally.counts.examined++
    const known = wanted.linkCount > 1 ? this.#restored.get(wanted.inode) : undefined
    if (known !== undefined) {
      if (--known.remaining === 0) this.#restored.delete(wanted.inode)
      this.#link(pair, known, wanted, there)
      return
    }
    const inode = this.#isKept(pair, wanted, there) ? there!.inode : this.#put(pair, wanted, there)
    if (wanted.linkCount < 2) return
    const { directory, toName } = pair
    this.#restored.set(wanted.inode, { inode, directory, name: toName, remaining: wanted.linkCount - 1 })
  }

  /** Whether the live file stays: then it is as it should be. */
  #isKept(pair: Pair, wanted: Seen, there: Seen | undefined): boolean {
    if (there?.kind !== wanted.kind) return false
    const owner = this.#kept.get(there.inode)
    if (owner !== undefined && owner !== wanted.inode) return false
    if (!this.#isUntouched(wanted, there) && !this.#becomesEqual(pair, wanted, there)) return false
    if (there.linkCount > 1) this.#kept.set(there.inode, wanted.inode)
    return true
  }

  #isUntouched(wanted: Seen, there: Seen): boolean {
    return (
      isUntouched(wanted, there) && wanted.ctime * 1000 + wanted.ctimeNs / 1e6 < this.#options.cutAt - youngMs
    )
  }

  /** Of a file whose content is right: its attributes are made so. */
  #becomesEqual(pair: Pair, wanted: Seen, there: Seen): boolean {
    const { from, to, name, toName, directory } = pair
    if (wanted.mtime !== there.mtime || wanted.mtimeNs !== there.mtimeNs) return false
    // Names elsewhere may be meant to be other files.
    if (!this.#options.isWhole && there.linkCount > 1 && there.linkCount !== wanted.linkCount) return false
    const { breath } = this.#options
    if (!hasEqualContent({ dirfd: from, seen: wanted }, { dirfd: to, seen: there }, name, toName, breath))
      return false
    if (!hasEqualAttributes(wanted, there)) this.#note('changed', directory, toName)
    // Extended attributes are compared by nobody: given again, they do no harm.
    return this.#options.isDryRun || this.#maker.giveAttributes(from, name, to, toName, there)
  }

  /** Answers the inode of what is made. */
  #put(pair: Pair, wanted: Seen, there: Seen | undefined): string | undefined {
    const { from, to, name, toName, directory } = pair
    this.#note(there === undefined ? 'added' : 'replaced', directory, toName)
    this.#noteBelow(directory, to, toName, there)
    if (this.#options.isDryRun) return void (this.#options.tally.counts.bytes += wanted.size)
    return this.#maker.put(from, name, to, toName, wanted, there)
  }

  /** A further name of a file that has been restored. */
  #link(pair: Pair, known: Restored, wanted: Seen, there: Seen | undefined): void {
    const { to, toName, directory } = pair
    if (there?.inode !== undefined && there.inode === known.inode) return
    const fd = this.#options.isDryRun ? none : this.#openRestored(known)
    this.#note(there === undefined ? 'added' : 'replaced', directory, toName)
    this.#noteBelow(directory, to, toName, there)
    if (this.#options.isDryRun) return
    const result = fd < 0 ? fd : this.#maker.link(fd, to, toName, there)
    if (fd >= 0) native.close(fd)
    // Gone, another, or with all the names it can have: a file of its own then.
    if (isGone(result) || result === -EMLINK) this.#maker.put(pair.from, pair.name, to, toName, wanted, there)
    else require(result, 'link', () => this.#path(directory, toName))
  }

  /** The restored file, if it still is where it was put. */
  #openRestored(known: Restored): number {
    const dirfd = openPath(this.#root, this.#names(known.directory))
    if (dirfd < 0) return dirfd
    const fd = native.openBeneath(dirfd, known.name, O_PATH | O_NOFOLLOW, 0)
    native.close(dirfd)
    if (fd < 0 || look(fd, nothing, 2, this.#options.bits)?.inode === known.inode) return fd
    native.close(fd)
    return -ENOENT
  }

  /** Takes away what the snapshot does not have. Answers whether there was any. */
  #removeExtras(
    directory: number,
    from: number,
    to: number,
    device: string | undefined,
    isFirst: boolean,
  ): boolean {
    const { bits, isDryRun } = this.#options
    let isAny = false
    for (const entry of entriesOf(to)) {
      const name = Buffer.from(entry.name)
      if (directory === none && name.equals(stagingName)) continue
      this.#options.breath()
      if (!isGone(native.statAt(from, name, 0))) continue
      const there = look(to, name, 1, bits)
      if (there === undefined) continue
      if (there.kind === S_IFDIR && there.device !== device) {
        if (isFirst) this.#note('skipped', directory, name)
        continue
      }
      this.#note('removed', directory, name)
      this.#noteBelow(directory, to, name, there)
      if (isDryRun) continue
      this.#maker.takeAway(to, name, there)
      isAny = true
    }
    return isAny
  }

  /** Of what is taken away: all that is in it. */
  #noteBelow(directory: number, to: number, name: Buffer, there: Seen | undefined): void {
    if (there?.kind !== S_IFDIR) return
    const top = openDirectory(to, name)
    if (isGone(top)) return
    require(top, 'open', () => this.#path(directory, name))
    const places = new Places()
    const waiting = [none]
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      const names = namesOf(places, at)
      const fd = openPath(top, names)
      // Gone, or of another filesystem: then it is not removed either.
      if (fd < 0) continue
      for (const entry of entriesOf(fd)) {
        this.#options.breath()
        this.#options.tally.note('removed', () =>
          [this.#path(directory, name), ...names.map(String), entry.name.toString()].join('/'),
        )
        if (look(fd, entry.name, 1, this.#options.bits)?.kind === S_IFDIR)
          waiting.push(places.add(at, entry.name))
      }
      native.close(fd)
    }
    native.close(top)
  }

  #giveDirectory(from: number, live: number): void {
    const wanted = this.#wanted(from, nothing)
    const there = look(live, nothing, 1, this.#options.bits)
    if (there === undefined || this.#isUntouched(wanted, there)) return
    require(native.copyAttributes(from, live, 0), 'give its attributes to', () => 'a directory')
  }

  #wanted(from: number, name: Buffer): Seen {
    const wanted = this.#options.original.look(from, name)
    if (wanted === undefined) throw new Error(`${name.toString()} is no longer in the snapshot`)
    return wanted
  }

  /** A directory of the snapshot. */
  #open(from: number, directory: number): number {
    return require(openPath(from, this.#names(directory)), 'open', () => this.#path(directory))
  }

  #names(directory: number): Buffer[] {
    return namesOf(this.#places, directory)
  }

  #path(directory: number, name?: Buffer): string {
    const names = [...this.#names(directory), ...(name === undefined ? [] : [name])]
    return [...this.#options.path, ...names.map(String)].join('/')
  }

  #note(outcome: Outcome, directory: number, name?: Buffer): void {
    this.#options.tally.note(outcome, () => this.#path(directory, name))
  }
}

/** The way to a directory, from the root on. */
function namesOf(places: Places, directory: number): Buffer[] {
  const names: Buffer[] = []
  for (let at = directory; at !== none; at = places.directory(at)) names.push(Buffer.from(places.name(at)))
  return names.reverse()
}
