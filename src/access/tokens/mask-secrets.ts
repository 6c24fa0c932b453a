import { secretTexts } from '../../config/secrets.ts'

/** The first name of a mount path after `/@`, whatever it is: a secret so mistyped that it is none. */
const secretNames = /\/@[^/"\p{Cc}]+/gu

/** Puts stars in the place of every token and ticket in `text`, and of every `/@name` of a path, for logs and answers. */
export function maskSecrets(text: string): string {
  return text.replace(secretTexts, '$1_****').replace(secretNames, maskName)
}

function maskName(name: string): string {
  const [, kind = 'berth'] = /^\/@(berth|bticket)_\*{4}$/i.exec(name) ?? []
  return `/@${kind}_****`
}
