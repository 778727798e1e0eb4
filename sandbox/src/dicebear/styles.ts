import { readFileSync } from 'node:fs'
import { findPackageJSON } from 'node:module'
import { join } from 'node:path'
import { OptionsDescriptor, Style } from '@dicebear/core'

type Descriptor = ReturnType<OptionsDescriptor['toJSON']>

/** One option of a style, as DiceBear describes it. */
export type Field = Descriptor[string]

export type DrawableStyle = { style: Style; options: Descriptor }

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'))

/** `./lorelei.json` → where that definition lies in the package. */
function readExports(manifest: unknown): Map<string, string> {
  if (typeof manifest !== 'object' || manifest === null || !('exports' in manifest)) return new Map()
  const found = Object.entries(manifest.exports as Record<string, { default?: string }>).flatMap(
    ([name, { default: file }]): [string, string][] => {
      const [, style] = /^\.\/([a-z-]+)\.json$/.exec(name) ?? []
      return style === undefined || file === undefined ? [] : [[style, file]]
    },
  )
  return new Map(found.sort(([a], [b]) => a.localeCompare(b)))
}

/** All styles of the installed `@dicebear/styles`; each is read and checked when it is first drawn, and kept. */
export function openStyles() {
  const manifest = findPackageJSON('@dicebear/styles', import.meta.url)
  if (manifest === undefined) throw new Error('The package @dicebear/styles is not installed')
  const files = readExports(readJson(manifest))
  const opened = new Map<string, DrawableStyle>()

  return {
    names: [...files.keys()],
    find(name: string): DrawableStyle | undefined {
      const known = opened.get(name)
      const file = files.get(name)
      if (known || file === undefined) return known
      const style = new Style(readJson(join(manifest, '..', file)))
      const drawable = { style, options: new OptionsDescriptor(style).toJSON() }
      opened.set(name, drawable)
      return drawable
    },
  }
}

export type Styles = ReturnType<typeof openStyles>
