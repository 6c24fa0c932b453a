import type { ShareJournal } from './change-journal.ts'
import type { ChangeNotes } from './change-notes.ts'
import type { Share } from './share.ts'

/** Told of what calls change in a share, before they do: for a snapshot that is being taken, and for the journal. */
export class ShareChanges {
  readonly #share: Share
  readonly #notes: ChangeNotes | undefined
  readonly #journal: ShareJournal | undefined

  constructor(share: Share, notes: ChangeNotes | undefined, journal: ShareJournal | undefined) {
    this.#share = share
    this.#notes = notes
    this.#journal = journal
  }

  /** Attributes of the object that stat slot `slot` describes, open as `fd`. */
  attributes(slot: number, fd: number): void {
    this.#notes?.attributes(slot)
    this.#journal?.object(this.#share, slot, fd)
  }

  /** `count` bytes, from `offset` on, of the file that `slot` describes, open as `fd`. */
  written(slot: number, fd: number, offset: number, count: number): void {
    this.#notes?.written(slot, offset, count)
    this.#journal?.object(this.#share, slot, fd)
  }

  /** The size of the file in `slot`, open as `fd`: all data from `offset` on. */
  resized(slot: number, fd: number, offset: number): void {
    this.#notes?.writtenFrom(slot, offset)
    this.#journal?.object(this.#share, slot, fd)
  }

  /** A name in the directory that stat slot `slot` describes, open as `fd`. */
  name(slot: number, fd: number, name: Buffer): void {
    this.#notes?.attributes(slot)
    this.#journal?.name(this.#share, slot, fd, name)
  }

  /** The object in `slot`, under a name that was just told of. */
  named(slot: number): void {
    this.#notes?.attributes(slot)
    this.#journal?.named(slot)
  }

  /** A directory is about to be moved, and was: then {@link moved} must follow. */
  moving(): void {
    this.#journal?.renames.begin()
  }

  moved(): void {
    this.#journal?.renames.end()
  }

  /** The object in `slot` has been made under a name that was told of. */
  made(slot: number): void {
    // Its number may have been that of another just before.
    this.#notes?.anything(slot)
    this.#journal?.made(slot)
  }
}
