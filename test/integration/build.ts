import { execFileSync } from 'node:child_process'

/** The tests run the server as users do, from dist/: it is brought up to date before the first. */
export function setup(): void {
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' })
}
