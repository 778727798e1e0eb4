/** Why a file is no mash-up that can be used, in words for its author; `line` counts from 1. */
export class Trouble extends Error {
  readonly line: number | undefined

  constructor(message: string, line?: number) {
    super(message)
    this.name = 'Trouble'
    this.line = line
  }
}
