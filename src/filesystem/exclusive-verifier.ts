import { StatField } from '../native/index.ts'
import { statField } from './attributes.ts'
import type { Sattr3 } from 'nfs-server-ts'

/**
 * The verifier of an exclusive CREATE is kept in the new file's own times (RFC 1813 §3.3.8 suggests it), so that a
 * retransmission is known again after a restart. The client's SETATTR replaces them. 31 bits go into the seconds, as
 * not every filesystem keeps more, and the last bit into the nanoseconds.
 */
const secondsMask = 0x7fff_ffff

/** The times that stand for `verifier`, 8 bytes. */
export function timesOfVerifier(verifier: Buffer): Required<Pick<Sattr3, 'atime' | 'mtime'>> {
  const time = (word: number) => ({ seconds: word & secondsMask, nanoseconds: word >>> 31 })
  return { atime: time(verifier.readUInt32BE(0)), mtime: time(verifier.readUInt32BE(4)) }
}

/** Whether the file in stat slot `slot` was made by the exclusive CREATE with `verifier` and not touched since. */
export function holdsVerifier(slot: number, verifier: Buffer): boolean {
  const { atime, mtime } = timesOfVerifier(verifier)
  return (
    statField(slot, StatField.SIZE) === 0 &&
    atime !== 'server' &&
    mtime !== 'server' &&
    statField(slot, StatField.ATIME) === atime.seconds &&
    statField(slot, StatField.ATIME_NS) === atime.nanoseconds &&
    statField(slot, StatField.MTIME) === mtime.seconds &&
    statField(slot, StatField.MTIME_NS) === mtime.nanoseconds
  )
}
