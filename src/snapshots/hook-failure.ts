/** A hook that did not do what it should. */
export class HookFailure extends Error {
  override readonly name = 'HookFailure'
}
