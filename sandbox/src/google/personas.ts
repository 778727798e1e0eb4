import type { Face } from '../oauth/pages.ts'
import type { Site } from '../site.ts'

/** Somebody who has an account at Sandbox Google. */
export type Persona = {
  id: string
  /** Stable, 21 digits as Google's. */
  sub: string
  email: string
  name: string
  givenName: string
  familyName: string
  colour: string
}

export const PERSONAS: readonly Persona[] = [
  {
    id: 'ana',
    sub: '104817263549021736458',
    email: 'ana@example.com',
    name: 'Ana Alves',
    givenName: 'Ana',
    familyName: 'Alves',
    colour: '#8e4a6d',
  },
  {
    id: 'bob',
    sub: '112930485716203948571',
    email: 'bob@example.com',
    name: 'Bob Berg',
    givenName: 'Bob',
    familyName: 'Berg',
    colour: '#2f6f62',
  },
  {
    id: 'chen',
    sub: '118203947561029384756',
    email: 'chen@example.com',
    name: 'Chen Cho',
    givenName: 'Chen',
    familyName: 'Cho',
    colour: '#7a5a1e',
  },
]

export function findPersona(account: string | undefined): Persona | undefined {
  return PERSONAS.find(({ id, email, sub }) => account === id || account === email || account === sub)
}

export const faceOf = (site: Site, { id, name, email }: Persona): Face => ({
  id,
  name,
  detail: email,
  picture: site.path(`/google/people/${id}.png`),
})
