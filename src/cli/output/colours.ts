export type Colour = 'bold' | 'dim' | 'red' | 'green' | 'yellow'

/** Gives a text a colour, or leaves it as it is. */
export type Paint = (colour: Colour, text: string) => string

export const plain: Paint = (_, text) => text

/** Colours for who looks at a terminal and has not asked for none (https://no-color.org). */
export function paintFor(stream: { readonly isTTY?: boolean }, environment: NodeJS.ProcessEnv): Paint {
  const { NO_COLOR = '', TERM } = environment
  return stream.isTTY && NO_COLOR === '' && TERM !== 'dumb' ? inColour : plain
}

const inColour: Paint = (colour, text) => {
  const [on, off] = sequences[colour]
  return `\u001b[${on}m${text}\u001b[${off}m`
}

const sequences: Readonly<Record<Colour, readonly [on: number, off: number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
}
