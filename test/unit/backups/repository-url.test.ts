import { expect, test } from 'vitest'
import { checkRepositoryUrl, sftpPlaceOf, withCredentials } from '../../../src/backups/repository-url.ts'

test.each([
  '/srv/backups',
  'sftp:backup@nas:/srv/restic',
  'sftp:nas:restic',
  'sftp://backup@nas.example:2222//srv/restic',
  'sftp://[fd00::1]:22/restic',
  'rest:https://backup.example:8000/berth/',
  'rest:http://127.0.0.1:8000/',
  's3:s3.amazonaws.com/bucket/berth',
  's3:https://minio.example:9000/bucket',
])('%s is a repository', (url) => {
  expect(checkRepositoryUrl(url)).toBe(url)
})

test.each([
  ['backups', 'absolute path'],
  ['/', 'without ..'],
  ['/srv/../etc', 'without ..'],
  ['/srv/a b', 'blanks'],
  ['/srv/a\nb', 'blanks'],
  ['rclone:remote:path', 'absolute path'],
  ['sftp:-oProxyCommand=reboot:/x', 'write it as sftp:'],
  ['sftp:-x@nas:/x', 'write it as sftp:'],
  ['sftp://-oProxyCommand=reboot/x', 'write it as sftp:'],
  ['sftp:nas', 'write it as sftp:'],
  ['sftp://me:secretword@nas/x', 'passwords of ssh'],
  ['sftp:me:secretword@nas:/x', 'passwords of ssh'],
  ['rest:https://me:secretword@backup.example/', 'credentials belong into secrets'],
  ['s3:https://AKIA:secretword@s3.example/bucket', 'credentials belong into secrets'],
  ['rest:backup.example', 'no URL'],
  ['rest:https://backup.example/?token=x', 'query'],
  [`/${'x'.repeat(1100)}`, 'too long'],
])('%s is none', (url, why) => {
  expect(() => checkRepositoryUrl(url)).toThrow(why)
  // Not even the refusal has it.
  expect(() => checkRepositoryUrl(url)).not.toThrow('secretword')
})

test('ssh is told of user, host and port', () => {
  expect(sftpPlaceOf('sftp://backup@nas.example:2222//srv')).toEqual({
    ...{ user: 'backup', host: 'nas.example', port: '2222' },
  })
  expect(sftpPlaceOf('sftp:nas:restic')).toEqual({ user: undefined, host: 'nas', port: undefined })
})

test('credentials of a REST server are put in, whatever is in them', () => {
  const url = withCredentials('rest:https://backup.example:8000/berth/', 'a/b', 'p@ss:word')
  expect(url).toBe('rest:https://a%2Fb:p%40ss%3Aword@backup.example:8000/berth/')
})
