import { ServiceError } from '../../config/service-error.ts'
import { shown } from '../../service/shown.ts'

/** Bytes of a name in a directory. */
const nameSizeMax = 255

/**
 * The names of a path within a share, as `etc/app.conf`; none for its root. A slash before it does not count.
 * @throws {ServiceError} `invalid`
 */
export function namesWithin(path: string): string[] {
  const names = path.split('/').filter((name) => name !== '')
  for (const name of names)
    if (name === '.' || name === '..' || name.includes('\0') || Buffer.byteLength(name) > nameSizeMax)
      throw new ServiceError(
        'invalid',
        `${shown(path)} is no path within a share: ${shown(name)} is no name of a file`,
      )
  return names
}
