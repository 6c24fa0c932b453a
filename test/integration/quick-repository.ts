import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Of each repository that tests make. */
export const password = 'correct horse battery staple'

// `restic init` makes a key that takes half a second of a processor to open, at each run of restic, and a test runs it
// dozens of times. This one is opened in no time: its scrypt has N = 2, and all else is as in restic's design document.
const key =
  '{"created":"2026-01-01T00:00:00Z","username":"root","hostname":"gateway","kdf":"scrypt","N":2,"r":8,"p":1,"salt":"QHQFKIxGwoepjW11tL+Cu5iqEKipnlEomdVvOP/FpPL8OeDzWYRZ/wBmYOtqDBvS1J2mlX+nh+jIlk8O2YrLGg==","data":"2fX+QVztDrahwkp0CwTBHpDc+cUbZry+uNgovaOzUS2a/TrHmmWSCbNQSMDuy5gmMYmpOIiEHZ94/rG8ZgJyfSajSGshVXSJBQ92y8vqb227XQ/lF/Fld77oy/t7GirpzZFDuaeAv7Zssi1ofZDWb7fYHoplNSvVHZcb5paezt1lq1zfLNi05EaIOgmvk/IKWKIu84YhPWKcUo87Q3S61Q=="}'
const config =
  'AQPhicuLqscV/eyR40EQs0Tb0ofRcWTPsLXhVz5Of8fQWVjz2CmxNBSWVfvsIci5QE0DO6yAD2Y4/4v1Q1tJOYYZc45cNMMDnO5pCcktpI+wqJ3JnURpz9IRxNVXiDx/CWGzVpaA8aVte3HJmHaorMfH7RibhGUmw3ba0qxkAyG34MlsiZ9kl7fIwWgreO2aXAgDqPvbYe5ljFo='

/** Makes an empty restic repository of version 2 whose {@link password} is quick to check. */
export function makeQuickRepository(directory: string): void {
  for (const name of ['data', 'index', 'keys', 'locks', 'snapshots'])
    mkdirSync(join(directory, name), { recursive: true })
  writeFileSync(join(directory, 'keys', createHash('sha256').update(key).digest('hex')), key)
  writeFileSync(join(directory, 'config'), Buffer.from(config, 'base64'))
}
