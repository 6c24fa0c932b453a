/** Why rows miss their bar, by name of the row: what their profiles say. */

const lone =
  'client and server wake each other for each call. On two processors of this virtual machine that costs some 60 µs a turn; ' +
  'on one, 11 to 13. A lane goes to its client ' +
  '([why](../docs/decisions/0020-lanes-go-to-waiting-clients.md)), but where the two processors share a cache the scheduler parts ' +
  'them again at the next wake, and looks at where packets arrive mostly find acknowledgements of its own replies. On a busy ' +
  'machine, where both share a processor anyway, GETATTR has 1.05 to 1.7 times the calls.'
const names =
  'each name is an fstatat(2), 0.45 µs of the processor, so that what another process changes is seen at once; Ganesha ' +
  'answers from a cache of its own. A second thread takes half of them, which helps the speed and not the CPU time.'
const apart =
  'client and lane on two processors: each time what a socket holds is taken, one wakes the other, tens of µs in this virtual ' +
  'machine, ten times a call. On one processor, as beside other work, the same row has 5,000 to 6,600 calls a second, three to four ' +
  'times those of Ganesha, at 100 µs of CPU time a call ([send buffers](../docs/decisions/0022-small-send-buffers.md)).'
const large =
  'the kernel copies each byte to the client, for either server; what is left to differ is how often it has to wake one of ' +
  'the two. With eight connections no lane can be near all clients.'

/** @type {Readonly<Record<string, string>>} */
export const reasons = {
  read1m: apart,
  'read1m-random': apart,
  create:
    'of 22 µs a call, openat2(2), unlinkat(2) and pwrite(2) are most, in the filesystem and for either server; quota and audit ' +
    'are on here, and Ganesha has neither.',
  readdirplus: names,
  readdirplus200k: names,
  'getattr-1': lone,
  'lookup-1': lone,
  'access-1': lone,
  'mixed-1': lone,
  'read4k-1': lone,
  'write4k-1': lone,
  'create-1': lone,
  write4k:
    'of 7.5 to 11 µs a call, pwrite(2) takes 1.4 and the two fstat(2) around it 0.6: without attributes from before and after, a ' +
    'client throws its cache away ([the calls](../docs/decisions/0030-system-calls-of-a-call.md)).',
  mixed:
    'one call in a hundred lists 330 names, which is a quarter of its time (see READDIRPLUS), and one in eight makes, writes ' +
    'or removes a file, which is mostly the filesystem.',
  'mixed-8x16': 'as with one connection; Ganesha uses both processors then, and Berth has one lane on two.',
  'read1m-8x16': large,
  'write1m-8x16': large,
  write64k:
    'a record of 64 KiB arrives in several pieces, each of which wakes the lane when it keeps up with the client.',
  'read1m-cold':
    'what is not in memory is waited for on another thread and sent when it is there: two wakes a call, where Ganesha has a ' +
    'thread that sleeps in the call ([what was found](../docs/decisions/0024-reads-from-disk.md)).',
}
