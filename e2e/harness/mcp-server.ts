import { randomUUID } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { useListening } from './listening.ts'

/** An MCP server out of the box, which knows nothing of tokens: `/mcp` (Streamable HTTP) and `/sse` (the older way). */
export type StockMcpServer = {
  readonly origin: string
  /** Headers of every request that reached it. */
  readonly asked: readonly IncomingHttpHeaders[]
}

/** Listens while the tests of a file run. */
export function useMcpServer(): StockMcpServer {
  const asked: IncomingHttpHeaders[] = []
  const streams = new Map<string, StreamableHTTPServerTransport>()
  const events = new Map<string, SSEServerTransport>()

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    asked.push(request.headers)
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1')
    if (pathname === '/sse') {
      const transport = new SSEServerTransport('messages', response)
      events.set(transport.sessionId, transport)
      return notes().connect(transport)
    }
    if (pathname === '/messages') {
      const transport = events.get(searchParams.get('sessionId') ?? '')
      return transport ? transport.handlePostMessage(request, response) : void response.writeHead(404).end()
    }
    if (pathname !== '/mcp') return void response.writeHead(404).end()
    const session = request.headers['mcp-session-id']
    const known = typeof session === 'string' ? streams.get(session) : undefined
    return (known ?? (await openStream())).handleRequest(request, response)
  }

  async function openStream(): Promise<StreamableHTTPServerTransport> {
    const transport: StreamableHTTPServerTransport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => void streams.set(id, transport),
    })
    await notes().connect(transport as Parameters<McpServer['connect']>[0])
    return transport
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error: Error) => response.destroy(error))
  })
  const listening = useListening(server)
  return {
    asked,
    get origin() {
      return listening.origin
    },
  }
}

/** Two tools: one tells at once who it was told is calling, one takes its time and says how far it is. */
function notes(): McpServer {
  const server = new McpServer({ name: 'notes', version: '1.0.0' })
  server.registerTool('whoami', { description: 'Who is calling' }, async ({ requestInfo }) => {
    const { headers = {} } = requestInfo ?? {}
    return { content: [{ type: 'text', text: JSON.stringify(headers) }] }
  })
  server.registerTool('count', { description: 'Counts to three' }, async ({ _meta, sendNotification }) => {
    const { progressToken } = _meta ?? {}
    for (const progress of [1, 2, 3]) {
      if (progressToken === undefined) break
      await sendNotification({ method: 'notifications/progress', params: { progressToken, progress, total: 3 } })
    }
    return { content: [{ type: 'text', text: 'three' }] }
  })
  return server
}
