import { Transformer } from '@napi-rs/image'
import type { FastifyInstance } from 'fastify'
import { findPersona, type Persona } from './personas.ts'

const SIDE = 192

/** A plain bust on the person's colour; hair and shoulders differ by person. */
function drawPerson({ id, colour }: Persona): string {
  const hair: Record<string, string> = {
    ana: '<path d="M92 118c-8-62 30-84 66-84s72 26 66 86c14 46 8 92-6 112H100c-16-30-20-72-8-114z" fill="#3a2320"/>',
    bob: '<path d="M100 112c-6-52 26-72 58-72 34 0 66 20 58 76-4-20-18-34-30-38-30 6-62 2-74-2-6 8-10 20-12 36z" fill="#c08a3e"/>',
    chen: '<path d="M98 126c-10-64 26-88 60-88s70 24 60 88c-2-22-8-40-20-50-26 4-54 4-80 0-12 10-18 28-20 50z" fill="#16161c"/>',
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 316 316" width="1024" height="1024"><rect width="316" height="316" fill="${colour}"/><circle cx="250" cy="60" r="90" fill="#fff" opacity=".1"/>${id === 'ana' ? hair['ana'] : ''}<path d="M30 316c6-74 62-100 128-100s122 26 128 100z" fill="#f4f1ea"/><path d="M134 180h48v46c-12 18-36 18-48 0z" fill="#d9a27c"/><ellipse cx="158" cy="134" rx="52" ry="62" fill="#eab896"/>${id === 'ana' ? '<path d="M104 124c4-56 30-66 56-66s50 14 52 66c-30-8-48-22-58-38-10 20-26 32-50 38z" fill="#3a2320"/>' : hair[id]}<circle cx="138" cy="136" r="6" fill="#2b1d18"/><circle cx="178" cy="136" r="6" fill="#2b1d18"/><path d="M138 164q20 18 40 0" fill="none" stroke="#8c3f35" stroke-width="6" stroke-linecap="round"/></svg>`
}

/** Profile pictures, as the `picture` claim names them. */
export function registerPeople(app: FastifyInstance) {
  app.get<{ Params: { file: string } }>(
    '/people/:file',
    { config: { operation: 'profile.picture' } },
    async (request, reply) => {
      const persona = findPersona(request.params.file.replace(/\.png$/, ''))
      if (!persona) return reply.code(404).type('text/plain').send('No such person')
      const png = await Transformer.fromSvg(drawPerson(persona)).fastResize({ width: SIDE, height: SIDE }).png()
      return reply.type('image/png').header('cache-control', 'public, max-age=86400').send(png)
    },
  )
}
