// Types of `trivet/mashup` for the package, in dist/types: the declarations that can be reached from src/mashup.ts and no
// others. `#rooms` mean nothing outside the repository, so each name is imported from the very file that declares it.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import ts from 'typescript'

const root = join(import.meta.dirname, '..')
const source = join(root, 'src')
const out = join(root, 'dist/types')
const entry = join(source, 'mashup.ts')

const { config } = ts.parseConfigFileTextToJson('tsconfig.json', readFileSync(join(root, 'tsconfig.json'), 'utf8'))
const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [entry] }, ts.sys, root)
const program = ts.createProgram([entry], { ...options, noEmit: false, declaration: true, emitDeclarationOnly: true })
const checker = program.getTypeChecker()

/** The text of the declarations of one of our sources. */
function declarationsOf(file) {
  let text
  const { diagnostics } = program.emit(
    program.getSourceFile(file),
    (_name, written) => (text = written),
    undefined,
    true,
  )
  const problems = diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
  if (text === undefined || problems.length > 0) throw new Error(`${file}: ${problems.join('\n') || 'nothing emitted'}`)
  return text
}

/** The source that a specifier stands for, when it is one of ours. */
function resolve(specifier, from) {
  const found = ts.resolveModuleName(specifier, from, options, ts.sys).resolvedModule?.resolvedFileName
  return found?.startsWith(source) ? found : undefined
}

/** The source that declares what another one exports by this name. */
function homeOf(name, file) {
  const module = checker.getSymbolAtLocation(program.getSourceFile(file))
  const exported = checker.getExportsOfModule(module).find((symbol) => symbol.name === name)
  if (!exported) throw new Error(`${file} exports no ${name}`)
  const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported
  const declared = symbol.declarations?.[0]?.getSourceFile().fileName
  // Re-exported from a package: whoever does that is the nearest that we have.
  return declared?.startsWith(source) ? declared : file
}

/** One file's declarations with every import pointing to where its names are declared, and the files it needs. */
function rewrite(file) {
  const text = declarationsOf(file)
  const parsed = ts.createSourceFile('x.d.ts', text, ts.ScriptTarget.Latest, true)
  const edits = []
  const needs = new Set()
  const pathTo = (target) => {
    needs.add(target)
    const path = relative(dirname(file), target).replace(/\.tsx?$/, '.js')
    return path.startsWith('.') ? path : `./${path}`
  }
  const visit = (node) => {
    // What we add to types of others, for our own pages, is not for authors.
    if (ts.isModuleDeclaration(node)) return edits.push({ node, text: '' })
    const specifier = node.moduleSpecifier?.text ?? (ts.isImportTypeNode(node) ? node.argument.literal.text : undefined)
    const target = specifier === undefined ? undefined : resolve(specifier, file)
    if (target === undefined) return ts.forEachChild(node, visit)
    if (ts.isImportTypeNode(node)) {
      const [name] = node.qualifier?.getText().split('.') ?? []
      if (name === undefined) throw new Error(`${file} imports all of ${specifier}`)
      edits.push({ node: node.argument, text: `'${pathTo(homeOf(name, target))}'` })
      return ts.forEachChild(node, visit)
    }
    const named = node.importClause?.namedBindings ?? node.exportClause
    if (!named?.elements || node.importClause?.name) throw new Error(`${file} imports from ${specifier} without names`)
    const isType = node.isTypeOnly || node.importClause?.isTypeOnly
    const lines = [
      ...Map.groupBy(named.elements, ({ propertyName, name }) => homeOf((propertyName ?? name).text, target)),
    ].map(
      ([home, elements]) =>
        `${ts.isImportDeclaration(node) ? 'import' : 'export'}${isType ? ' type' : ''} { ${elements.map((one) => one.getText()).join(', ')} } from '${pathTo(home)}';`,
    )
    edits.push({ node, text: lines.join('\n') })
  }
  visit(parsed)
  let rewritten = text
  for (const { node, text: replacement } of edits.toReversed()) {
    rewritten = rewritten.slice(0, node.getStart()) + replacement + rewritten.slice(node.end)
  }
  return { rewritten, needs }
}

rmSync(out, { recursive: true, force: true })
const files = new Set([entry])
for (const file of files) {
  const { rewritten, needs } = rewrite(file)
  const path = join(out, relative(source, file).replace(/\.tsx?$/, '.d.ts'))
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, rewritten)
  for (const needed of needs) files.add(needed)
}
