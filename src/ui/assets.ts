/**
 * Paths of built assets by their plain names: `style.css` → `/assets/style.<hash>.css`.
 *
 * @param manifest what the build wrote to `manifest.json`: plain name → file name with its hash.
 * @returns a function that throws on a name the build does not know: a page without its style sheet is a defect of
 *   the build, to be seen in the first test and not by a visitor.
 */
export function loadAssets(manifest: Readonly<Record<string, string>>): (name: string) => string {
  const files = new Map(Object.entries(manifest))
  return (name) => {
    const file = files.get(name)
    if (file === undefined)
      throw new Error(`No built asset is named "${name}"; there are: ${[...files.keys()].join(', ')}`)
    return `/assets/${file}`
  }
}
