export type ServerEvent = {
  readonly id: string | undefined
  readonly name: string
  readonly data: Record<string, unknown>
}

/** Reads `text/event-stream` (WHATWG HTML §9.2.6) until its end, or until `enough` says so. */
export async function readEvents(
  response: Response,
  enough: (events: readonly ServerEvent[]) => boolean = () => false,
): Promise<{ events: ServerEvent[]; ended: boolean }> {
  const events: ServerEvent[] = []
  let rest = ''
  for await (const chunk of (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
    const blocks = `${rest}${chunk}`.split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const event = parse(block)
      if (event) events.push(event)
    }
    // Leaving the loop cancels the body, which closes the connection as a browser does.
    if (enough(events)) return { events, ended: false }
  }
  return { events, ended: true }
}

function parse(block: string): ServerEvent | undefined {
  const fields = new Map(
    block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trimStart()]),
  )
  const [name, data] = [fields.get('event'), fields.get('data')]
  return name === undefined || data === undefined ? undefined : { id: fields.get('id'), name, data: JSON.parse(data) }
}
