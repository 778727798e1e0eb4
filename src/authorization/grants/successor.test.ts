import { describe, expect, it } from 'vitest'
import { openSuccessor, sealSuccessor } from './successor.ts'

describe('the sealed successor of a refresh token', () => {
  const sealed = sealSuccessor('trr_new', 'trr_old')

  it('opens with the old token, and with no other', () => {
    expect(openSuccessor(sealed, 'trr_old')).toBe('trr_new')
    expect(() => openSuccessor(sealed, 'trr_other')).toThrow()
  })

  it('does not open when a bit of it was changed', () => {
    for (const index of [0, 12, sealed.length - 1]) {
      const changed = Buffer.from(sealed)
      changed.writeUInt8(changed.readUInt8(index) ^ 1, index)
      expect(() => openSuccessor(changed, 'trr_old')).toThrow()
    }
  })

  it('is another text each time', () => {
    expect(sealSuccessor('trr_new', 'trr_old').equals(sealed)).toBe(false)
    expect(sealed.includes('trr_new')).toBe(false)
  })
})
