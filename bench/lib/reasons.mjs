/** Why rows miss their bar, by name of the row: what their profiles say. */

const lone =
  "client and lane are on two processors, and a reply wakes the client's, which takes some 10 µs in one virtual machine and in " +
  'another 20 when it has slept for 5 and 40 when longer: there two loops of send and recv in C, one of them polling, have 43,500 ' +
  'turns a second, and 22,800 when the reply takes 8 µs. The lane polls meanwhile ([why](../docs/decisions/0033-busy-polling.md)), ' +
  'so its CPU time is the time of the turn; sleeping took more of it, with a third of the calls. Where no processor sleeps, these ' +
  'rows reach their bars ([results](RESULTS-awake.md)).'
const names =
  'each name is an fstatat(2), 0.45 µs of the processor, so that what another process changes is seen at once; Ganesha ' +
  'answers from a cache of its own. A second thread takes half of them, which helps the speed and not the CPU time.'
const large =
  'the kernel copies each byte to the client, for either server; what is left to differ is how often it has to wake one of ' +
  'the two. With eight connections no lane can be near all clients.'

/** @type {Readonly<Record<string, string>>} */
export const reasons = {
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
    'of 48 µs a call, pwrite(2) into the page cache takes 39 %, receiving 23 % and sending replies, which wakes the client, 14 %: the ' +
    "kernel's part is the same for either server. The gateway's own code takes 10 µs.",
  'strict-floor':
    'six calls in the time of an fsync(2) are more than one lane makes without any, where the disk syncs in 100 µs: see ' +
    'CREATE+WRITE+REMOVE. With 330 µs it is 6 to 7 times.',
  'write1m-1':
    'the data is copied twice by the kernel for either server, and the client sends the next call when it has the reply: the lane polls ' +
    'for it meanwhile.',
  'read1m-cold':
    'what is not in memory is waited for on another thread and sent when it is there: two wakes a call, where Ganesha has a ' +
    'thread that sleeps in the call ([what was found](../docs/decisions/0024-reads-from-disk.md)).',
}
